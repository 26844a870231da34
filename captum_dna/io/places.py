"""Where the records of a file begin, so that some are read without those that stand before them.

A format whose records can be read from the middle gives a :class:`Placed` for its records. To find all places takes
about a second for a million records, and eight bytes of memory for each.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from captum_dna.core.errors import SequenceError
    from captum_dna.core.sequences import Sequence
    from captum_dna.io.formats import Records


@dataclass(frozen=True, slots=True)
class Place:
    """Where a record begins.

    Parameters
    ----------
    record
        How many records stand before it.
    at
        Its first byte in the file, or its row in a table, counted from 0.
    line
        How many lines stand before it.
    """

    record: int
    at: int
    line: int


START = Place(0, 0, 0)


@dataclass(frozen=True, slots=True)
class Placed:
    """Records of a file that can be read from any of their places on.

    Parameters
    ----------
    read
        Yields records as :data:`captum_dna.io.formats.Records` does, from a place on.
    walk
        Yields byte or row, lines before it, and name (``""`` for none) of every record, as cheaply as that goes; needed
        where ``rows`` are not known.
    rows
        How many records there are, where each is reached by its number alone and has a name of its own.
    """

    read: Callable[[Place], Iterator[Sequence | SequenceError]]
    walk: Callable[[], Iterator[tuple[int, int, str]]] | None = None
    rows: int = 0

    def __call__(self) -> Iterator[Sequence | SequenceError]:
        """Yield all records."""
        return self.read(START)


class NoPlacesError(Exception):
    """The places of a file cannot be told from its bytes alone."""


@dataclass(frozen=True, slots=True)
class Index:
    """The place of every so many records, and how many records there are."""

    begins: tuple[Place, ...]
    records: int


def index_of(records: Records, size: int) -> Index | None:
    """Return where every ``size``-th record begins.

    Returns
    -------
    The index; ``None`` where records cannot be read from the middle, or where a name is repeated, since what a record
    is then called depends on all before it.
    """
    if not isinstance(records, Placed):
        return None
    if records.walk is None:
        return Index(tuple(Place(row, row, 0) for row in range(0, records.rows, size)), records.rows)
    begins, names = [], array("q")
    try:
        for number, (at, line, name) in enumerate(records.walk()):
            if number % size == 0:
                begins.append(Place(number, at, line))
            names.append(hash(name or f"sequence {number + 1}"))
    except NoPlacesError:
        return None
    if np.unique(np.frombuffer(names, np.int64)).size < len(names):
        return None
    return Index(tuple(begins), len(names))
