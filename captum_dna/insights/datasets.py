"""The sequences of one data set as columns, so that a list of thousands filters and sorts at once."""

from __future__ import annotations

import hashlib
import tempfile
import threading
from collections import OrderedDict
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from captum_dna.core.notices import collected
from captum_dna.core.sequences import IUPAC, Sequence, reverse_complement
from captum_dna.insights.limits import Limits, Problem
from captum_dna.io.readers import read

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Mask = NDArray[np.bool_]

_BITS = {letter: sum(1 << "ACGT".index(base) for base in bases) for letter, bases in IUPAC.items()}
_PACKED = 4
"""Letters that are compared at a time, in one number of 16 bits."""
_SEARCHES_KEPT = 200
_LONGEST_MOTIF = 100


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
        self.sequences = sequences
        self.name = name
        self.pasted = pasted
        self.remarks = remarks
        self.lengths = np.array([len(one) for one in sequences], dtype=np.int64)
        self.letters = [letters_key(one.bases) for one in sequences]
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
        if not 0 <= sequence < len(self):
            raise ValueError(f"There is no row {sequence}: there are {len(self)}, from 0 to {len(self) - 1}.")
        return sequence

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
        wrong = [letter for letter in pattern if letter not in IUPAC]
        if wrong:
            raise Problem(
                f"A motif has IUPAC letters only (A, C, G, T, N, R, Y, ...), not {wrong[0]!r}.", field="motif"
            )
        if len(pattern) > _LONGEST_MOTIF:
            raise Problem(f"A motif has at most {_LONGEST_MOTIF} letters.", field="motif")
        found = self._kept(("motif", pattern), lambda: self._search(pattern))
        turned = reverse_complement(pattern)
        if not both or turned == pattern:
            return found
        return found | self._kept(("motif", turned), lambda: self._search(turned))

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
    def _text(self) -> tuple[NDArray[np.uint16], NDArray[np.int64]]:
        """Return every letter of all rows, as a set of bases, with the three after it; and where rows begin."""
        table = np.full(256, _BITS["N"], dtype=np.uint16)
        for letter, bits in _BITS.items():
            table[ord(letter)] = table[ord(letter.lower())] = bits
        joined = "".join(one.bases for one in self.sequences) + "N" * _PACKED
        letters = table[np.frombuffer(joined.encode("ascii"), dtype=np.uint8)]
        size = len(letters) - _PACKED
        packed = np.zeros(size, dtype=np.uint16)
        for i in range(_PACKED):
            packed |= letters[i : i + size] << np.uint16(4 * i)
        return packed, np.concatenate([[0], np.cumsum(self.lengths)])

    @cached_property
    def _places(self) -> tuple[NDArray[np.uint16], NDArray[np.int64], NDArray[np.intp]]:
        """Return what four letters there are, where the places of each begin in a list of all, and that list."""
        order = np.argsort(self._text[0], kind="stable")
        kinds, first = np.unique(self._text[0][order], return_index=True)
        return kinds, np.append(first, len(order)), order.astype(np.min_scalar_type(len(order)))

    def _search(self, pattern: str) -> Mask:
        """Return which rows hold a pattern: four letters are looked up, the others compared where these fit."""
        text, edges = self._text
        found = np.zeros(len(self), dtype=bool)
        length = len(pattern)
        pattern += "N" * (-length % _PACKED)
        parts = []
        for start in range(0, len(pattern), _PACKED):
            letters = pattern[start : start + _PACKED]
            bits = sum((15 - _BITS[letter]) << (4 * i) for i, letter in enumerate(letters))
            parts.append((bits.bit_count(), start, np.uint16(bits)))
        _, first, forbidden = max(parts)
        kinds, begins, places = self._places
        fitting = np.flatnonzero(kinds & forbidden == 0).tolist()
        hits = np.concatenate([places[:0], *(places[begins[i] : begins[i + 1]] for i in fitting)])
        hits = hits.astype(np.int64) - first
        hits = hits[hits >= 0]
        rows = np.searchsorted(edges, hits, side="right") - 1
        inside = hits + length <= edges[rows + 1]
        hits, rows = hits[inside], rows[inside]
        for _, start, forbidden in parts:
            fits = text[np.minimum(hits + start, len(text) - 1)] & forbidden == 0
            hits, rows = hits[fits], rows[fits]
        found[rows] = True
        return found


def letters_key(bases: str) -> str:
    """Return a hash of the letters of a sequence; case is kept, since some tokenizers read it."""
    return hashlib.sha256(bases.encode()).hexdigest()[:32]


def parse(text: Any, name: Any, limits: Limits) -> Dataset:
    """Return pasted text as a data set: FASTA, a table, or one sequence per line.

    Raises
    ------
    Problem
        The readers' own sentence, or a limit.
    """
    if not isinstance(text, str) or not text.strip():
        raise Problem("Paste FASTA, a table with a header, or one sequence per line.", field="text")
    if "\0" in text or text.lstrip().startswith("PAR1"):
        raise Problem("This is not text: paste FASTA, a table, or one sequence per line.", field="text")
    called = " ".join(str(name or "").split())[:200] or "Pasted"
    with tempfile.TemporaryDirectory(prefix="captum_dna-") as folder:
        path = Path(folder) / "pasted.txt"
        path.write_text(text, encoding="utf-8")
        try:
            with collected() as told:
                sequences = list(read(path))
        except (ValueError, OSError) as error:
            raise Problem(str(error).replace(str(path), "The text"), field="text") from error
    if len(sequences) > limits.sequences:
        raise Problem(
            f"The text has {len(sequences):,} sequences; at most {limits.sequences:,} can be pasted: start the viewer "
            "with the file instead.",
            field="text",
        )
    for number, one in enumerate(sequences, start=1):
        if len(one) > limits.sequence_bases:
            raise Problem(
                f"Sequence {number} ('{one.name}') has {len(one):,} bases; at most {limits.sequence_bases:,} can be "
                "pasted: cut it into windows.",
                field="text",
            )
    remarks = tuple(sentence.replace(str(path), "The text") for sentence in told)
    return Dataset(sequences, called, pasted=True, remarks=remarks)
