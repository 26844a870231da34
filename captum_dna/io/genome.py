"""A reference genome in a FASTA file: any stretch of it, and never fewer letters than were asked for.

pyfaidx reads and indexes the file; here its silence about what lies past an end becomes a sentence.
"""

from __future__ import annotations

import bisect
import os
import re
import struct
import tempfile
import zlib
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from captum_dna.core.checks import whole_number
from captum_dna.core.errors import SequenceError, UserError
from captum_dna.core.packages import needs
from captum_dna.core.paths import at_home
from captum_dna.core.words import listed
from captum_dna.io.files import InputError, explained, file_opener

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import TracebackType

    from pyfaidx import Faidx

_GZIP = b"\x1f\x8b"
_FEXTRA = 4
_BGZIP_END = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")
"""The empty block that ends every bgzipped file (SAM specification, section 4.1.2)."""
_LONGEST_HEADER = 1 << 16
_LARGEST = 10**18 - 1
_INDEXED = re.compile(rb"[^\t]+\t([0-9]{1,18})\t[0-9]{1,18}\t([0-9]{1,18})\t([0-9]{1,18})")
"""A line of an index: name, bases, where they begin, and the bases and bytes of a line of the file."""
_LISTED = 5
"""How many chromosomes an error names."""


class Genome:
    r"""A FASTA file, plain or compressed with bgzip, whose letters are read where they are asked for.

    An index (``.fai``, and ``.gzi`` of a bgzipped file) is written beside the file once, or to a temporary
    folder where the file's own may not be written.

    Parameters
    ----------
    path
        The FASTA file.

    Raises
    ------
    FileNotFoundError
        No such file.
    InputError
        No FASTA, damaged, cut off, compressed with plain gzip, or with lines of unequal length.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "genome.fa"
    >>> _ = file.write_text(">chr1\nACGTAC\nGGTT\n")
    >>> with Genome(file) as genome:
    ...     genome.chromosomes, genome.length("chr1"), genome.bases("chr1", 4, 8)
    (('chr1',), 10, 'ACGG')
    """

    def __init__(self, path: str | Path) -> None:
        self.path = at_home(path)
        _check_file(self.path)
        with ExitStack() as opened:
            self._index = _indexed(self.path, opened)
            self._opened = opened.pop_all()
        self._lengths = {name: int(record.rlen) for name, record in self._index.index.items()}
        self._found: set[str] = set()
        if not any(self._lengths.values()):
            self.close()
            raise InputError(
                f"{self.path} has no bases. FASTA has lines of '>name', each followed by lines of letters."
            )

    def __enter__(self) -> Genome:  # noqa: PYI034 - typing.Self came with Python 3.11
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Genome {self.path.name}, {len(self._lengths)} chromosomes>"

    def close(self) -> None:
        """Close the file."""
        self._opened.close()

    @property
    def index_files(self) -> tuple[Path, ...]:
        """The ``.fai``, and the ``.gzi`` of a bgzipped file; temporary ones are gone once it is closed."""
        packed = [self._index.gzi_indexname] if self._index._bgzf else []  # noqa: SLF001 - as below
        return tuple(map(Path, [self._index.indexname, *packed]))

    @property
    def chromosomes(self) -> tuple[str, ...]:
        """Names of the chromosomes, in the order of the file."""
        return tuple(self._lengths)

    @property
    def sizes(self) -> dict[str, int]:
        """Number of bases of each chromosome.

        Raises
        ------
        InputError
            The index beside the file belongs to another file.
        """
        for name, length in self._lengths.items():
            if length:
                self._check_place(name)
        return dict(self._lengths)

    def length(self, chromosome: str) -> int:
        """Return the number of bases of a chromosome.

        Raises
        ------
        SequenceError
            The genome has no such chromosome; says under which name it has it, if it does.
        """
        if chromosome not in self._lengths:
            raise SequenceError(no_chromosome(chromosome, self._lengths, f"the genome {self.path.name}"))
        return self._lengths[chromosome]

    def bases(self, chromosome: str, start: int, end: int) -> str:
        """Return the letters from ``start`` to ``end`` of the forward strand: 0-based and half-open.

        Lower case (soft-masked) is kept.

        Raises
        ------
        SequenceError
            No such chromosome, or the stretch does not lie on it.
        InputError
            The index beside the file belongs to another file.
        """
        length = self.length(chromosome)
        if not 0 <= start <= end <= length:
            raise SequenceError(
                f"{chromosome}:{start}-{end} is not on {chromosome}, which has {length:,} bases in "
                f"{self.path.name}: {_past(start, end, length)}"
            )
        if start == end:
            return ""
        self._check_place(chromosome)
        try:
            letters: str = self._index.fetch(chromosome, start + 1, end)
        except (EOFError, OSError, ValueError, zlib.error):
            with explained(str(self.path)):
                raise
        if len(letters) != end - start or ">" in letters:
            raise self._wrong_index(chromosome)
        return letters

    def _check_place(self, chromosome: str) -> None:
        """Say so where a chromosome does not begin and end where the index says: it is that of another file then.

        A file can be older than its index and yet another one, since copies keep their old time.
        """
        if chromosome in self._found:
            return
        record = self._index.index[chromosome]
        first = max(0, record.offset - _LONGEST_HEADER)
        before = b"\n" * (first == 0) + self._raw(first, record.offset - first)
        *_, header = before.rpartition(b"\n>")
        line_end = record.lenb - record.lenc
        end = record.offset + (record.rlen - 1) // record.lenc * line_end + record.rlen
        last, after = self._raw(end - 1, 1), self._raw(end, 64).lstrip(b"\r\n \t")
        begins = header.endswith(b"\n") and header.count(b"\n") == 1
        named = header.split()[:1] == [chromosome.encode()]
        if not (begins and named and last.strip() and after[:1] in (b"", b">")):
            raise self._wrong_index(chromosome)
        self._found.add(chromosome)

    def _raw(self, start: int, size: int) -> bytes:
        """Return bytes of the file as it is unpacked."""
        file = self._index.file
        blocks = getattr(self._index, "gzi_index", None)
        if self._index._bgzf and blocks:  # noqa: SLF001 - pyfaidx has no other way to ask
            block = blocks[max(bisect.bisect_left(blocks, start) - 1, 0)]
            file.seek((block.cstart << 16) | (start - block.ustart))
        else:
            file.seek(start)
        found: bytes = file.read(size)
        return found

    def _wrong_index(self, chromosome: str) -> InputError:
        return InputError(
            f"The index {self._index.indexname} does not match {self.path}: {chromosome} begins elsewhere. "
            "Delete the index, and it is rebuilt."
        )


