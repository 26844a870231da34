"""Files written whole or not at all: what stood there before stays until the new content is complete.

Every writer of files goes through :func:`unfinished`, so that a full disk, a crash, a power cut or Ctrl-C leaves a
good older file as it was, and so that links, pipes and devices are written to and never replaced.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from captum_dna.core.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Iterator

_LONGEST = 100
"""Letters of a file's name that its unfinished neighbour has, too: names may have 255 bytes."""

_CONTENT = ".captum_dna.json"
"""The file in a folder that was written here that lists all others."""

_STANDARD = {"/dev/stdout": 1, "/dev/stderr": 2}


class OutputError(UserError):
    """A file that cannot be written, with the reason, and what to do."""


@contextmanager
def unfinished(path: Path) -> Iterator[Path]:
    """Give a name to write to; what is there gets the path's own name once all went well.

    A link is followed, and the file behind it replaced. A pipe or a device gets the bytes themselves.

    Raises
    ------
    OutputError
        Writing failed; names the file and the reason. Nothing of that name has changed.
    """
    direct = _is_stream(path)
    target = path if direct else Path(os.path.realpath(path))
    folder = Path(tempfile.gettempdir()) if direct else target.parent
    part = folder / f".{target.name[:_LONGEST]}.{secrets.token_hex(4)}.part"
    try:
        yield part
        if direct:
            with part.open("rb") as content, _opened_stream(path) as stream:
                shutil.copyfileobj(content, stream)
        else:
            if target.exists():
                shutil.copymode(target, part)
            _to_disk(part)
            part.replace(target)
            with suppress(OSError):  # a folder that cannot be opened, on some network file systems
                _to_disk(folder)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise cannot_write(path, error) from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


@contextmanager
def unfinished_folder(path: Path) -> Iterator[Path]:
    """Give a folder to fill; it gets the path's own name once all went well.

    It replaces an empty folder, or one that was written here and that nothing was added to.

    Raises
    ------
    OutputError
        Writing failed, or the folder holds other files; names the folder and the reason. Nothing of that name has changed.
    """
    check_replaceable(path)
    target = Path(os.path.realpath(path))
    part = target.with_name(f".{target.name[:_LONGEST]}.{secrets.token_hex(4)}.part")
    before = part.with_suffix(".before")
    try:
        part.mkdir()
        yield part
        (part / _CONTENT).write_text(json.dumps(sorted(_files(part))), encoding="utf-8")
        for one in part.rglob("*"):
            _to_disk(one)
        if target.exists():
            target.replace(before)
        try:
            part.replace(target)
        except OSError:
            before.replace(target)
            raise
    except OSError as error:
        raise cannot_write(path, error) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
        shutil.rmtree(before, ignore_errors=True)


def check_replaceable(path: Path) -> None:
    """Say so where a folder holds files that were not written here, before anything is computed for a new one.

    Raises
    ------
    OutputError
        It does, or it is a file.
    """
    target = Path(os.path.realpath(path))
    if not target.exists():
        return
    if not target.is_dir():
        raise OutputError(f"{path} is a file. Give the name of a folder.")
    try:
        written = set(json.loads((target / _CONTENT).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        written = set()
    other = next((name for name in _files(target) if name not in written), None)
    if other is not None:
        raise OutputError(
            f"{path} holds {other}, which would be lost. Give the name of a new or empty folder."
        )


def _files(folder: Path) -> Iterator[str]:
    """Yield the files in a folder, by where they lie in it."""
    for one in folder.rglob("*"):
        if one.name != _CONTENT and (one.is_symlink() or not one.is_dir()):
            yield one.relative_to(folder).as_posix()


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text, whole or not at all."""
    with unfinished(path) as part:
        part.write_text(text, encoding="utf-8", newline="\n")


def check_writable(path: Path) -> None:
    """Say so where a file cannot be written at a path, before anything is computed for it."""
    if path.is_dir():
        raise OutputError(f"{path} is a folder. Give the name of a file in it.")
    if _is_stream(path):
        return
    target = Path(os.path.realpath(path))
    folder = target.parent if path.is_symlink() else path.parent
    if not folder.is_dir():
        raise OutputError(f"There is no folder {folder} to write {path.name} to. Create it first.")
    if not os.access(target.parent, os.W_OK) or (target.exists() and not os.access(target, os.W_OK)):
        raise OutputError(f"You may not write to {path}. Choose another folder.")


def _to_disk(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on disk; a full network disk says so only now."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _is_stream(path: Path) -> bool:
    """Whether a path is a pipe or a device, or one of the names of a file that is open."""
    return _descriptor(path) is not None or (path.exists() and not path.is_file() and not path.is_dir())


def _opened_stream(path: Path) -> BinaryIO:
    """Open a stream to write to; a file that is open goes on where it is, and is not emptied."""
    descriptor = _descriptor(path)
    return path.open("wb") if descriptor is None else os.fdopen(os.dup(descriptor), "wb")


def _descriptor(path: Path) -> int | None:
    """Return the number of the open file that a path such as /dev/stdout or /dev/fd/63 stands for."""
    if str(path) in _STANDARD:
        return _STANDARD[str(path)]
    if str(path.parent) in ("/dev/fd", "/proc/self/fd") and path.name.isdecimal():
        return int(path.name)
    return None


def cannot_write(path: Path, error: OSError) -> OutputError:
    """Return the sentence for a file that the system did not let be written."""
    reason = error.strerror or str(error).strip() or type(error).__name__
    kept = " The existing file is unchanged." if path.exists() else ""
    return OutputError(
        f"{path} cannot be written: {reason.rstrip('.')}.{kept} Free some space, or choose another place."
    )
