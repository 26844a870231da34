"""Results as Arrow tables and back: one long array per column, with offsets where a row is a list."""

from __future__ import annotations

from dataclasses import fields
from itertools import chain, pairwise, repeat
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from captum_dna.core.attribution import Attribution
from captum_dna.core.certificate import Certificate
from captum_dna.core.sequences import Interval, Track

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

    from captum_dna.core.attribution import Run, Span

_KINDS = {
    "bool": pa.bool_(),
    "int": pa.int64(),
    "float": pa.float64(),
    "float | None": pa.float64(),
    "str": pa.string(),
}

CERTIFICATE = pa.struct({one.name: _KINDS[str(one.type)] for one in fields(Certificate)})
"""The certificate as it is; formats 1 and 2 had a column for each of its numbers."""

CERTIFIED = tuple(field.name for field in CERTIFICATE)

RESULT = pa.schema(
    {
        "name": pa.string(),
        "sequence": pa.string(),
        "true_label": pa.string(),
        "predicted": pa.string(),
        "probability": pa.float64(),
        "probabilities": pa.list_(pa.float64()),
        "target": pa.string(),
        "certificate": CERTIFICATE,
        "base_scores": pa.list_(pa.float64()),
        "tokens": pa.list_(pa.string()),
        "token_starts": pa.list_(pa.int32()),
        "token_ends": pa.list_(pa.int32()),
        "token_scores": pa.list_(pa.float64()),
        "parts": pa.list_(pa.struct({"name": pa.string(), "values": pa.list_(pa.float64())})),
        "extras": pa.list_(
            pa.struct({"name": pa.string(), "shape": pa.list_(pa.int32()), "values": pa.list_(pa.float64())})
        ),
        "chromosome": pa.string(),
        "start": pa.int64(),
        "end": pa.int64(),
        "strand": pa.string(),
        "origin": pa.int64(),
        "tracks": pa.list_(
            pa.struct(
                {
                    "name": pa.string(),
                    "spans": pa.list_(
                        pa.struct({"start": pa.int32(), "end": pa.int32(), "text": pa.string()})
                    ),
                }
            )
        ),
        "run": pa.int32(),
        "target_index": pa.int32(),
    }
)
"""Columns of one result; none is a map or a dictionary, which other readers do not know.

In formats 1 to 3, ``parts`` and ``extras`` were maps.
"""

_WINDOW = pa.struct(list(RESULT))

SCHEMA = RESULT.append(pa.field("windows", pa.list_(_WINDOW)))
"""Columns of the file; positions are 0-based and half-open, a special token has no start and no end.

``windows`` holds, with the same columns, the results that a long sequence's own was joined from.
"""


# --- rows to columns -----------------------------------------------------------------------------


def to_table(items: list[Attribution], number: Callable[[Run], int], schema: pa.Schema = SCHEMA) -> pa.Table:
    """Return results as an Arrow table, with a number for the run of each."""
    token_counts = _offsets([len(item.tokens) for item in items])
    starts, ends, special = _span_arrays(items)
    token_texts = pa.array(list(chain.from_iterable(item.tokens for item in items)), pa.string())
    interval = [item.interval for item in items]
    columns = {
        "probabilities": _lists([item.probabilities for item in items]),
        "base_scores": _lists([item.base_scores for item in items]),
        "tokens": _list_array(token_counts, token_texts),
        "token_starts": _list_array(token_counts, pa.array(starts, mask=special)),
        "token_ends": _list_array(token_counts, pa.array(ends, mask=special)),
        "token_scores": _lists([item.token_scores for item in items]),
        "parts": _named([item.parts for item in items], shaped=False),
        "extras": _named([item.extras for item in items], shaped=True),
        "chromosome": [i and i.chromosome for i in interval],
        "start": [i and i.start for i in interval],
        "end": [i and i.end for i in interval],
        "strand": [i and i.strand for i in interval],
        "tracks": [[_track_record(track) for track in item.tracks] for item in items],
        "certificate": [{name: getattr(item.certificate, name) for name in CERTIFIED} for item in items],
        "run": [number(item.run) for item in items],
    }
    if "windows" in schema.names:
        columns["windows"] = _windows_column(items, number)
    return pa.table(
        [
            columns[field.name]
            if isinstance(columns.get(field.name), pa.Array)
            else pa.array(
                columns.get(field.name) or [getattr(item, field.name) for item in items], field.type
            )
            for field in schema
        ],
        schema=schema,
    )


