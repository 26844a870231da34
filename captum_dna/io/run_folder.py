"""The folder of a run: shards of results, and beside them what is known of each.

``shard-000000.parquet`` and so on hold the results, and nothing else stands beside them, so that any reader of
Parquet data sets takes the folder. ``_run/`` holds the rest::

    run.json            what makes it this run, and with what it was begun
    total.json          how many shards and sequences there are, once somebody has read the input to its end
    done/000000.json    a :class:`Mark`, written after its shard: what the shard holds, and its digest
    aside/000000.json   what is wrong with a shard that cannot be computed
    partial/            results of shards that were interrupted
    claims/             see :mod:`captum_dna.io.claims`

A shard counts as finished with its mark alone, and as sound if its bytes have the digest in the mark.
"""

from __future__ import annotations

import hashlib
import json
import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from captum_dna.core.errors import UserError
from captum_dna.core.paths import at_home
from captum_dna.io.parquet import StoreError, load, save
from captum_dna.io.writing import OutputError, write_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from captum_dna.core.attribution import Attribution

_READ = 1 << 20
"""Bytes of a file that are hashed at a time."""
_SHORT = 60
_REMAIN = re.compile(r"\.(?:(?:shard-)?(\d{6})\..*|\w+\.json\..*|[0-9a-f]{16})")
"""What an unfinished file is called: that of a shard has its number."""
_OLD = 3600.0
"""Seconds after which an unfinished file that belongs to no shard has been left behind."""


class RunError(UserError):
    """A folder that cannot be this run's, with the reason, and what to do."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What is known of a finished shard.

    Parameters
    ----------
    run, input
        Digests of what makes the run, and of the records that the shard was computed from.
    content
        SHA-256 of the shard's file.
    results
        How many results it holds.
    left_out
        What was wrong with the sequences of the shard that are left out.
    by, seconds, finished
        The process that computed it, for how long, and when it was done (UTC).
    """

    run: str
    input: str
    content: str
    results: int
    left_out: tuple[str, ...]
    by: str
    seconds: float
    finished: str


@dataclass(frozen=True, slots=True)
class Total:
    """How much a whole run is."""

    shards: int
    sequences: int


@dataclass(frozen=True, slots=True)
class Record:
    """What makes a run, and the versions it was begun with."""

    identity: dict[str, Any]
    made_with: dict[str, str]


@dataclass(frozen=True, slots=True)
class Aside:
    """What is wrong with a shard that cannot be computed."""

    sentence: str


_Known = TypeVar("_Known", Record, Mark, Aside, Total)


