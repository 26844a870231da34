"""How far two sets of scores of one sequence agree."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

MATTERING = 0.1
"""The share of bases, by the size of their mutagenesis score, on which methods are compared with it."""

TOP = 0.1
"""The share of bases, by the size of their scores, whose overlap is counted."""

_FEWEST = 8


def correlation(one: Floats, other: Floats, *, signed: bool = True) -> float:
    """Return Pearson's r of two (L,) scores, of their sizes if one of them has no sign.

    Bases of which either score is unknown are left out; NaN where nothing is left, or one of them is constant.
    """
    known = np.isfinite(one) & np.isfinite(other)
    a, b = one[known], other[known]
    if not signed:
        a, b = np.abs(a), np.abs(b)
    if len(a) < 2 or np.ptp(a) == 0 or np.ptp(b) == 0:
        return float("nan")
    return float(np.corrcoef(a, b)[0, 1])


def mattering(length: int) -> int:
    """Return how many of so many bases :func:`where_it_matters` compares."""
    return min(length, max(_FEWEST, round(MATTERING * length)))


def where_it_matters(scores: Floats, mutagenesis: Floats, *, signed: bool = True) -> float:
    """Return Pearson's r with the mutagenesis scores on the tenth of bases where those are largest.

    Over all bases it would reward agreement on scores near 0.
    """
    top = _largest(mutagenesis, mattering(len(scores)))
    return correlation(scores[top], mutagenesis[top], signed=signed)


def overlap(a: Floats, b: Floats) -> float:
    """Return the share of the top tenth of bases, by the size of (L,) scores, that is so in both; NaN if none is known.

    Examples
    --------
    >>> overlap(np.arange(20.0), np.r_[30.0, np.arange(19.0)])
    0.5
    """
    known = np.flatnonzero(np.isfinite(a) & np.isfinite(b))
    if not len(known):
        return float("nan")
    tops = [set(known[top_bases(scores[known])].tolist()) for scores in (a, b)]
    return len(tops[0] & tops[1]) / len(tops[0])


def top_bases(scores: Floats) -> NDArray[np.int64]:
    """Return the places of the top tenth of (L,) scores by size, at least one, the first of equal ones."""
    return _largest(scores, max(1, round(TOP * len(scores))))


def _largest(scores: Floats, count: int) -> NDArray[np.int64]:
    return np.argsort(-np.nan_to_num(np.abs(scores)), kind="stable")[:count]
