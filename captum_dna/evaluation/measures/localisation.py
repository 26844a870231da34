"""How well scores find what is known to matter, such as a motif."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from captum_dna.core.errors import SequenceError
from captum_dna.evaluation.measure import Measure

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Sequence as SequenceABC

    from numpy.typing import NDArray

    from captum_dna.core.attribution import Span
    from captum_dna.core.sequences import Sequence
    from captum_dna.evaluation.measure import Work

    Regions = Mapping[str, Iterable[Span]]


def spans_of(
    sequences: SequenceABC[Sequence], regions: Regions | str | None
) -> list[tuple[tuple[int, int], ...]]:
    """Return the known stretches of each sequence, none where nothing is known.

    Parameters
    ----------
    sequences
        The sequences, whose tracks are used unless regions are given.
    regions
        Half-open stretches by the name of the sequence; or the name of the track that holds them.

    Raises
    ------
    SequenceError
        No sequence has such stretches, or one reaches past its sequence.
    """
    if isinstance(regions, Mapping):
        found = [tuple(regions.get(sequence.name, ())) for sequence in sequences]
    else:
        found = [
            tuple(
                (start, end)
                for track in sequence.tracks
                if regions is None or track.name == regions
                for start, end, _ in track.spans
            )
            for sequence in sequences
        ]
    if regions is not None and not any(found):
        where = f"the track {regions!r}" if isinstance(regions, str) else "regions"
        names = ", ".join(repr(sequence.name) for sequence in sequences[:3])
        raise SequenceError(f"None of the sequences ({names}, ...) has a stretch in {where}.")
    for sequence, spans in zip(sequences, found, strict=True):
        for start, end in spans:
            if not 0 <= start < end <= len(sequence):
                raise SequenceError(
                    f"Sequence '{sequence.name}' has {len(sequence)} bases, so there is no stretch from {start} to {end} "
                    "(counted from 0, the end excluded)."
                )
    return found


def auroc(scores: NDArray[np.float64], spans: Iterable[Span]) -> float:
    """Return how well (L,) base scores tell bases inside the spans from bases outside; 0.5 is chance."""
    from scipy.stats import rankdata

    inside = _inside(len(scores), spans)
    if inside.all() or not inside.any():
        return float("nan")
    known = np.where(np.isnan(scores), np.nanmin(scores, initial=0.0) - 1, scores)
    ranks = rankdata(known)[inside]
    pairs = len(ranks) * (len(known) - len(ranks))
    return float((ranks.sum() - len(ranks) * (len(ranks) + 1) / 2) / pairs)


def points_at(scores: NDArray[np.float64], spans: Iterable[Span], margin: int) -> float:
    """Return 1 if the best base lies in a span or at most ``margin`` bases off, else 0 (pointing game)."""
    best = int(np.nanargmax(scores)) if np.isfinite(scores).any() else -1
    return float(any(start - margin <= best < end + margin for start, end in spans) and best >= 0)


def _inside(length: int, spans: Iterable[Span]) -> NDArray[np.bool_]:
    inside = np.zeros(length, dtype=bool)
    for start, end in spans:
        inside[start:end] = True
    return inside


def _measure(work: Work) -> None:
    for place in work.places():
        spans = work.spans[place]
        for label, results in work.explained.items():
            if spans:
                row, scores = work.row(label, place), results[place].base_scores
                row["AUROC"] = auroc(scores, spans)
                row["pointing game"] = points_at(scores, spans, work.margin)


LOCALISATION = Measure(
    "localisation",
    "AUROC and pointing game on known stretches, where there are any",
    {"AUROC": "higher", "pointing game": "higher"},
    _measure,
)
