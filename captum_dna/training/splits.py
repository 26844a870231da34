"""Parts of labelled sequences that share no near-duplicates, so that a test tests.

Alternative promoters of one gene, overlapping windows and paralogues put almost the same bases into
training and test when sequences are drawn one by one. Here, those that share a long stretch stay together.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

import numpy as np

from captum_dna.core.sequences import BASES, Sequence

if TYPE_CHECKING:
    from collections.abc import Sequence as SequenceABC

    from numpy.typing import NDArray

_WORD = 20
"""Length of the words compared: long enough to be met twice by descent, not by chance."""
_SAMPLED = 8
"""One word in so many is compared, chosen by its hash and so the same ones in every sequence."""
_SHARED = 3
"""Sampled words that two sequences of one group share, which is about 24 words or 43 bases in a row."""
_REPEAT = 40
"""A word in more sequences than this is a genomic repeat and says nothing about kinship."""
_MIXER = np.uint64(0x9E3779B97F4A7C15)


def split(
    sequences: SequenceABC[Sequence], shares: SequenceABC[float], *, salt: str = ""
) -> list[list[Sequence]]:
    """Split sequences into parts of about the given shares of every class, kin never parted.

    The parts depend on the sequences alone, not on their order: groups of kin are ordered by a hash.

    Parameters
    ----------
    sequences
        Sequences with a label each.
    shares
        Share of each part; they sum to 1.
    salt
        Any text; another one gives another split.

    Returns
    -------
    One list per share, in the order of the input.

    Examples
    --------
    >>> letters = np.random.default_rng(0).choice(list(BASES), size=(10, 60))
    >>> sequences = [Sequence(str(i), "".join(row), label=i % 2) for i, row in enumerate(letters)]
    >>> [len(part) for part in split(sequences, (0.8, 0.2))]
    [8, 2]
    """
    if abs(sum(shares) - 1) > 1e-6 or min(shares) < 0:
        raise ValueError(f"The shares {tuple(shares)} do not sum to 1.")
    by_class: dict[str | int | None, list[list[int]]] = defaultdict(list)
    for group in kin([s.bases for s in sequences]):
        by_class[sequences[group[0]].label].append(group)
    parts: list[list[int]] = [[] for _ in shares]
    for groups in by_class.values():
        ordered = sorted(groups, key=lambda group: _hash(min(sequences[i].bases for i in group), salt))
        total = sum(map(len, ordered))
        edges = np.cumsum(shares) * total
        taken = 0
        for group in ordered:
            middle = taken + len(group) / 2
            part = min(int(np.searchsorted(edges, middle)), len(parts) - 1)
            parts[part] += group
            taken += len(group)
    return [[sequences[i] for i in sorted(part)] for part in parts]


def kin(bases: SequenceABC[str]) -> list[list[int]]:
    """Return groups of positions of sequences that share long stretches, directly or through others."""
    parent = list(range(len(bases)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    pairs: Counter[tuple[int, int]] = Counter()
    for members in _sharing(bases):
        pairs.update((a, b) for n, b in enumerate(members) for a in members[:n])
    same: dict[str, int] = {}
    for i, letters in enumerate(bases):
        parent[root(i)] = root(same.setdefault(letters.upper(), i))
    for (a, b), shared in pairs.items():
        if shared >= _SHARED:
            parent[root(a)] = root(b)
    groups: dict[int, list[int]] = defaultdict(list)
    for i in range(len(bases)):
        groups[root(i)].append(i)
    return list(groups.values())


def _sharing(bases: SequenceABC[str]) -> list[list[int]]:
    """Return, for each sampled word met in several sequences, the positions of those sequences."""
    words = [_words(letters) for letters in bases]
    owners = np.repeat(np.arange(len(bases)), [len(w) for w in words])
    every = np.concatenate(words) if words else np.zeros(0, dtype=np.uint64)
    order = np.argsort(every, kind="stable")
    starts = np.flatnonzero(np.diff(every[order])) + 1
    return [m.tolist() for m in np.split(owners[order], starts) if 1 < len(m) <= _REPEAT]


def _words(letters: str) -> NDArray[np.uint64]:
    """Return the distinct sampled words of one sequence as numbers; words with other letters than ACGT go."""
    codes = np.full(256, 255, dtype=np.uint64)
    for i, base in enumerate(BASES):
        codes[ord(base)] = codes[ord(base.lower())] = i
    row = codes[np.frombuffer(letters.encode("ascii"), dtype=np.uint8)]
    if len(row) < _WORD:
        return np.zeros(0, dtype=np.uint64)
    windows = np.lib.stride_tricks.sliding_window_view(row, _WORD)
    windows = windows[(windows < len(BASES)).all(axis=1)]
    values = windows @ (np.uint64(4) ** np.arange(_WORD, dtype=np.uint64))
    mixed = values * _MIXER
    return np.unique(values[(mixed >> np.uint64(40)) % np.uint64(_SAMPLED) == 0])


def _hash(text: str, salt: str) -> str:
    return hashlib.sha256((text.upper() + salt).encode()).hexdigest()
