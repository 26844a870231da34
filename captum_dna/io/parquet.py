"""Results to one Parquet file and back, without loss.

One row per sequence, with columns that any Parquet reader understands; what the sequences of a run share
is kept once, as JSON in the file's metadata, and referred to by number.
"""

from __future__ import annotations

import json
import logging
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from pyarrow import parquet

from captum_dna._version import __version__
from captum_dna.core.attribution import Run
from captum_dna.core.errors import UserError
from captum_dna.core.json_text import from_json
from captum_dna.io.arrow import CERTIFIED, RESULT, SCHEMA, from_table, to_table
from captum_dna.io.exporters import Exporter
from captum_dna.io.writing import check_writable, unfinished

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from captum_dna.core.attribution import Attribution

FORMAT = 4
"""Version of the file's layout; raised when an older captum_dna could not read a newer file."""

_NESTED = 3
"""From which format on the certificate is one column."""

_KEY = b"captum_dna"
_ROWS = 8192
_BASES = 1 << 26
"""Rows, and bases, written at a time, so that memory stays bounded however many results there are."""
_WORDS = (
    "name",
    "sequence",
    "true_label",
    "predicted",
    "target",
    "tokens.list.element",
    "chromosome",
    "strand",
)
"""Columns that repeat; numbers are stored plainly, so that every bit of them comes back."""
_STEPS = dict.fromkeys(("token_starts.list.element", "token_ends.list.element"), "DELTA_BINARY_PACKED")
_WRITING = {
    "compression": "zstd",
    "compression_level": 1,
    "use_dictionary": list(_WORDS),
    "column_encoding": _STEPS,
    "write_statistics": False,  # the least and largest score of a row group help nobody, and take as long
}


class StoreError(UserError):
    """A file of results that cannot be read, with the reason, and what to do."""


def save(attributions: Iterable[Attribution], path: str | Path) -> Path:
    """Write results to one Parquet file, all or nothing.

    Parameters
    ----------
    attributions
        Results, of one run or of several.
    path
        The file to write; one that exists is replaced once the new one is complete.

    Returns
    -------
    The path written.

    Raises
    ------
    captum_dna.io.writing.OutputError
        The folder is missing or may not be written.
    """
    path = Path(path)
    check_writable(path)
    items = list(attributions)
    runs = _Runs()
    for item in items:
        for one in (item, *item.windows):
            runs.number(one.run)
    about = {"format": FORMAT, "version": __version__, "runs": runs.written}
    schema = SCHEMA.with_metadata({_KEY: json.dumps(about, default=_plain).encode()})
    with unfinished(path) as part, parquet.ParquetWriter(part, schema, **_WRITING) as writer:
        for first, last in _batches(items):
            writer.write_table(to_table(items[first:last], runs.number, schema))
    return path


def load(path: str | Path) -> list[Attribution]:
    """Return the results that :func:`save` wrote, in order.

    Raises
    ------
    FileNotFoundError
        No such file.
    StoreError
        Not a Parquet file, a damaged one, one without results, or one of a later captum_dna.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"There is no file {path} with results.")
    try:
        runs = _runs_of(parquet.read_schema(path), path)
        with parquet.ParquetFile(path, read_dictionary=["tokens.list.element"]) as file:
            items: list[Attribution] = []
            for group in range(file.num_row_groups):
                items += from_table(file.read_row_group(group, columns=[*SCHEMA.names, *CERTIFIED]), runs)
            return items
    except (pa.ArrowException, OSError) as error:
        with path.open("rb") as raw:
            parquet_begins = raw.read(4) == b"PAR1"
        reason = "is damaged or was cut off" if parquet_begins else "is not a Parquet file"
        raise StoreError(
            f"{path} {reason}. Give a file that captum_dna saved ({str(error).splitlines()[0]})"
        ) from error


def runs_in(path: Path) -> list[Run]:
    """Return how the results of a file were made, in the order of the numbers in its column ``run``.

    Raises
    ------
    StoreError
        It holds no results, or those of a later captum_dna.
    """
    return _runs_of(parquet.read_schema(path), path)


class _Runs:
    """Numbers the different runs among results; equal ones are written once."""

    def __init__(self) -> None:
        self.written: list[dict[str, object]] = []
        self._by_id: dict[int, int] = {}
        self._by_text: dict[str, int] = {}

    def number(self, run: Run) -> int:
        number = self._by_id.get(id(run))
        if number is None:
            content = asdict(run)
            number = self._by_text.setdefault(json.dumps(content, default=_plain), len(self.written))
            if number == len(self.written):
                self.written.append(content)
            self._by_id[id(run)] = number
        return number


def _plain(value: object) -> object:
    """Return what JSON can hold of a method option: numpy values as Python's, others in words."""
    if hasattr(value, "tolist"):
        return value.tolist()
    logging.getLogger(__name__).warning(
        "A %s among the options of a run is saved as text.", type(value).__name__
    )
    return str(value)


def _runs_of(schema: pa.Schema, path: Path) -> list[Run]:
    """Return the runs in a file's metadata, once the file is known to hold results that can be read."""
    about = _note(schema, path)
    lately = {"certificate", "target_index"} if about.get("format", FORMAT) < _NESTED else set()
    missing = [name for name in RESULT.names if name not in {*schema.names, *lately}]
    if about.get("format", FORMAT) > FORMAT:
        raise StoreError(
            f"{path} was written by captum_dna {about.get('version', '')} in a later format ({about['format']}; this "
            f"version reads up to {FORMAT}). Upgrade captum_dna to read it."
        )
    if missing or not about:
        lacks = f"the columns {', '.join(missing)}" if missing else "the note of how its scores were made"
        raise StoreError(
            f"{path} is a Parquet file, but not of captum_dna's results: it lacks {lacks}. "
            "If it holds sequences, attribute them first."
        )
    try:
        return [Run.restored(run) for run in about["runs"]]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _damaged_note(path) from error


def _note(schema: pa.Schema, path: Path) -> dict[str, Any]:
    """Return what a file says of how its scores were made; nothing where it says nothing."""
    try:
        about = from_json((schema.metadata or {}).get(_KEY, b"{}").decode())
    except ValueError as error:
        raise _damaged_note(path) from error
    if not isinstance(about, dict) or not isinstance(about.get("format", FORMAT), int):
        raise _damaged_note(path)
    return about


def _damaged_note(path: Path) -> StoreError:
    return StoreError(
        f"{path} is damaged: the note of how its scores were made cannot be read. Copy the file again, or explain the "
        "sequences again."
    )


def _batches(items: list[Attribution]) -> Iterator[tuple[int, int]]:
    """Yield the first and last row to write together."""
    first = bases = 0
    for row, item in enumerate(items):
        if row - first == _ROWS or (bases and bases + len(item) > _BASES):
            yield first, row
            first, bases = row, 0
        bases += len(item)
    yield first, len(items)


PARQUET = Exporter(
    "parquet",
    "Parquet",
    "everything, without loss",
    (".parquet", ".pq"),
    save,
    download="results.parquet",
    media_type="application/vnd.apache.parquet",
)
