"""Base scores on the genome's own axis as bedGraph: text, a line per base."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from captum_dna.core.words import visible
from captum_dna.io.error_bars import SCORE, showing
from captum_dna.io.exporters import Exporter
from captum_dna.io.tracks import check_places, genome_scores
from captum_dna.io.writing import check_writable, unfinished

if TYPE_CHECKING:
    from collections.abc import Iterable

    from captum_dna.core.attribution import Attribution


def write_bedgraph(attributions: Iterable[Attribution], path: str | Path, *, values: str = SCORE) -> Path:
    """Write base scores as bedGraph, sorted, one line per base with a score.

    Parameters
    ----------
    attributions, path
        Results that know where they lie in a genome, and the file to write.
    values
        ``"score"``, or of explanations that were repeated one of :data:`captum_dna.io.error_bars.ERROR_BARS`.

    Raises
    ------
    ValueError
        As :func:`captum_dna.io.tracks.genome_scores`.
    captum_dna.io.writing.OutputError
        The folder is missing or may not be written.
    """
    path = Path(path)
    check_writable(path)
    scores = genome_scores(showing(attributions, values))
    with unfinished(path) as part, part.open("w", encoding="utf-8", newline="\n") as file:
        file.write(f'track type=bedGraph name="{_track_name(path.stem)}"\n')
        for chromosome, (positions, numbers) in scores.chromosomes.items():
            file.writelines(
                f"{chromosome}\t{position}\t{position + 1}\t{value:.9g}\n"
                for position, value in zip(positions.tolist(), numbers.tolist(), strict=True)
            )
    return path


def _track_name(text: str) -> str:
    """Return a file's name as the name of a track, which stands in double quotes on one line."""
    return " ".join(visible(text).replace('"', "'").split())


BEDGRAPH = Exporter(
    "bedgraph",
    "bedGraph",
    "scores on the genome, as text",
    (".bedgraph", ".bdg"),
    write_bedgraph,
    options=("values",),
    check=lambda items, values=SCORE: check_places(items),  # noqa: ARG005 - what is shown lies where scores do
    gzips=True,
    places=True,
    download="scores.bedgraph",
    media_type="text/plain",
)
