"""FASTA (and FASTQ) records, and genome intervals from their headers. dnaio does the parsing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from captum_dna.core.sequences import Interval, Sequence
from captum_dna.io.files import InputError, Opener, beginning, explained
from captum_dna.io.formats import Reader

if TYPE_CHECKING:
    from collections.abc import Iterator

    from captum_dna.io.formats import Records, Source

_COORDINATES = re.compile(
    r"(?:\S*::)?(?P<chromosome>[^\s:]+):(?P<start>\d+)-(?P<end>\d+)(?:\((?P<strand>[+-])\))?"
)


def fasta_records(opener: Opener, what: str) -> Iterator[Sequence]:
    """Yield the records of a FASTA or FASTQ file as they stand, letters unchecked, name maybe empty.

    Parameters
    ----------
    opener
        Opens the file's bytes.
    what
        How to call the file in an error.
    """
    import dnaio

    first = beginning(opener, what)[:1]
    if first and first not in b">@#":
        line = beginning(opener, what).splitlines()[0][:40].decode("ascii", "replace")
        raise InputError(f"{what} is not FASTA: it begins with {line!r}, where a record begins with '>name'.")
    with explained(what), opener() as stream:
        try:
            with dnaio.open(stream, fileformat="fastq" if first == b"@" else "fasta") as reader:
                for record in reader:
                    name = record.name.strip()
                    yield Sequence(name, record.sequence, interval=interval_of(name, len(record.sequence)))
        except dnaio.FileFormatError as error:
            reason = (
                str(error).removeprefix("Error in FASTA file at ").removeprefix("Error in FASTQ file at ")
            )
            raise InputError(f"{what} is not good FASTA or FASTQ: {reason.rstrip('.')}.") from error


def interval_of(header: str, length: int) -> Interval | None:
    """Return the genome interval that a FASTA header states, or ``None``.

    ``bedtools getfasta`` writes BED coordinates (0-based, half-open) and ``samtools faidx`` counts from 1
    with the end included; the sequence's length tells which it is. Headers whose length fits neither
    state no interval.

    Parameters
    ----------
    header
        The line after ``>``, such as ``chr1:100-351(+)`` or ``name::chr1:100-351``.
    length
        Number of bases of the record.

    Examples
    --------
    >>> str(interval_of("chr1:100-351(-)", 251)), str(interval_of("chr1:101-351", 251))
    ('chr1:100-351(-)', 'chr1:100-351(+)')
    >>> interval_of("chr1:100-351", 20) is None
    True
    """
    found = _COORDINATES.fullmatch(header.split(maxsplit=1)[0]) if header else None
    if found is None:
        return None
    start, end = int(found["start"]), int(found["end"])
    strand = found["strand"] or "+"
    if end - start == length:
        return Interval(found["chromosome"], start, end, strand)
    if end - start + 1 == length and start > 0:
        return Interval(found["chromosome"], start - 1, end, strand)
    return None


def _records(source: Source) -> Records:
    source.reading.refuse_columns(source.what)
    return lambda: fasta_records(source.opener, source.what)


FASTA = Reader(
    name="fasta",
    words="FASTA or FASTQ",
    suffixes=(".fa", ".fasta", ".fna", ".fas", ".ffn", ".frn", ".fq", ".fastq"),
    sniff=lambda start: start[:1] in b">@",
    records=_records,
)
