"""Base scores on the genome's own axis as bigWig, for genome browsers; pyBigWig writes it."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from zlib import crc32

import numpy as np

from captum_dna.core.errors import UserError
from captum_dna.core.packages import needs
from captum_dna.io.error_bars import SCORE, showing
from captum_dna.io.exporters import Exporter
from captum_dna.io.genome import chromosome_sizes
from captum_dna.io.tracks import check_places, genome_scores
from captum_dna.io.writing import OutputError, check_writable, unfinished

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from types import ModuleType

    import pyBigWig
    from numpy.typing import NDArray

    from captum_dna.core.attribution import Attribution
    from captum_dna.core.sequences import Sequence
    from captum_dna.io.genome import Genome


_WITHOUT = "Writing bigWig (.bedgraph needs nothing)"
_LONGEST = (1 << 32) - 1
_MANY = 5_000
"""Chromosomes from which on only those with scores are listed: the library's time grows with the square of their number."""


def write_bigwig(
    attributions: Iterable[Attribution],
    path: str | Path,
    sizes: Genome | Mapping[str, int] | str | Path,
    *,
    values: str = SCORE,
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
    values
        ``"score"``, or of explanations that were repeated one of :data:`captum_dna.io.error_bars.ERROR_BARS`.

    Raises
    ------
    ValueError
        As :func:`captum_dna.io.tracks.genome_scores`, or a result lies beyond the sizes.
    captum_dna.io.writing.OutputError
        The folder is missing or may not be written, or what was written does not read back.
    """
    path = Path(path)
    check_writable(path)
    needs("pyBigWig", "genome", _WITHOUT)  # before the scores are joined
    known = chromosome_sizes(sizes)
    items = showing(attributions, values)
    check_places(items, _within_limits(known))
    scores = genome_scores(items)
    with bigwig_writer(path, known, set(scores.chromosomes)) as writer:
        for chromosome in scores.chromosomes:
            for start, run in scores.runs(chromosome):
                writer.add(chromosome, start, run)
    return path


@contextmanager
def bigwig_writer(path: Path, sizes: Mapping[str, int], used: Collection[str]) -> Iterator[BigWigWriter]:
    """Give what values are written with, from left to right; they are read back before the file gets its name.

    Parameters
    ----------
    path
        The file to write.
    sizes
        Bases of each chromosome.
    used
        The chromosomes that will have values; they are given in the order of their names.

    Raises
    ------
    captum_dna.io.writing.OutputError
        The folder is missing or may not be written, or what was written does not read back.
    """
    check_writable(path)
    library = needs("pyBigWig", "genome", _WITHOUT)
    known = _within_limits(dict(sizes))
    named = known if len(known) <= _MANY else {name: known[name] for name in used}
    with unfinished(path) as part:
        with _opened(library, part, "w") as file:
            file.addHeader(sorted(named.items()))
            writer = BigWigWriter(file)
            yield writer
        with _opened(library, part, "r") as file:
            if not writer.reads_back(file):
                raise OutputError(f"{path} could not be read back. Is the disk full?")


class BigWigWriter:
    """Writes values to a bigWig that is open, and keeps a sum of each stretch to know it again by."""

    def __init__(self, file: pyBigWig.pyBigWig) -> None:
        self._file = file
        self._written: list[_Written] = []

    def add(self, chromosome: str, start: int, values: NDArray[np.floating]) -> None:
        """Write the (L,) values of the bases from ``start`` on; all are numbers."""
        written = values.astype(np.float32)
        self._file.addEntries(chromosome, start, values=written, span=1, step=1)
        self._written.append(
            _Written(chromosome, start, start + len(written), crc32(written.data), steps=False)
        )

    def add_steps(
        self,
        chromosome: str,
        starts: NDArray[np.int64],
        ends: NDArray[np.int64],
        values: NDArray[np.floating],
    ) -> None:
        """Write values that hold for (N,) stretches each, in order and apart; all are numbers."""
        written = values.astype(np.float32)
        self._file.addEntries(
            [chromosome] * len(starts), starts.tolist(), ends=ends.tolist(), values=written.tolist()
        )
        total = crc32(np.column_stack([starts, ends]).data, crc32(written.data))
        self._written.append(_Written(chromosome, int(starts[0]), int(ends[-1]), total, steps=True))

    def reads_back(self, file: pyBigWig.pyBigWig) -> bool:
        """Tell whether all that was written is in a file."""
        return all(one.is_in(file) for one in self._written)


class _Written(NamedTuple):
    """A stretch that was written, by its sum."""

    chromosome: str
    start: int
    end: int
    sum: int
    steps: bool

    def is_in(self, file: pyBigWig.pyBigWig) -> bool:
        if not self.steps:
            back = file.values(self.chromosome, self.start, self.end, numpy=True)
            return crc32(np.ascontiguousarray(back, dtype=np.float32).data) == self.sum
        found = file.intervals(self.chromosome, self.start, self.end) or ()
        places = np.array([one[:2] for one in found], dtype=np.int64).reshape(-1, 2)
        values = np.array([one[2] for one in found], dtype=np.float32)
        return crc32(places.data, crc32(values.data)) == self.sum


def _within_limits(sizes: dict[str, int]) -> dict[str, int]:
    """Refuse chromosomes longer than bigWig can count, before the library writes a part of the file."""
    for name, size in sizes.items():
        if not 0 <= size <= _LONGEST:
            raise UserError(
                f"{name} has {size:,} bases by the sizes given, but bigWig allows at most {_LONGEST:,}. "
                "Correct the sizes, or write .bedgraph."
            )
    return sizes


def _check(
    items: list[Attribution] | list[Sequence],
    sizes: Genome | Mapping[str, int] | str | Path,
    values: str = SCORE,  # noqa: ARG001 - what is shown lies where scores do
) -> None:
    check_places(items, _within_limits(chromosome_sizes(sizes)))


@contextmanager
def _opened(library: ModuleType, part: Path, mode: str) -> Iterator[pyBigWig.pyBigWig]:
    """Open a file of bigWig; what the library says of a full disk becomes an error of the system's."""
    try:
        file = library.open(str(part), mode)
        try:
            yield file
        finally:
            file.close()
    except RuntimeError as error:
        raise OSError(f"{str(error).strip()} (from pyBigWig)") from error


BIGWIG = Exporter(
    "bigwig",
    "bigWig",
    "scores on the genome, for browsers",
    (".bw", ".bigwig"),
    write_bigwig,
    options=("sizes", "values"),
    needs={"sizes": "bigWig needs the sizes of the chromosomes"},
    check=_check,
    places=True,
    download="scores.bw",
)