def _windows_column(items: list[Attribution], number: Callable[[Run], int]) -> pa.ListArray:
    """Return the windows of each row as a list of rows."""
    windows = [window for item in items for window in item.windows]
    if not windows:
        return pa.array([[] for _ in items], pa.list_(_WINDOW))
    table = to_table(windows, number, pa.schema(list(_WINDOW)))
    rows = pa.StructArray.from_arrays([c.combine_chunks() for c in table.columns], fields=list(_WINDOW))
    return _list_array(_offsets([len(item.windows) for item in items]), rows)


def _track_record(track: Track) -> dict[str, object]:
    spans = [{"start": start, "end": end, "text": text} for start, end, text in track.spans]
    return {"name": track.name, "spans": spans}


def _offsets(lengths: list[int]) -> NDArray[np.int32]:
    return np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)]).astype(np.int32)


def _list_array(offsets: NDArray[np.int32], values: pa.Array) -> pa.ListArray:
    return pa.ListArray.from_arrays(pa.array(offsets), values)


def _lists(arrays: list[NDArray[np.float64]]) -> pa.ListArray:
    """Return float arrays as one Arrow list array; NaN stays NaN, bit by bit."""
    values = np.concatenate(arrays) if arrays else np.empty(0)
    return _list_array(_offsets([len(a) for a in arrays]), pa.array(values.astype(np.float64, copy=False)))


def _named(rows: list[dict[str, NDArray[np.float64]]], *, shaped: bool) -> pa.ListArray:
    """Return arrays by name, row by row, as lists of their names, their shapes where those vary, and their values."""
    arrays = [values for row in rows for values in row.values()]
    fields = {"name": pa.array([name for row in rows for name in row], pa.string())}
    if shaped:
        fields["shape"] = pa.array([np.shape(array) for array in arrays], pa.list_(pa.int32()))
    fields["values"] = _lists([np.ravel(array) for array in arrays])
    return _list_array(
        _offsets([len(row) for row in rows]), pa.StructArray.from_arrays([*fields.values()], [*fields])
    )


def _span_arrays(items: list[Attribution]) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.bool_]]:
    """Return the starts and ends of all tokens of all rows, and which tokens have none."""
    known: dict[tuple[Span | None, ...], NDArray[np.int32]] = {}
    edges = [np.empty((0, 2), np.int32)]
    for item in items:
        if item.spans not in known:
            known[item.spans] = np.array([s or (-1, -1) for s in item.spans], np.int32).reshape(-1, 2)
        edges.append(known[item.spans])
    starts, ends = np.concatenate(edges).T
    return starts, ends, starts < 0


# --- columns to rows -----------------------------------------------------------------------------


def from_table(table: pa.Table, runs: list[Run]) -> Iterable[Attribution]:
    """Yield the rows of an Arrow table as results."""
    column = {name: table[name].combine_chunks() for name in table.column_names}
    windows = _window_rows(column["windows"], runs) if "windows" in column else repeat(())
    plain = {
        name: column[name].to_pylist()
        for name in RESULT.names
        if name in column and (not pa.types.is_nested(SCHEMA.field(name).type) or name == "tracks")
    }
    certificates = _certificates(column)
    scores = {
        name: list(_score_rows(column[name])) for name in ("probabilities", "base_scores", "token_scores")
    }
    spans = _span_rows(column["token_starts"], column["token_ends"])
    parts, extras = _named_rows(column["parts"]), _named_rows(column["extras"])
    for i, (tokens, where, own_parts, own_extras, own_windows) in enumerate(
        zip(_token_rows(column["tokens"]), spans, parts, extras, windows, strict=False)
    ):
        row = {name: values[i] for name, values in plain.items()}
        chromosome, start, end, strand = (row.pop(k) for k in ("chromosome", "start", "end", "strand"))
        row["interval"] = None if chromosome is None else Interval(chromosome, start, end, strand)
        row["run"] = runs[row["run"]]
        row.setdefault("target_index", _only_place(row["target"], row["run"].labels))
        row["certificate"] = Certificate(**{"tolerance": row["run"].tolerance, **certificates[i]})
        row["tracks"] = tuple(
            Track(t["name"], tuple((s["start"], s["end"], s["text"]) for s in t["spans"]))
            for t in row["tracks"]
        )
        row |= {name: values[i] for name, values in scores.items()}
        yield Attribution(
            **row, tokens=tokens, spans=where, parts=own_parts, extras=own_extras, windows=own_windows
        )


