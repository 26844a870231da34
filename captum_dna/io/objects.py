"""Sequences as other libraries hold them: records, arrays of letters, rows, and tables of any kind.

Nothing is imported here for its own sake: an object can only be of a library that is imported already.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, ItemsView, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from captum_dna.core.errors import UserError
from captum_dna.core.letters import is_bases
from captum_dna.core.sequences import Sequence
from captum_dna.core.words import kind_of
from captum_dna.io.dataframes import frame_table
from captum_dna.io.fasta import interval_of
from captum_dna.io.files import InputError, ended_early
from captum_dna.io.formats import READERS
from captum_dna.io.tables import (
    LABEL_COLUMNS,
    NAME_COLUMNS,
    SEQUENCE_COLUMNS,
    Table,
    dataset_table,
    join_kmers,
    table_records,
)

if TYPE_CHECKING:
    import pyfaidx

    from captum_dna.core.sequences import Interval
    from captum_dna.io.formats import Records
    from captum_dna.io.reading import Reading
    from captum_dna.io.tables import Batch

_SURELY_DNA = 8
"""Letters from which on a text of bases is not a name."""


def open_object(source: Any, reading: Reading) -> tuple[str, Records]:
    """Return what to call an object in errors, and what yields its sequences.

    Raises
    ------
    InputError
        An object that holds no sequences.
    """
    if isinstance(source, Iterator) and not hasattr(source, "__arrow_c_stream__"):
        source = _all_of(source)
    elif isinstance(source, ItemsView):
        source = list(source)
    table = table_of(source, reading.split)
    if table is not None:
        if not _has_split(source, reading.split):
            reading.refuse_split(table.what)
        return table.what, table_records(table, reading)
    pairs = _pairs_of(source)
    if pairs is not None:
        _refuse("The list of pairs", reading)
        return "The list of pairs", lambda: (
            _item(letters, name, f"The letters of {name!r} (pair {i})")
            for i, (name, letters) in enumerate(pairs, start=1)
        )
    if isinstance(source, Mapping) or _is_named_series(source):
        _refuse("The mapping", reading)
        pairs = [(str(name), bases) for name, bases in source.items()]
        return "The mapping", lambda: (_item(b, n, f"The value of {n!r}") for n, b in pairs)
    one = record_of(source)
    if one is None and not isinstance(source, Iterable):
        files, kind = ", ".join(reader.words for reader in READERS.values()), kind_of(source)
        raise InputError(
            f"{kind[0].upper()}{kind[1:]} is not a source of sequences. Give a DNA string, a list of them, a mapping "
            f"of names to bases, a data frame, a data set, or the path of a file ({files})."
        )
    items = [source] if one is not None else list(source)
    _refuse("The sequence" if one is not None else "The list", reading)
    if one is None and not isinstance(source, AbstractSet):
        one = record_of(items)  # single letters are those of one sequence
    if one is not None:
        found = one
        return "The sequence", lambda: iter([found])
    return "The list", lambda: (_item(item, "", f"Item {i}") for i, item in enumerate(items, start=1))


def _all_of(stream: Iterator[object]) -> list[object]:
    """Return all items of a stream.

    Raises
    ------
    InputError
        It ends early: the code that makes its items fails.
    """
    items: list[object] = []
    try:
        items.extend(stream)
    except UserError:
        raise  # a sentence already, as of read()
    except Exception as error:  # whatever the user's code raises
        raise ended_early("The stream", error, len(items)) from error
    return items


def _pairs_of(source: object) -> list[tuple[str, object]] | None:
    """Return a list of (name, letters) pairs, or one pair, as such; ``None`` for any other object.

    Raises
    ------
    InputError
        Both parts of each pair look like letters.
    """
    if isinstance(source, tuple) and _is_pair(source) and not is_bases(source[0]):
        return [(source[0], source[1])]
    if not isinstance(source, list | tuple) or not source or not all(map(_is_pair, source)):
        return None
    if all(len(name) >= _SURELY_DNA and is_bases(name) for name, _ in source):
        raise InputError(
            f"The list holds pairs such as {tuple(source[0])!r:.60}, and both parts of each look like DNA, "
            "so the name cannot be told from the letters. Give a mapping of names to letters, or a list "
            "of letters."
        )
    return [(name, letters) for name, letters in source]


def _is_pair(item: object) -> bool:
    """Tell whether something is a name with letters, and not two letters of a sequence or a record."""
    if not isinstance(item, list | tuple) or len(item) != 2 or not isinstance(item[0], str) or not item[0]:
        return False
    letters = item[1]
    if isinstance(letters, str):
        return len(letters) > 1
    is_plain = letters is None or isinstance(letters, bytes | int | float)
    return not is_plain and record_of(letters) is not None


def _refuse(what: str, reading: Reading) -> None:
    """Refuse to look for columns and splits where there are none."""
    reading.refuse_split(what)
    reading.refuse_columns(what)


def _item(item: object, name: str, where: str) -> Sequence:
    """Return one element of a list or mapping as an unchecked sequence."""
    found = record_of(item, name, where)
    if found is None:
        hint = (
            " If one item is a pair (name, letters), all items must be pairs."
            if isinstance(item, tuple)
            else ""
        )
        shown = "" if item is None else f" ({item!r:.40})"
        raise InputError(f"{where} is {kind_of(item)}{shown}, not letters or a record of them.{hint}")
    return found


def _is_named_series(source: object) -> bool:
    """Whether an object is a pandas series whose index holds names."""
    pandas = sys.modules.get("pandas")
    return (
        pandas is not None
        and isinstance(source, pandas.Series)
        and all(isinstance(name, str) for name in source.index)
    )


def record_of(item: object, name: str = "", where: str = "The sequence") -> Sequence | None:
    """Return an object that is one sequence, letters unchecked; ``None`` for any other object.

    Parameters
    ----------
    item
        Letters; a ``Sequence``; a list or array of single letters; a record of Biopython, pyfaidx, pysam,
        dnaio or scikit-bio.
    name
        What to call it, if it should not keep its own name.
    where
        How to call the object in an error.
    """
    if isinstance(item, Sequence):
        return replace(item, name=name or item.name)
    if type(item) in (bytes, bytearray, memoryview):
        raise InputError(f"{where} is bytes, not text. Decode it, as in data.decode().")
    letters = _letters(item)
    if letters is not None:
        return Sequence(name, join_kmers(letters, where))
    record = _RECORDS.get(type(item).__module__.partition(".")[0])
    found = record(item) if record is not None else None
    if found is None:
        return None
    header, letters = found
    called = name or header
    return Sequence(called, letters, interval=_interval(header, letters))


def table_of(source: object, split: str | None) -> Table | None:
    """Return a data frame of any library, a data set, rows or columns as a table; ``None`` for other objects."""
    datasets, anndata = sys.modules.get("datasets"), sys.modules.get("anndata")
    if anndata is not None and isinstance(source, anndata.AnnData):
        in_var = {str(name).lower() for name in source.var.columns} & {*SEQUENCE_COLUMNS}
        held = frame_table(source.var if in_var else source.obs)
        return None if held is None else replace(held, what="The AnnData")
    if datasets is not None:
        if isinstance(source, datasets.DatasetDict | datasets.IterableDatasetDict):
            from captum_dna.io.hub import one_split

            source = one_split(source, split, "The data set")
        if isinstance(source, datasets.Dataset | datasets.IterableDataset):
            return dataset_table(source)
    return frame_table(source) or _table_of_rows(source)


def _has_split(source: object, split: str | None) -> bool:
    """Whether an object is several splits, or the one of that name."""
    datasets = sys.modules.get("datasets")
    if datasets is None:
        return False
    several = isinstance(source, datasets.DatasetDict | datasets.IterableDatasetDict)
    return several or str(getattr(source, "split", None)) == split


def _table_of_rows(source: object) -> Table | None:
    """Return columns, rows or one row of plain Python as a table; ``None`` for other objects."""
    names = getattr(getattr(source, "dtype", None), "names", None)
    if names and hasattr(source, "tolist"):  # an array of records
        return _table_of_rows([dict(zip(names, row, strict=True)) for row in source.tolist()])
    if isinstance(source, Mapping) and _is_columns(source):
        return rows_table([dict(zip(source, row, strict=True)) for row in zip(*source.values(), strict=True)])
    if isinstance(source, list | tuple) and source:
        rows = [row for item in source if (row := row_of(item)) is not None]
        return rows_table(rows) if len(rows) == len(source) else None
    row = row_of(source)
    if row is None or not {name.lower() for name in row} & {*LABEL_COLUMNS, *NAME_COLUMNS}:
        return None  # a mapping of names to bases
    return rows_table([row])


def rows_table(rows: list[dict[str, object]]) -> Table:
    """Return rows, each a mapping of column names to cells, as a table."""
    columns = list(dict.fromkeys(str(name) for row in rows for name in row))

    def batches(chosen: list[str]) -> Iterator[Batch]:
        yield {name: [row.get(name) for row in rows] for name in chosen}

    return Table("The list of rows" if len(rows) != 1 else "The row", tuple(columns), batches)


def row_of(item: object) -> dict[str, object] | None:
    """Return an object that is a row of a table by column names: a mapping, or a row of a data frame."""
    if hasattr(item, "_asdict"):
        item = item._asdict()
    elif type(item).__module__.partition(".")[0] == "pandas" and hasattr(item, "to_dict"):
        item = item.to_dict()
    if not isinstance(item, Mapping):
        return None
    row = {str(name): cell for name, cell in item.items()}
    return row if {name.lower() for name in row} & {*SEQUENCE_COLUMNS} else None


def _is_columns(mapping: Mapping[object, Any]) -> bool:
    """Whether a mapping is a table by columns: lists of one length, one of them called as letters are."""
    cells = list(mapping.values())
    return (
        any(str(name).lower() in SEQUENCE_COLUMNS for name in mapping)
        and all(hasattr(c, "__len__") and hasattr(c, "__getitem__") for c in cells)
        and not any(isinstance(c, str | Mapping) for c in cells)
        and len({len(c) for c in cells}) == 1
    )


def _letters(item: Any) -> str | None:
    """Return the letters of text, of a list of single letters, or of an array of such."""
    if isinstance(item, str):
        return str(item)
    if isinstance(item, list | tuple) and len(item) > 1:
        return "".join(item) if all(isinstance(c, str) and len(c) == 1 for c in item) else None
    if type(item).__module__ == "numpy" and hasattr(item, "dtype"):
        if item.dtype.kind in "SU" and item.ndim == 0:
            return str(_text(item.item()))
        if item.dtype.kind in "SUO" and item.ndim == 1 and item.size > 1:
            return _letters([_text(cell) for cell in item.tolist()])
        if item.dtype.kind in "biufc":
            raise InputError(
                f"An array of numbers ({item.dtype}) is not letters. Give text, or an array of single letters. "
                'A one-hot array becomes text by "".join("ACGT"[i] for i in array.argmax(0)).'
            )
    if hasattr(item, "as_py"):
        return _letters(item.as_py())
    return None


def _text(cell: object) -> object:
    return cell.decode("ascii", "replace") if isinstance(cell, bytes) else cell


def _interval(header: str, letters: str) -> Interval | None:
    return interval_of(header, len(letters))


def _biopython(item: object) -> tuple[str, str] | None:
    """Return the header, as FASTA has it, and the letters of a ``Seq`` or ``SeqRecord``."""
    letters = getattr(item, "seq", item)
    if not hasattr(letters, "reverse_complement"):
        return None
    own, described = getattr(item, "id", None) or "", getattr(item, "description", "")
    header = described if described.split(" ")[0] == own else own
    try:
        return header.replace("<unknown id>", ""), str(letters)
    except Exception as error:  # Biopython's own error for a sequence of known length and unknown letters
        raise InputError(
            f"The record {own!r} has no letters ({error}). Read it with its sequence."
        ) from error


def _pyfaidx(item: pyfaidx.FastaRecord | pyfaidx.Sequence) -> tuple[str, str] | None:
    """Return the header and the letters of a record, or of a stretch of one."""
    if isinstance(getattr(item, "seq", None), str):
        turned = item.comp or getattr(item, "orientation", 1) == -1
        return (item.name if turned else item.fancy_name), item.seq
    return (item.name, str(item)) if hasattr(item, "unpadded_len") else None


def _parsed(item: Any) -> tuple[str, str] | None:
    """Return the header and the letters of a record of pysam or dnaio."""
    letters = getattr(item, "sequence", None)
    return (str(item.name), letters) if isinstance(letters, str) else None


def _scikit_bio(item: object) -> tuple[str, str] | None:
    return (str(item.metadata.get("id", "")), str(item)) if hasattr(item, "metadata") else None


_RECORDS: dict[str, Callable[[Any], tuple[str, str] | None]] = {
    "Bio": _biopython,
    "pyfaidx": _pyfaidx,
    "pysam": _parsed,
    "dnaio": _parsed,
    "skbio": _scikit_bio,
}
"""What gets name and letters out of the records of a library, by its name."""
