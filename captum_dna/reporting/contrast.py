"""What some sequences have that others have not: k-mers by how many hold them, and mean letters around a place."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from captum_dna.reporting.summary import Scored

    Floats = NDArray[np.float64]

FEWEST = 5
"""Sequences on either side below which no k-mer is tested: hardly any could be found."""

TEST = (
    "Fisher's exact test, two-sided (twice the smaller tail): is the k-mer in more of the sequences of "
    "one group than of the other? q is p after Benjamini and Hochberg, over all k-mers that occur."
)

WIDTH = 40
"""Bases of the mean letters."""

_SHOWN = 12
_CODES = np.full(256, -1, dtype=np.int64)
for _number, _alike in enumerate(("Aa", "Cc", "Gg", "TtUu")):
    for _letter in _alike:
        _CODES[ord(_letter)] = _number


class ContrastingKmer(TypedDict):
    """A k-mer that more sequences of one group hold, as :func:`contrasting_kmers` counts it."""

    kmer: str
    group: int
    rest: int
    p: float
    q: float


def contrasting_kmers(group: Sequence[str], rest: Sequence[str], k: int) -> list[ContrastingKmer]:
    """Return the k-mers that differ most in how many sequences of two groups hold them.

    Parameters
    ----------
    group, rest
        Letters of the sequences; windows with an ambiguous letter are left out.
    k
        Length.
    """
    from scipy.stats import false_discovery_control, hypergeom

    if min(len(group), len(rest)) < FEWEST:
        return []
    inside, outside = _holding(group, k), _holding(rest, k)
    seen = np.flatnonzero(inside + outside)
    if not len(seen):
        return []
    a, both, total = inside[seen], (inside + outside)[seen], len(group) + len(rest)
    more = hypergeom.sf(a - 1, total, both, len(group))
    fewer = hypergeom.cdf(a, total, both, len(group))
    p = np.minimum(1.0, 2 * np.minimum(more, fewer))
    q = false_discovery_control(p)
    gap = np.abs(a / len(group) - outside[seen] / len(rest))
    best = np.lexsort((-gap, p))[:_SHOWN]
    return [
        {
            "kmer": "".join("ACGT"[(seen[i] >> 2 * (k - 1 - j)) & 3] for j in range(k)),
            "group": int(a[i]),
            "rest": int(outside[seen[i]]),
            "p": float(f"{p[i]:.4g}"),
            "q": float(f"{q[i]:.4g}"),
        }
        for i in best
    ]


def _holding(texts: Sequence[str], k: int) -> NDArray[np.int64]:
    """Return (4**k,) how many sequences hold each k-mer."""
    counts = np.zeros(4**k, dtype=np.int64)
    for text in texts:
        letters = _CODES[np.frombuffer(text.encode("ascii"), dtype=np.uint8)]
        size = len(letters) - k + 1
        if size < 1:
            continue
        windows = np.lib.stride_tricks.sliding_window_view(letters, k)
        codes = windows @ (4 ** np.arange(k - 1, -1, -1))
        counts[np.unique(codes[(windows >= 0).all(axis=1)])] += 1
    return counts


def mean_letters(rows: Sequence[Scored], first: int, width: int) -> list[list[float]]:
    """Return (4, width) mean score of each letter A, C, G, T by position.

    Parameters
    ----------
    rows
        Scored sequences.
    first
        Position of the first column, relative to each row's origin.
    width
        Columns.
    """
    sums, counts = np.zeros((4, width)), np.zeros(width)
    for row in rows:
        letters = _CODES[np.frombuffer(row.bases.encode("ascii"), dtype=np.uint8)]
        places = np.arange(first + row.origin, first + row.origin + width)
        there = (places >= 0) & (places < len(letters))
        columns, places = np.flatnonzero(there), places[there]
        known = np.isfinite(row.scores[places]) & (letters[places] >= 0)
        columns, places = columns[known], places[known]
        sums[letters[places], columns] += row.scores[places]
        counts[columns] += 1
    means = sums / np.maximum(counts, 1)
    return [[float(f"{value:.5g}") for value in line] for line in means]


def where_they_differ(group: Sequence[float | None], rest: Sequence[float | None], width: int) -> int:
    """Return where the window begins around what differs most between two mean profiles; its middle counts most."""
    gap = np.abs(np.array([value or 0.0 for value in group]) - np.array([value or 0.0 for value in rest]))
    if len(gap) <= width:
        return 0
    return int(np.argmax(np.convolve(gap, np.hanning(width + 2)[1:-1], mode="valid")))
