"""The strongest stretches of base scores, and their BED file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from captum_dna.core.colours import AWAY, TOWARDS, rgb
from captum_dna.core.options import STRETCH_BASES, STRETCH_SHARE
from captum_dna.core.sequences import Interval
from captum_dna.io.exporters import Exporter
from captum_dna.io.tracks import check_places
from captum_dna.io.writing import check_writable, unfinished

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from captum_dna.core.attribution import Attribution

_TOP = 1000
"""The highest score that BED allows."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Bases of one sequence whose scores push in one direction.

    Parameters
    ----------
    start, end
        Bases of the sequence, 0-based and half-open.
    score
        Sum of its base scores, signed, in units of the output.
    """

    start: int
    end: int
    score: float


def stretches(
    scores: NDArray[np.float64], *, share: float = STRETCH_SHARE, shortest: int = STRETCH_BASES
) -> list[Stretch]:
    """Return the stretches of a sequence that stand out, the strongest first.

    The bar is ``share`` times the largest score by magnitude. For each direction, the maximal segments are
    taken of the scores less the bar: the stretches that gain by no base more at either end, so that a
    stretch may go through a weak base where strong ones lie on both sides (Ruzzo and Tompa 1999, ISMB
    7:234-241).

    Parameters
    ----------
    scores
        (L,) signed base scores; NaN counts as no score.
    share
        The bar, as a share of the largest score; between 0 and 1.
    shortest
        Bases that a stretch has at least.

    Examples
    --------
    >>> import numpy as np
    >>> stretches(np.array([0, 0.1, 1, 1, 0.1, 1, 0, -1, -1, 0]), shortest=2)
    [Stretch(start=2, end=6, score=3.1), Stretch(start=7, end=9, score=-2.0)]
    """
    if not 0 < share < 1:
        raise ValueError(f"`share` lies between 0 and 1, not {share}.")
    known = np.nan_to_num(scores, nan=0.0)
    bar = share * float(np.abs(known).max(initial=0.0))
    if bar == 0:
        return []
    found = [
        Stretch(start, end, float(known[start:end].sum()))
        for sign in (1, -1)
        for start, end in _maximal_segments(sign * known - bar)
        if end - start >= shortest
    ]
    return sorted(found, key=lambda one: (-abs(one.score), one.start))


def write_bed(
    attributions: Iterable[Attribution],
    path: str | Path,
    *,
    share: float = STRETCH_SHARE,
    shortest: int = STRETCH_BASES,
) -> Path:
    """Write the stretches that stand out, by :func:`stretches`, as BED with nine columns, sorted by place.

    The name is the sequence's, the letters of the stretch on the sequence's strand, and the signed score,
    joined by ``|``. The score is the stretch's magnitude, 1000 for the strongest of the file. Blue
    stretches push towards the explained class, orange ones away.

    Raises
    ------
    ValueError
        There are no results, or some do not know where they lie in a genome.
    captum_dna.io.writing.OutputError
        The folder is missing or may not be written.
    """
    path = Path(path)
    check_writable(path)
    items = list(attributions)
    check_places(items)
    rows = [
        (_on_genome(item, one), "_".join(item.name.split()), item.sequence[one.start : one.end], one.score)
        for item in items
        for one in stretches(item.base_scores, share=share, shortest=shortest)
    ]
    rows.sort(key=lambda row: (row[0].chromosome, row[0].start, row[0].end))
    largest = max((abs(score) for *_, score in rows), default=1.0)
    with unfinished(path) as part, part.open("w", encoding="utf-8", newline="\n") as file:
        for place, name, letters, score in rows:
            columns = (
                place.chromosome,
                place.start,
                place.end,
                f"{name}|{letters}|{score:+.4g}",
                round(_TOP * abs(score) / largest),
                place.strand,
                place.start,
                place.end,
                ",".join(map(str, rgb(TOWARDS if score > 0 else AWAY))),
            )
            file.write("\t".join(map(str, columns)) + "\n")
    return path


def _on_genome(item: Attribution, one: Stretch) -> Interval:
    """Return where a stretch of a result lies in the genome."""
    place = item.interval
    if place is None:
        raise ValueError(f"Result '{item.name}' has no position in a genome.")
    if place.strand == "-":
        return Interval(place.chromosome, place.end - one.end, place.end - one.start, "-")
    return Interval(place.chromosome, place.start + one.start, place.start + one.end, place.strand)


def _maximal_segments(values: NDArray[np.float64]) -> Iterator[tuple[int, int]]:
    """Yield the ends of all maximal scoring segments, from left to right."""
    segments: list[tuple[int, int, float, float]] = []  # start, end, sum before the start, sum at the end
    total = 0.0
    for index, value in enumerate(values.tolist()):
        before, total = total, total + value
        if value <= 0:
            continue
        start, left = index, before
        while True:
            at = next((j for j in range(len(segments) - 1, -1, -1) if segments[j][2] < left), None)
            if at is None or segments[at][3] >= total:
                segments.append((start, index + 1, left, total))
                break
            start, _, left, _ = segments[at]
            del segments[at:]
    yield from ((start, end) for start, end, _, _ in segments)


STRETCHES = Exporter(
    "bed",
    "BED",
    "the strongest stretches",
    (".bed",),
    write_bed,
    options=("share", "shortest"),
    check=lambda items, **_: check_places(items),
    gzips=True,
    places=True,
    download="stretches.bed",
    media_type="text/plain",
)
