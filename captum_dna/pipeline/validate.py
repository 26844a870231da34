"""What a model can be asked of which sequences: everything that is checked before any model runs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from captum_dna.core.errors import SequenceError, UserError
from captum_dna.core.labels import BETWEEN, NONE, LabelError, class_index, label_indices, measured_value
from captum_dna.core.notices import tell
from captum_dna.core.options import ALL, PREVIEW, Options, defaults
from captum_dna.core.problems import Problems
from captum_dna.engine.baselines import baseline_ids, check_baseline
from captum_dna.engine.precision import rungs
from captum_dna.engine.protocol import Settings
from captum_dna.methods.choice import find_method
from captum_dna.model.errors import TokenizerError
from captum_dna.model.hooks import find_layers
from captum_dna.model.outputs import check_output
from captum_dna.pipeline.plan import Plan, Prepared
from captum_dna.pipeline.repeats import changed, repeats_of
from captum_dna.pipeline.windows import cut, piece_of, windowing_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from captum_dna.core.sequences import Sequence
    from captum_dna.model.classifier import Classifier
    from captum_dna.pipeline.windows import Piece


def plan_of(classifier: Classifier, options: Options) -> Plan:
    """Check all choices that do not depend on the sequences against the model.

    Raises
    ------
    UserError
        A choice that this model, or this method, cannot follow.
    """
    method = find_method(options.method, dict(options.own))
    if options.tolerance == PREVIEW and not method.on_path:
        raise UserError(
            f"`tolerance='{PREVIEW}'` is a short integral, but the method {method.name!r} has no integral.",
            option="tolerance",
        )
    # The adaptive rule has no name of Captum's. Captum's own methods on a layer always have a number of nodes.
    if method.on_path and options.n_steps is None and options.rule != defaults()["rule"]:
        raise UserError(
            "`rule` needs a fixed number of nodes. Give `n_steps=` as well.",
            option="rule",
        )
    plan = Plan(
        classifier, options, method, settings_of(classifier, options), windowing_of(classifier, options)
    )
    return replace(plan, repeats=repeats_of(plan, plan_of))


def tell_of_no_effect(plan: Plan) -> None:
    """Tell of choices that the method has no use for; they may have been meant for another."""
    method, chosen, usual = plan.method, plan.options, defaults()
    # Captum's methods on a layer follow its own fixed rule.
    steps = method.on_path or getattr(method, "layered", False)
    uses = {
        "n_steps": steps,
        "rule": steps,
        "tolerance": method.on_path or method.complete,
        "baseline": method.compares_with == "baseline",
        "projection": method.scores != "bases",
    }
    idle = [f"`{name}`" for name, used in uses.items() if not used and getattr(chosen, name) != usual[name]]
    if idle:
        verb = "has" if len(idle) == 1 else "have"
        tell(f"{' and '.join(idle)} {verb} no effect on the method {method.name!r}.")


def settings_of(classifier: Classifier, options: Options) -> Settings:
    """Return what methods are told of the choices, with the model's own defaults in place of ``None``."""
    find_layers(classifier, options.layer)
    rungs(options.precision, classifier.device, classifier.dtype)
    return Settings(
        output=check_output(classifier, options.output),
        baseline=check_baseline(classifier, options.baseline),
        layer=options.layer,
        n_steps=options.n_steps,
        rule=options.rule,
        tolerance=None if isinstance(options.tolerance, str) else options.tolerance,
        precision=options.precision,
        batch_size=options.batch_size,
        seed=options.seed,
    )


def prepared(plan: Plan, sequence: Sequence, whole: Piece | None = None) -> Prepared:
    """Return a sequence with the tokens of all that the model will read of it.

    Parameters
    ----------
    plan
        The choices and the model.
    sequence
        The sequence.
    whole
        The sequence with its tokens, where these are known already.

    Raises
    ------
    SequenceError, TokenizerError
        The model, or the baseline, cannot read it, or has no such class; a sentence that names the sequence.
    """
    classifier = plan.classifier
    pieces = (whole,) if whole and plan.windowing is None else cut(classifier, sequence, plan.windowing)
    others = [one.sequence.reverse_complement() for one in pieces] if plan.both else []
    turned = tuple(piece_of(classifier, other, plan.windowing) for other in others)
    for which, own in ((pieces, plan), (turned, plan.turned if turned else plan)):
        for piece in which:
            baseline_ids(classifier, piece.encoding, own.settings.baseline, own.settings.seed)
    repeats = tuple(prepared(one.plan, *changed(one, sequence)) for one in plan.repeats)
    return Prepared(sequence, true_label(classifier, sequence), pieces, turned, repeats)


def usable(plan: Plan, sequences: Iterable[Sequence]) -> list[Prepared]:
    """Return the sequences that the model can read and whose labels it knows; tell of the others."""
    good: list[Prepared] = []
    problems = Problems("sequences", skip=plan.options.on_invalid == "skip")
    for sequence in sequences:
        try:
            good.append(prepared(plan, sequence))
        except (SequenceError, TokenizerError) as error:
            problems.add(error)
    problems.settle(len(good))
    return good


def true_label(classifier: Classifier, sequence: Sequence) -> str | None:
    """Return the name of the true class (or several), or the measured value as text; ``None`` if it is unknown.

    A label that is the name of a class means that class, also where the names are numbers in another order.
    """
    label = sequence.label
    if label is None:
        return None
    if classifier.head == "regression":
        return _measured(sequence)
    names = classifier.labels
    try:
        if classifier.head == "multi_label":
            found = label_indices(label, names)
            return None if found is None else BETWEEN.join(names[i] for i in found) or NONE
        index = class_index(label, names)
    except LabelError as error:
        raise SequenceError(
            f"Sequence '{sequence.name}': {error} Correct it, name the classes as the data do with load(..., labels=), "
            "or leave the labels out if they mean something else."
        ) from error
    return None if index is None else names[index]


def _measured(sequence: Sequence) -> str:
    """Return a measured value as text, once it is known to be a finite number."""
    if sequence.label is not None and measured_value(sequence.label) is not None:
        return str(sequence.label)
    raise SequenceError(
        f"Sequence '{sequence.name}' has the label {sequence.label!r}, but the model predicts a number, so "
        "the label must be a number. Give the measured value, or leave the labels out."
    )


def targets_of(classifier: Classifier, target: object, count: int) -> list[int | None]:
    """Return one class index per sequence, ``None`` for the predicted class."""
    if target is None:
        return [None] * count
    if target == ALL and ALL not in classifier.labels:
        raise UserError(
            "`target='all'` works in attribute() only. Name a class here, and repeat the call for each.",
            option="target",
        )
    if not isinstance(target, tuple):
        return [classifier.label_index(target)] * count
    if len(target) != count:
        raise UserError(
            f"There are {len(target)} targets for {count} sequences. Give one, or one for each.",
            option="target",
        )
    return [classifier.label_index(one) for one in target]
