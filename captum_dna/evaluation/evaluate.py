"""``evaluate()``: methods side by side on the same sequences, by experiments on the model."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING

from captum_dna.core.checks import check_name
from captum_dna.core.errors import SequenceError, UserError
from captum_dna.core.options import Options
from captum_dna.core.progress import Progress
from captum_dna.core.sequences import Sequence
from captum_dna.evaluation.measure import Work, keywords
from captum_dna.evaluation.measures import MEASURES, localisation
from captum_dna.evaluation.removal import REMOVALS
from captum_dna.evaluation.result import Evaluation
from captum_dna.io.readers import read_once
from captum_dna.io.reading import Reading
from captum_dna.methods.choice import find_method
from captum_dna.model.loading import load
from captum_dna.pipeline.validate import settings_of, targets_of
from captum_dna.pipeline.windows import Piece
from captum_dna.results import Attributions

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Sequence as SequenceABC

    from typing_extensions import Unpack

    from captum_dna.core.attribution import Attribution
    from captum_dna.core.progress import Tell
    from captum_dna.core.types import ModelLike, SequencesLike
    from captum_dna.engine.protocol import Method
    from captum_dna.evaluation.measure import Asked
    from captum_dna.evaluation.measures.localisation import Regions
    from captum_dna.io.reading import ReadingOptions
    from captum_dna.model.classifier import Classifier

METHODS = ("integrated_gradients", "gradient_shap", "input_x_gradient", "saliency", "base_mask")
"""Methods compared where none are named."""


def evaluate(
    model: ModelLike,
    sequences: SequencesLike | Attributions,
    *,
    methods: Iterable[str | type | Method] | Mapping[str, Asked] | None = None,
    measures: Iterable[str] | None = None,
    regions: Regions | str | None = None,
    hide: str = "substitute",
    top: Iterable[float] = (0.05, 0.1, 0.2),
    margin: int = 5,
    target: int | str | SequenceABC[int | str] | None = None,
    output: str | None = None,
    baseline: str | None = None,
    layer: str | SequenceABC[str] = "embeddings",
    batch_size: int | None = None,
    seed: int = 0,
    progress: bool | Tell | None = None,
    **reading: Unpack[ReadingOptions],
) -> Evaluation:
    """Compare methods by what happens to the model when their top-scoring bases go.

    Parameters
    ----------
    model
        A :class:`captum_dna.Classifier`, or anything that :func:`captum_dna.load` takes by name.
    sequences
        Anything that :func:`captum_dna.read` takes, or results of :func:`captum_dna.attribute`, which are
        then evaluated as they are unless methods are named.
    methods
        Names, method objects or classes of Captum's; or a mapping from a label to one of these, to the
        keyword arguments of :func:`captum_dna.attribute` (``{"IG, 50 nodes": {"n_steps": 50}}``), or to
        results for the same sequences. By default :data:`METHODS`.
    measures
        Names from :data:`captum_dna.evaluation.measures.MEASURES`; by default all but ``"sensitivity"``, which
        costs three more explanations per sequence and method.
    regions
        What is known to matter: half-open stretches by the name of the sequence, or the name of the
        track that holds them; by default all tracks of the sequences.
    hide
        ``"substitute"`` or ``"mask"``: how bases are removed. See
        :data:`captum_dna.evaluation.removal.REMOVALS`.
    top
        Shares of the bases over which comprehensiveness and sufficiency are averaged.
    margin
        Bases beside a stretch that still count in the pointing game.
    target
        The class explained, by index or name, for all sequences or one each; by default the predicted
        class of each. All methods are asked about the same class.
    output, baseline, layer, batch_size, seed
        As in :func:`captum_dna.attribute`.
    progress
        As in :func:`captum_dna.attribute`.
    **reading
        How to read ``sequences``: ``column=``, ``split=``, ``genome=`` and so on, as for
        :func:`captum_dna.read`.

    Returns
    -------
    :class:`Evaluation`, whose ``table`` has a row per method and whose ``per_sequence`` a row per method
    and sequence.

    Raises
    ------
    ValueError
        An impossible choice, or results that do not belong to the sequences.

    Examples
    --------
    >>> from captum_dna import demo
    >>> result = evaluate("demo", demo.designed()[:1], methods=["saliency"], measures=["localisation"])
    >>> float(result.table.loc["saliency", "pointing game"])
    1.0
    """
    where = Reading.of(evaluate, reading)
    classifier = load(model)
    options = Options.of(
        target=target, output=output, baseline=baseline, layer=layer, batch_size=batch_size, seed=seed
    )
    settings = settings_of(classifier, options)
    check_name("way to hide bases", hide, REMOVALS, option="hide")
    chosen = (
        tuple(measures)
        if measures is not None
        else tuple(name for name, one in MEASURES.items() if one.usual)
    )
    for measure in chosen:
        check_name("measure", measure, MEASURES, option="measures")
    shares = tuple(top)
    if not shares or not all(0 < share <= 1 for share in shares):
        raise UserError(
            f"`top` must be shares of the bases, each above 0 and at most 1, not {shares}.", option="top"
        )
    given = sequences if isinstance(sequences, Attributions) else None
    if given is not None and where.chosen:
        raise ValueError(f"{', '.join(where.chosen)}: results are read already, so leave it out.")
    kept = [_as_sequence(one) for one in given] if given is not None else read_once(sequences, where)
    asked = _asked(methods, given)
    indices = targets_of(classifier, options.target, len(kept))
    if given is not None and target is None:
        indices = [classifier.label_index(one.same_target) for one in given]
    if not kept:
        raise ValueError("There are no sequences to evaluate methods on.")

    @cache
    def piece(place: int) -> Piece:
        return Piece(kept[place], classifier.encode(kept[place]))

    targets = _fixed(classifier, piece, indices)
    total = len(asked) + len(chosen) * len(kept)
    with Progress(progress, total, "Evaluating") as bar:
        work = Work(
            classifier=classifier,
            sequences=kept,
            piece=piece,
            targets=targets,
            settings=settings,
            hide=hide,
            top=shares,
            margin=margin,
            spans=localisation.spans_of(kept, regions),
            asked=asked,
            report=bar.report,
        )
        for label, how in asked.items():
            work.explained[label] = _explain(work, label, how)
            work.step()
        for number, measure in enumerate((name for name in MEASURES if name in chosen), start=1):
            MEASURES[measure].measure(work)
            work.step(len(asked) + number * len(kept) - work.done)
    return Evaluation(
        explained=work.explained,
        rows=work.rows,
        drawn=work.drawn,
        signed={label: results[0].run.signed for label, results in work.explained.items()},
        about={
            "model": classifier.name,
            "sequences": len(kept),
            "sequences with known stretches": sum(map(bool, work.spans)),
            "output": settings.output,
            "hide": hide,
            "top": shares,
            "margin": margin,
            "measures": chosen,
            "seed": settings.seed,
        },
    )


def _explain(work: Work, label: str, how: Asked) -> Attributions:
    """Return the results of a method, and note their cost."""
    results, seconds = how, float("nan")
    if not isinstance(results, Attributions):
        began = time.perf_counter()
        results = work.attribute(keywords(how))
        seconds = (time.perf_counter() - began) / len(results)
    if [one.sequence for one in results] != [sequence.bases for sequence in work.sequences]:
        raise SequenceError(f"The results given as {label!r} are for other sequences, or in another order.")
    for place, one in enumerate(results):
        row = work.row(label, place)
        row["seconds"], row["evaluations"] = seconds, float(one.evaluations)
    return results


def _asked(
    methods: Iterable[str | type | Method] | Mapping[str, Asked] | None, given: Attributions | None
) -> dict[str, Asked]:
    """Return what to compare by label, checked before anything runs."""
    if methods is None and given is not None:
        if not given:
            raise ValueError("There are no results to evaluate: the list is empty.")
        return {given[0].method: given}
    if methods is None:
        methods = METHODS
    if isinstance(methods, str):
        methods = [methods]
    if not isinstance(methods, Mapping):
        methods = {_label(method): method for method in methods}
    if not methods:
        raise ValueError("Name at least one method to evaluate.")
    for how in methods.values():
        if not isinstance(how, Attributions):
            options = dict(keywords(how))
            find_method(options.get("method", "integrated_gradients"))
            if options.get("over") is not None:
                raise UserError(
                    "evaluate() measures the scores themselves, which repetitions do not change. Leave `over` out. How far "
                    "scores depend on other choices is shown by attribute(..., over=...) and its causes().",
                    option="over",
                )
    return dict(methods)


def _label(method: str | type | Method) -> str:
    return method if isinstance(method, str) else find_method(method).name


def _as_sequence(one: Attribution) -> Sequence:
    return Sequence(one.name, one.sequence, one.true_label, one.interval, one.origin, one.tracks)


def _fixed(classifier: Classifier, piece: Callable[[int], Piece], targets: list[int | None]) -> list[int]:
    """Return the class of each sequence, by prediction where none is asked for."""
    open_ones = [i for i, target in enumerate(targets) if target is None]
    logits = classifier.predict_logits([piece(i).encoding for i in open_ones])
    predicted = dict(zip(open_ones, logits.argmax(axis=1).tolist(), strict=True)) if open_ones else {}
    return [predicted[i] if target is None else target for i, target in enumerate(targets)]
