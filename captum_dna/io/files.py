"""Bytes from files, pipes and standard input, decompressed; failures to read told as sentences.

Every format reads through an :data:`Opener`, so that compression, byte-order marks and broken files are dealt
with once, and so that a source can be read twice: to check it all, then to stream it. What can be read only
once, a pipe say, is copied to a temporary file first.
"""

from __future__ import annotations

import bz2
import codecs
import gzip
import io
import lzma
import math
import os
import shutil
import sys
import tempfile
import weakref
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple, cast

from captum_dna.core.errors import UserError

if TYPE_CHECKING:
    from _typeshed import SupportsRead

Opener = Callable[[], BinaryIO]
"""Opens the same bytes from their beginning at every call."""


class _Packing(NamedTuple):
    program: str
    suffixes: tuple[str, ...]
    unpack: Callable[..., Any]


_PACKED = {
    b"\x1f\x8b": _Packing("gzip", (".gz", ".bgz"), gzip.open),
    b"BZh": _Packing("bzip2", (".bz2",), bz2.open),
    b"\xfd7zXZ\x00": _Packing("xz", (".xz",), lzma.open),
}
"""By the bytes that compressed data begin with."""
_NOT_UNPACKED = {
    b"PK\x03\x04": "a zip archive (or a workbook of Excel). Unpack it, or save the sheet as CSV, "
    "as in pandas.read_excel(path).to_csv('table.csv', index=False)",
    b"\x28\xb5\x2f\xfd": "compressed with zstd. Unpack it first",
    b"BCF\x02": "BCF: write it as VCF with bcftools view",
    b"CRAM\x03": "CRAM: it holds reads. Extract their letters with samtools fasta",
}
_GIT_LFS = b"version https://git-lfs.github.com/spec"
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_WIDE_MARKS = {
    b"\xff\xfe\x00\x00": "utf-32",
    b"\x00\x00\xfe\xff": "utf-32",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
}
_SNIFFED = 1 << 16
_MOST_UNPACKED = 200
"""How many times its size a compressed file may unpack to: letters of DNA to 4 times, rows of k-mers to some 30."""
_ALWAYS_UNPACKED = 1 << 27
"""Bytes that any file may unpack to."""


class InputError(UserError):
    """Input that cannot be read as what it should be, with the file, the place, and what to do."""


def file_opener(path: Path, *, most: float = _MOST_UNPACKED) -> Opener:
    """Return an opener of a file or pipe, compressed or not; say so where there is no such file.

    Parameters
    ----------
    path
        The file.
    most
        How many times its own size it may unpack to, beyond what any file may.
    """
    what = str(path)
    if path.is_dir():
        raise InputError(f"{what} is a folder. Name a file in it.")
    if not path.exists():
        raise FileNotFoundError(f"There is no file {what}.{_neighbours(path)}")
    with explained(what):
        if path.is_file():
            return _decoded(path, what, path.suffix, most=most)
        with path.open("rb") as pipe:
            copy = _Copy(pipe)
        return _decoded(copy.path, what, path.suffix, copy, most=most)


def is_plain(opener: Opener) -> bool:
    """Whether the bytes are those of a file as it lies on disk, so that any place of it is read at once."""
    return isinstance(opener, _Opened) and opener.unpack is open


def stdin_opener() -> Opener:
    """Return an opener of all that comes in on standard input."""
    what = "Standard input"
    if sys.stdin is None or sys.stdin.closed:
        raise InputError(f"{what} is closed. Name a file, or send the sequences through a pipe.")
    with explained(what):
        copy = _Copy(sys.stdin.buffer)
        return _decoded(copy.path, what, "", copy)


def handle_opener(handle: SupportsRead[str | bytes], what: str) -> Opener:
    """Return an opener of what an open file still holds, as text or bytes.

    Raises
    ------
    InputError
        It is closed, or open for writing.
    """
    with explained(what):
        try:
            held = handle.read()
        except ValueError as error:  # also what io raises for a file that is open for writing
            raise InputError(
                f"{what} cannot be read ({error}). Open it for reading, or give its path."
            ) from error
        copy = _Copy(io.BytesIO(held.encode() if isinstance(held, str) else held))
        return _decoded(copy.path, what, "", copy)


def beginning(opener: Opener, what: str) -> bytes:
    """Return the first 64 KiB after leading white space, to see what a file is."""
    with explained(what), opener() as stream:
        return stream.read(_SNIFFED).lstrip()


def with_line_ends(opener: Opener, what: str) -> Opener:
    """Return an opener of text whose lines end in line feeds, where they end in carriage returns alone."""
    start = beginning(opener, what)
    if b"\r" not in start or b"\n" in start:
        return opener
    with explained(what), opener() as stream:
        copy = _Copy(cast("BinaryIO", _LineEnds(stream)))
    return _Opened(copy.path, copy=copy)


def first_line(text: bytes) -> str:
    """Return the first line of what a file begins with, whatever ends it."""
    lines = text.splitlines()
    return lines[0].decode("utf-8", "replace") if lines else ""


