"""The SQLite file of a viewer: its tables, a connection per thread, and what becomes of damage."""

from __future__ import annotations

import logging
import secrets
import shutil
import sqlite3
import tempfile
import threading
import time
import weakref
from collections import Counter
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from captum_dna.core.errors import UserError
from captum_dna.core.paths import at_home

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

FILE = "viewer-1.sqlite"
"""Name of the file; its number is raised when the tables change so that a version before could not use them."""

_CHECKED_BYTES = 1 << 28
"""A file of up to so many bytes is checked page by page when it is opened, which takes less than half a second."""

_BUSY_SECONDS = 20
"""How long whoever asks waits for others who write."""

_TABLES = """
CREATE TABLE IF NOT EXISTS runs (id INTEGER PRIMARY KEY, content TEXT UNIQUE NOT NULL);
CREATE TABLE IF NOT EXISTS results (
    id INTEGER PRIMARY KEY AUTOINCREMENT, how TEXT NOT NULL, letters TEXT NOT NULL, run INTEGER NOT NULL,
    target TEXT NOT NULL, delta REAL, converged INTEGER NOT NULL, largest REAL, special REAL,
    strip BLOB NOT NULL, off_by REAL, UNIQUE (how, letters));
CREATE INDEX IF NOT EXISTS results_by_how ON results (how);
CREATE TABLE IF NOT EXISTS scores (id INTEGER PRIMARY KEY, bases BLOB NOT NULL, rest BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS pictures (
    id INTEGER PRIMARY KEY, format INTEGER NOT NULL, tracks TEXT NOT NULL, layer TEXT NOT NULL, beside TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS predictions (
    model TEXT NOT NULL, letters TEXT NOT NULL, probabilities BLOB, problem TEXT, PRIMARY KEY (model, letters))
    WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS answers (key TEXT PRIMARY KEY, content TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS datasets (
    id TEXT NOT NULL, scope TEXT NOT NULL, name TEXT NOT NULL, text TEXT NOT NULL, made REAL NOT NULL,
    PRIMARY KEY (id, scope));
CREATE TABLE IF NOT EXISTS viewers (owner TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS jobs (
    id TEXT PRIMARY KEY, scope TEXT NOT NULL, owner TEXT NOT NULL, made REAL NOT NULL, content TEXT NOT NULL);
"""

_OFF_BY = """
UPDATE results SET off_by = (
    SELECT coalesce(
        json_extract(layer, '$.f[4]'),
        abs(json_extract(layer, '$.f[2]') / nullif(json_extract(layer, '$.f[0]') - json_extract(layer, '$.f[1]'), 0)))
    FROM pictures WHERE pictures.id = results.id AND json_valid(layer))
"""
"""Fills a column that stores lacked at first, from the numbers under each picture: the badge shows these."""

_NAMES = ("runs", "results", "scores", "pictures", "predictions", "answers", "datasets", "viewers", "jobs")

Kind = TypeVar("Kind", bound=msgspec.Struct)


_ROWS = {
    "results": ("results", "they are computed again when they are asked for"),
    "predictions": ("predictions", "they are computed again"),
    "jobs": ("jobs", "what they had finished is kept"),
    "datasets": ("pasted data sets", "paste them again"),
    "answers": ("measurements and experiments", "they are made again when they are asked for"),
}
"""What the rows of a table are called, and what becomes of those that are damaged."""
_KEYS = {"predictions": "letters", "answers": "key"}
"""Columns by which rows are dropped, where that is not their id."""


class StoreError(UserError):
    """The store cannot be read or written; a sentence that says what to do."""