class RunFolder:
    """The folder of a run.

    Parameters
    ----------
    path
        Where it is; it need not be there yet.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = at_home(path)
        self._own = self.path / "_run"
        self.claims = self._own / "claims"

    def __str__(self) -> str:
        return str(self.path)

    @property
    def is_one(self) -> bool:
        """Whether there is a run in this folder, of this layout."""
        return self._own.is_dir()

    def check(self, identity: Mapping[str, object]) -> None:
        """Refuse a folder that holds something else, or a run of another identity.

        Raises
        ------
        RunError
            Says what differs.
        """
        if not self.is_one:
            # Another process may begin the run while the folder is looked at.
            if self.path.is_dir() and any(self.path.iterdir()) and not self.is_one:
                raise RunError(self._not_ours())
            return
        before = {} if self.record is None else self.record.identity
        other = [
            what for what in before | dict(identity) if before and before.get(what) != identity.get(what)
        ]
        if other:
            told = ", ".join(
                f"the {what.replace('_', ' ')} {_change(before.get(what), identity.get(what))}"
                for what in other
            )
            raise RunError(
                f"{self.path} holds results of another run: {told}. Choose another folder, or repeat the call "
                "with the same choices to resume."
            )

    def begin(self, identity: Mapping[str, object], made_with: Mapping[str, str]) -> tuple[str, list[str]]:
        """Make the folder this run's own, or find that it is.

        Parameters
        ----------
        identity
            What makes two runs the same run, as JSON takes it; differences are told by its names.
        made_with
            Versions of what computes.

        Returns
        -------
        The digest of the identity, which marks hold; and what should be said.

        Raises
        ------
        RunError
            The folder holds something else, or another run.
        OutputError
            It cannot be written.
        """
        record = Record(dict(identity), dict(made_with))
        digest = hashlib.sha256(json.dumps(record.identity, sort_keys=True).encode()).hexdigest()
        self.check(identity)
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            for folder in (self._own, *(self._own / name for name in ("done", "aside", "partial"))):
                folder.mkdir(exist_ok=True)
        except OSError as error:
            raise OutputError(f"{self.path} cannot be written: {error.strerror or error}.") from error
        path = self._own / "run.json"
        numbers = self.finished()
        there = path.exists() or bool(
            numbers
        )  # looked for first: another process may be beginning this run now
        before = self.record
        if before is not None:
            return digest, _other_versions(self.path, before.made_with, made_with)
        if any(mark.run != digest for mark in map(self.mark, numbers) if mark is not None):
            raise RunError(
                f"{self.path} holds results of another run, and {path} is damaged. Choose another folder."
            )
        _write(path, record)
        self.check(identity)
        return digest, [f"{path} was damaged or missing and has been written again."] if there else []

    @property
    def record(self) -> Record | None:
        """What makes the run, and with what it was begun; ``None`` where that is damaged or not there."""
        return _decoded(self._own / "run.json", Record)

    def derived(self, name: str) -> Path:
        """Return the place of something that is made of the shards and can be made again."""
        return self._own / name

    # --- shards ---

    def shard(self, number: int) -> Path:
        """Return the file of a shard."""
        return self.path / f"shard-{number:06d}.parquet"

    def finished(self) -> list[int]:
        """Return the numbers of the shards with a mark, in order."""
        return _numbers(self._own / "done")

    def mark(self, number: int) -> Mark | None:
        """Return what is known of a shard; ``None`` where nothing is, or where that is damaged."""
        return _decoded(self._own / "done" / f"{number:06d}.json", Mark)

    def begun(self, number: int) -> bool:
        """Whether a shard was written or marked, soundly or not."""
        return self.shard(number).exists() or (self._own / "done" / f"{number:06d}.json").exists()

    def is_sound(self, number: int, mark: Mark) -> bool:
        """Whether a shard's file is what was written."""
        return sha256_of(self.shard(number)) == mark.content

    def forget(self, number: int) -> None:
        """Take the mark from a shard that is not sound, so that nobody loads it while it is computed again."""
        (self._own / "done" / f"{number:06d}.json").unlink(missing_ok=True)

    def finish(self, number: int, results: Iterable[Attribution], **about: Any) -> None:
        """Write a shard, then its mark; what was known of earlier tries goes.

        Parameters
        ----------
        about
            The fields of its :class:`Mark`, but for ``content`` and ``results``.
        """
        items = list(results)
        path = save(items, self.shard(number))
        mark = Mark(content=sha256_of(path) or "", results=len(items), **about)
        _write(self._own / "done" / f"{number:06d}.json", mark)
        (self._own / "aside" / f"{number:06d}.json").unlink(missing_ok=True)
        for part in self._partial(number):
            part.unlink(missing_ok=True)

    # --- shards that are not finished ---

    def set_aside(self, number: int, sentence: str) -> None:
        """Note what is wrong with a shard."""
        _write(self._own / "aside" / f"{number:06d}.json", Aside(sentence))

    def aside(self) -> dict[int, str]:
        """Return the shards that were set aside, each with what is wrong."""
        found = {}
        for number in _numbers(self._own / "aside"):
            known = _decoded(self._own / "aside" / f"{number:06d}.json", Aside)
            found[number] = known.sentence if known is not None else "the reason is no longer known"
        return found

    def keep(self, number: int, digest: str, results: list[Attribution]) -> None:
        """Keep what is finished of a shard that was interrupted, under the digest of its records."""
        path = save(results, self._own / "partial" / f"{number:06d}.parquet")
        path.replace(path.with_name(f"{number:06d}.{digest}.{sha256_of(path)}.parquet"))

    def kept(self, number: int, digest: str) -> dict[str, Attribution]:
        """Return what was kept of a shard with the very same records, by name; damaged files count as nothing."""
        found: dict[str, Attribution] = {}
        for path in self._partial(number):
            _, records, content, _ = path.name.split(".")
            if records == digest and sha256_of(path) == content:
                found |= {one.name: one for one in load(path)}
        return found

    def _partial(self, number: int) -> list[Path]:
        return sorted((self._own / "partial").glob(f"{number:06d}.*.*.parquet"))

    # --- the whole ---

    @property
    def total(self) -> Total | None:
        """How much there is, once the input was read to its end."""
        return _decoded(self._own / "total.json", Total)

    @total.setter
    def total(self, total: Total) -> None:
        if total != self.total:
            _write(self._own / "total.json", total)

    def clear_remains(self, held: Callable[[int], bool]) -> None:
        """Remove unfinished files of processes that are gone.

        Parameters
        ----------
        held
            Tells whether a living process holds a shard, and may be writing it.
        """
        places = (
            self.path,
            self._own,
            self.claims,
            *(self._own / name for name in ("done", "aside", "partial")),
        )
        for path in (path for folder in places for path in folder.glob(".*")):
            found = _REMAIN.match(path.name)
            if found and (not held(int(found[1])) if found[1] else _is_old(path)):
                path.unlink(missing_ok=True)

    def _not_ours(self) -> str:
        if (self.path / "run.json").is_file() and any(self.path.glob("shard-*.sha256")):
            return (
                f"{self.path} holds a run of an earlier captum_dna, which can be loaded but not resumed. "
                "Choose another folder."
            )
        return f"{self.path} is not empty and holds no run of captum_dna. Choose another folder."


