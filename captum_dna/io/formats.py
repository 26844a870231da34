"""The formats that files of sequences have: by suffix, or else by how they begin.

A format is a :class:`Reader` in a file of its own. Another package adds one by the entry points
``captum_dna.readers``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from captum_dna.core.errors import SequenceError
from captum_dna.core.registry import Registry
from captum_dna.core.sequences import Sequence
from captum_dna.io.files import InputError, Opener, beginning, first_line, with_line_ends

if TYPE_CHECKING:
    from pathlib import Path

    from captum_dna.io.reading import Reading

Records = Callable[[], Iterator[Sequence | SequenceError]]
"""Yields unchecked sequences, or what is wrong with a record, from the beginning at every call."""

COMPRESSED = frozenset({".gz", ".bgz", ".bz2", ".xz"})
_TEXT = ".txt"
"""A suffix that names no format, and yet a file."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file to read, or standard input.

    Parameters
    ----------
    what
        How to call it in an error.
    opener
        Opens its bytes, decompressed, from their beginning at every call.
    path
        Where it is; ``None`` for standard input.
    reading
        The options of :func:`captum_dna.read`.
    """

    what: str
    opener: Opener
    path: Path | None
    reading: Reading

    @property
    def suffix(self) -> str:
        """The last suffix, in lower case, that does not tell of compression."""
        suffixes = [one.lower() for one in self.path.suffixes] if self.path is not None else []
        return next((one for one in reversed(suffixes) if one not in COMPRESSED), "")


@dataclass(frozen=True, slots=True)
class Reader:
    """A file format.

    Parameters
    ----------
    name, words
        Its name among the formats, and what it is called in sentences.
    suffixes
        Suffixes in lower case, which decide before the content does.
    sniff
        Whether a file is of this format, by its first 64 KiB, leading white space left out.
    records
        Returns what yields the sequences of a source; letters are checked later.
    intervals
        Its records are places in a genome, which ``genome=`` is for.
    binary
        It is not text.
    """

    name: str
    words: str
    suffixes: tuple[str, ...]
    sniff: Callable[[bytes], bool]
    records: Callable[[Source], Records]
    intervals: bool = False
    binary: bool = False


_NOT_READ = {
    b"{": "JSON: read it with pandas.read_json(path, lines=True), and give the data frame",
    b"[": "JSON: read it with pandas.read_json(path), and give the data frame",
    b"##fileformat=VCF": "VCF: it has variants, which variant_effect() and captum-dna variants explain",
    b"##gff": "GFF: write its intervals as BED, whose starts count from 0",
    b"@HD\t": "SAM, or a list of intervals of Picard. Write reads as FASTA with samtools fasta, and intervals as BED",
    b"@SQ\t": "SAM, or a list of intervals of Picard. Write reads as FASTA with samtools fasta, and intervals as BED",
    b"\xd0\xcf\x11\xe0": "an Excel file: pandas.read_excel(path).to_csv('table.csv', index=False) makes a table of it",
    b"\x89HDF": "HDF5. Read AnnData with anndata.read_h5ad(path), and give the object",
    b"LOCUS ": "GenBank. Write it as FASTA, as Biopython's SeqIO.convert does",
}
"""Formats that hold something else, by how they begin, and what to do with them."""

READERS: Registry[Reader] = Registry(
    "format",
    "captum_dna.readers",
    {
        "parquet": "captum_dna.io.tables:PARQUET",
        "bed": "captum_dna.io.bed:BED",
        "fasta": "captum_dna.io.fasta:FASTA",
        "tsv": "captum_dna.io.tables:TSV",
        "csv": "captum_dna.io.tables:CSV",
        "lines": "captum_dna.io.lines:LINES",
    },
    needs=("name", "words", "suffixes", "sniff", "records", "intervals", "binary"),
)
"""All formats, in the order in which a file is tried that no suffix tells of."""


def is_file_suffix(suffix: str) -> bool:
    """Whether a name that ends so is that of a file of sequences."""
    suffix = suffix.lower()
    return suffix == _TEXT or suffix in COMPRESSED or any(suffix in one.suffixes for one in READERS.values())


def open_source(source: Source) -> Records:
    """Return what yields the sequences of a file in whatever format it has.

    Raises
    ------
    InputError
        It is empty, in no known format, or needs a genome; or what the format's reader finds wrong.
    """
    source.reading.refuse_split(source.what)
    start = beginning(source.opener, source.what)
    if not start:
        raise InputError(f"{source.what} is empty.")
    for begins, said in _NOT_READ.items():
        if start.startswith(begins):
            raise InputError(f"{source.what} is {said}.")
    reader = _reader_of(source, start)
    if not reader.binary:
        source = replace(source, opener=with_line_ends(source.opener, source.what))
    return reader.records(source)


def _reader_of(source: Source, start: bytes) -> Reader:
    """Return the format that the suffix says, or else the first that the file's beginning has."""
    readers = list(READERS.values())
    binary = b"\0" in start
    for reader in readers:
        if source.suffix in reader.suffixes and reader.binary >= binary:
            return _of_places(reader, source)
    for reader in readers:
        if reader.sniff(start):
            return _of_places(reader, source)
    if source.reading.genome is not None:
        return READERS["bed"]
    known = ", ".join(reader.words for reader in readers)
    line = first_line(start)
    begins = "is not text" if binary else f"begins with {line[:40]!r}"
    raise InputError(f"{source.what} {begins} and is in none of the known formats: {known}.")


def _of_places(reader: Reader, source: Source) -> Reader:
    """Return the reader, or BED's where a genome is given and the reader's own records are not places."""
    return reader if source.reading.genome is None or reader.intervals else READERS["bed"]