def chromosome_sizes(source: Genome | Mapping[str, int] | str | Path) -> dict[str, int]:
    """Return the number of bases of each chromosome.

    Parameters
    ----------
    source
        A ``Genome``; a mapping; or the path of a genome's FASTA file, of its index (``.fai``), or of a table
        whose first two columns are names and sizes (``chrom.sizes``).

    Raises
    ------
    FileNotFoundError
        No such file.
    InputError
        A line of the table has no size; says which.
    """
    if isinstance(source, Genome):
        return source.sizes
    if isinstance(source, Mapping):
        return {str(name): _size(name, size) for name, size in source.items()}
    if not isinstance(source, str | Path):
        raise InputError(
            "Chromosome sizes must be a mapping of names to numbers of bases, or the path of a file, not "
            f"{source!r:.60}."
        )
    path = at_home(source)
    if path.suffix.lower() not in {".fai", ".sizes", ".txt", ".tsv", ".tab"}:
        with Genome(path) as genome:
            return genome.sizes
    sizes: dict[str, int] = {}
    with explained(str(path)), file_opener(path)() as stream:
        for number, line in enumerate(stream.read().decode().splitlines(), start=1):
            words = line.split()
            if not words or line.startswith("#"):
                continue
            if len(words) < 2 or not re.fullmatch("[0-9]{1,18}", words[1]):
                raise InputError(f"Line {number} of {path} is not a chromosome and its size: {line[:40]!r}.")
            if sizes.get(words[0], int(words[1])) != int(words[1]):
                raise InputError(
                    f"Line {number} of {path} gives a second size for {words[0]}. Keep one of them."
                )
            sizes[words[0]] = int(words[1])
    return sizes


def _size(name: object, size: object) -> int:
    """Return the number of bases of a chromosome that was given in Python."""
    try:
        return whole_number("sizes", size, 0, _LARGEST)
    except UserError as error:
        raise InputError(
            f"The size of {name!s:.60} must be a whole number of bases, not {size!r:.60}."
        ) from error


