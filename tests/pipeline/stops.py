"""Stopping a process at any of its steps on disk, inside a test: from then on nothing of it reaches the disk.

A step is a call that changes a folder. A kill lets nothing happen afterwards, what would clean up included; Ctrl-C
and a full disk are exceptions after which the process goes on.
"""

from __future__ import annotations

import builtins
import io
import os
import subprocess
import sys
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from pyarrow import parquet

from captum_dna.io import claims

if TYPE_CHECKING:
    from collections.abc import Iterator


class Killed(BaseException):
    """The process is gone."""


class Steps:
    """Counts the steps of a process in a folder, and ends it at one of them.

    Parameters
    ----------
    folder
        Where steps count.
    last
        At which step to end it; never by default.
    error
        What ends it.
    """

    def __init__(self, folder: Path, last: int | None = None, error: type[BaseException] = Killed) -> None:
        self.folder = str(folder)
        self.last = last
        self.error = error
        self.count = 0

    def step(self, path: object) -> None:
        if not str(path).startswith(self.folder):
            return
        self.count += 1
        gone = self.error is Killed and self.last is not None and self.count > self.last
        if self.count == self.last or gone:
            raise OSError(28, "No space left on device") if self.error is OSError else self.error


@contextmanager
def stopped(monkeypatch, steps: Steps) -> Iterator[Steps]:
    """Let the steps of a process count; it is called by the number of a process that lives no more."""
    with monkeypatch.context() as patch:
        for name in ("replace", "unlink", "link", "mkdir", "utime"):
            patch.setattr(os, name, _counted(getattr(os, name), steps))
        for module in (builtins, io):
            patch.setattr(module, "open", _opened(module.open, steps))
        for name in ("write_table", "close"):
            patch.setattr(parquet.ParquetWriter, name, _written(getattr(parquet.ParquetWriter, name), steps))
        patch.setattr(
            claims.Holder, "here", classmethod(lambda cls: cls(claims._machine(), dead(), 0.0, "0" * 16))
        )
        yield steps


@cache
def dead() -> int:
    """Return the number of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def _counted(call, steps):
    def counted(path, *args, **options):
        try:
            steps.step(path)
        except OSError as error:
            error.filename = str(
                path
            )  # as the system says of such calls, and not of what is written to an open file
            raise
        return call(path, *args, **options)

    return counted


def _opened(call, steps):
    """Before a file is opened for writing, and once more when it is there and empty."""

    def opened(path, mode="r", *args, **options):
        writes = isinstance(path, str | Path) and set(mode) & set("wxa+")
        if writes:
            steps.step(path)
        file = call(path, mode, *args, **options)
        if writes:
            try:
                steps.step(path)
            except BaseException:
                file.close()
                raise
        return file

    return opened


def _written(call, steps):
    def written(self, *args, **options):
        if self.is_open:
            try:
                steps.step(self.where)
            except BaseException:
                self.is_open = False  # or it would be closed once more when it is collected
                raise
        return call(self, *args, **options)

    return written
