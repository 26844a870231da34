"""Names in annotation files, and where they lie: for going to a gene."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from captum_dna.io.browser_tracks import BINARY, first_columns

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from captum_dna.io.browser_tracks import BrowserTrack

_GFF = re.compile(r'(?:^|;)\s*(?:Name|ID|gene|gene_name|gene_id|locus_tag)[ =]"?([^";]+)')
_MOST = 3_000_000
"""Names that are kept."""


class Place(NamedTuple):
    """Where something lies: 0-based and half-open."""

    chromosome: str
    start: int
    end: int


def places_by_name(tracks: Iterable[BrowserTrack], sizes: Mapping[str, int]) -> dict[str, Place]:
    """Return where the genes, intervals and variants of text files lie, by name in capitals; the first of a name counts.

    Of GFF3 and GTF, genes count, and other features where their name is no gene's.
    """
    found: dict[str, Place] = {}
    others: dict[str, Place] = {}
    for track in tracks:
        if track.format in BINARY:
            continue
        for name, place, first in _named(track):
            if place.chromosome in sizes and len(found) + len(others) < _MOST:
                (found if first else others).setdefault(name.upper(), place)
    return others | found


def _named(track: BrowserTrack) -> Iterator[tuple[str, Place, bool]]:
    """Yield each name of a file with its place, and whether it is that of a gene or the like."""
    gff, vcf = track.format in ("gff3", "gtf"), track.format == "vcf"
    for columns in first_columns(track.path):
        try:
            if gff:
                place = Place(columns[0], int(columns[3]) - 1, int(columns[4]))
                for name in _GFF.findall(columns[8]):
                    yield name.removeprefix("gene:"), place, "gene" in columns[2]
            elif vcf:
                start = int(columns[1]) - 1
                yield columns[2], Place(columns[0], start, start + len(columns[3])), True
            elif len(columns) > 3:
                yield columns[3], Place(columns[0], int(columns[1]), int(columns[2])), True
        except (ValueError, IndexError):
            continue  # the browser shows what it can read of the file, and so does this