def no_chromosome(chromosome: str, known: Iterable[str], where: str) -> str:
    """Return the sentence for a chromosome that is not there, with the name that may be meant."""
    names = list(known)
    bare = chromosome.removeprefix("chr")
    meant = [bare, f"chr{bare}", *({"M": ["MT"], "MT": ["M", "chrM"]}.get(bare, []))]
    found = next((name for name in meant if name in names and name != chromosome), None)
    if found is not None:
        return (
            f"There is no chromosome {chromosome!r} in {where}, which calls it {found!r}. "
            "Give both files the same names."
        )
    return f"There is no chromosome {chromosome!r} in {where}: it has {listed(names, _LISTED) or 'none'}."


def _past(start: int, end: int, length: int) -> str:
    if start < 0:
        return f"it begins {-start:,} before the first base."
    if start > end:
        return "it ends before it begins."
    return f"it ends {end - length:,} past the last."


def _check_file(path: Path) -> None:
    """Say what is wrong with a file before pyfaidx opens it."""
    if path.exists() and not path.is_file() and not path.is_dir():
        raise InputError(
            f"{path} is a pipe, but a genome needs random access. Save it to a file and name that file."
        )
    file_opener(path)
    with explained(str(path)), path.open("rb") as raw:
        head = raw.read(18)
    if not head:
        raise InputError(f"{path} is empty.")
    if head[:2] != _GZIP:
        return
    if not (head[3] & _FEXTRA and head[12:14] == b"BC"):
        raise InputError(
            f"{path} is compressed with gzip, which does not allow random access. Compress it with bgzip "
            "instead, or unpack it."
        )
    if path.suffix.lower() not in {".gz", ".bgz"}:
        raise InputError(f"{path} is compressed with bgzip. Rename it to {path.name}.gz.")
    with path.open("rb") as raw:
        raw.seek(-min(len(_BGZIP_END), path.stat().st_size), os.SEEK_END)
        if raw.read() != _BGZIP_END:
            raise InputError(
                f"{path} ends in the middle of its compressed data. It was cut off. Copy or download it "
                "again."
            )


def _indexed(path: Path, opened: ExitStack) -> Faidx:
    """Return the file with its index, which is made where it is missing or older than the file."""
    pyfaidx = needs("pyfaidx", "genome", "Genomes")

    compressed = path.suffix.lower() in {".gz", ".bgz"}
    beside = [Path(f"{path}{suffix}") for suffix in ([".fai", ".gzi"] if compressed else [".fai"])]
    written = path.stat().st_mtime
    fresh = all(index.exists() and index.stat().st_mtime >= written for index in beside)
    if fresh:
        _check_index(beside[0])
    elif not _may_write(beside):
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="captum_dna-")))
        beside = [folder / index.name for index in beside]
    with explained(str(path)):
        try:
            index = pyfaidx.Faidx(
                str(path),
                indexname=str(beside[0]),
                gzi_indexname=str(beside[1]) if compressed else None,
                as_raw=True,
            )
        except (pyfaidx.FastaIndexingError, OSError, ValueError, struct.error) as error:
            if isinstance(error, UnicodeDecodeError | PermissionError):
                raise
            raise InputError(_why_not_indexed(path, error, compressed=compressed)) from error
    opened.callback(index.close)
    return index


def _check_index(path: Path) -> None:
    """Say so where an index is none: names and four whole numbers a line, with lines of at least one base.

    Raises
    ------
    InputError
        It is damaged.
    """
    with explained(str(path)):
        lines = path.read_bytes().split(b"\n")
    for line in lines:
        found = _INDEXED.fullmatch(line.rstrip(b"\r"))
        if line.strip() and (found is None or (int(found[1]) and not 0 < int(found[2]) <= int(found[3]))):
            raise InputError(f"The index {path} is damaged. Delete it, and it is rebuilt.")


def _may_write(files: Iterable[Path]) -> bool:
    """Whether files can be written: the old ones, or new ones in their folder."""
    return all(os.access(file if file.exists() else file.parent, os.W_OK) for file in files)


def _why_not_indexed(path: Path, error: Exception, *, compressed: bool) -> str:
    reason = " ".join(str(error).split()).rstrip(".")
    if "not consistent" in reason:
        where = reason.partition("Inconsistent line found in >")[2]
        return (
            f"The lines of {path} differ in length ({where}) or in line endings, so parts of it cannot be "
            "found. Write it with one line length and one kind of line ending."
        )
    if "Duplicate key" in reason:
        return f"{path} has two chromosomes named {reason.removeprefix('Duplicate key ')}. Rename one."
    if compressed:
        return f"{path} is damaged or was cut off ({reason}). Copy or download it again."
    return f"{path} is not valid FASTA ({reason})."
