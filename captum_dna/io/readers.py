"""Any usual source of sequences to checked ``Sequence`` objects, with bad input told before work begins.

``read()`` reads its source twice: once to check all of it, once to stream it, so that a large file never has
to fit into memory and yet no model runs before the last record is known to be good.
"""

from __future__ import annotations

import io
import re
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from captum_dna.core.checks import check_name
from captum_dna.core.labels import LabelError, as_label
from captum_dna.core.notices import tell
from captum_dna.core.options import ON_INVALID
from captum_dna.core.paths import at_home
from captum_dna.core.sequences import Sequence, SequenceError, clean, word_length
from captum_dna.io.files import InputError, file_opener, stdin_opener
from captum_dna.io.formats import Records, Source, is_file_suffix, open_source
from captum_dna.io.objects import open_object, table_of
from captum_dna.io.places import START, Index, Place, Placed, index_of
from captum_dna.io.reading import Centre, Reading
from captum_dna.io.tables import class_names, table_records
from captum_dna.io.tiles import Tiles

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from captum_dna.core.types import SequencesLike

_NAME = re.compile(
    r"(?=.*[0-9_])[\w.+-]{1,255}|[\w+-]{1,100}\.[A-Za-z]\w{0,9}|(?=.*[RYSWKMBDHVryswkmbdhv])[A-Za-z]{1,8}"
)
"""Text that is not a path by its place and yet a file's name: digits, an ending, or a short word of ambiguity codes."""
_FARTHEST = 1 << 62
_BLANKS = re.compile(r"\S[ \t]+\S")
_TOLD = 5
"""How many bad records one error lists."""


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
        CSV, TSV, Parquet or one sequence per line (text may be gzipped); the name or folder of a Hugging Face data
        set; ``"-"`` for standard input (FASTA or one sequence per line); with ``genome=``, BED or narrowPeak. A string
        is a path where a file of that name exists, or where it has a separator or a known suffix. Overlapping k-mers
        ("ATGCAA TGCAAT ...", as DNABERT wants them) are checked and joined.
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
    path = _dataset_path(source)
    if path is None:
        return ()
    from captum_dna.io import hub

    return hub.split_names(path)


def class_order(source: object, reading: Reading) -> tuple[str, ...]:
    """Return the names of the classes in the order that a data set gives them; nothing where it gives none."""
    table = table_of(source, reading.split)
    path = _dataset_path(source)
    if path is not None:
        from captum_dna.io.hub import hub_table

        table = hub_table(path, reading.split)
    return class_names(table, reading) if table is not None else ()


