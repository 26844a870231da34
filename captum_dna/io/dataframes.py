"""Data frames of any library as tables of sequences: pandas, polars, Arrow, DuckDB and what else narwhals knows."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import narwhals
from narwhals.exceptions import DuplicateError

from captum_dna.io.files import ended_early
from captum_dna.io.tables import NAME_COLUMNS, Table

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from captum_dna.io.tables import Batch

_COLUMNS = ("Series", "ChunkedArray")
"""Streams of one column, which are lists of letters."""
_ROWS = 4096
"""Rows that are turned into Python's objects at a time."""


def frame_table(source: object) -> Table | None:
    """Return a data frame, the result of a query or a stream of Arrow as a table; ``None`` for other objects.

    Lazy frames are computed, and missing cells become ``None``. An index of pandas is read as columns: by its names, and
    as the names of the rows where it holds texts.

    Raises
    ------
    InputError
        The frame cannot be computed, or the stream ends early.
    """
    pandas = sys.modules.get("pandas")
    what = "The table"
    if pandas is not None and isinstance(source, pandas.DataFrame):
        what, source = "The data frame", _with_index(source)
        columns = tuple(source.columns)
        frame = narwhals.from_native(source.loc[:, ~source.columns.duplicated()], eager_only=True)
    else:
        try:
            found = _in_memory(source)
        except Exception as error:  # each library has its own for a query that fails
            raise ended_early(what, error) from error
        if found is None:
            return None
        columns, frame = found

    def batches(chosen: list[str]) -> Iterator[Batch]:
        parts = {name: frame.get_column(name) for name in chosen}
        for start in range(0, len(frame), _ROWS):
            yield {name: _known(part[start : start + _ROWS]) for name, part in parts.items()}

    return Table(what, columns, batches)


def _in_memory(source: Any) -> tuple[tuple[str, ...], narwhals.DataFrame[Any]] | None:
    """Return the names of the columns, and a frame that has the first column of each name."""
    if type(source).__name__ == "DuckDBPyConnection":  # after execute(): its result is still to be fetched
        source = source.df()
    try:
        frame = narwhals.from_native(source, pass_through=True)
        if isinstance(frame, narwhals.LazyFrame):
            frame = frame.collect()
        if isinstance(frame, narwhals.DataFrame):
            return tuple(frame.columns), frame
    except DuplicateError:
        pass  # Arrow knows which columns there are
    if not hasattr(source, "__arrow_c_stream__") or type(source).__name__ in _COLUMNS:
        return None
    import pyarrow as pa

    table = pa.table(source)
    names = table.column_names
    first = table.select([names.index(name) for name in dict.fromkeys(names)])
    return tuple(names), narwhals.from_native(first, eager_only=True)


def _with_index(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame whose columns are called by texts, with its index among them."""
    index = frame.index
    frame = frame.set_axis([str(name) for name in frame.columns], axis="columns")
    for level, name in enumerate(index.names):
        if name is not None and str(name) not in frame.columns:
            frame = frame.assign(**{str(name): index.get_level_values(level).to_numpy()})
    named = {name.lower() for name in frame.columns} & {*NAME_COLUMNS}
    if not named and len(frame) and all(isinstance(name, str) for name in index):
        frame = frame.assign(**{NAME_COLUMNS[0]: index.to_numpy()})
    return frame


def _known(part: narwhals.Series[Any]) -> list[object]:
    """Return the cells of a column, ``None`` where one is missing."""
    return [None if no else cell for cell, no in zip(part.to_list(), part.is_null().to_list(), strict=True)]
