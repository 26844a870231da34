"""Any usual source of sequences to checked ``Sequence`` objects, with bad input told before work begins.

``read()`` reads its source twice: once to check all of it, once to stream it, so that a large file never has
to fit into memory and yet no model runs before the last record is known to be good.
"""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING, Literal

from captum_dna.core.slips import names_slips
from captum_dna.io.formats import Source, open_source
from captum_dna.io.objects import table_of
from captum_dna.io.opening import dataset_path
from captum_dna.io.reading import Centre, Reading
from captum_dna.io.sequence_source import SequenceSource
from captum_dna.io.tables import class_names

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from captum_dna.core.sequences import Sequence
    from captum_dna.core.types import SequencesLike


@names_slips
def read(
    source: SequencesLike,
    *,
    column: str | int | None = None,
    label_column: str | int | None = None,
    name_column: str | int | None = None,
    split: str | None = None,
    origin: int | None = None,
    genome: str | Path | None = None,
    length: int | None = None,
    centre: Centre = "middle",
    on_invalid: Literal["raise", "skip"] = "raise",
) -> Iterator[Sequence]:
    """Check all sequences of a source now, and return an iterator over them.

    Parameters
    ----------
    source
        A DNA string; a ``Sequence``; an iterable of either; a mapping of names to bases; a data frame of pandas,
        polars, Arrow, DuckDB or another library that narwhals knows; a ``datasets.Dataset``; a path to FASTA, FASTQ,
        CSV, TSV, Parquet or one sequence per line (text may be gzipped), or such a file that is open; the name or
        folder of a Hugging Face data set; ``"-"`` for standard input (FASTA or one sequence per line); with
        ``genome=``, BED or narrowPeak. A string is a path where a file of that name exists, or where it has a
        separator or a known suffix. Overlapping k-mers ("ATGCAA TGCAAT ...", as DNABERT wants them) are checked and
        joined.
    column, label_column, name_column
        Columns of a table, by name, or by number where columns are called so. By default the first one
        called seq, sequence, dna or bases; label, labels, class or y. Name, id, seq_id or sequence_id.
    split
        Split of a Hugging Face data set, such as ``"test"`` or ``"train[:100]"``.
    origin
        Index of the base to number as 0 in every sequence, a transcription start, say.
    genome
        FASTA file of the genome that the intervals of a BED file lie in, plain or compressed with bgzip.
    length
        Bases to take of that genome for every interval, whatever its own length.
    centre
        The base to take them around: the ``"middle"`` of the interval, or the ``"summit"`` that narrowPeak
        gives. It stands at index ``length // 2`` of the forward strand.
    on_invalid
        ``"raise"`` to stop at bad sequences, or ``"skip"`` to leave them out with a warning that names them.

    Returns
    -------
    Iterator over the sequences: white space removed, names unique ("name (2)" for a repeated one).

    Raises
    ------
    InputError
        The source cannot be read; says what it is and what to do.
    SequenceError
        At least one bad sequence: the first few, with their number in all.
    FileNotFoundError
        No such file.

    Examples
    --------
    >>> [s.name for s in read({"a": "ACGT", "b": "TTAA"})]
    ['a', 'b']
    """
    reading = Reading(
        column=column,
        label_column=label_column,
        name_column=name_column,
        split=split,
        origin=origin,
        genome=genome,
        length=length,
        centre=centre,
    )
    return read_as(source, reading, on_invalid)


def read_as(
    source: object, reading: Reading, on_invalid: Literal["raise", "skip"] = "raise"
) -> Iterator[Sequence]:
    """Do what :func:`read` does, for a call that takes its options as one value."""
    opened = SequenceSource.of(source, reading, on_invalid)
    for _ in opened.checked():
        pass
    return opened.again()


def read_once(
    source: object, reading: Reading, on_invalid: Literal["raise", "skip"] = "raise"
) -> list[Sequence]:
    """Return all sequences of a source, which is read once; for a call that keeps them in memory anyway."""
    return list(SequenceSource.of(source, reading, on_invalid).checked())


def read_text(text: str, what: str) -> list[Sequence]:
    """Return the sequences of a text that has the content of a file; ``what`` is its name in sentences."""
    content = text.removeprefix("\ufeff").encode(errors="replace")
    records = open_source(Source(what, lambda: io.BytesIO(content), None, Reading()))
    return list(SequenceSource(what, records, None, skip=False).checked())


def split_names(source: object) -> tuple[str, ...]:
    """Return the names of the splits that a data set has, by its object, its folder or its name on a hub."""
    datasets = sys.modules.get("datasets")
    if datasets is not None and isinstance(source, datasets.DatasetDict | datasets.IterableDatasetDict):
        return tuple(source)
    path = dataset_path(source)
    if path is None:
        return ()
    from captum_dna.io import hub

    return hub.split_names(path)


def class_order(source: object, reading: Reading) -> tuple[str, ...]:
    """Return the names of the classes in the order that a data set gives them; nothing where it gives none."""
    table = table_of(source, reading.split)
    path = dataset_path(source)
    if path is not None:
        from captum_dna.io.hub import hub_table

        table = hub_table(path, reading.split)
    return class_names(table, reading) if table is not None else ()
