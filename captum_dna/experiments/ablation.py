"""``ablate()``: is a stretch necessary? The output without it, against the output without other stretches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from captum_dna.core.axis import range_name
from captum_dna.core.baselines import BASELINES
from captum_dna.core.checks import check_name, whole_number
from captum_dna.core.errors import SequenceError
from captum_dna.core.letters import plant
from captum_dna.core.numbers import percent
from captum_dna.core.shuffles import dinucleotide_shuffle
from captum_dna.core.slips import names_slips
from captum_dna.engine.baselines import generator
from captum_dna.evaluation.measures.localisation import spans_of
from captum_dna.experiments import caveats, words
from captum_dna.experiments.backgrounds import outputs_of_negatives
from captum_dna.experiments.readout import OPTIONS, Readout
from captum_dna.experiments.result import Experiment, rows_of
from captum_dna.experiments.statistics import as_far, compared_once, with_rates
from captum_dna.io.readers import read_once
from captum_dna.io.reading import Reading
from captum_dna.model.outputs import explained

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import pandas as pd
    from matplotlib.figure import Figure
    from numpy.typing import NDArray
    from typing_extensions import Unpack

    from captum_dna.core.attribution import Span
    from captum_dna.core.sequences import Sequence
    from captum_dna.core.types import ModelLike, SequencesLike
    from captum_dna.experiments.readout import ExperimentOptions

    Floats = NDArray[np.float64]
    Stretch = Span | str | Mapping[str, Iterable[Span]]

SURROUNDINGS = "surroundings"
"""Replace by bases from a dinucleotide shuffle of what lies around the stretch."""

_AROUND = 50
"""Bases on either side that are its surroundings, at least; twice its own length if that is more."""


def kinds() -> dict[str, str]:
    """Return the ways to replace a stretch, in words: the surroundings, and every baseline that draws letters."""
    drawn = {name: one.words for name, one in BASELINES.items() if one.drawn}
    return {SURROUNDINGS: "bases from a dinucleotide shuffle of what lies around the stretch"} | drawn


@dataclass(frozen=True, eq=False, repr=False)
class Ablation(Experiment):
    """What :func:`ablate` found: a row per sequence and stretch."""

    @names_slips
    def figure(self, width: float = 7.2) -> Figure:
        """Return the effect of each stretch beside that of its controls."""
        from captum_dna.experiments.pictures import beside_controls

        labels = [f"{row.name} {row.letters[:16]}" for row in rows_of(self.table)]
        return beside_controls(self.table, labels, f"change of {words.unit(self.about.output)}", width)


def ablate(
    model: ModelLike,
    sequences: SequencesLike,
    stretch: Stretch,
    *,
    kind: str = SURROUNDINGS,
    draws: int = 100,
    negatives: SequencesLike | None = None,
    **options: Unpack[ExperimentOptions],
) -> Ablation:
    """Replace a stretch, and measure what the output loses.

    The effect is f with the stretch replaced, minus f of the sequence, averaged over the draws. Each draw has a
    control: another stretch of the same length, elsewhere in the sequence, replaced in the same way.

    Parameters
    ----------
    model
        As for :func:`captum_dna.attribute`.
    sequences
        Anything that :func:`captum_dna.read` takes.
    stretch
        ``(start, end)``, 0-based and half-open, in every sequence; or stretches by the name of the sequence; or the
        name of a track of the sequences.
    kind
        What replaces it: ``"surroundings"``, ``"dinucleotide_shuffle"`` (of the stretch itself; many short stretches
        have few shuffles) or ``"gc_random"`` (random bases with the stretch's share of G and C).
    draws
        Replacements drawn, and as many controls; an interval needs 20.
    negatives
        Real sequences of another class, to tell how far the edited ones are from them.
    **options
        ``target`` (for all sequences or one each; by default the predicted class of each), ``output``, ``precision``,
        ``batch_size``, ``seed`` and ``progress`` of :func:`captum_dna.attribute`; ``partial``, a function that is called
        with the result so far as the model reads; and how to read ``sequences``, as for :func:`captum_dna.read`.

    Returns
    -------
    :class:`Ablation`. Columns of its table: ``sequence`` (index), ``name``, ``start``, ``end``, ``letters``, ``target``,
    ``f`` (of the sequence), ``effect`` with its 95 % interval ``low`` and ``high``, ``control`` with ``control_low``
    and ``control_high``, ``difference`` (effect minus control), ``p`` (that it is 0), ``q`` (Benjamini-Hochberg over
    all rows), and ``as_far``, the share of the controls that change f as much in the same direction.

    Raises
    ------
    UserError
        A stretch outside its sequence, or an impossible choice; before any model runs.

    Examples
    --------
    >>> from captum_dna import ablate, demo
    >>> found = ablate("demo", demo.designed()[:1], (169, 177), draws=20, target="TATA promoter")
    >>> bool(found.table["effect"][0] < found.table["control"][0])
    True
    """
    draws = whole_number("draws", draws, 1)
    check_name("kind of replacement", kind, kinds(), option="kind")
    readout, reading = Readout.of(model, options)
    items = read_once(sequences, Reading.of(ablate, reading, OPTIONS))
    if not items:
        raise SequenceError("There are no sequences to ablate a stretch of.")
    spans = _spans(items, stretch)
    readout.check(items)
    targets = readout.targets(len(items))
    below = outputs_of_negatives(readout, negatives)
    asked = [(index, span) for index, own in enumerate(spans) for span in own]

    def made(found: list[Removed]) -> Ablation:
        import pandas as pd

        done = list(zip(asked, found, strict=False))
        rows = [
            {
                "sequence": index,
                "name": items[index].name,
                "start": start,
                "end": end,
                "letters": items[index].bases[start:end],
                "target": readout.classifier.labels[one.target],
                "f": one.f_input,
            }
            | compared_once(one.effects, one.controls, readout.seed)
            | {"as_far": as_far(one.effects, one.controls)}
            for (index, (start, end)), one in done
        ]
        table = with_rates(pd.DataFrame(rows))
        same = {one.target for one in found}
        about = readout.about("ablate", same.pop() if len(same) == 1 else None, kind=kind, draws=draws)
        edited = np.concatenate([one.f_edited for one in found])
        honesty = caveats.Honesty(
            "edited sequences",
            len(edited),
            float(np.mean([one.positive for one in found])),
            float("nan")
            if below is None or about.target_index is None
            else caveats.distance(edited, readout.f(below, about.target_index)),
        )
        remarks = [
            *(
                caveats.no_control(f"'{items[index].name}' has no other stretch of {end - start} bases")
                for (index, (start, end)), one in done
                if not one.has_control
            ),
            *caveats.of_few(len(found[-1].effects), "draw"),
            *caveats.of_unchanged(float(np.mean([one.unchanged for one in found])), kind),
            *caveats.of_edits(honesty, about.explained),
        ]
        sentences = _sentences(table, [items[index] for (index, _), _ in done], about.output)
        return Ablation(table, about, caveats.ordered(remarks), tuple(sentences))

    found: list[Removed] = []

    def with_one(one: Removed) -> Ablation:
        return made([*found, one])

    show = readout.shows(with_one)
    for index, span in asked:
        found.append(removed(readout, items[index], span, kind, draws, targets[index], show))
    return made(found)


class Removed(NamedTuple):
    """The outputs of one sequence without a stretch, and without others.

    ``effects`` and ``controls`` are (N,) changes of the output; ``f_edited`` (N,) are the outputs without the
    stretch, ``positive`` is the share of them that is predicted as the class explained, ``unchanged`` the share of
    draws that gave back the stretch.
    """

    target: int
    f_input: float
    f_edited: Floats
    effects: Floats
    controls: Floats
    positive: float
    unchanged: float
    has_control: bool


def removed(
    readout: Readout,
    sequence: Sequence,
    span: Span,
    kind: str,
    draws: int,
    target: int | None,
    so_far: Callable[[Removed], None] | None = None,
) -> Removed:
    """Return what one sequence's output does without a stretch and without stretches elsewhere."""
    bases, (start, end) = sequence.bases, span
    random = generator(readout.seed, bases)
    others = [at for at in range(len(bases) - (end - start) + 1) if at + end - start <= start or at >= end]
    replace = _replacement(kind, sequence, random)
    texts = [replace(start, end) for _ in range(draws)]
    if others:  # each draw and its control side by side, so that the first of them are a result already
        places = random.choice(others, size=draws).tolist()
        controls = [replace(at, at + end - start) for at in places]
        texts = list(chain.from_iterable(zip(texts, controls, strict=True)))
    step = 2 if others else 1

    def outputs(logits: Floats) -> Removed:
        (explained_class,) = explained([target], logits[:1])
        logits = logits[: 1 + (len(logits) - 1) // step * step]
        f = readout.f(logits, explained_class)
        edited = f[1::step]
        effects = edited - f[0]
        return Removed(
            explained_class,
            float(f[0]),
            edited,
            effects,
            f[2::step] - f[0] if others else np.full_like(effects, np.nan),
            readout.positive(logits[1::step], explained_class),
            float(np.mean([text == bases for text in texts[: step * len(edited) : step]])),
            bool(others),
        )

    def show(logits: Floats) -> None:
        if so_far and len(logits) > step:
            so_far(outputs(logits))

    every = [bases, *texts]
    return outputs(readout.logits(every, len(every), sequence.name, so_far=show if so_far else None))


def _spans(items: list[Sequence], stretch: Stretch) -> list[tuple[Span, ...]]:
    if isinstance(stretch, tuple | list):
        if len(stretch) != 2:
            raise SequenceError(
                f"`stretch` must be (start, end), counted from 0, the end excluded, not {stretch!r:.60}."
            )
        span = (whole_number("stretch", stretch[0]), whole_number("stretch", stretch[1]))
        stretch = {item.name: [span] for item in items}
    if not isinstance(stretch, str | Mapping):
        raise SequenceError(
            "`stretch` must be (start, end), counted from 0, the end excluded, stretches by the name of the sequence, or "
            f"the name of a track, not {stretch!r:.60}.",
            option="stretch",
        )
    return spans_of(items, stretch)


def _replacement(kind: str, sequence: Sequence, random: np.random.Generator) -> Callable[[int, int], str]:
    """Return what replaces a stretch of a sequence by a draw."""
    bases = sequence.bases

    def replace(start: int, end: int) -> str:
        if kind == SURROUNDINGS:
            return plant(bases, start, _from_around(sequence, start, end, random))
        letters = BASELINES[kind].letters
        return plant(bases, start, letters(bases[start:end], random) if letters else bases[start:end])

    return replace


def _from_around(sequence: Sequence, start: int, end: int, random: np.random.Generator) -> str:
    width = end - start
    reach = max(_AROUND, 2 * width)
    around = sequence.bases[max(0, start - reach) : start] + sequence.bases[end : end + reach]
    if len(around) < 2:
        raise SequenceError(
            f"Sequence '{sequence.name}': there are too few bases around the stretch from {start} to {end} "
            "to draw from. Choose `kind='gc_random'`."
        )
    drawn = ""
    while len(drawn) < width:
        drawn += dinucleotide_shuffle(around, random)
    first = int(random.integers(len(drawn) - width + 1))
    return drawn[first : first + width]


def _sentences(table: pd.DataFrame, items: list[Sequence], output: str) -> Iterator[str]:
    for row, item in zip(rows_of(table), items, strict=True):
        sign = -1 if row.effect < 0 else 1  # all numbers are in the direction that is named
        known = []
        if np.isfinite(row.low):
            low, high = sorted((sign * row.low, sign * row.high))
            known.append(f"95 % interval {words.number(low)} to {words.number(high)}")
        if np.isfinite(row.control):
            known.append(
                f"other stretches of its length: {words.number(sign * row.control)}, {percent(row.as_far)} of them as far"
            )
        said = f" ({'; '.join(known)})" if known else ""
        yield (
            f"{item.name}: without {row.letters} at {range_name(item, row.start, row.end)}, "
            f"{words.moves(output, row.effect, row.target)}{said}."
        )