class Database:
    """One SQLite file in a folder, used by many threads, each through a connection of its own.

    Parameters
    ----------
    folder
        Where to keep it; ``None`` for a temporary folder that goes with it.
    """

    def __init__(self, folder: str | Path | None) -> None:
        self._remove: Callable[[], object] | None = None
        if folder is None:
            folder = tempfile.mkdtemp(prefix="captum_dna-")
            self._remove = weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        self.folder = at_home(folder)
        self.notices: list[str] = []
        self._damaged: Counter[str] = Counter()
        self._writing = threading.Lock()
        self._connections: dict[threading.Thread, sqlite3.Connection] = {}
        self._users: Counter[threading.Thread] = Counter()
        self._closed = False
        self._news = threading.Condition()
        self._open()

    @property
    def kept(self) -> bool:
        """Whether it outlives the viewer."""
        return self._remove is None

    def close(self) -> None:
        """Close all connections once nobody uses them, and remove a temporary folder.

        Python's sqlite3 crashes where a connection is closed in the middle of another thread's question.
        """
        with self._news:
            self._closed = True
            self._news.wait_for(lambda: not self._users, timeout=_BUSY_SECONDS)
            for thread in [one for one in self._connections if one not in self._users]:
                self._close(thread)
        if self._remove is not None:
            self._remove()

    @contextmanager
    def _used(self) -> Iterator[None]:
        """Keep the connection of this thread open."""
        thread = threading.current_thread()
        with self._news:
            if self._closed and thread not in self._users:
                raise StoreError("The viewer was stopped.")
            self._users[thread] += 1
        try:
            yield
        finally:
            with self._news:
                self._users[thread] -= 1
                if not self._users[thread]:
                    del self._users[thread]
                self._news.notify_all()

    # --- rows ---------------------------------------------------------------------------------------

    def drop(self, table: str, key: object) -> None:
        """Take out a row that is damaged, and say so."""
        with self.writing() as db:
            column = _KEYS.get(table, "id")
            db.execute(f"DELETE FROM {table} WHERE {column} IS ?", (key,))  # noqa: S608 - names of our own
            if table == "results":
                db.execute("DELETE FROM scores WHERE id = ?", (key,))
                db.execute("DELETE FROM pictures WHERE id = ?", (key,))
        self._left_out(table, 1)

    def _left_out(self, table: str, count: int) -> None:
        self._damaged[table] += count
        words, again = _ROWS[table]
        told = f"{words} of the store could not be read and were left out: {again}."
        self.notices = [one for one in self.notices if not one.endswith(told)]
        self.notices.append(f"{self._damaged[table]} {told}")

    def typed(self, table: str, query: str, values: tuple[object, ...], kind: type[Kind]) -> list[Kind]:
        """Return the rows of a query as what they should be; those that are not are dropped."""
        rows = self.all(query, values)
        try:
            return msgspec.convert(rows, list[kind])  # type: ignore[valid-type]  # a type that is known when it runs
        except (msgspec.ValidationError, UnicodeError):
            good = []
            for row in rows:
                try:
                    good.append(msgspec.convert(row, kind))
                except (msgspec.ValidationError, UnicodeError):
                    self.drop(table, row[0])
            return good

    def all(self, query: str, values: tuple[object, ...] = ()) -> list[tuple[Any, ...]]:
        """Return all rows of a query."""
        with self._told():
            return self._connection().execute(query, values).fetchall()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Write through one thread at a time, all or nothing."""
        with self._writing, self._told():
            db = self._connection()
            with db:
                yield db

    def give_back(self) -> None:
        """Give the room of what was taken out back to the disk."""
        with self._writing, self._told():
            self._connection().executescript("PRAGMA incremental_vacuum")  # execute() would do one step of it

    # --- opening -----------------------------------------------------------------------------------

    def _open(self) -> None:
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise ValueError(
                f"Results cannot be kept in {self.folder}: {error.strerror or error}. Name another folder."
            ) from error
        path = self.folder / FILE
        if (self.folder / f"{FILE}.damaged").exists():
            self._set_aside(path)
        try:
            self._prepare(path)
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError) and not _is_damage(error):
                raise ValueError(
                    f"{path} cannot be used: {error}. Close what else uses it, or name another folder."
                ) from error
            self.close_thread()
            self._set_aside(path)
            self._prepare(path)

    def _prepare(self, path: Path) -> None:
        _make_private(path)
        db = self._connection(path)
        db.execute("PRAGMA auto_vacuum = INCREMENTAL")  # counts for a file that is new
        db.execute("PRAGMA journal_mode = WAL")
        if path.stat().st_size < _CHECKED_BYTES:
            found = db.execute("PRAGMA quick_check(1)").fetchall()
            if found != [("ok",)]:
                raise sqlite3.DatabaseError(f"database disk image is malformed: {found[0][0]}")
        db.executescript(_TABLES)
        _add_column(db)
        for table in _NAMES:
            db.execute(f"SELECT * FROM {table} LIMIT 1").fetchall()  # noqa: S608 - names of our own

        with db:
            lost = db.execute("DELETE FROM results WHERE id NOT IN (SELECT id FROM scores)").rowcount
        if lost:
            self._left_out("results", lost)

    def _set_aside(self, path: Path) -> None:
        aside = path.with_name(
            f"{path.stem}-damaged-{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(2)}{path.suffix}"
        )
        for suffix in ("", "-wal", "-shm"):
            old = path.with_name(path.name + suffix)
            if old.exists():
                old.replace(aside.with_name(aside.name + suffix))
        (self.folder / f"{FILE}.damaged").unlink(missing_ok=True)
        sentence = (
            f"The store of results was damaged. It was renamed to {aside.name}, and a new one was started."
        )
        logging.getLogger(__name__).warning("%s", sentence)
        self.notices.append(sentence)

    def close_thread(self) -> None:
        """Close the connection of this thread."""
        self._close(threading.current_thread())

    def _close(self, thread: threading.Thread) -> None:
        connection = self._connections.pop(thread, None)  # of two that close it, one finds it
        if connection is not None:
            connection.close()

    def _connection(self, path: Path | None = None) -> sqlite3.Connection:
        thread = threading.current_thread()
        connection = self._connections.get(thread)
        if connection is None:
            connection = sqlite3.connect(
                path or self.folder / FILE, timeout=_BUSY_SECONDS, check_same_thread=False
            )
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.text_factory = _text
            self._connections[thread] = connection
            for old in [one for one in list(self._connections) if not one.is_alive()]:
                self._close(old)
        return connection

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Turn what SQLite reports into a sentence, while nobody closes the connection."""
        try:
            with self._used():
                yield
        except sqlite3.DatabaseError as error:
            if _is_damage(error):
                (self.folder / f"{FILE}.damaged").touch()
                raise StoreError(
                    "The store of results is damaged. Restart the viewer: it renames the store and starts "
                    "a new one."
                ) from error
            if "full" in str(error) or "I/O" in str(error):
                raise StoreError(
                    "The disk is full. Free some space and try again. Finished results are kept."
                ) from error
            raise StoreError(f"The store of results cannot be used now: {error}.") from error


def _add_column(db: sqlite3.Connection) -> None:
    """Add to the results of an earlier version what the list sorts by."""
    with db:
        db.execute("BEGIN IMMEDIATE")  # another viewer may open it now
        if "off_by" not in {name for _, name, *_ in db.execute("PRAGMA table_info(results)")}:
            db.execute("ALTER TABLE results ADD COLUMN off_by REAL")
            db.execute(_OFF_BY)


def _text(content: bytes) -> str:
    """Return a text; in a damaged one, what is not UTF-8 is replaced."""
    return content.decode(errors="replace")


def _make_private(path: Path) -> None:
    """Let nobody but the owner read a file, whatever its folder allows; SQLite gives its neighbours the same mode."""
    with suppress(OSError):  # what SQLite says of it is clearer
        path.touch(mode=0o600)
    for suffix in ("", "-wal", "-shm"):
        file = path.with_name(path.name + suffix)
        with suppress(OSError):  # it is somebody else's
            if file.exists() and file.stat().st_mode & 0o077:
                file.chmod(0o600)


def _is_damage(error: sqlite3.DatabaseError) -> bool:
    words = str(error)
    return any(sign in words for sign in ("malformed", "not a database", "no such column", "no such table"))
