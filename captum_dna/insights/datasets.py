"""The sequences of one data set as columns, so that a list of thousands filters and sorts at once."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from captum_dna.core.checks import whole_number
from captum_dna.core.letters import IUPAC, reverse_complement
from captum_dna.core.notices import collected
from captum_dna.insights.limits import Limits, Problem
from captum_dna.io.readers import read_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from captum_dna.core.sequences import Sequence

    Mask = NDArray[np.bool_]

_BITS = {letter: sum(1 << "ACGT".index(base) for base in bases) for letter, bases in IUPAC.items()}
_TABLE = np.full(256, _BITS["N"], dtype=np.uint8)
for _letter, _bits in _BITS.items():
    _TABLE[ord(_letter)] = _TABLE[ord(_letter.lower())] = _bits
_BLOCK = 1 << 18
"""Bases that are searched together: few enough for the processor's cache."""
_FEW = 32
"""Where a pattern may still fit at fewer than one place in so many, these are looked at one by one."""
_SEARCHES_KEPT = 200
_MOST_HITS = 60
"""Hits of a motif in one row that are told; more cannot be told apart on its strip."""
_SEARCHING = threading.BoundedSemaphore(2)
"""Searches that run at a time, so that the other threads answer meanwhile."""
_PATIENCE = 1.0
"""Seconds that a search waits for others."""


class Dataset:
    """Sequences and what does not depend on any model.

    Parameters
    ----------
    sequences
        The rows.
    name
        What the user calls it.
    pasted
        Whether it came through the page.
    remarks
        What the reader warned about.
    """

    def __init__(
        self, sequences: list[Sequence], name: str, *, pasted: bool = False, remarks: tuple[str, ...] = ()
    ) -> None:
        self.sequences = [_in_utf8(one) for one in sequences]
        self.name = name
        self.pasted = pasted
        self.remarks = remarks
        self.lengths = np.array([len(one) for one in sequences], dtype=np.int64)
        self.letters = [letters_key(one) for one in sequences]
        self.names = [one.name.casefold() for one in sequences]
        self._found: OrderedDict[tuple[str, str], Mask] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self.sequences)

    @cached_property
    def id(self) -> str:
        """A hash of names, letters and labels: the same data has the same address after a restart."""
        digest = hashlib.sha256()
        for one, letters in zip(self.sequences, self.letters, strict=True):
            digest.update(f"{one.name}\0{letters}\0{one.label}\0{one.origin}\0{one.interval}\n".encode())
        return digest.hexdigest()[:12]

    @cached_property
    def rows_of(self) -> dict[str, list[int]]:
        """Rows by the hash of their letters."""
        rows: dict[str, list[int]] = {}
        for row, letters in enumerate(self.letters):
            rows.setdefault(letters, []).append(row)
        return rows

    @cached_property
    def name_order(self) -> NDArray[np.int64]:
        """Rank of every row by name."""
        rank = np.empty(len(self), dtype=np.int64)
        rank[np.array(sorted(range(len(self)), key=self.names.__getitem__), dtype=np.int64)] = np.arange(
            len(self)
        )
        return rank

    def row(self, sequence: int | str) -> int:
        """Return the row of a sequence, given by its number from 0 or by its name.

        Raises
        ------
        ValueError
            There is none.
        """
        if isinstance(sequence, str):
            for row, one in enumerate(self.sequences):
                if one.name == sequence:
                    return row
            raise ValueError(f"No sequence is named {sequence!r}; the first is {self.sequences[0].name!r}.")
        row = whole_number("sequence", sequence)
        if not 0 <= row < len(self):
            raise ValueError(f"There is no row {row}: there are {len(self)}, from 0 to {len(self) - 1}.")
        return row

    def named(self, text: str) -> Mask:
        """Return which rows have a text in their name, in any case."""
        wanted = text.casefold()
        return self._kept(
            ("name", wanted), lambda: np.array([wanted in name for name in self.names], dtype=bool)
        )

    def with_motif(self, motif: str, *, both: bool) -> Mask:
        """Return which rows hold an IUPAC pattern, on one strand or on both.

        A letter of a sequence fits a letter of the pattern if all that it stands for is allowed there.

        Raises
        ------
        Problem
            The pattern has another letter, or is too long.
        """
        pattern = motif.strip().upper()
        wrong = [letter for letter in motif.strip() if not letter.isascii() or letter.upper() not in IUPAC]
        if wrong:
            raise Problem(
                f"A motif has IUPAC letters only (A, C, G, T, N, R, Y, ...), not {wrong[0]!r}.", field="motif"
            )
        if not pattern:
            return np.ones(len(self), dtype=bool)
        found = self._kept(("motif", pattern), lambda: self._search(pattern))
        turned = reverse_complement(pattern)
        if not both or turned == pattern:
            return found
        return found | self._kept(("motif", turned), lambda: self._search(turned))

    def hits(self, rows: list[int], motif: str, *, both: bool) -> list[list[tuple[int, int]]]:
        """Return where an IUPAC pattern fits in each of some rows first, as half-open stretches in their order.

        Rows are searched together, a block of bases at a time, because one by one they take much longer.
        """
        pattern = motif.strip().upper()
        patterns = {pattern, reverse_complement(pattern)} if both else {pattern}
        text, ends = self._text
        found: list[list[tuple[int, int]]] = [[] for _ in rows]
        block_of = np.cumsum(self.lengths[rows]) // _BLOCK
        begin = 0
        for block in np.split(np.array(rows, dtype=np.int64), np.flatnonzero(np.diff(block_of)) + 1):
            last = np.cumsum(self.lengths[block])
            first = last - self.lengths[block]
            own = np.concatenate(
                [text[ends[row] - self.lengths[row] : ends[row]] for row in block] or [text[:0]]
            )
            places = np.unique(np.concatenate([_places(one, own) for one in patterns]))
            at = np.searchsorted(last, places, side="right")
            whole = places + len(pattern) <= last[at]
            places, at = places[whole], at[whole]
            told = np.arange(len(at)) - np.searchsorted(at, at) < _MOST_HITS
            starts = (places - first[at])[told].tolist()
            for i, start in zip(at[told].tolist(), starts, strict=True):
                found[begin + i].append((start, start + len(pattern)))
            begin += len(block)
        return found

    def _kept(self, key: tuple[str, str], search: Callable[[], Mask]) -> Mask:
        """Return the rows that a search finds; the last searches are kept, as every page of a list asks again."""
        with self._lock:
            if key in self._found:
                self._found.move_to_end(key)
                return self._found[key]
        found = search()
        with self._lock:
            self._found[key] = found
            if len(self._found) > _SEARCHES_KEPT:
                self._found.popitem(last=False)
        return found

    @cached_property
    def _text(self) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
        """Return every letter of all rows as a set of bases, with the next one's in the upper bits, and where rows end."""
        joined = "".join(one.bases for one in self.sequences)
        text = _TABLE[np.frombuffer(joined.encode("ascii"), dtype=np.uint8)]
        text[:-1] |= text[1:] << 4
        return text, np.cumsum(self.lengths)

    def _search(self, pattern: str) -> Mask:
        """Return which rows hold a pattern.

        Every two letters of it are compared with all places of a block at once, the rarest first. That takes no longer
        than the pattern's length times the bases, whatever both are, and the memory of a block.
        """
        if not _SEARCHING.acquire(timeout=_PATIENCE):
            raise Problem("Other searches are running. Ask again in a moment.", 429, "motif")
        try:
            text, ends = self._text
            found = np.zeros(len(self), dtype=bool)
            for start in range(0, len(text), _BLOCK):
                hits = start + _places(pattern, text[start : start + _BLOCK + len(pattern) - 1])
                rows = np.searchsorted(ends, hits, side="right")
                found[rows[hits + len(pattern) <= ends[rows]]] = True
            return found
        finally:
            _SEARCHING.release()