@contextmanager
def explained(what: str) -> Iterator[None]:
    """Turn what goes wrong below the format (compression, encoding) into a sentence about ``what``."""
    try:
        yield
    except _TooMuchError as error:
        raise InputError(
            f"{what} unpacks to more than {_MOST_UNPACKED} times its size, which no file of sequences "
            "does. If it is one, unpack it yourself."
        ) from error
    except EOFError as error:
        raise InputError(
            f"{what} ends in the middle of its compressed data. It was cut off. Copy or download it again."
        ) from error
    except (gzip.BadGzipFile, zlib.error, lzma.LZMAError) as error:
        raise InputError(f"{what} is damaged and cannot be decompressed ({error}). Copy it again.") from error
    except UnicodeDecodeError as error:
        raise InputError(
            f"{what} is not text in UTF-8 (byte {error.object[error.start]:#x} at {error.start}). "
            "Save it as UTF-8 or ASCII."
        ) from error
    except PermissionError as error:
        raise InputError(f"You may not read {what}. Change its permissions.") from error
    except OSError as error:
        if isinstance(error, FileNotFoundError) and error.errno is None:
            raise  # a sentence already
        reason = error.strerror or str(error) or type(error).__name__
        raise InputError(f"{what} cannot be read: {reason.rstrip('.')}.") from error


def ended_early(what: str, error: Exception, rows: int | None = None) -> InputError:
    """Return what is said of a stream or a query whose own code fails before its end."""
    reason = " ".join(str(error).split())[:200].rstrip(".") or "no reason is given"
    after = "" if rows is None else f" after {rows:,} rows"
    return InputError(
        f"{what} ended early{after}, with {type(error).__name__}: {reason}. Put right what makes its rows, and give it "
        "again."
    )


class _Copy:
    """A copy on disk of what can be read only once; it goes when nothing refers to it any more."""

    def __init__(self, stream: BinaryIO | _Recoded) -> None:
        handle, name = tempfile.mkstemp(prefix="captum_dna-")
        self.path = Path(name)
        weakref.finalize(self, self.path.unlink, missing_ok=True)
        with os.fdopen(handle, "wb") as file:
            shutil.copyfileobj(stream, file)


@dataclass(frozen=True)
class _Opened:
    """Opens a file by what unpacks it; a copy lives as long as what opens it."""

    path: Path
    unpack: Callable[..., Any] = open
    copy: _Copy | None = None
    most: float = math.inf

    def __call__(self) -> BinaryIO:
        raw = self.unpack(self.path, "rb")
        if self.unpack is not open:
            size = self.path.stat().st_size
            raw = _Unpacked(raw, max(_ALWAYS_UNPACKED, int(min(self.most * size, sys.maxsize))))
        buffered = io.BufferedReader(raw)
        if buffered.peek(3)[:3] == _BYTE_ORDER_MARK:
            buffered.read(3)
        return cast("BinaryIO", buffered)


class _Unpacked(io.RawIOBase):
    """Reads what a file unpacks to, and not much more than any file of sequences would."""

    def __init__(self, stream: BinaryIO, most: int) -> None:
        self._stream = stream
        self._left = most

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer, as far as there is something."""
        data = self._stream.read(len(buffer))
        self._left -= len(data)
        if self._left < 0:
            raise _TooMuchError
        buffer[: len(data)] = data
        return len(data)

    def seekable(self) -> bool:
        """Tell whether another place can be read."""
        return self._stream.seekable()

    def seek(self, place: int, whence: int = os.SEEK_SET) -> int:
        """Go to another place; what is read twice counts once more."""
        return self._stream.seek(place, whence)

    def close(self) -> None:
        """Close the file."""
        self._stream.close()
        super().close()


class _TooMuchError(Exception):
    """A file unpacks to more than is read of it."""


def _decoded(
    path: Path, what: str, suffix: str, copy: _Copy | None = None, *, most: float = _MOST_UNPACKED
) -> Opener:
    """Return an opener of plain bytes, UTF-8 where they are text, of a file that may be compressed."""
    with path.open("rb") as stream:
        start = stream.read(64)
    if start.startswith(_GIT_LFS):
        raise InputError(
            f"{what} is a pointer of Git LFS, not the real file. Get the file with 'git lfs pull'."
        )
    for magic, said in _NOT_UNPACKED.items():
        if start.startswith(magic):
            raise InputError(f"{what} is {said}.")
    packed = next((known for magic, known in _PACKED.items() if start.startswith(magic)), None)
    named = next((known for known in _PACKED.values() if suffix.lower() in known.suffixes), None)
    if packed is None and named is not None and start:
        raise InputError(
            f"{what} is named {suffix} but is not compressed with {named.program}. Rename it without {suffix}."
        )
    opener = _Opened(path, packed.unpack if packed else open, copy, most)
    with explained(what), opener() as stream:
        start = stream.read(4)
    encoding = next((name for mark, name in _WIDE_MARKS.items() if start.startswith(mark)), None)
    if encoding is None:
        return opener
    with explained(what), opener() as stream:
        recoded = _Copy(_Recoded(stream, encoding))
    return _Opened(recoded.path, copy=recoded)


class _LineEnds:
    """Reads text with line feeds for carriage returns."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def read(self, size: int = -1) -> bytes:
        return self._stream.read(size).replace(b"\r", b"\n")


class _Recoded:
    """Reads text of another encoding as UTF-8."""

    def __init__(self, stream: BinaryIO, encoding: str) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder(encoding)()

    def read(self, size: int = -1) -> bytes:
        while data := self._stream.read(size):
            text = self._decoder.decode(data)
            if text:
                return text.encode()
        return self._decoder.decode(b"", final=True).encode()


def _neighbours(path: Path) -> str:
    """Return a sentence that names files of the same folder with similar names, if there are any."""
    try:
        near = (
            sorted(p.name for p in path.parent.iterdir() if p.name[:3] == path.stem[:3])[:5]
            if path.stem
            else []
        )
    except OSError:
        return ""
    return f" In that folder there is {', '.join(near)}." if near else ""
