"""Bytes from files and standard input, decompressed; failures to read or write told as sentences.

Every format reads through an :data:`Opener`, so that gzip, byte-order marks and broken files are dealt
with once, and so that a source can be read twice: to check it all, then to stream it.
"""

from __future__ import annotations

import gzip
import io
import os
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO, cast

from captum_dna.core.errors import UserError

if TYPE_CHECKING:
    from pathlib import Path

Opener = Callable[[], BinaryIO]
"""Opens the same bytes from their beginning at every call."""

_GZIP = b"\x1f\x8b"
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_SNIFFED = 1 << 16


class InputError(UserError):
    """Input that cannot be read as what it should be, with the file, the place and the way out."""


class OutputError(UserError):
    """A file that cannot be written, with the reason and the way out."""


def file_opener(path: Path) -> Opener:
    """Return an opener of a file, gzipped or not; say so where there is no such file."""
    if path.is_dir():
        raise InputError(f"{path} is a folder: name a file in it.")
    if not path.exists():
        near = sorted(p.name for p in path.parent.glob(f"{path.stem[:3]}*"))[:5] if path.stem else []
        hint = f" In that folder there is {', '.join(near)}." if near else ""
        raise FileNotFoundError(f"There is no file {path}.{hint}")
    with path.open("rb") as raw:
        zipped = raw.read(2) == _GZIP
    if path.suffix == ".gz" and not zipped and path.stat().st_size:
        raise InputError(f"{path} is named .gz but is not compressed with gzip: rename it without .gz.")
    return lambda: _without_mark(gzip.open(path) if zipped else path.open("rb"))


def stdin_opener() -> Opener:
    """Return an opener of all that comes in on standard input."""
    data = sys.stdin.buffer.read()
    if data[:2] == _GZIP:
        with explained("Standard input"):
            data = gzip.decompress(data)
    return lambda: _without_mark(io.BytesIO(data))


def beginning(opener: Opener, what: str) -> bytes:
    """Return the first 64 KiB after leading white space, to see what a file is."""
    with explained(what), opener() as stream:
        return stream.read(_SNIFFED).lstrip()


@contextmanager
def unfinished(path: Path) -> Iterator[Path]:
    """Give a name to write to; what is there gets the path's own name once all went well."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield part
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def check_writable(path: Path) -> None:
    """Say so where a file cannot be written at a path, before anything is computed for it."""
    folder = path.parent
    if path.is_dir():
        raise OutputError(f"{path} is a folder: give the name of a file in it.")
    if not folder.is_dir():
        raise OutputError(f"There is no folder {folder} to write {path.name} to: make it first.")
    if not os.access(folder, os.W_OK) or (path.exists() and not os.access(path, os.W_OK)):
        raise OutputError(f"{path} may not be written by you: choose another folder.")


@contextmanager
def explained(what: str) -> Iterator[None]:
    """Turn what goes wrong below the format (compression, encoding) into a sentence about ``what``."""
    try:
        yield
    except EOFError as error:
        raise InputError(
            f"{what} ends in the middle of its compressed data: it was cut off, so copy or download it again."
        ) from error
    except (gzip.BadGzipFile, zlib.error) as error:
        raise InputError(f"{what} is damaged and cannot be decompressed ({error}): copy it again.") from error
    except UnicodeDecodeError as error:
        raise InputError(
            f"{what} is not text in UTF-8 (byte {error.object[error.start]:#x} at {error.start}): "
            "save it as UTF-8 or ASCII."
        ) from error
    except PermissionError as error:
        raise InputError(f"{what} may not be read by you: change its permissions.") from error


def _without_mark(stream: BinaryIO | gzip.GzipFile) -> BinaryIO:
    """Return the stream, past the byte-order mark that some editors put first."""
    buffered = io.BufferedReader(cast("io.RawIOBase", stream))
    if buffered.peek(3)[:3] == _BYTE_ORDER_MARK:
        buffered.read(3)
    return buffered
