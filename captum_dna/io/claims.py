"""Claims on pieces of work in a shared folder: two processes, on one machine or on many, never do the same one.

A claim is a file with the name of its holder, made by an operation that succeeds for one process alone. Its holder
renews the file's time while it lives. On the holder's own machine its process is looked for; on other machines a
claim is dead once its time has not changed for :data:`LEASE` seconds *while somebody watched it*, so that clocks
need not agree. A dead claim is not removed and made again, which two processes could do to each other, but followed
by the claim of the next number; the one with the highest number holds.
"""

from __future__ import annotations

import os
import secrets
import socket
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import psutil

from captum_dna.io.writing import cannot_write

if TYPE_CHECKING:
    from typing_extensions import Self

LEASE = 180.0
"""Seconds without a sign of life after which a claim from another machine is taken over; above the minute for
which a network file system may show an old time."""
_BEGUN = "."
"""What the name of a claim begins with that is being made."""
_RENEWED = 20.0
"""Seconds between two signs of life."""
_CLOCK = 2.0
"""Seconds by which two readings of when a process began may differ."""


@dataclass(frozen=True, slots=True)
class Holder:
    """The process that holds a claim.

    Parameters
    ----------
    machine, pid, began
        The host and its process namespace; the process and when it began, in seconds since 1970.
    token
        Tells two holders of one process apart.
    """

    machine: str
    pid: int
    began: float
    token: str

    @classmethod
    def here(cls) -> Holder:
        """Return this process, as a holder of its own."""
        own = psutil.Process()
        return cls(_machine(), own.pid, own.create_time(), secrets.token_hex(8))

    @property
    def words(self) -> str:
        """What a person calls it."""
        return f"process {self.pid} on {self.machine.partition(' ')[0]}"

    @property
    def runs_here(self) -> bool | None:
        """Whether the process lives; ``None`` where that cannot be seen from here."""
        if self.machine != _machine():
            return None
        try:
            process = psutil.Process(self.pid)
            if process.status() == psutil.STATUS_ZOMBIE:
                return False
            return abs(process.create_time() - self.began) < _CLOCK or None
        except psutil.NoSuchProcess:
            return False
        except psutil.Error:
            return None


@dataclass(frozen=True, slots=True)
class _Claim:
    """A claim as it was seen: its file, its number, who holds it (if that can be read) and its time."""

    path: Path
    number: int
    holder: Holder | None
    renewed: int


class Claims:
    """The claims of one process in a folder; a context manager, at whose end all of them are given back.

    Parameters
    ----------
    folder
        Where claims are kept; made if it is not there.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._me = Holder.here()
        self._held: dict[str, _Claim] = {}
        self._watched: dict[str, tuple[_Claim, float]] = {}
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._renew, name="captum_dna claims", daemon=True)

    def __enter__(self) -> Self:
        self._folder.mkdir(parents=True, exist_ok=True)
        for claim in claims_of(self._folder):
            if claim.holder is not None and claim.holder.runs_here is False:
                claim.path.unlink(missing_ok=True)
        for path in self._folder.glob(f"{_BEGUN}*"):  # a claim that its process was killed in the middle of
            begun = _seen(path, 0)
            if begun is not None and (begun.holder is None or begun.holder.runs_here is False):
                path.unlink(missing_ok=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join()
        for name in list(self._held):
            self.release(name)

    @property
    def token(self) -> str:
        """What tells this holder's claims from all others."""
        return self._me.token

    def bury(self, token: str) -> None:
        """Remove the claims of a holder that is known to be gone, so that nobody waits for its lease."""
        for claim in claims_of(self._folder):
            if claim.holder is not None and claim.holder.token == token:
                claim.path.unlink(missing_ok=True)

    def take(self, name: str) -> bool:
        """Claim a piece of work; return whether it is this process's now."""
        before = self._newest(name)
        if before is not None and self._lives(name, before):
            return False
        number = 1 if before is None else before.number + 1
        path = self._folder / f"{name}.{number}"
        try:
            if not self._make(path):
                return False
        except OSError as error:
            raise cannot_write(path, error) from error
        now = self._newest(name)
        overtaken = before is not None and _seen(before.path, before.number) != before
        if now is None or now.path != path or overtaken:
            path.unlink(missing_ok=True)
            return False
        self._held[name] = now
        self._watched.pop(name, None)
        if before is not None:
            before.path.unlink(missing_ok=True)
        return True

    def holds(self, name: str) -> bool:
        """Whether this process still holds a claim; one that slept for long may have been taken for dead."""
        claim, newest = self._held.get(name), self._newest(name)
        return claim is not None and newest is not None and newest.path == claim.path

    def release(self, name: str) -> None:
        """Give a claim back."""
        claim = self._held.pop(name, None)
        if claim is not None:
            with suppress(OSError):  # it dies with its process
                claim.path.unlink(missing_ok=True)

    def elsewhere(self, name: str) -> bool:
        """Whether another process that lives holds a claim."""
        claim = self._newest(name)
        return claim is not None and name not in self._held and self._lives(name, claim)

    def _lives(self, name: str, claim: _Claim) -> bool:
        """Whether the holder of a claim is taken to live; a claim that cannot be judged yet is watched from now on."""
        runs = claim.holder.runs_here if claim.holder is not None else None
        if runs is not None:
            return runs
        watched, since = self._watched.get(name, (None, 0.0))
        if watched != claim:
            self._watched[name] = claim, time.monotonic()
            return True
        return time.monotonic() - since < LEASE

    def _newest(self, name: str) -> _Claim | None:
        return max(claims_of(self._folder, name), key=lambda claim: claim.number, default=None)

    def _make(self, path: Path) -> bool:
        """Make a claim's file with its holder in it, both at once; return whether it was not there before."""
        content = msgspec.json.encode(self._me)
        own = self._folder / f"{_BEGUN}{self._me.token}"
        try:
            own.write_bytes(content)
            try:
                os.link(own, path)
            except FileExistsError:
                return False
            except OSError:  # a file system without links
                return self._make_in_steps(path, content)
        finally:
            own.unlink(missing_ok=True)
        return True

    def _make_in_steps(self, path: Path, content: bytes) -> bool:
        """Make a claim's file, then write its holder; whoever reads in between waits for the lease."""
        try:
            with path.open("xb", buffering=0) as file:
                file.write(content)
        except FileExistsError:
            return False
        except OSError:  # a full disk: nobody holds an empty claim
            path.unlink(missing_ok=True)
            raise
        return True

    def _renew(self) -> None:
        while not self._stopped.wait(_RENEWED):
            for claim in list(self._held.values()):
                with suppress(OSError):
                    os.utime(claim.path)


def claims_of(folder: Path, name: str | None = None) -> list[_Claim]:
    """Return the claims in a folder, of one piece of work or of all."""
    try:
        paths = list(folder.iterdir())
    except FileNotFoundError:
        return []
    found = []
    for path in paths:
        work, _, number = path.name.rpartition(".")
        if work and number.isdecimal() and name in (None, work):
            found.append(_seen(path, int(number)))
    return [claim for claim in found if claim is not None]


def _seen(path: Path, number: int) -> _Claim | None:
    """Return a claim as it stands, ``None`` if it is gone."""
    try:
        renewed = path.stat().st_mtime_ns
        text = path.read_bytes()
    except OSError:
        return None
    try:
        holder = msgspec.json.decode(text, type=Holder)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        holder = None
    return _Claim(path, number, holder, renewed)


def _machine() -> str:
    """Return the host and its process namespace, within which a process number means one process."""
    try:
        namespace = str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        namespace = ""
    return f"{socket.gethostname()} {namespace}".strip()
