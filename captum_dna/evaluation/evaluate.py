"""``evaluate()``: methods side by side on the same sequences, by experiments on the model."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from captum_dna.core.checks import check_name
from captum_dna.core.errors import UserError
from captum_dna.core.notices import collected
from captum_dna.core.options import Options
from captum_dna.core.progress import Progress
from captum_dna.core.sequences import Sequence, SequenceError
from captum_dna.evaluation import agreement, localisation
from captum_dna.evaluation.controls import neighbours, scrambled
from captum_dna.evaluation.curves import curves, random_curves
from captum_dna.evaluation.infidelity import infidelity, trials
from captum_dna.evaluation.removal import REMOVALS, Removal
from captum_dna.evaluation.result import Evaluation
from captum_dna.io.readers import read_once
from captum_dna.io.reading import Reading
from captum_dna.methods.choice import find_method
from captum_dna.model.loading import load
from captum_dna.pipeline.attribute import attribute
from captum_dna.pipeline.validate import settings_of, targets_of
from captum_dna.results import Attributions

if TYPE_CHECKING:
    from collections.abc import Sequence as SequenceABC

    from captum_dna.core.attribution import Attribution
    from captum_dna.core.progress import Tell
    from captum_dna.core.types import ModelLike, SequencesLike
    from captum_dna.engine.protocol import Method, Settings
    from captum_dna.evaluation.curves import Curves
    from captum_dna.evaluation.localisation import Regions
    from captum_dna.model.classifier import Classifier

    Asked = str | type | Method | Mapping[str, Any] | Attributions

METHODS = ("integrated_gradients", "gradient_shap", "input_x_gradient", "saliency", "base_mask")
"""Methods compared where none are named."""

MEASURES = {
    "removal": "deletion and insertion curves, comprehensiveness, sufficiency",
    "infidelity": "share of the falls after hiding windows that the scores leave unexplained",
    "localisation": "AUROC and pointing game on known stretches, where there are any",
    "mutagenesis": "correlation with in-silico mutagenesis on the tenth of bases where that is largest",
    "randomisation": "rank correlation with the scores of the model with scrambled weights",
    "sensitivity": "relative change of the scores for neighbours that the model hardly tells apart",
}
"""What can be measured, in words; the last costs three more explanations per sequence and method."""

RANDOM = "(random order)"
"""The row of scores that know nothing."""
_RANDOM_ORDERS = 3
_CONTROL_STEPS = 16


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
    **reading: Any,
) -> Evaluation:
    """Compare methods by what happens to the model when their best-scored bases go.

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
        Names from :data:`MEASURES`; by default all but ``"sensitivity"``.
    regions
        What is known to matter: half-open stretches by the name of the sequence, or the name of the
        track that holds them; by default all tracks of the sequences.
    hide
        ``"substitute"`` or ``"mask"``: how bases are removed; see
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
    classifier = load(model)
    where = Reading(**reading)
    options = Options.of(
        target=target, output=output, baseline=baseline, layer=layer, batch_size=batch_size, seed=seed
    )
    settings = settings_of(classifier, options)
    check_name("way to hide bases", hide, REMOVALS, option="hide")
    chosen = tuple(measures) if measures is not None else tuple(m for m in MEASURES if m != "sensitivity")
    for measure in chosen:
        check_name("measure", measure, MEASURES, option="measures")
    shares = tuple(top)
    if not shares or not all(0 < share <= 1 for share in shares):
        raise UserError(
            f"`top` is shares of the bases, each above 0 and at most 1, not {shares}.", option="top"
        )
    given = sequences if isinstance(sequences, Attributions) else None
    if given is not None and where.chosen:
        raise ValueError(f"{', '.join(where.chosen)}: results are read already, so leave it out.")
    kept = [_as_sequence(one) for one in given] if given is not None else read_once(sequences, where)
    asked = _asked(methods, given)
    indices = targets_of(classifier, options.target, len(kept))
    if given is not None and target is None:
        indices = [classifier.label_index(one.same_target) for one in given]
    targets = _fixed(classifier, kept, indices)
    work = _Work(
        classifier, kept, targets, settings, hide, shares, margin, localisation.spans_of(kept, regions)
    )
    return work.run(asked, chosen, progress)


