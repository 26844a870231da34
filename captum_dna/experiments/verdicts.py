"""``test()``: the strongest stretches of explained sequences, each asked whether it is needed and whether it is enough."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from captum_dna.core.attribution import Attribution, results_given
from captum_dna.core.axis import range_name
from captum_dna.core.checks import check_name, whole_number
from captum_dna.core.errors import UserError
from captum_dna.core.options import STRETCH_BASES, STRETCH_SHARE
from captum_dna.core.sequences import Sequence
from captum_dna.core.slips import names_slips
from captum_dna.core.words import counted
from captum_dna.experiments import caveats, words
from captum_dna.experiments.ablation import SURROUNDINGS, kinds, removed
from captum_dna.experiments.backgrounds import backgrounds_of, outputs_of_negatives, shuffled
from captum_dna.experiments.motif import Motif
from captum_dna.experiments.planting import (
    FORWARD,
    NOTHING,
    SHUFFLED,
    Plant,
    Planted,
    check_place,
    planted,
)
from captum_dna.experiments.readout import Readout
from captum_dna.experiments.result import Experiment, rows_of
from captum_dna.experiments.statistics import SIGNIFICANT, compared_once, corrected
from captum_dna.io.reading import Reading
from captum_dna.io.stretches import stretches

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import pandas as pd
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from captum_dna.core.progress import Tell
    from captum_dna.core.remark import Remark
    from captum_dna.core.types import ModelLike, SequencesLike
    from captum_dna.experiments.result import About
    from captum_dna.io.stretches import Stretch

NEEDED_SHARE = 0.25
"""A stretch is needed if the output loses at least this share of the evidence without it, and more than without others."""

ENOUGH_SHARE = 0.5
"""A stretch is enough if alone it brings at least this share of the evidence, and more than its shuffled letters."""

VERDICTS = {
    (True, True): "needed and enough",
    (True, False): "needed but not enough",
    (False, True): "enough",
    (False, False): "neither",
}
"""What is said of a stretch that is needed, and of one that is enough."""

NOT_KNOWN = "not known"
"""What is said where a control or an interval is missing."""

COLUMNS = (
    "sequence",
    "name",
    "start",
    "end",
    "letters",
    "target",
    "score",
    "verdict",
    "evidence",
    *(f"{side}{what}" for side in ("loss", "gain") for what in ("", "_low", "_high", "_control", "_q")),
    "draws",
    "backgrounds",
)
"""Columns of the table of :func:`test`."""


@dataclass(frozen=True, eq=False, repr=False)
class Verdicts(Experiment):
    """What :func:`test` found: a row per stretch."""

    @names_slips
    def figure(self, width: float = 7.2) -> Figure:
        """Return what the output loses without each stretch and gains by it alone, beside the controls."""
        from captum_dna.experiments.pictures import lost_and_gained

        return lost_and_gained(self.table, words.unit(self.about.output).removeprefix("the "), width)


@names_slips
def test(
    attributions: Attribution | Iterable[Attribution],
    model: ModelLike | None = None,
    *,
    most: int = 3,
    share: float = STRETCH_SHARE,
    shortest: int = STRETCH_BASES,
    kind: str = SURROUNDINGS,
    draws: int = 50,
    shuffle: str = "dinucleotide_shuffle",
    count: int = 100,
    backgrounds: SequencesLike | None = None,
    negatives: SequencesLike | None = None,
    precision: str = "auto",
    batch_size: int | None = None,
    seed: int = 0,
    progress: bool | Tell | None = None,
    partial: Callable[[Experiment], None] | None = None,
) -> Verdicts:
    """Find the strongest stretches of explained sequences, and try whether each is needed and whether it is enough.

    The evidence of a sequence is its output less the mean output of its backgrounds. A stretch is *needed* if the output
    loses at least a quarter of the evidence without it (:func:`captum_dna.ablate`), and more than without other stretches
    of its length. It is *enough* if, planted where it stands into the backgrounds, it brings at least half of the
    evidence (:func:`captum_dna.marginalize`), and more than its letters in another order. Both differences from the
    control are tested; a verdict needs a false discovery rate below 5 % among all tests of the call.

    Parameters
    ----------
    attributions
        One result of :func:`captum_dna.attribute`, or several.
    model
        The model that was explained; by default the one of the name that the results have, loaded again.
    most
        Stretches per sequence, the strongest that push towards the class explained.
    share, shortest
        What a stretch is. See :func:`captum_dna.io.stretches.stretches`.
    kind, draws
        As for :func:`captum_dna.ablate`.
    shuffle, count
        How the backgrounds of each sequence are drawn from it, and how many.
    backgrounds
        Sequences of the same length to plant into, instead.
    negatives
        Real sequences of another class, to tell how far the backgrounds are from them.
    precision, batch_size, seed, progress
        As for :func:`captum_dna.attribute`.
    partial
        Called with the verdicts so far, after each sequence.

    Returns
    -------
    :class:`Verdicts`. Columns of its table: ``sequence`` (index), ``name``, ``start``, ``end``, ``letters``, ``target``,
    ``score`` (sum of its base scores), ``verdict``, ``evidence``, then ``loss`` (f of the sequence minus f without the
    stretch), ``loss_low``, ``loss_high``, ``loss_control``, ``loss_q``, ``gain`` (what it adds to backgrounds) with the
    same four, and ``draws`` and ``backgrounds``: how many there were.

    Raises
    ------
    UserError
        Another model than was explained, no model available, or an impossible choice.

    Examples
    --------
    >>> from captum_dna import attribute, demo, test
    >>> results = attribute("demo", demo.designed()[:1], target="TATA promoter")
    >>> found = test(results, "demo", most=1, draws=20, count=20)
    >>> found.table["letters"].tolist()[0] in results[0].sequence
    True
    """
    items = results_given("attributions", attributions)
    if not items:
        raise UserError("There are no results to test. Explain some sequences first.")
    most, draws = whole_number("most", most, 1), whole_number("draws", draws, 1)
    check_name("kind of replacement", kind, kinds(), option="kind")
    outputs = {item.output for item in items}
    if len(outputs) > 1:
        raise UserError(
            f"The results explain {' and '.join(sorted(outputs))}. Test those of one output at a time."
        )
    readout = Readout(
        items[0].run.model if model is None else model,
        progress,
        partial,
        output=outputs.pop(),
        precision=precision,
        batch_size=batch_size,
        seed=seed,
    )
    _check_model(readout, items)
    sequences = [Sequence(item.name, item.sequence, origin=item.origin) for item in items]
    readout.check(sequences)
    given = None if backgrounds is None else backgrounds_of(readout, backgrounds, Reading(), None, None)
    below = outputs_of_negatives(readout, negatives)

    def judged(found: list[Tested], looked_at: int) -> Verdicts:
        table = _judged([row for one in found for row in one.rows])
        same = {_target(readout, item) for item in items}
        about = readout.about(
            "test",
            same.pop() if len(same) == 1 else None,
            kind=kind,
            draws=draws,
            shuffle=shuffle if given is None else None,
            count=count if given is None else len(given),
        )
        sentences = [_sentence(row, sequences[row.sequence], about) for row in rows_of(table)]
        if len(found) < looked_at:
            sentences.append(
                f"In {looked_at - len(found)} of {looked_at} sequences no stretch pushes towards the class explained."
            )
        return Verdicts(table, about, _caveats(found, about, draws, kind), tuple(sentences))

    found: list[Tested] = []
    for index, (item, sequence) in enumerate(zip(items, sequences, strict=True)):
        show = readout.shows(lambda found, number=index: judged(found, number))  # type: ignore[misc]  # mypy knows no default of a lambda
        if show and found:
            show(found)
        strongest = [
            one for one in stretches(item.base_scores, share=share, shortest=shortest) if one.score > 0
        ]
        if strongest:
            made = given or shuffled([sequence], shuffle, whole_number("count", count, 1), readout.seed)
            for one in strongest[:most]:
                check_place(one.start, one.end - one.start, made[0], "backgrounds")
            found.append(_tested(readout, index, item, strongest[:most], made, kind, draws, below))
    return judged(found, len(items))


test.__test__ = False  # type: ignore[attr-defined] # pytest takes it for a test where it is imported


class Tested(NamedTuple):
    """The experiments with the strongest stretches of one sequence."""

    rows: list[dict[str, Any]]
    planted: Planted
    remarks: list[Remark]
    unchanged: float


def _caveats(found: list[Tested], about: About, draws: int, kind: str) -> tuple[Remark, ...]:
    """Return what to know of the backgrounds and the controls of all sequences."""
    if not found:
        return ()
    honesty = caveats.Honesty(
        "backgrounds",
        sum(one.planted.honesty.count for one in found),
        float(np.mean([one.planted.honesty.positive for one in found])),
        float(np.mean([one.planted.honesty.distance for one in found])),
    )
    return caveats.ordered(
        [
            *(remark for one in found for remark in one.remarks),
            *caveats.of_few(draws, "draw"),
            *caveats.of_unchanged(float(np.mean([one.unchanged for one in found])), kind),
            *caveats.of_backgrounds(honesty, about.explained),
        ]
    )


def _tested(
    readout: Readout,
    index: int,
    item: Attribution,
    found: list[Stretch],
    made: list[Sequence],
    kind: str,
    draws: int,
    below: NDArray[np.float64] | None,
) -> Tested:
    """Ablate and plant the stretches of one sequence."""
    target = _target(readout, item)
    sequence = Sequence(item.name, item.sequence, origin=item.origin)
    letters = [item.sequence[one.start : one.end] for one in found]
    motifs = {str(number): Motif.of(text) for number, text in enumerate(letters)}
    own = [frozenset({Plant(one.start, key, FORWARD)}) for key, one in zip(motifs, found, strict=True)]
    other = [frozenset({Plant(one.start, key, SHUFFLED)}) for key, one in zip(motifs, found, strict=True)]
    alone = planted(readout, made, motifs, [*own, *other], below, target)
    rows, remarks, unchanged = [], list(alone.remarks), []
    for number, one in enumerate(found):
        without = removed(readout, sequence, (one.start, one.end), kind, draws, target)
        unchanged.append(without.unchanged)
        if not without.has_control:
            remarks.append(
                caveats.no_control(f"'{item.name}' has no other stretch of {one.end - one.start} bases")
            )
        lost = compared_once(-without.effects, -without.controls, readout.seed)
        gained = compared_once(alone.change(own[number]), alone.change(other[number]), readout.seed)
        rows.append(
            {
                "sequence": index,
                "name": item.name,
                "start": one.start,
                "end": one.end,
                "letters": letters[number],
                "target": item.target,
                "score": one.score,
                "evidence": without.f_input - float(alone.of(NOTHING).mean()),
                "lost": lost,
                "gained": gained,
                "draws": draws,
                "backgrounds": len(made),
            }
        )
    return Tested(rows, alone, remarks, float(np.mean(unchanged)))


def _judged(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Return the table with its verdicts; false discovery rates are over all tests of all stretches."""
    import pandas as pd

    rates = corrected(np.array([row[side]["p"] for row in rows for side in ("lost", "gained")])).reshape(
        -1, 2
    )
    judged = []
    for one, (needed_q, enough_q) in zip(rows, rates.tolist(), strict=True):
        row = dict(one)
        lost, gained = row.pop("lost"), row.pop("gained")
        needed = _beyond(lost, needed_q, NEEDED_SHARE * row["evidence"])
        enough = _beyond(gained, enough_q, ENOUGH_SHARE * row["evidence"])
        known = np.isfinite([needed_q, enough_q]).all()
        row["verdict"] = VERDICTS[needed, enough] if known else NOT_KNOWN
        judged.append(row | _columns("loss", lost, needed_q) | _columns("gain", gained, enough_q))
    frame: pd.DataFrame = pd.DataFrame(judged, columns=list(COLUMNS))
    return frame


