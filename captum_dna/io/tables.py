"""Sequences in tables: CSV, TSV, Parquet and Hugging Face data sets; :mod:`captum_dna.io.dataframes` has the frames.

pyarrow and datasets do the parsing; here is only the choice of columns, and DNABERT's k-mers.
"""

from __future__ import annotations

import csv
import re
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING

from captum_dna.core.labels import MISSING, LabelError, as_label, label_cells
from captum_dna.core.sequences import Sequence
from captum_dna.core.written import digits
from captum_dna.io.files import InputError, Opener, ended_early, explained
from captum_dna.io.formats import Reader
from captum_dna.io.places import START, Place, Placed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from datasets import Dataset, IterableDataset

    from captum_dna.core.labels import Label
    from captum_dna.io.formats import Records, Source
    from captum_dna.io.reading import Reading

SEQUENCE_COLUMNS = ("seq", "sequence", "dna", "bases")
LABEL_COLUMNS = ("label", "labels", "class", "y")
NAME_COLUMNS = ("name", "id", "seq_id", "sequence_id")

Batch = dict[str, list[object]]
"""Cells by the name of their column."""

_LONGEST_ROW = 1 << 26
"""Bytes of one block of CSV; pyarrow wants a row to fit into one."""
_DELIMITERS = ("\t", ";", ",")
_DNA_CELL = re.compile(r"[ACGTUNacgtun ]{8,}")


@dataclass(frozen=True, slots=True)
class Table:
    """Column names, and batches of chosen columns as lists, from the beginning at every call.

    ``classes`` names the classes that the numbers of a column stand for, in their order, where that is known.
    ``after`` yields batches as well, from the row of a number on, and ``rows`` is how many there are, where a table can be
    read from the middle.
    """

    what: str
    columns: tuple[str, ...]
    batches: Callable[[list[str]], Iterator[Batch]]
    classes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    after: Callable[[list[str], int], Iterator[Batch]] | None = None
    rows: int = 0


def table_records(table: Table, reading: Reading) -> Records:
    """Return what yields a table's rows as sequences, letters unchecked, k-mers joined.

    Raises
    ------
    InputError
        No column with a usual name, or not the one asked for; the columns that exist are named.
    """
    sequence = _choose(table, reading.column, SEQUENCE_COLUMNS, "column")
    if sequence is None:
        raise InputError(
            f"{table.what} has no column called {', '.join(SEQUENCE_COLUMNS)}. "
            f"Its columns are {', '.join(table.columns)}. Name the column of the sequences with `column=`."
        )
    label = _choose(table, reading.label_column, LABEL_COLUMNS, "label_column")
    name = _choose(table, reading.name_column, NAME_COLUMNS, "name_column")
    wanted = list(dict.fromkeys(c for c in (sequence, label, name) if c is not None))
    classes = class_names(table, reading)

    def records(place: Place = START) -> Iterator[Sequence]:
        row = place.at
        for batch in table.batches(wanted) if table.after is None else table.after(wanted, row):
            rows = len(batch[sequence])
            for letters, truth, called in zip(
                batch[sequence],
                batch[label] if label else [None] * rows,
                batch[name] if name else [None] * rows,
                strict=True,
            ):
                row += 1
                where = f"Row {row} of {table.what}"
                text = letters.decode("ascii", "replace") if isinstance(letters, bytes) else letters
                if not isinstance(text, str | None):
                    raise InputError(
                        f"{where} holds {type(text).__name__} {text!r:.40} in column {sequence!r}, not letters. "
                        "Name another column with `column=`."
                    )
                text = "" if text is None or text.strip() in MISSING else text
                try:
                    known = _class_of(truth, classes)
                except LabelError as error:
                    raise InputError(f"{where} {error}", option="label_column") from error
                yield Sequence("" if called is None else str(called), join_kmers(text, where), label=known)

    def walk(column: str) -> Iterator[tuple[int, int, str]]:
        names = (called for batch in table.batches([column]) for called in batch[column])
        yield from ((row, 0, "" if called is None else str(called)) for row, called in enumerate(names))

    if table.after is None:
        return records
    return Placed(records, rows=table.rows) if name is None else Placed(records, partial(walk, name))


def class_names(table: Table, reading: Reading) -> tuple[str, ...]:
    """Return the names of the classes in their order, where the table says what its numbers stand for."""
    label = _choose(table, reading.label_column, LABEL_COLUMNS, "label_column")
    return table.classes.get(label, ()) if label else ()


def _class_of(value: object, classes: tuple[str, ...]) -> Label | None:
    """Return a cell as a class, by its name where the table names its classes (-1: unknown)."""
    label = as_label(value)
    if not classes:
        return label
    if isinstance(label, str):
        indices = [digits(cell) for cell in label_cells(label)]
        if all(index is not None and index < len(classes) for index in indices):
            return as_label([classes[index or 0] for index in indices])
    if not isinstance(label, int):
        return label
    return as_label(classes[label]) if 0 <= label < len(classes) else None


