"""Which sequences are relatives: they overlap in the genome, or share a long stretch on either strand.

Every window of ``_SEED`` letters is sorted, on the strand on which it reads first, together with the letters
that follow it, as in a suffix array. Neighbours in that order begin alike, and those that share most stand
side by side, however large their family is. Neighbours are then compared word by word, and what is left is
a graph whose connected components are the families.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from captum_dna.core.letters import BASES, reverse_complement

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from collections.abc import Sequence as SequenceABC

    from numpy.typing import NDArray

    from captum_dna.core.sequences import Sequence


_SEED = 16
"""Letters that relatives have in common without a gap at one place at least: two substitutions every 40 leave 19."""
_SHORTEST_SEED = 8
_SEED_OF_SHORT = 0.4
"""The seed among short sequences: this share of their median length, and at least ``_SHORTEST_SEED``."""
_WORD = 0.75
"""Length of the words that are counted when two sequences are compared, as a share of the seed: 12 letters."""
_SHARED = 12
"""Distinct words of 12 letters that relatives share: 23 letters in a row, or 250 with one in seven changed."""
_SHARED_OF_SHORT, _SHARED_OF_LONG = 0.4, 0.02
"""But no more than this share of the words of a short sequence, and no less than this of a long one."""
_BY_CHANCE = 0.25
"""Relatives by chance that a sequence may have; large sets of short sequences need longer stretches for it."""
_VARIED = 0.6
"""Share of the triplets of a window that are distinct, or it is of low complexity and says nothing of kinship."""
_PACKED = 32
"""Letters in one 64-bit number."""
_LETTERS_AT_ONCE = 1 << 21
"""Letters that are turned into windows at once."""
_WINDOWS_AT_ONCE = 1 << 24
"""Windows that are sorted at once (about 0.5 GB); more are sorted in several turns."""
_UNKNOWN = 4
"""The code of whatever is not A, C, G or T."""


def families(sequences: SequenceABC[Sequence]) -> NDArray[np.int64]:
    """Return the (N,) numbers of the families of N sequences, which count from 0.

    Relatives overlap in the genome by a base or more, where both have an interval; or their letters are the
    same; or they share a stretch of about 23 letters, or more of them with changes in between, on the same
    strand or the other one. The relatives of relatives are of one family. Stretches of low complexity, such
    as poly-A or CA repeats, make nobody relatives, unless a sequence has little else.

    Time and memory are linear in the number of letters.

    Examples
    --------
    >>> from captum_dna.core.sequences import Sequence
    >>> rng = np.random.default_rng(0)
    >>> one, other = ("".join(rng.choice(list(BASES), 80)) for _ in range(2))
    >>> related = [one, other, reverse_complement(one), one[50:] + other[:20]]
    >>> families([Sequence(str(i), bases) for i, bases in enumerate(related)]).tolist()
    [0, 1, 0, 0]
    """
    graph = _Graph(len(sequences))
    graph.add(*_overlapping(sequences))
    graph.add(*_identical(sequences))
    letters = _Letters.of(s.bases for s in sequences)
    for first, second in _neighbours(letters):
        for some in _chunks(letters.lengths[first] + letters.lengths[second]):
            apart = graph.families[first[some]] != graph.families[second[some]]
            a, b = first[some][apart], second[some][apart]
            related = _related(letters, a, b)
            graph.add(a[related], b[related])
    return graph.families


class _Graph:
    """Sequences and who is whose relative; the families so far."""

    def __init__(self, count: int) -> None:
        self.families = np.arange(count)

    def add(self, first: NDArray[np.int64], second: NDArray[np.int64]) -> None:
        """Join the families of these pairs."""
        if not len(first):
            return
        count = len(self.families)
        ends = self.families[first], self.families[second]
        joined = connected_components(
            coo_array((np.ones(len(first), dtype=np.int8), ends), shape=(count, count)), directed=False
        )[1][self.families]
        # Numbered in the order of their first members.
        _, at, number = np.unique(joined, return_index=True, return_inverse=True)
        self.families = np.argsort(np.argsort(at))[number]


@dataclass(frozen=True, slots=True)
class _Letters:
    """All sequences as one row of codes, 0 to 3 and 4 for unknown, with an unknown letter after each."""

    codes: NDArray[np.uint8]
    starts: NDArray[np.int64]
    lengths: NDArray[np.int64]

    @staticmethod
    def of(texts: Iterable[str]) -> _Letters:
        table = np.full(256, _UNKNOWN, dtype=np.uint8)
        for code, base in enumerate(BASES):
            table[[ord(base), ord(base.lower())]] = code
        table[[ord("U"), ord("u")]] = BASES.index("T")
        rows = [text.encode("ascii") + b"\n" for text in texts]
        ends = np.cumsum([len(row) for row in rows], dtype=np.int64)
        lengths = np.array([len(row) - 1 for row in rows], dtype=np.int64)
        return _Letters(table[np.frombuffer(b"".join(rows), dtype=np.uint8)], ends - lengths - 1, lengths)

    def some(self, which: NDArray[np.int64]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
        """Return the codes of some sequences, one after the other, and whose each is, counted among these."""
        rows = [
            self.codes[s : s + n + 1] for s, n in zip(self.starts[which], self.lengths[which], strict=True)
        ]
        return np.concatenate(rows), np.repeat(np.arange(len(which)), self.lengths[which] + 1)

    @property
    def seed(self) -> int:
        """How many letters a seed has among sequences of such lengths."""
        return int(np.clip(_SEED_OF_SHORT * np.median(self.lengths), _SHORTEST_SEED, _SEED))

    @property
    def by_chance(self) -> float:
        """How long a stretch few sequences of such a set have in common with any other one by chance."""
        pairs_of_places = (
            2 * len(self.lengths) * np.median(self.lengths) ** 2
        )  # of one sequence with the rest
        return float(np.log(pairs_of_places / _BY_CHANCE) / np.log(len(BASES)))


def _neighbours(letters: _Letters) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Yield pairs of sequences that stand side by side when their windows are sorted, the closest first."""
    if not len(letters.lengths):
        return
    seed = letters.seed
    count = len(letters.lengths)
    turns = -(-len(letters.codes) // _WINDOWS_AT_ONCE)
    for turn in range(turns):
        found = [
            _windows(letters, some, seed, turn, turns) for some in _chunks(letters.lengths, _LETTERS_AT_ONCE)
        ]
        windows, owners = (np.concatenate(column) for column in zip(*found, strict=True))
        order = np.argsort(windows, kind="stable")
        windows, owners = windows[order], owners[order]
        side_by_side = _prefix(windows[1:] ^ windows[:-1], seed) == 0
        a, b = owners[:-1][side_by_side], owners[1:][side_by_side]
        a, b = np.minimum(a, b)[a != b], np.maximum(a, b)[a != b]
        pairs, times = np.unique(a * count + b, return_counts=True)
        pairs = pairs[np.argsort(-times, kind="stable")]
        yield pairs // count, pairs % count


def _windows(
    letters: _Letters, some: slice, seed: int, turn: int, turns: int
) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Return the windows of some sequences that are sorted in this turn, and whose they are."""
    which = np.arange(len(letters.lengths))[some]
    codes, owners = letters.some(which)
    windows, telling = _oriented(codes, owners, seed)
    if turns > 1:
        mixed = _prefix(windows, _SHORTEST_SEED) * np.uint64(0x9E3779B97F4A7C15)
        telling &= (mixed >> np.uint64(40)) % np.uint64(turns) == turn
    return windows[telling], which[owners[: len(windows)][telling]]


def _related(letters: _Letters, a: NDArray[np.int64], b: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return whether the sequences of each pair share enough words."""
    if not len(a):
        return np.zeros(0, dtype=bool)
    which, place = np.unique(np.concatenate([a, b]), return_inverse=True)
    size = round(_WORD * letters.seed)
    codes, owners = letters.some(which)
    words, telling = _oriented(codes, owners, size)
    rows, columns = owners[: len(words)][telling], _prefix(words, size)[telling].astype(np.int64)
    table = coo_array((np.ones(len(rows), dtype=np.int32), (rows, columns)), (len(which), 4**size)).tocsr()
    table.data[:] = 1  # a word counts once in a sequence
    own = table.sum(axis=1)
    first, second = place[: len(a)], place[len(a) :]
    shared = table[first].multiply(table[second]).sum(axis=1)
    fewer = np.minimum(own[first], own[second])
    wanted = np.clip(_SHARED, _SHARED_OF_LONG * fewer, _SHARED_OF_SHORT * fewer)
    return np.asarray(shared >= np.maximum(wanted, max(letters.by_chance - size + 1, 1)))


def _oriented(
    codes: NDArray[np.uint8], owners: NDArray[np.int64], size: int
) -> tuple[NDArray[np.uint64], NDArray[np.bool_]]:
    """Return each window and what follows it, as it reads on one of the strands, and which tell of kinship.

    Returns
    -------
    32 letters a number, two bits a letter, the first one highest: they begin with the ``size`` letters of the
    window, on the strand on which these come first in order. What lies past the end of the sequence is A.
    """
    places = max(len(codes) - size + 1, 0)
    index = np.arange(len(codes))
    unknown = codes == _UNKNOWN
    ahead = np.minimum.accumulate(np.where(unknown, index, len(codes))[::-1])[::-1] - index
    behind = index - np.maximum.accumulate(np.where(unknown, index, -1))
    other = np.where(unknown, np.uint8(_UNKNOWN), 3 - codes)
    forward = _packed(codes)[:places]
    backward = _packed(other[::-1])[::-1][size - 1 :]
    turned = _prefix(backward, size) < _prefix(forward, size)
    room = np.where(turned, behind[size - 1 :], ahead[:places]).clip(1, _PACKED).astype(np.uint64)
    beyond = np.uint64(2) * (np.uint64(_PACKED) - room)
    windows = np.where(turned, backward, forward) >> beyond << beyond
    whole = ahead[:places] >= size
    varied = whole & (_distinct_triplets(codes, size) > _VARIED * (size - 2))
    of = owners[:places]
    poor = 2 * np.bincount(of, varied) < np.bincount(of, whole)
    return windows, whole & (varied | poor[of])


def _packed(codes: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """Return the 32 letters from each place on as one number."""
    packed = (codes & 3).astype(np.uint64)
    width = 1
    while width < _PACKED:
        following = np.zeros_like(packed)
        following[:-width] = packed[width:]
        packed = packed << np.uint64(2 * width) | following
        width *= 2
    return packed


def _prefix(windows: NDArray[np.uint64], size: int) -> NDArray[np.uint64]:
    """Return the first letters of packed windows."""
    kept: NDArray[np.uint64] = windows >> np.uint64(2 * (_PACKED - size))
    return kept


def _distinct_triplets(codes: NDArray[np.uint8], size: int) -> NDArray[np.uint64]:
    """Return how many distinct triplets each window of ``size`` letters holds: a bit for each, counted."""
    known = (codes & 3).astype(np.uint64)
    seen = np.uint64(1) << (known[:-2] << np.uint64(4) | known[1:-1] << np.uint64(2) | known[2:])
    width, wanted = 1, size - 2
    while width < wanted:
        step = min(width, wanted - width)
        seen = seen[:-step] | seen[step:]
        width += step
    return _bits(seen)


def _bits(numbers: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return how many bits of each number are set (NumPy has a function for it from version 2 on)."""
    for shift, mask in ((1, 0x5555555555555555), (2, 0x3333333333333333), (4, 0x0F0F0F0F0F0F0F0F)):
        numbers = (numbers & np.uint64(mask)) + (numbers >> np.uint64(shift) & np.uint64(mask))
    counts: NDArray[np.uint64] = numbers * np.uint64(0x0101010101010101) >> np.uint64(56)
    return counts


def _chunks(sizes: NDArray[np.int64], limit: int = _LETTERS_AT_ONCE) -> Iterator[slice]:
    """Yield slices of at most so much in all, or of one."""
    ends = np.cumsum(sizes)
    start = 0
    while start < len(sizes):
        before = ends[start - 1] if start else 0
        stop = max(int(np.searchsorted(ends, before + limit, side="right")), start + 1)
        yield slice(start, stop)
        start = stop


def _overlapping(sequences: SequenceABC[Sequence]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return pairs of sequences whose intervals overlap, on whatever strand."""
    placed = [(s.interval, i) for i, s in enumerate(sequences) if s.interval is not None]
    ordered = sorted((at.chromosome, at.start, at.end, i) for at, i in placed)
    pairs = []
    reach = ordered[0] if ordered else None  # the interval that ends last so far
    for one in ordered[1:]:
        if reach is None or one[0] != reach[0]:
            reach = one
            continue
        if one[1] < reach[2]:
            pairs.append((reach[3], one[3]))
        if one[2] > reach[2]:
            reach = one
    return _columns(pairs)


def _identical(sequences: SequenceABC[Sequence]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return pairs of sequences with the same letters, on the same strand or the other one."""
    members: dict[str, list[int]] = {}
    for i, sequence in enumerate(sequences):
        bases = sequence.bases.upper().replace("U", "T")
        members.setdefault(min(bases, reverse_complement(bases)), []).append(i)
    return _columns([pair for same in members.values() for pair in pairwise(same)])


def _columns(pairs: list[tuple[int, int]]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    table = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    return table[:, 0], table[:, 1]