def _places(pattern: str, text: NDArray[np.uint8]) -> NDArray[np.intp]:
    """Return where a pattern fits; two letters at a time, and only where it still may once these places are few."""
    size = max(len(text) - len(pattern) + 1, 0)
    never = [15 - _BITS[letter] for letter in pattern] + [0]
    pairs = [(i, never[i] | never[i + 1] << 4) for i in range(0, len(pattern), 2)]
    (i, bits), *others = sorted(pairs, key=lambda one: -one[1].bit_count())
    fits, places = text[i : i + size] & np.uint8(bits) == 0, None
    for i, bits in others:
        if places is None and np.count_nonzero(fits) < size // _FEW:
            places = np.flatnonzero(fits)
        if places is not None:
            places = places[text[places + i] & np.uint8(bits) == 0]
        elif bits:
            fits &= text[i : i + size] & np.uint8(bits) == 0
    return np.flatnonzero(fits) if places is None else places


def letters_key(sequence: Sequence) -> str:
    """Return a hash of the letters of a sequence, and of those that what is random is drawn from, if these are others.

    Case is kept, since some tokenizers read it.
    """
    others = f"\0{sequence.drawn_from}\0{sequence.drawn_at}" if sequence.drawn_from else ""
    return hashlib.sha256(f"{sequence.bases}{others}".encode()).hexdigest()[:32]


def printable(text: str) -> str:
    """Return a text that can be written as UTF-8: a file's name need not be."""
    return text.encode(errors="replace").decode()


def _in_utf8(sequence: Sequence) -> Sequence:
    """Return a sequence whose name and label can be written."""
    label = printable(sequence.label) if isinstance(sequence.label, str) else sequence.label
    name = printable(sequence.name)
    if (name, label) == (sequence.name, sequence.label):
        return sequence
    return replace(sequence, name=name, label=label)


def parse(text: str, name: str | None, limits: Limits) -> Dataset:
    """Return pasted text as a data set: FASTA, a table, or one sequence per line.

    Raises
    ------
    Problem
        The readers' own sentence, or a limit.
    """
    if not text.strip():
        raise Problem("Paste FASTA, a table with a header, or one sequence per line.", field="text")
    if "\0" in text or text.lstrip().startswith("PAR1"):
        raise Problem("This is not text. Paste FASTA, a table, or one sequence per line.", field="text")
    called = " ".join((name or "").split())[:200] or "Pasted"
    try:
        with collected() as told:
            sequences = read_text(text, "The text")
    except (ValueError, OSError) as error:
        raise Problem(str(error), field="text") from error
    if len(sequences) > limits.sequences:
        raise Problem(
            f"The text has {len(sequences):,} sequences; at most {limits.sequences:,} can be pasted. Start the viewer "
            "with the file instead.",
            field="text",
        )
    for number, one in enumerate(sequences, start=1):
        if len(one) > limits.sequence_bases:
            raise Problem(
                f"Sequence {number} ('{one.name}') has {len(one):,} bases; at most {limits.sequence_bases:,} can be "
                "pasted. Cut it into windows.",
                field="text",
            )
    return Dataset(sequences, called, pasted=True, remarks=tuple(told))