class SequenceSource:
    """A source of sequences that can be read again and again: once to check all of it, once to use it.

    Parameters
    ----------
    what
        What to call it in errors.
    records
        Yields its records from the beginning.
    origin
        Index of the base to number as 0.
    skip
        Whether bad sequences are left out, with a warning.
    distinct
        Whether every record is known to have a name of its own, so that none needs to be remembered.
    identity
        What tells the source from others, apart from its records, as JSON takes it.
    """

    def __init__(
        self,
        what: str,
        records: Records,
        origin: int | None,
        *,
        skip: bool,
        distinct: bool = False,
        identity: Mapping[str, object] | None = None,
    ) -> None:
        self.what = what
        self.identity = dict(identity or {})
        self._records = records
        self._origin = origin
        self._skip = skip
        self._distinct = distinct
        self._count: int | None = None
        """Records that there were when all of them were checked."""

    @classmethod
    def of(cls, source: object, reading: Reading, on_invalid: str = "raise") -> SequenceSource:
        """Open a source; nothing but its beginning is read.

        Raises
        ------
        InputError
            It is not a source of sequences.
        """
        check_name("on_invalid", on_invalid, ON_INVALID, option="on_invalid")
        if isinstance(source, Tiles):
            _check_read_as_it_is(reading)
            return cls(
                source.what,
                Placed(lambda place: (source[row] for row in range(place.at, len(source))), rows=len(source)),
                None,
                skip=on_invalid == "skip",
                distinct=True,
                identity=source.identity,
            )
        what, records = _open(source, reading)
        return cls(what, records, reading.origin, skip=on_invalid == "skip")

    def checked(self) -> Iterator[Sequence]:
        """Yield the good sequences; at the end, raise or warn about the others, all in one message."""
        for record in self.checked_records():
            if isinstance(record, Sequence):
                yield record

    def checked_records(self) -> Iterator[Sequence | SequenceError]:
        """Yield the sequence of each record, or what is wrong with it; at the end, raise or warn about the bad ones."""
        names = _UniqueNames()
        problems: list[str] = []
        bad, with_blanks, number = 0, 0, 0
        for raw, record in self._named_records(names):
            number += 1
            if isinstance(record, SequenceError):
                bad += 1
                if self._skip or len(problems) < _TOLD:
                    problems.append(str(record))
            else:
                with_blanks += isinstance(raw, Sequence) and _BLANKS.search(raw.bases) is not None
            yield record
        self._settle(problems, bad, number)
        self._count = number
        if with_blanks:
            tell(
                f"{self.what}: {with_blanks} of {number} sequences have spaces between their letters, "
                "which are removed.",
            )
        if names.repeated:
            tell(
                f"{self.what}: {names.repeated} of {number} sequences have a name that is used already. "
                'They are kept and renamed "name (2)" and so on.',
            )

    def again(self) -> Iterator[Sequence]:
        """Yield the good sequences once more, without a word about the others."""
        for record in self.records():
            if isinstance(record, Sequence):
                yield record  # the others were told when they were checked

    def index(self, size: int) -> Index | None:
        """Return the place of every ``size``-th record; see :func:`captum_dna.io.places.index_of`."""
        return index_of(self._records, size)

    def records(self, place: Place = START) -> Iterator[Sequence | SequenceError]:
        """Yield the sequence of each record, or what is wrong with it, without a word; from a place of the index on."""
        number = 0
        for _, record in self._named_records(_UniqueNames(), place):
            number += 1
            yield record
        if place == START and self._count not in (None, number):
            raise InputError(
                f"{self.what} had {self._count:,} sequences when they were checked and {number:,} when they were read "
                "again, so it changed in between, or can be read only once. Give list(...) of it, or a file."
            )

    def _named_records(
        self, names: _UniqueNames, place: Place = START
    ) -> Iterator[tuple[Sequence | SequenceError, Sequence | SequenceError]]:
        """Yield each record as it stands, and the sequence under a name of its own, or what is wrong with it."""
        records = self._records.read(place) if isinstance(self._records, Placed) else self._records()
        for number, record in enumerate(records, start=place.record + 1):
            try:
                yield record, self._named(_checked(record, number), names)
            except SequenceError as error:
                yield record, error

    def _named(self, sequence: Sequence, names: _UniqueNames) -> Sequence:
        """Return a sequence under a name of its own, with the origin asked for."""
        name = sequence.name if self._distinct else names.unique(sequence.name)
        if name == sequence.name and self._origin is None:
            return sequence
        return replace(sequence, name=name, origin=sequence.origin if self._origin is None else self._origin)

    def _settle(self, problems: list[str], bad: int, count: int) -> None:
        """Raise or warn about what is wrong."""
        if not count:
            raise InputError(f"{self.what} has no sequences.")
        if bad and self._skip and bad < count:
            listed = "\n  ".join(problems)
            tell(f"{self.what}: {bad} of {count} sequences are left out:\n  {listed}")
        elif bad == 1:
            raise SequenceError(problems[0] if self.what == "The sequence" else f"{self.what}: {problems[0]}")
        elif bad:
            listed = "\n  ".join([*problems[:_TOLD], *([f"and {bad - _TOLD} more."] if bad > _TOLD else [])])
            way_out = "" if bad == count else '\nCorrect them, or leave them out with `on_invalid="skip"`.'
            raise SequenceError(
                f"{self.what}: {bad} of {count} sequences cannot be used:\n  {listed}{way_out}"
            )