def _beyond(found: dict[str, float], q: float, least: float) -> bool:
    """Whether an effect is as large as is asked for, and larger than its control."""
    return least > 0 and found["effect"] >= least and found["difference"] > 0 and q < SIGNIFICANT


def _columns(name: str, found: dict[str, float], q: float) -> dict[str, float]:
    return {
        name: found["effect"],
        f"{name}_low": found["low"],
        f"{name}_high": found["high"],
        f"{name}_control": found["control"],
        f"{name}_q": q,
    }


def _target(readout: Readout, item: Attribution) -> int:
    """Return the class that was explained, by its place among the classes."""
    if item.target_index is not None:
        return item.target_index
    return 0 if len(readout.classifier.labels) == 1 else readout.classifier.label_index(item.target)


def _check_model(readout: Readout, items: list[Attribution]) -> None:
    """Refuse another model than the one that was explained."""
    own = readout.classifier.fingerprint
    for item in items:
        if item.run.model_fingerprint and item.run.model_fingerprint != own:
            raise UserError(
                f"'{item.name}' was explained with {item.run.model}, whose weights differ from those of "
                f"{readout.classifier.name}. Give the model that was explained as `model=`.",
                option="model",
            )


def _sentence(row: Any, sequence: Sequence, about: About) -> str:
    where = range_name(sequence, row.start, row.end)
    ends = f"95 % interval {words.number(row.loss_low)} to {words.number(row.loss_high)}"
    elsewhere = f"other stretches of its length: {words.number(row.loss_control)}"
    known = [ends] * bool(np.isfinite(row.loss_low)) + [
        elsewhere if np.isfinite(row.loss_control) else "no control"
    ]
    loses = f"without it {words.moves(about.output, -row.loss)} ({'; '.join(known)})"
    into = counted(row.backgrounds, "background" if about.choices["shuffle"] is None else "shuffled sequence")
    gains = (
        f"planted into {into} it adds "
        f"{words.number(row.gain)}{words.between(row.gain_low, row.gain_high)}; "
        f"{words.in_another_order(row.gain_control)}"
    )
    head = f"{sequence.name}: {row.letters} at {where}"
    if row.verdict == NOT_KNOWN:
        return f"{head}: {loses}. {gains[0].upper()}{gains[1:]}. There is no verdict without a control and an interval."
    needed, enough = next(key for key, verdict in VERDICTS.items() if verdict == row.verdict)
    is_enough = "is enough" if enough else "is not enough"
    return f"{head} {'is needed' if needed else 'is not needed'}: {loses}. It {is_enough}: {gains}."
