"""Base scores on the genome's own axis, as bedGraph and bigWig files.

Scores of sequences on the ``-`` strand are put back in the direction of the genome; where sequences overlap,
a base has the mean of its scores.
"""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from captum_dna.io.genome import chromosome_sizes, no_chromosome
from captum_dna.io.writing import OutputError, check_writable, unfinished

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from numpy.typing import NDArray

    from captum_dna.core.attribution import Attribution
    from captum_dna.core.sequences import Interval, Sequence
    from captum_dna.io.genome import Genome

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
        raise ValueError("None of the results has a score that is a number, so there is no track of them.")
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
            f"{len(lost)} of {len(items)} results do not know where they lie in a genome ({listed}): attribute "
            "the intervals of a BED file with `genome=`, or FASTA with headers like chr1:100-351(+)."
        )
    if sizes is not None:
        for item in items:
            _check_size(item, sizes)


def write_bedgraph(attributions: Iterable[Attribution], path: str | Path) -> Path:
    """Write base scores as bedGraph, sorted, one line per base with a score.

    Raises
    ------
    ValueError
        As :func:`genome_scores`.
    captum_dna.io.writing.OutputError
        The folder is missing or may not be written.
    """
    path = Path(path)
    check_writable(path)
    scores = genome_scores(attributions)
    with unfinished(path) as part, part.open("w", encoding="utf-8", newline="\n") as file:
        file.write(f'track type=bedGraph name="{path.stem}"\n')
        for chromosome, (positions, values) in scores.chromosomes.items():
            file.writelines(
                f"{chromosome}\t{position}\t{position + 1}\t{value:.9g}\n"
                for position, value in zip(positions.tolist(), values.tolist(), strict=True)
            )
    return path


def write_bigwig(
    attributions: Iterable[Attribution], path: str | Path, sizes: Genome | Mapping[str, int] | str | Path
) -> Path:
    """Write base scores as bigWig, sorted, and read them back before the file gets its name.

    Parameters
    ----------
    attributions
        Results that know where they lie in a genome.
    path
        The file to write.
    sizes
        The sizes of the chromosomes, as :func:`captum_dna.io.genome.chromosome_sizes` takes them.

    Raises
    ------
    ValueError
        As :func:`genome_scores`, or a result lies beyond the sizes.
    captum_dna.io.writing.OutputError
        The folder is missing or may not be written, or what was written does not read back.
    """
    path = Path(path)
    check_writable(path)
    library = _pybigwig()
    known = chromosome_sizes(sizes)
    items = list(attributions)
    check_places(items, known)
    scores = genome_scores(items)
    with unfinished(path) as part:
        with _opened(library, part, "w", path) as file:
            file.addHeader(sorted(known.items()))
            for chromosome in scores.chromosomes:
                for start, values in scores.runs(chromosome):
                    file.addEntries(chromosome, start, values=values.astype(np.float32), span=1, step=1)
        with _opened(library, part, "r", path) as file:
            for chromosome in scores.chromosomes:
                for start, values in scores.runs(chromosome):
                    back = file.values(chromosome, start, start + len(values), numpy=True)
                    if not np.array_equal(back, values.astype(np.float32)):
                        raise OutputError(f"{path} does not read back as it was written: is the disk full?")
    return path


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
            f"{overlapping:,} bases lie in more than one result, and the results {what}: the mean would say "
            "nothing. Choose one class with `target=`, and one method."
        )
    if mixed:
        warnings.warn(f"The results of this track {what}.", stacklevel=4)
    if overlapping:
        warnings.warn(
            f"{overlapping:,} bases lie in more than one sequence: the track has the mean of their scores.",
            stacklevel=4,
        )


def _check_size(item: Attribution | Sequence, sizes: Mapping[str, int]) -> None:
    place = _place(item)
    if place.chromosome not in sizes:
        raise ValueError(f"Result '{item.name}': {no_chromosome(place.chromosome, sizes, 'the sizes')}")
    if place.start < 0 or place.end > sizes[place.chromosome]:
        raise ValueError(
            f"Result '{item.name}' lies at {place}, past the end of {place.chromosome} with its "
            f"{sizes[place.chromosome]:,} bases: give the sizes of the genome it was read from."
        )


def _pybigwig() -> Any:
    try:
        import pyBigWig
    except ImportError as error:
        raise ImportError(
            "Writing bigWig needs pyBigWig, which has no build for this system: write .bedgraph instead."
        ) from error
    return pyBigWig


@contextmanager
def _opened(library: Any, part: Path, mode: str, path: Path) -> Iterator[Any]:
    try:
        file = library.open(str(part), mode)
        try:
            yield file
        finally:
            file.close()
    except RuntimeError as error:
        raise OutputError(f"{path} cannot be written as bigWig: {str(error).strip()}") from error
