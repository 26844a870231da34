"""Base scores on the genome's own axis, as the tracks of a genome browser have them.

Scores of sequences on the ``-`` strand are put back in the direction of the genome; where sequences overlap,
a base has the mean of its scores.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, cast

import numpy as np

from captum_dna.core.notices import tell
from captum_dna.io.genome import no_chromosome

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from numpy.typing import NDArray

    from captum_dna.core.attribution import Attribution
    from captum_dna.core.sequences import Interval, Sequence

_LISTED = 3
"""How many results an error names."""


@dataclass(frozen=True, slots=True)
class GenomeScores:
    """Scores by position.

    Parameters
    ----------
    chromosomes
        By name, in alphabetical order: (P,) positions, 0-based and rising, and (P,) scores.
    overlapping
        Number of bases that lie in more than one sequence, and have the mean of its scores.
    """

    chromosomes: dict[str, tuple[NDArray[np.int64], NDArray[np.float64]]]
    overlapping: int

    def runs(self, chromosome: str) -> Iterator[tuple[int, NDArray[np.float64]]]:
        """Yield the first position and the scores of each stretch of bases without a gap."""
        positions, scores = self.chromosomes[chromosome]
        edges = [0, *(np.flatnonzero(np.diff(positions) != 1) + 1).tolist(), len(positions)]
        for first, last in pairwise(edges):
            yield int(positions[first]), scores[first:last]


def genome_scores(attributions: Iterable[Attribution]) -> GenomeScores:
    """Return the base scores of results on the genome's axis.

    Bases without a score (NaN) are left out. A base of several sequences has the mean of its scores; a
    warning says how many these are.

    Raises
    ------
    ValueError
        There are no results; some do not know where they lie in a genome; or results overlap that explain
        different classes or outputs, or by different methods, so that their mean would say nothing.
    """
    items = list(attributions)
    check_places(items)
    by_chromosome: dict[str, list[Attribution]] = {}
    for item in items:
        by_chromosome.setdefault(_place(item).chromosome, []).append(item)
    joined = {name: _joined(group) for name, group in sorted(by_chromosome.items())}
    overlapping = sum(count for _, _, count in joined.values())
    _check_alike(items, overlapping)
    found = {name: (positions, scores) for name, (positions, scores, _) in joined.items() if len(positions)}
    if not found:
        raise ValueError("None of the results has a numeric score, so there is no track to write.")
    return GenomeScores(found, overlapping)


def check_places(items: list[Attribution] | list[Sequence], sizes: Mapping[str, int] | None = None) -> None:
    """Say which results do not know where they lie in a genome, or lie beyond its chromosomes.

    Sequences can be checked as well, before any model runs.
    """
    if not items:
        raise ValueError("There are no results to write.")
    lost = [item.name for item in items if item.interval is None]
    if lost:
        listed = ", ".join(map(repr, lost[:_LISTED])) + (", ..." if len(lost) > _LISTED else "")
        raise ValueError(
            f"{len(lost)} of {len(items)} results have no position in a genome ({listed}). Attribute the "
            "intervals of a BED file with `genome=`, or FASTA with headers like chr1:100-351(+)."
        )
    if sizes is not None:
        for item in items:
            _check_size(item, sizes)


def _place(item: Attribution | Sequence) -> Interval:
    """Return where an item lies, which check_places has found to be known."""
    return cast("Interval", item.interval)


def _joined(items: list[Attribution]) -> tuple[NDArray[np.int64], NDArray[np.float64], int]:
    """Return positions, mean scores and the number of overlapping bases of one chromosome's results."""
    items = sorted(items, key=lambda item: _place(item).start)
    positions = np.concatenate([np.arange(_place(i).start, _place(i).end) for i in items])
    scores = np.concatenate(
        [i.base_scores[::-1] if _place(i).strand == "-" else i.base_scores for i in items]
    )
    known = np.isfinite(scores)
    positions, scores = positions[known], scores[known]
    if (np.diff(positions) > 0).all():
        return positions, scores, 0
    order = np.argsort(positions, kind="stable")
    positions, scores = positions[order], scores[order]
    first = np.flatnonzero(np.diff(positions, prepend=-1))
    counts = np.diff(first, append=len(positions))
    return positions[first], np.add.reduceat(scores, first) / counts, int((counts > 1).sum())


def _check_alike(items: list[Attribution], overlapping: int) -> None:
    """Refuse a mean of scores that mean different things; warn of a track that holds several."""
    classes = list(dict.fromkeys(item.target for item in items))
    kinds = {(item.output, item.method, item.run.model_fingerprint) for item in items}
    mixed = len(classes) > 1 or len(kinds) > 1
    what = (
        f"explain different classes ({', '.join(classes)})"
        if len(classes) > 1
        else "were made in different ways"
    )
    if mixed and overlapping:
        raise ValueError(
            f"{overlapping:,} bases are in more than one result, and the results {what}, so their mean "
            "would be meaningless. Choose one class with `target=`, and one method."
        )
    if mixed:
        tell(f"The results of this track {what}.")
    if overlapping:
        tell(
            f"{overlapping:,} bases are in more than one sequence. The track has the mean of their scores.",
        )


def _check_size(item: Attribution | Sequence, sizes: Mapping[str, int]) -> None:
    place = _place(item)
    if place.chromosome not in sizes:
        raise ValueError(f"Result '{item.name}': {no_chromosome(place.chromosome, sizes, 'the sizes')}")
    if place.start < 0 or place.end > sizes[place.chromosome]:
        raise ValueError(
            f"Result '{item.name}' is at {place}, but {place.chromosome} has only "
            f"{sizes[place.chromosome]:,} bases. Give the sizes of the genome that it was read from."
        )