def _checked(record: Sequence | SequenceError, number: int) -> Sequence:
    """Return a record with a name and clean letters, or raise ``SequenceError``."""
    if isinstance(record, SequenceError):
        raise record
    name = record.name or f"sequence {number}"
    bases = clean(record.bases, name, number)
    try:
        label = as_label(record.label)
    except LabelError as error:
        raise SequenceError(f"Sequence {number} ('{name}') {error}") from error
    interval = record.interval
    if interval is not None and not 0 <= interval.start <= interval.end < _FARTHEST:
        raise SequenceError(
            f"Sequence {number} ('{name}') is at {interval}, which is not a place in a genome."
        )
    if interval is not None and interval.end - interval.start != len(bases):
        raise SequenceError(
            f"Sequence {number} ('{name}') has {len(bases)} bases but the interval {interval} has "
            f"{interval.end - interval.start}. Give it the interval of its bases, or none."
        )
    if abs(record.origin) >= _FARTHEST:
        raise SequenceError(
            f"Sequence {number} ('{name}') has the origin {record.origin}, which is outside any sequence."
        )
    if name == record.name and bases == record.bases and label is record.label:
        return record
    words = word_length(record.bases) if bases != record.bases else record.words
    return replace(record, name=name, bases=bases, label=label, words=words)


class _UniqueNames:
    """Tells repeated names apart, and counts them."""

    def __init__(self) -> None:
        self._seen: dict[str, int] = {}
        self.repeated = 0

    def unique(self, name: str) -> str:
        if name not in self._seen:
            self._seen[name] = 1
            return name
        self.repeated += 1
        while (numbered := f"{name} ({self._seen[name] + 1})") in self._seen:
            self._seen[name] += 1
        self._seen[name] += 1
        self._seen[numbered] = 1
        return numbered


def _check_read_as_it_is(reading: Reading) -> None:
    """Refuse options of reading for windows of a genome, which are read as they are laid."""
    for name in reading.chosen:
        raise InputError(f"`{name}=` is not for windows of a genome. Leave it out.", option=name)


def _open(source: object, reading: Reading) -> tuple[str, Records]:
    """Return what to call a source in errors, and what yields its records."""
    if isinstance(source, str) and source == "-":
        what = "Standard input"
        reading.refuse_split(what)
        return what, open_source(Source(what, stdin_opener(), None, reading))
    if isinstance(source, Path) or (
        isinstance(source, str) and (reading.genome is not None or _is_path(source))
    ):
        return _open_path(Path(source), str(source), reading)
    if reading.genome is not None:
        raise InputError(
            f"`genome=` is for the path of a BED file, and the source is a {type(source).__name__}. Leave it out.",
            option="genome",
        )
    return open_object(source, reading)


def _is_path(text: str) -> bool:
    """Whether a string names a file or data set: it exists, or it is written as names are and sequences are not."""
    if "\n" in text or not text.strip():
        return False
    if "/" in text or "\\" in text or text.startswith("~") or is_file_suffix(Path(text).suffix):
        return True
    try:
        if Path(text).exists():
            return True
    except (OSError, ValueError):  # too long for a file name, as sequences are
        return False
    return _NAME.fullmatch(text) is not None


def _dataset_path(source: object) -> str | None:
    """Return the folder or the hub name of a data set, ``None`` for anything else."""
    if not isinstance(source, Path) and not (isinstance(source, str) and source != "-" and _is_path(source)):
        return None
    path = at_home(source)
    hub_name = str(path).count("/") == 1 and not is_file_suffix(path.suffix) and not path.is_absolute()
    is_one = path.is_dir() or (hub_name and not path.exists() and not path.parent.is_dir())
    return str(path) if is_one else None


def _open_path(path: Path, text: str, reading: Reading) -> tuple[str, Records]:
    """Return the records of a file, or of a data set where there is no such file."""
    path = at_home(path)
    dataset = _dataset_path(path)
    if reading.genome is None and dataset is not None:
        from captum_dna.io.hub import hub_table

        table = hub_table(dataset, reading.split)
        return table.what, table_records(table, reading)
    reading.refuse_split(text)
    return text, open_source(Source(text, file_opener(path), path, reading))