def _is_old(path: Path) -> bool:
    """Tell whether a file has been left alone for long; one that its process has just removed has not."""
    try:
        return time.time() - path.stat().st_mtime > _OLD
    except FileNotFoundError:
        return False


def sha256_of(path: Path) -> str | None:
    """Return the digest of a file's bytes; ``None`` if it cannot be read."""
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while block := file.read(_READ):
                digest.update(block)
    except OSError:
        return None
    return digest.hexdigest()


def loaded(folder: RunFolder, number: int) -> list[Attribution]:
    """Return the results of a finished shard, once its file is known to be what was written.

    Raises
    ------
    StoreError
        It is damaged or gone.
    """
    mark = folder.mark(number)
    if mark is None or not folder.is_sound(number, mark):
        raise StoreError(
            f"{folder.shard(number)} is damaged. Repeat the attribute_to() call that made it. Only this "
            "shard is computed again."
        )
    return load(folder.shard(number))


def _numbers(folder: Path) -> list[int]:
    return sorted(int(path.stem) for path in folder.glob("*.json") if path.stem.isdecimal())


def _write(path: Path, known: Record | Mark | Aside | Total) -> None:
    content = msgspec.json.encode(known)
    checked = {"known": known, "sha256": hashlib.sha256(content).hexdigest()}
    write_text(path, msgspec.json.format(msgspec.json.encode(checked)).decode() + "\n")


def _decoded(path: Path, kind: type[_Known]) -> _Known | None:
    """Return what a file of ours holds; ``None`` where it is missing or damaged, be it by a single letter."""
    try:
        content = msgspec.json.decode(path.read_bytes(), type=dict[str, msgspec.Raw])
        known = msgspec.json.decode(content["known"], type=kind)
        digest = msgspec.json.decode(content["sha256"], type=str)
    except (OSError, KeyError, UnicodeDecodeError, RecursionError, msgspec.MsgspecError):
        return None
    return known if hashlib.sha256(msgspec.json.encode(known)).hexdigest() == digest else None


def _change(before: object, now: object) -> str:
    old, new = json.dumps(before), json.dumps(now)
    return f"was {old} and is {new}" if len(old) + len(new) <= _SHORT else "differs"


def _other_versions(folder: Path, then: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    other = [f"{name} was {then.get(name)} and is {now[name]}" for name in now if then.get(name) != now[name]]
    if not other:
        return []
    return [
        f"{folder} was started with other versions ({', '.join(other)}). Scores may differ in their last digits."
    ]