def csv_table(opener: Opener, what: str, delimiter: str) -> Table:
    """Return a CSV or TSV file as a table of text; a first line with DNA in it is taken as data.

    Where the first line lacks the delimiter that the file's name promises but has another usual one, that counts.
    """
    from pyarrow import csv as arrow_csv

    with explained(what), opener() as stream:
        first_line = stream.readline().decode()
    if not first_line.strip():
        raise InputError(
            f"{what} is empty, or its first line is. The first line must have the names of the columns."
        )
    delimiter = next((d for d in (delimiter, *_DELIMITERS) if d in first_line), delimiter)
    try:
        header = tuple(cell.strip() for cell in _cells(first_line, delimiter))
    except csv.Error as error:
        raise InputError(
            f"The first line of {what} cannot be read as a table ({error}). Repair it."
        ) from error
    invented = _invented_header(header)
    columns = invented or header
    read = arrow_csv.ReadOptions(
        use_threads=False, block_size=_LONGEST_ROW, column_names=columns, skip_rows=0 if invented else 1
    )
    parse = arrow_csv.ParseOptions(delimiter=delimiter)

    def batches(chosen: list[str]) -> Iterator[Batch]:
        text = arrow_csv.ConvertOptions(column_types=dict.fromkeys(chosen, "string"), include_columns=chosen)
        with _arrow_explained(what), opener() as stream:
            if not invented and not stream.read(len(first_line) + 1)[len(first_line) :]:
                return
            stream.seek(0)
            for batch in arrow_csv.open_csv(
                stream, read_options=read, parse_options=parse, convert_options=text
            ):
                yield batch.to_pydict()

    return Table(what, columns, batches)


def parquet_table(opener: Opener, what: str) -> Table:
    """Return a Parquet file as a table."""
    from pyarrow import parquet

    with _parquet_explained(what), opener() as stream, parquet.ParquetFile(stream) as file:
        columns = tuple(file.schema_arrow.names)
        groups = [file.metadata.row_group(i).num_rows for i in range(file.num_row_groups)]

    def after(chosen: list[str], row: int) -> Iterator[Batch]:
        first = 0
        while first < len(groups) and row >= groups[first]:
            row, first = row - groups[first], first + 1
        with _parquet_explained(what), opener() as stream, parquet.ParquetFile(stream) as file:
            rest = range(first, len(groups))
            for batch in file.iter_batches(batch_size=4096, row_groups=rest, columns=chosen):
                if row < len(batch):
                    yield batch.slice(row).to_pydict()
                row = max(0, row - len(batch))

    return Table(what, columns, lambda chosen: after(chosen, 0), after=after, rows=sum(groups))


def dataset_table(dataset: Dataset | IterableDataset, what: str = "The data set") -> Table:
    """Return a ``datasets.Dataset`` (or a streamed one) as a table."""

    def batches(chosen: list[str]) -> Iterator[Batch]:
        rows = 0
        try:
            for batch in dataset.select_columns(chosen).with_format(None).iter(batch_size=1000):
                yield batch
                rows += len(batch[chosen[0]])
        except (InputError, GeneratorExit):
            raise
        except Exception as error:  # whatever the code raises that makes or fetches the rows
            raise ended_early(what, error, rows) from error

    features = dataset.features or {}
    inner = {
        name: getattr(feature, "feature", feature) for name, feature in features.items()
    }  # of a list of classes
    classes = {n: tuple(f.names) for n, f in inner.items() if type(f).__name__ == "ClassLabel"}
    columns: Iterable[str] = dataset.column_names or next(iter(dataset), {})  # a generated one knows no names
    return Table(what, tuple(columns), batches, classes)


def join_kmers(text: str, where: str = "The text") -> str:
    """Return the sequence behind DNABERT's overlapping k-mers; other text is returned as it is.

    Blocks of equal length that do not overlap, as in GenBank files, are not k-mers.

    Parameters
    ----------
    text
        Letters with or without white space.
    where
        How to call the text in an error.

    Raises
    ------
    InputError
        Most neighbours overlap by k - 1 bases, but not all do.

    Examples
    --------
    >>> join_kmers("ATGCAA TGCAAT GCAATC"), join_kmers("ATGCAA TTTTTT")
    ('ATGCAATC', 'ATGCAA TTTTTT')
    """
    words = text.split()
    if len(words) < 2 or len(words[0]) < 2 or any(len(word) != len(words[0]) for word in words):
        return text
    pairs = list(pairwise(words))
    breaks = [i for i, (left, right) in enumerate(pairs) if left[1:] != right[:-1]]
    if 2 * len(breaks) >= len(pairs):
        return text
    if breaks:
        at = breaks[0]
        raise InputError(
            f"{where} is written in overlapping {len(words[0])}-mers, but number {at + 1} ({words[at]!r}) "
            f"and number {at + 2} ({words[at + 1]!r}) do not overlap by {len(words[0]) - 1} bases. "
            "Write the k-mers of one sequence, or its plain letters."
        )
    return words[0] + "".join(word[-1] for word in words[1:])


