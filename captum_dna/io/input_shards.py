"""An input in shards of so many records, of which each process reads its own."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from captum_dna.io.files import InputError
from captum_dna.io.run_folder import Total

if TYPE_CHECKING:
    from collections.abc import Iterator

    from captum_dna.core.errors import SequenceError
    from captum_dna.core.sequences import Sequence
    from captum_dna.io.sequence_source import SequenceSource

    Record = Sequence | SequenceError


class InputShards:
    """The records of an input, shard by shard.

    Plain FASTA, Parquet, BED with its genome and plain lines are read by an index of their places, and nothing else of
    them is read. Other inputs are gone through from their beginning, once if shards are read in ascending order.

    Parameters
    ----------
    source
        The input.
    size
        Records of a shard.
    by_index
        Whether to look for places; whoever reads all shards needs none.

    Raises
    ------
    InputError
        There are no records.
    """

    def __init__(self, source: SequenceSource, size: int, *, by_index: bool) -> None:
        self._source = source
        self.size = size
        self._index = source.index(size) if by_index else None
        self._total: Total | None = None
        self._begin()
        if not self.read(0):
            raise InputError(f"{source.what} has no sequences.")

    @property
    def known(self) -> Total | None:
        """How much there is, as far as that is known without reading on."""
        if self._index is not None:
            return Total(len(self._index.begins), self._index.records)
        return self._total

    def total(self) -> Total:
        """Return how much there is; reads on to the end where that is not known."""
        while (known := self.known) is None:
            self._step(keep=False)
        return known

    def read(self, number: int) -> list[Record]:
        """Return the records of a shard, none beyond the end."""
        if self._index is not None:
            places = self._index.begins[number : number + 1]
            return [one for place in places for one in islice(self._source.records(place), self.size)]
        if self._held != number and number < self._next:
            self._begin()
        while self._next <= number and self._step(keep=self._next == number):
            pass
        return self._group if self._held == number else []

    def numbers(self, first: int = 0, step: int = 1) -> Iterator[int]:
        """Yield every ``step``-th number of a shard that there is, from ``first`` on."""
        number = first
        while number < self.known.shards if self.known is not None else bool(self.read(number)):
            yield number
            number += step

    # --- going through ---

    def _begin(self) -> None:
        self._records = self._source.records()
        self._next = self._seen = 0
        self._held: int | None = None
        self._group: list[Record] = []

    def _step(self, *, keep: bool) -> bool:
        """Read or count one more shard; return whether there was one."""
        some = islice(self._records, self.size)
        group = list(some) if keep else []
        found = len(group) if keep else sum(1 for _ in some)
        if not found:
            self._total = Total(self._next, self._seen)
            return False
        if keep:
            self._held, self._group = self._next, group
        self._next, self._seen = self._next + 1, self._seen + found
        return True
