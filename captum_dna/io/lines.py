"""Text with one sequence per line, or one row of overlapping k-mers, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from captum_dna.core.letters import IUPAC
from captum_dna.core.sequences import Sequence
from captum_dna.io.files import explained, first_line, is_plain
from captum_dna.io.formats import Reader
from captum_dna.io.places import START, Place, Placed
from captum_dna.io.tables import join_kmers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from captum_dna.io.formats import Records, Source


def looks_like_bases(start: bytes) -> bool:
    """Whether the first line has letters of bases only, with blanks and gaps at most."""
    line = first_line(start)
    return line.isascii() and not set(line.upper()) - IUPAC.keys() - set(" -.*")


def _records(source: Source) -> Records:
    source.reading.refuse_columns(source.what)

    def records(place: Place = START) -> Iterator[Sequence]:
        with explained(source.what), source.opener() as stream:
            if place.at:
                stream.seek(place.at)
            for number, line in enumerate(stream, start=place.line + 1):
                if line.strip():
                    letters = line.decode("ascii", "replace").strip()
                    yield Sequence("", join_kmers(letters, f"Line {number} of {source.what}"))

    def walk() -> Iterator[tuple[int, int, str]]:
        with explained(source.what), source.opener() as stream:
            at = stream.tell()
            for before, line in enumerate(stream):
                if line.strip():
                    yield at, before, ""
                at += len(line)

    return Placed(records, walk) if is_plain(source.opener) else records


LINES = Reader("lines", "one sequence per line", (), looks_like_bases, _records)