@dataclass
class _Work:
    """The sequences of one call, and what is asked about each."""

    classifier: Classifier
    sequences: list[Sequence]
    targets: list[int]
    settings: Settings
    hide: str
    top: tuple[float, ...]
    margin: int
    spans: list[tuple[tuple[int, int], ...]]
    rows: dict[tuple[str, str], dict[str, float]] = field(default_factory=dict)
    drawn: list[tuple[str, str, Curves]] = field(default_factory=list)

    def run(
        self, asked: dict[str, Asked], measures: tuple[str, ...], progress: bool | Tell | None
    ) -> Evaluation:
        explained: dict[str, Attributions] = {}
        total = len(asked) + len(self.sequences)
        with Progress(progress, total, "Evaluating") as bar:
            for label, how in asked.items():
                explained[label] = self._explain(label, how, controlled="randomisation" in measures)
                bar.report(len(explained))
            if "mutagenesis" in measures:
                found = [one for one in explained.values() if one and one[0].method == "ism"]
                mutagenesis = found[0] if found else self._attribute({"method": "ism"})
            else:
                mutagenesis = Attributions()
            with self.classifier.at_rest():
                for place in range(len(self.sequences)):
                    self._measure(place, explained, measures, mutagenesis)
                    bar.report(len(asked) + place + 1)
            if "sensitivity" in measures:
                self._sensitivity(asked, explained)
        return Evaluation(
            explained=explained,
            rows=self.rows,
            drawn=self.drawn,
            signed={label: results[0].run.signed for label, results in explained.items()},
            about=self._about(measures),
        )

    def _attribute(
        self,
        how: Mapping[str, Any],
        sequences: list[Sequence] | None = None,
        targets: list[int] | None = None,
    ) -> Attributions:
        settings = self.settings
        shared = {
            "target": targets or self.targets,
            "output": settings.output,
            "baseline": settings.baseline,
            "layer": settings.layer,
            "batch_size": settings.batch_size,
            "seed": settings.seed,
            "progress": False,
        }
        return attribute(self.classifier, sequences or self.sequences, **{**shared, **how})

    def _explain(self, label: str, how: Asked, *, controlled: bool) -> Attributions:
        """Return the results of a method, with its cost and its rank correlation after scrambling."""
        results, seconds = how, float("nan")
        if not isinstance(results, Attributions):
            began = time.perf_counter()
            results = self._attribute(_keywords(how))
            seconds = (time.perf_counter() - began) / len(results)
        if [one.sequence for one in results] != [sequence.bases for sequence in self.sequences]:
            raise SequenceError(
                f"The results given as {label!r} are not those of the same sequences in the same order."
            )
        for place, one in enumerate(results):
            row = self._row(label, place)
            row["seconds"], row["evaluations"] = seconds, float(one.evaluations)
        if controlled and not isinstance(how, Attributions):
            # The scrambled model's paths can be rough; ranks need no converged integral, so that is not told.
            with collected(), scrambled(self.classifier, self.settings.seed):
                steps = {"n_steps": _CONTROL_STEPS} if results[0].run.complete else {}
                other = self._attribute({**steps, **_keywords(how)})
            for place, (one, control) in enumerate(zip(results, other, strict=True)):
                self._row(label, place)["after randomising"] = agreement.rank_correlation(
                    one.base_scores, control.base_scores
                )
        return results

    def _measure(
        self,
        place: int,
        explained: dict[str, Attributions],
        measures: tuple[str, ...],
        mutagenesis: Attributions,
    ) -> None:
        """Fill in the rows of one sequence."""
        sequence, spans = self.sequences[place], self.spans[place]
        removal = Removal(self.classifier, sequence, self.targets[place], self.settings, self.hide)
        tried = trials(removal) if "infidelity" in measures else None
        if "removal" in measures:
            self._draw(RANDOM, place, random_curves(removal, self.top, _RANDOM_ORDERS))
        for label, results in explained.items():
            one = results[place]
            row = self._row(label, place)
            if "removal" in measures:
                self._draw(label, place, curves(removal, one.base_scores, self.top))
            if tried is not None:
                row["infidelity"] = infidelity(tried, one.base_scores)
            if "localisation" in measures and spans:
                row["AUROC"] = localisation.auroc(one.base_scores, spans)
                row["pointing game"] = localisation.points_at(one.base_scores, spans, self.margin)
            if mutagenesis:
                row["mutagenesis r"] = agreement.where_it_matters(
                    one.base_scores, mutagenesis[place].base_scores, signed=one.run.signed
                )

    def _sensitivity(self, asked: dict[str, Asked], explained: dict[str, Attributions]) -> None:
        """Fill in the largest relative change of the scores over neighbours of each sequence."""
        with self.classifier.at_rest():
            near = [
                neighbours(Removal(self.classifier, sequence, target, self.settings, self.hide))
                for sequence, target in zip(self.sequences, self.targets, strict=True)
            ]
        targets = [target for target, own in zip(self.targets, near, strict=True) for _ in own]
        for label, how in asked.items():
            if isinstance(how, Attributions):
                continue
            moved = iter(self._attribute(_keywords(how), [one for own in near for one in own], targets))
            for place, own in enumerate(near):
                scores = np.nan_to_num(explained[label][place].base_scores)
                changes = [np.linalg.norm(np.nan_to_num(next(moved).base_scores) - scores) for _ in own]
                self._row(label, place)["sensitivity"] = float(max(changes) / np.linalg.norm(scores))

    def _row(self, label: str, place: int) -> dict[str, float]:
        return self.rows.setdefault((label, f"{place + 1}: {self.sequences[place].name}"), {})

    def _draw(self, label: str, place: int, found: Curves) -> None:
        self._row(label, place).update(found.numbers(self.top))
        self.drawn.append((label, self.sequences[place].name, found))

    def _about(self, measures: tuple[str, ...]) -> dict[str, Any]:
        return {
            "model": self.classifier.name,
            "sequences": len(self.sequences),
            "sequences with known stretches": sum(map(bool, self.spans)),
            "output": self.settings.output,
            "hide": self.hide,
            "top": self.top,
            "margin": self.margin,
            "measures": measures,
            "seed": self.settings.seed,
        }


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
            options = dict(_keywords(how))
            find_method(options.get("method", "integrated_gradients"))
    return dict(methods)


def _label(method: str | type | Method) -> str:
    return method if isinstance(method, str) else find_method(method).name


def _keywords(how: Asked) -> Mapping[str, Any]:
    """Return what to give to ``attribute`` for a method."""
    return how if isinstance(how, Mapping) else {"method": how}


def _as_sequence(one: Attribution) -> Sequence:
    return Sequence(one.name, one.sequence, one.true_label, one.interval, one.origin, one.tracks)


def _fixed(classifier: Classifier, sequences: list[Sequence], targets: list[int | None]) -> list[int]:
    """Return the class of each sequence, by prediction where none is asked for."""
    if not sequences:
        raise ValueError("There are no sequences to evaluate methods on.")
    open_ones = [i for i, target in enumerate(targets) if target is None]
    logits = classifier.predict_logits([classifier.encode(sequences[i]) for i in open_ones])
    predicted = dict(zip(open_ones, logits.argmax(axis=1).tolist(), strict=True)) if open_ones else {}
    return [predicted[i] if target is None else target for i, target in enumerate(targets)]
