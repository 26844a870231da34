"""FASTA (and FASTQ) records, and genome intervals from their headers. dnaio does the parsing."""

from __future__ import annotations

import codecs
import io
import re
from typing import TYPE_CHECKING, Any

from captum_dna.core.sequences import Interval, Sequence
from captum_dna.core.words import visible
from captum_dna.io.files import InputError, Opener, beginning, explained, is_plain
from captum_dna.io.formats import Reader
from captum_dna.io.places import Placed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

    from captum_dna.io.formats import Records, Source

_AT = r"(?P<start>[0-9]{1,18})-(?P<end>[0-9]{1,18})"
_COORDINATES = re.compile(rf"(?:\S*::)?(?P<chromosome>\S+):{_AT}(?:\((?P<strand>[+.-])\))?")
_UCSC = re.compile(rf".*\brange=(?P<chromosome>\S+):{_AT}\b.*\bstrand=(?P<strand>[+-]).*")
_NCBI = re.compile(r"(?P<chromosome>[^\s:]+):c(?P<end>[0-9]{1,18})-(?P<start>[0-9]{1,18})")
_ENSEMBL = re.compile(
    r".*\b(?:chromosome|scaffold|primary_assembly):[^\s:]+:(?P<chromosome>[^\s:]+)"
    r":(?P<start>[0-9]{1,18}):(?P<end>[0-9]{1,18}):(?P<strand>1|-1)\b.*"
)
_FROM_ONE = ((_UCSC, "+"), (_NCBI, "-"), (_ENSEMBL, "+"))
"""Headers that count from 1 with the end included, and the strand where they say none."""
_BEYOND = re.compile("[^\x00-\x1b\x20-\x7f]")
"""Letters that dnaio cannot read, and those that it would take for white space."""
_BURIED = re.compile(r"[\r\n][^\S\r\n]*(#[^\r\n]*)[\r\n]\s*[^>#\s]")
"""A comment that letters follow."""
_OPEN = re.compile(r"[\r\n][^\S\r\n]*#[^\r\n]*(?:[\r\n]\s*)?\Z")
_ESCAPED = re.compile("\x02([0-9a-f]+)\x03")


def fasta_records(opener: Opener, what: str, at: int = 0) -> Iterator[Sequence]:
    """Yield the records of a FASTA or FASTQ file as they stand, letters unchecked, name maybe empty.

    Parameters
    ----------
    opener
        Opens the file's bytes.
    what
        How to call the file in an error.
    at
        The byte at which the first record to read begins.
    """
    import dnaio

    first = beginning(opener, what)[:1]
    if first and first not in b">@#":
        line = beginning(opener, what).splitlines()[0][:40].decode("ascii", "replace")
        raise InputError(f"{what} is not FASTA: it begins with {line!r}, where a record begins with '>name'.")
    with explained(what), opener() as stream:
        try:
            if at:
                stream.seek(at)
            plain = io.BufferedReader(_Ascii(stream, None if first == b"@" else _Comments(what)))
            with dnaio.open(plain, fileformat="fastq" if first == b"@" else "fasta") as reader:
                for record in reader:
                    name, letters = _restored(record.name.strip()), _restored(record.sequence)
                    yield Sequence(name, letters, interval=interval_of(name, len(letters)))
        except dnaio.FileFormatError as error:
            reason = (
                str(error).removeprefix("Error in FASTA file at ").removeprefix("Error in FASTQ file at ")
            )
            raise InputError(f"{what} is not valid FASTA or FASTQ: {reason.rstrip('.')}.") from error


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
    words = header.split(maxsplit=1)
    found = _COORDINATES.fullmatch(words[0]) if words else None
    if found is None:
        return _counted_from_one(header, length)
    start, end = int(found["start"]), int(found["end"])
    strand = "-" if found["strand"] == "-" else "+"
    if end - start == length:
        return Interval(found["chromosome"], start, end, strand)
    if end - start + 1 == length and start > 0:
        return Interval(found["chromosome"], start - 1, end, strand)
    return None


def _counted_from_one(header: str, length: int) -> Interval | None:
    """Return the interval that a header of UCSC, NCBI or Ensembl states, if it has the record's length."""
    for pattern, strand in _FROM_ONE:
        found = pattern.fullmatch(header) or pattern.fullmatch(header.partition(" ")[0])
        if found is not None:
            start, end = int(found["start"]), int(found["end"])
            said = {"+": "+", "1": "+", "-": "-", "-1": "-"}[found.groupdict().get("strand", strand)]
            return (
                Interval(found["chromosome"], start - 1, end, said) if 0 < start == end - length + 1 else None
            )
    return None


class _Comments:
    """Looks for a comment that letters follow, over a text in pieces.

    Such letters would be joined to those of the record before: of a header that lost its ``>``, they are another's.
    """

    def __init__(self, what: str) -> None:
        self._what = what
        self._open = "\n"
        """The end of what was read, from a comment on that nothing follows yet."""

    def check(self, text: str) -> None:
        """Look at the next piece, or raise ``InputError``."""
        if "#" not in text and len(self._open) == 1:
            self._open = text[-1:] or self._open
            return
        text = self._open + text
        found = _BURIED.search(text)
        if found is not None:
            raise InputError(
                f"{self._what} has letters right after the line {visible(found[1])!r:.60}, which is a comment. If it is "
                "the header of a record, begin it with '>'; otherwise delete it."
            )
        open_comment = _OPEN.search(text)
        self._open = text[-1:] if open_comment is None else open_comment[0]


class _Ascii(io.RawIOBase):
    """Reads UTF-8 as ASCII, other letters as numbers between control characters: dnaio takes nothing else as it is."""

    def __init__(self, stream: BinaryIO, comments: _Comments | None) -> None:
        self._stream = stream
        self._comments = comments
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._rest = b""

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer, as far as there is something."""
        while not self._rest:
            data = self._stream.read(len(buffer))
            text = self._decoder.decode(data, final=not data)
            if self._comments is not None:
                self._comments.check(text)
            self._rest = _BEYOND.sub(lambda one: f"\x02{ord(one[0]):x}\x03", text).encode()
            if not data:
                break
        size = min(len(buffer), len(self._rest))
        buffer[:size], self._rest = self._rest[:size], self._rest[size:]
        return size


def _restored(text: str) -> str:
    return _ESCAPED.sub(lambda one: chr(int(one[1], 16)), text) if "\x02" in text else text


def _headers(opener: Opener, what: str) -> Iterator[tuple[int, int, str]]:
    """Yield where each record begins, and its name."""
    with explained(what), opener() as stream:
        at = stream.tell()
        for line in stream:
            if line[:1] == b">":
                yield at, 0, line[1:].decode("utf-8", "replace").strip()
            at += len(line)


def _records(source: Source) -> Records:
    opener, what = source.opener, source.what
    source.reading.refuse_columns(what)
    if not is_plain(opener) or beginning(opener, what)[:1] != b">":
        return lambda: fasta_records(opener, what)
    return Placed(lambda place: fasta_records(opener, what, place.at), lambda: _headers(opener, what))


FASTA = Reader(
    name="fasta",
    words="FASTA or FASTQ",
    suffixes=(".fa", ".fasta", ".fna", ".fas", ".ffn", ".frn", ".fq", ".fastq"),
    sniff=lambda start: start[:1] in b">@",
    records=_records,
)
