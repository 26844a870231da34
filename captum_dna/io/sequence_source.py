"""A source of sequences that can be read again and again: each record checked, named and told of where it is bad."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from captum_dna.core.checks import check_name
from captum_dna.core.errors import SequenceError
from captum_dna.core.labels import LabelError, as_label
from captum_dna.core.letters import clean, word_length
from captum_dna.core.notices import tell
from captum_dna.core.options import ON_INVALID
from captum_dna.core.sequences import Sequence
from captum_dna.io.files import InputError
from captum_dna.io.opening import open_sequences
from captum_dna.io.places import START, Index, Place, Placed, index_of
from captum_dna.io.tiles import Tiles

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from captum_dna.io.formats import Records
    from captum_dna.io.reading import Reading

_FARTHEST = 1 << 62
_BLANKS = re.compile(r"\S[ \t]+\S")
_TOLD = 5
"""How many bad records one error lists."""


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
        what, records = open_sequences(source, reading)
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