def _cells(line: str, delimiter: str) -> list[str]:
    """Return the cells of one line of CSV, which may hold whole chromosomes."""
    limit = csv.field_size_limit(sys.maxsize)
    try:
        return next(csv.reader([line], delimiter=delimiter))
    finally:
        csv.field_size_limit(limit)


@contextmanager
def _arrow_explained(what: str) -> Iterator[None]:
    """Turn pyarrow's errors into a sentence about ``what``."""
    from pyarrow import ArrowException

    try:
        with explained(what):
            yield
    except ArrowException as error:
        reason = str(error).splitlines()[0].removeprefix("CSV parse error: ")[:200].rstrip(".")
        if "invalid UTF8" in reason:
            raise InputError(f"{what} is not text in UTF-8. Save it as UTF-8.") from error
        raise InputError(
            f"{what} cannot be read as a table: {reason}. Repair it or write it again."
        ) from error


@contextmanager
def _parquet_explained(what: str) -> Iterator[None]:
    """Say of what cannot be read as Parquet that it is damaged: pyarrow's words for it are about its inside."""
    from pyarrow import ArrowInvalid

    with _arrow_explained(what):
        try:
            yield
        except (ArrowInvalid, OSError) as error:
            if isinstance(error, OSError) and error.errno is not None:
                raise
            raise InputError(
                f"{what} cannot be read as Parquet: it is damaged, was cut off, or is another kind of file. Copy it again "
                "or write it again."
            ) from error


def _choose(table: Table, asked: str | int | None, usual: tuple[str, ...], option: str) -> str | None:
    """Return the column asked for, or the one with a usual name in any case."""
    if asked is not None:
        asked = str(asked)
        if table.columns.count(asked) > 1:
            raise _doubled(table, asked)
        if asked not in table.columns:
            raise InputError(
                f"{table.what} has no column {asked!r} (`{option}=`). "
                f"Its columns are {', '.join(table.columns)}."
            )
        return asked
    by_name = {name: [one for one in dict.fromkeys(table.columns) if one.lower() == name] for name in usual}
    candidates = [one for alike in by_name.values() for one in alike]
    is_clear = usual == NAME_COLUMNS and all(len(alike) < 2 for alike in by_name.values())
    if len(candidates) > 1 and not is_clear:
        raise InputError(
            f"{table.what} has {len(candidates)} possible columns ({', '.join(candidates)}). Choose one with "
            f"`{option}=`.",
            option=option,
        )
    found = next(iter(candidates), None)
    if found is not None and table.columns.count(found) > 1:
        raise _doubled(table, found)
    return found


def _doubled(table: Table, column: str) -> InputError:
    return InputError(
        f"{table.what} has {table.columns.count(column)} columns called {column!r}. Rename one of them."
    )


def _invented_header(first_line: tuple[str, ...]) -> tuple[str, ...] | None:
    """Return column names for a file whose first line already holds DNA, ``None`` where it is a header."""
    dna = [i for i, cell in enumerate(first_line) if _DNA_CELL.fullmatch(cell)]
    if not dna:
        return None
    names = [f"column {i + 1}" for i in range(len(first_line))]
    names[dna[0]] = SEQUENCE_COLUMNS[0]
    if len(names) == 2:
        names[1 - dna[0]] = LABEL_COLUMNS[0]
    return tuple(names)


def _delimited(delimiter: str) -> Callable[[Source], Records]:
    """Return the reader of tables in text whose cells are parted by a delimiter."""

    def records(source: Source) -> Records:
        return table_records(csv_table(source.opener, source.what, delimiter), source.reading)

    return records


def _parquet(source: Source) -> Records:
    return table_records(parquet_table(source.opener, source.what), source.reading)


def _first_line_has(delimiters: bytes) -> Callable[[bytes], bool]:
    return lambda start: bool(set(delimiters) & set(start.splitlines()[0]))


CSV = Reader("csv", "CSV", (".csv",), _first_line_has(b",;"), _delimited(","))
TSV = Reader("tsv", "TSV", (".tsv", ".tab"), _first_line_has(b"\t"), _delimited("\t"))
PARQUET = Reader(
    "parquet", "Parquet", (".parquet", ".pq"), lambda start: start[:4] == b"PAR1", _parquet, binary=True
)