def _only_place(target: str, labels: tuple[str, ...]) -> int | None:
    """Return the index of a class by its name, which older files have alone; ``None`` where several have it."""
    return labels.index(target) if labels.count(target) == 1 else None


def _certificates(column: dict[str, pa.Array]) -> list[dict[str, Any]]:
    """Return the numbers of each row's certificate, nested or, in older files, in columns of their own."""
    if "certificate" in column:
        return list(column["certificate"].to_pylist())
    old = [name for name in CERTIFIED if name in column]
    return [
        dict(zip(old, row, strict=True)) for row in zip(*(column[n].to_pylist() for n in old), strict=True)
    ]


def _window_rows(array: pa.ListArray, runs: list[Run]) -> Iterable[tuple[Attribution, ...]]:
    """Yield the windows of each row."""
    rows = array.values
    names = [field.name for field in rows.type]
    table = pa.table([rows.field(name) for name in names], names=names)
    every = list(from_table(table, runs)) if len(rows) else []
    for start, end in pairwise(array.offsets.to_pylist()):
        yield tuple(every[start:end])


def _score_rows(array: pa.ListArray) -> Iterable[NDArray[np.float64]]:
    """Yield the rows of a list column as arrays of their own, which keep nothing else in memory."""
    values = array.values.to_numpy(zero_copy_only=False)
    for start, end in pairwise(array.offsets.to_pylist()):
        yield values[start:end].copy()


def _token_rows(array: pa.ListArray) -> Iterable[tuple[str, ...]]:
    encoded = array.values
    if not pa.types.is_dictionary(encoded.type):
        encoded = encoded.dictionary_encode()
    texts = np.array([*encoded.dictionary.to_pylist(), None], dtype=object)[:-1]
    every = texts[encoded.indices.to_numpy(zero_copy_only=False)].tolist()
    for start, end in pairwise(array.offsets.to_pylist()):
        yield tuple(every[start:end])


def _span_rows(starts: pa.ListArray, ends: pa.ListArray) -> Iterable[tuple[Span | None, ...]]:
    """Yield a tuple of spans per row; rows with the same spans share one tuple."""
    first = starts.values.fill_null(-1).to_numpy(zero_copy_only=False)
    last = ends.values.fill_null(-1).to_numpy(zero_copy_only=False)
    known: dict[tuple[bytes, bytes], tuple[Span | None, ...]] = {}
    for start, end in pairwise(starts.offsets.to_pylist()):
        key = (first[start:end].tobytes(), last[start:end].tobytes())
        if key not in known:
            edges = zip(first[start:end].tolist(), last[start:end].tolist(), strict=True)
            known[key] = tuple(None if a < 0 else (a, b) for a, b in edges)
        yield known[key]


def _named_rows(array: pa.ListArray | pa.MapArray) -> Iterable[dict[str, NDArray[np.float64]]]:
    """Yield the rows of a column of arrays by name as dictionaries; in older files it is a map."""
    if isinstance(array, pa.MapArray):
        names, content = array.keys, array.items
    else:
        names, content = array.values.field("name"), array.values
    if not pa.types.is_struct(content.type):
        values = list(_score_rows(content))
    elif content.type.get_field_index("shape") < 0:
        values = list(_score_rows(content.field("values")))
    else:
        values = list(_shaped_rows(content))
    texts = names.to_pylist()
    for start, end in pairwise(array.offsets.to_pylist()):
        yield dict(zip(texts[start:end], values[start:end], strict=True))


def _shaped_rows(array: pa.StructArray) -> Iterable[NDArray[np.float64]]:
    for shape, values in zip(
        array.field("shape").to_pylist(), _score_rows(array.field("values")), strict=True
    ):
        yield values.reshape(shape)
