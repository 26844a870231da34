"""Base scores on the genome's own axis as bigWig, for genome browsers; pyBigWig writes it."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from captum_dna.core.errors import UserError
from captum_dna.core.packages import needs
from captum_dna.io.error_bars import SCORE, showing
from captum_dna.io.exporters import Exporter
from captum_dna.io.genome import chromosome_sizes
from captum_dna.io.tracks import check_places, genome_scores
from captum_dna.io.writing import OutputError, check_writable, unfinished

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from captum_dna.core.attribution import Attribution
    from captum_dna.core.sequences import Sequence
    from captum_dna.io.genome import Genome


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
    library = needs("pyBigWig", "genome", "Writing bigWig (.bedgraph needs nothing)")
    known = _within_limits(chromosome_sizes(sizes))
    items = showing(attributions, values)
    check_places(items, known)
    scores = genome_scores(items)
    with unfinished(path) as part:
        with _opened(library, part, "w") as file:
            named = known if len(known) <= _MANY else {name: known[name] for name in scores.chromosomes}
            file.addHeader(sorted(named.items()))
            for chromosome in scores.chromosomes:
                for start, run in scores.runs(chromosome):
                    file.addEntries(chromosome, start, values=run.astype(np.float32), span=1, step=1)
        with _opened(library, part, "r") as file:
            for chromosome in scores.chromosomes:
                for start, run in scores.runs(chromosome):
                    back = file.values(chromosome, start, start + len(run), numpy=True)
                    if not np.array_equal(back, run.astype(np.float32)):
                        raise OutputError(f"{path} does not read back as it was written: is the disk full?")
    return path


def _within_limits(sizes: dict[str, int]) -> dict[str, int]:
    """Refuse chromosomes longer than bigWig can count, before the library writes a part of the file."""
    for name, size in sizes.items():
        if not 0 <= size <= _LONGEST:
            raise UserError(
                f"{name} has {size:,} bases by the sizes given, and bigWig counts to {_LONGEST:,}: correct the sizes, or "
                "write .bedgraph."
            )
    return sizes


def _check(
    items: list[Attribution] | list[Sequence],
    sizes: Genome | Mapping[str, int] | str | Path,
    values: str = SCORE,  # noqa: ARG001 - what is shown lies where scores do
) -> None:
    check_places(items, _within_limits(chromosome_sizes(sizes)))


@contextmanager
def _opened(library: Any, part: Path, mode: str) -> Iterator[Any]:
    """Open a file of bigWig; what the library says of a full disk becomes an error of the system's."""
    try:
        file = library.open(str(part), mode)
        try:
            yield file
        finally:
            file.close()
    except RuntimeError as error:
        raise OSError(f"{str(error).strip()} (in the words of pyBigWig)") from error


BIGWIG = Exporter(
    "bigwig",
    "bigWig",
    "scores on the genome, for browsers",
    (".bw", ".bigwig"),
    write_bigwig,
    options=("sizes", "values"),
    needs={"sizes": "bigWig begins with the sizes of the chromosomes"},
    check=_check,
    places=True,
    download="scores.bw",
)
