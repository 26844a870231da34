"""``over=``: the repetitions of an explanation, each with one choice changed, and what becomes of their scores.

What the repetitions say is :mod:`captum_dna.core.spread`'s business.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from captum_dna.core.baselines import BASELINES
from captum_dna.core.errors import SequenceError, UserError
from captum_dna.core.paths import at_home
from captum_dna.core.spread import REPEATS
from captum_dna.engine.baselines import check_baseline, generator
from captum_dna.methods.choice import find_method
from captum_dna.model.loading import load
from captum_dna.model.segmentation import has_merges, sampled
from captum_dna.pipeline.plan import Repeat
from captum_dna.pipeline.windows import Piece

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from collections.abc import Sequence as SequenceABC

    from numpy.typing import NDArray

    from captum_dna.core.attribution import Attribution
    from captum_dna.core.options import Options
    from captum_dna.core.sequences import Sequence
    from captum_dna.core.types import ModelLike
    from captum_dna.model.classifier import Classifier
    from captum_dna.pipeline.plan import Plan

    Checked = Callable[[Classifier, Options], Plan]

REPLICAS = "replica-*"
"""Names of the folders of replicas inside the folder of their training."""


def repeats_of(plan: Plan, checked: Checked) -> tuple[Repeat, ...]:
    """Return what an explanation is repeated over, each repetition checked against its model.

    Parameters
    ----------
    plan
        The explanation itself.
    checked
        Makes the plan of a model and of options that ask for no repetitions.

    Raises
    ------
    UserError
        The method or the model has nothing of the kind, or a replica is none.
    """
    over = plan.options.over
    if over is None:
        return ()
    found: list[Repeat] = []
    for cause, values in over.items():
        before = len(found)
        found += _OF_CAUSE[cause](plan, values, checked)
        if len(found) == before:
            raise UserError(
                f"`over` gives only the value for {cause!r} that the explanation has already. Give another "
                "one.",
                option="over",
            )
    return tuple(found)


def values_of(repeats: SequenceABC[Repeat]) -> dict[str, list[str | int]]:
    """Return the values tried of each cause, in the order of the repetitions, as results keep them."""
    values: dict[str, list[str | int]] = {}
    for one in repeats:
        values.setdefault(one.cause, []).append(one.value)
    return values


def changed(repeat: Repeat, sequence: Sequence) -> tuple[Sequence, Piece | None]:
    """Return a sequence as a repetition reads it, and its tokens where they are not the tokenizer's own choice.

    Raises
    ------
    SequenceError
        It has no such phase, or no other segmentation.
    """
    classifier = repeat.plan.classifier
    if repeat.turned:
        return sequence.reverse_complement(), None
    if repeat.shift:
        least = classifier.encoder.word or 1
        if len(sequence) + len(sequence.after[: repeat.shift]) - repeat.shift < least:
            raise SequenceError(
                f"Sequence '{sequence.name}' has {len(sequence)} bases: without its first {repeat.shift} it is shorter than "
                f"a word of {least}, so it has no phase {repeat.shift}. Give a longer sequence, or a smaller phase."
            )
        return sequence.shifted(repeat.shift), None
    if repeat.segmentation:
        random = generator(repeat.plan.settings.seed + repeat.segmentation, sequence.bases)
        encoding = classifier.encode(sequence)
        drawn = sampled(classifier.encoder, encoding, sequence.name, random)
        most = classifier.max_tokens
        if most is not None and len(drawn) > most:
            raise SequenceError(
                f"Sequence '{sequence.name}' has {len(drawn)} tokens in its segmentation {repeat.segmentation}, and the "
                f"model takes at most {most}. Cut it, or leave 'phase' out of `over`."
            )
        return sequence, Piece(sequence, drawn)
    return sequence, None


def with_repeats(
    results: SequenceABC[Attribution],
    repeats: SequenceABC[Repeat],
    found: SequenceABC[SequenceABC[Attribution]],
) -> list[Attribution]:
    """Return results with the scores of their repetitions, on their own axis.

    Parameters
    ----------
    results
        N results.
    repeats, found
        The R repetitions, and of each the N results.

    Returns
    -------
    The results as they are, whose ``extras["repeats"]`` is the (R, L) scores, NaN where a repetition has no such base.
    """
    over = values_of(repeats)
    runs = {
        id(one.run): replace(one.run, method_options={**one.run.method_options, "over": over})
        for one in results
    }
    return [
        replace(
            result,
            run=runs[id(result.run)],
            extras=result.extras
            | {
                REPEATS: np.array(
                    [
                        _aligned(repeat, own[place].base_scores, len(result))
                        for repeat, own in zip(repeats, found, strict=True)
                    ]
                )
            },
        )
        for place, result in enumerate(results)
    ]


def _aligned(repeat: Repeat, scores: NDArray[np.float64], length: int) -> NDArray[np.float64]:
    """Return the scores of a repetition on the axis of the explanation, whose bases are so many."""
    if repeat.turned:
        return scores[::-1]
    return np.concatenate([np.full(repeat.shift, np.nan), scores])[:length]


# --- the repetitions of each cause ---------------------------------------------------------------


def _plain(plan: Plan, **changes: Any) -> Options:
    """Return the choices of an explanation, its own baseline named, without repetitions and with some changed."""
    return replace(plan.options, **{"over": None, "baseline": plan.settings.baseline, **changes})


def _baselines(plan: Plan, values: tuple[str, ...], checked: Checked) -> Iterator[Repeat]:
    if plan.method.compares_with != "baseline":
        raise UserError(
            f"The method {plan.method.name!r} does not use `baseline`, so it cannot be repeated over baselines. Leave "
            "'baseline' out of `over`.",
            option="over",
        )
    drawn: Counter[str] = Counter()
    for value in values:
        name = check_baseline(plan.classifier, value)
        drawn[name] += 1
        if name in BASELINES and BASELINES[name].drawn:
            options = _plain(plan, baseline=name, seed=plan.options.seed + drawn[name])
        elif drawn[name] > 1:
            raise UserError(
                f"`over` names the baseline {name!r:.40} several times, but all its draws are the same. Name it once.",
                option="over",
            )
        elif name == plan.settings.baseline:
            continue
        else:
            options = _plain(plan, baseline=name)
        yield Repeat("baseline", name, checked(plan.classifier, options))


def _strands(plan: Plan, values: tuple[str, ...], checked: Checked) -> Iterator[Repeat]:
    for value in values:
        yield Repeat("strand", value, checked(plan.classifier, _plain(plan)).turned, turned=True)


def _phases(plan: Plan, values: tuple[int, ...], checked: Checked) -> Iterator[Repeat]:
    encoder = plan.classifier.encoder
    own = checked(plan.classifier, _plain(plan))
    if encoder.longest == 1:
        raise UserError(
            f"{plan.classifier.name} reads single bases, which have no phase. Leave 'phase' out of `over`.",
            option="over",
        )
    if not has_merges(encoder):
        if own.has_letters_beside:
            raise UserError(
                "A baseline of letters lies base by base beside the sequence, so a shifted window has no such baseline. "
                "Leave 'phase' out of `over`, or name a baseline such as 'mask'.",
                option="over",
            )
        for shift in values:
            if shift >= encoder.longest:
                raise UserError(
                    f"{plan.classifier.name} reads words of {encoder.longest} bases, so `over` takes phases of 1 to "
                    f"{encoder.longest - 1}, not {shift}.",
                    option="over",
                )
            yield Repeat("phase", shift, own, shift=shift)
        return
    if plan.windowing is not None:
        raise UserError(
            "Other segmentations need sequences that are read in one piece. Leave 'phase' out of `over`, "
            "or leave out `window_length`.",
            option="over",
        )
    for number in values:
        yield Repeat("phase", number, own, segmentation=number)


def _models(plan: Plan, values: tuple[ModelLike, ...], checked: Checked) -> Iterator[Repeat]:
    classifier = plan.classifier
    known = {classifier.fingerprint}
    for replica in [load(one) for value in values for one in _replicas(value)]:
        if replica.labels != classifier.labels or replica.head != classifier.head:
            raise UserError(
                f"{replica.name} is not a replica of {classifier.name}: its classes are {', '.join(replica.labels)}, not "
                f"{', '.join(classifier.labels)}. Leave it out of `over`.",
                option="over",
            )
        if replica.encoder.fingerprint != classifier.encoder.fingerprint:
            raise UserError(
                f"{replica.name} is not a replica of {classifier.name}: it has another tokenizer. Leave it out of `over`.",
                option="over",
            )
        if replica.fingerprint not in known:
            known.add(replica.fingerprint)
            yield Repeat("model", replica.name, checked(replica, _plain(plan)))


def _replicas(value: ModelLike) -> SequenceABC[ModelLike]:
    """Return a model, or the folders of all replicas in the folder of their training."""
    if isinstance(value, str | Path):
        folder = at_home(value)
        if not (folder / "config.json").is_file() and (found := sorted(folder.glob(REPLICAS))):
            return found
    return [value]


def _methods(plan: Plan, values: tuple[str, ...], checked: Checked) -> Iterator[Repeat]:
    for name in values:
        method = find_method(name)
        if method.signed != plan.method.signed:
            signed, unsigned = (plan.method.name, name) if plan.method.signed else (name, plan.method.name)
            raise UserError(
                f"The scores of {unsigned!r} have no sign and those of {signed!r} have one, so they cannot be compared. "
                f"Leave {name!r} out of `over`.",
                option="over",
            )
        if name != plan.method.name:
            yield Repeat("method", name, checked(plan.classifier, _plain(plan, method=name, own={})))


_OF_CAUSE: dict[str, Callable[..., Iterator[Repeat]]] = {
    "baseline": _baselines,
    "strand": _strands,
    "phase": _phases,
    "model": _models,
    "method": _methods,
}
