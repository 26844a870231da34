"""From token scores to base scores: each rule stated, none hidden.

A token covers a half-open span of bases, or none if it is a special token. Bases that no token
covers get NaN, because nothing is known about them.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from captum_dna.core.options import PROJECTIONS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from captum_dna.core.attribution import Span

CONSERVING = frozenset({"split", "center"})
"""Projections whose base scores and special-token scores sum to the token scores' sum."""


def project(
    token_scores: ArrayLike, spans: Sequence[Span | None], length: int, how: str = "split"
) -> NDArray[np.float64]:
    """Bring token scores to bases.

    Parameters
    ----------
    token_scores
        (T,) signed scores, in any unit.
    spans
        T half-open base intervals ``(start, end)``; ``None`` for special tokens, which are left out.
    length
        Number of bases L.
    how
        One of ``"split"``, ``"mean"``, ``"max"`` and ``"center"``. See :data:`captum_dna.core.options.PROJECTIONS`.

    Returns
    -------
    (L,) base scores in the unit of the token scores, NaN where no token covers a base
    (with ``"center"``: 0 where a base is covered but is the middle of no token).

    Examples
    --------
    Two overlapping 3-mers over four bases:

    >>> project([3.0, 6.0], [(0, 3), (1, 4)], 4, "split")
    array([1., 3., 3., 2.])
    >>> project([3.0, 6.0], [(0, 3), (1, 4)], 4, "mean")
    array([3. , 4.5, 4.5, 6. ])
    >>> project([3.0, -6.0], [(0, 3), (1, 4)], 4, "max")
    array([ 3., -6., -6., -6.])
    >>> project([3.0, 6.0], [(0, 3), (1, 4)], 4, "center")
    array([0., 3., 6., 0.])
    """
    if how not in PROJECTIONS:
        raise ValueError(f"There is no projection {how!r}. Choose one of {', '.join(PROJECTIONS)}.")
    scores = np.asarray(token_scores, dtype=np.float64)
    if len(scores) != len(spans):
        raise ValueError(
            f"There are {len(scores)} token scores but {len(spans)} spans; each token needs one."
        )
    covering, starts, ends, bases, depth = _laid(tuple(spans), length)
    scores = scores[covering]
    sizes = ends - starts
    if how == "split":
        result = _total(bases, np.repeat(scores / sizes, sizes), length)
    elif how == "center":
        low, high = (starts + ends - 1) // 2, (starts + ends) // 2
        result = _total(low, scores / 2, length) + _total(high, scores / 2, length)
    elif how == "mean":
        result = _total(bases, np.repeat(scores, sizes), length) / np.maximum(depth, 1)
    else:
        spread = np.repeat(scores, sizes)
        order = np.argsort(np.abs(spread), kind="stable")
        result = np.zeros(length)
        result[bases[order]] = spread[order]
    result[depth == 0] = np.nan
    return result


def middle(span: Span) -> Span:
    """Return the middle base of a span, or its middle two, as a span.

    Examples
    --------
    >>> middle((0, 3)), middle((0, 4))
    ((1, 2), (1, 3))
    """
    start, end = span
    return (start + end - 1) // 2, (start + end) // 2 + 1


class _Laid(NamedTuple):
    """Where tokens lie: the places of those with a span, its ends, the bases of all spans, and how many cover each base."""

    covering: NDArray[np.int64]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    bases: NDArray[np.int64]
    depth: NDArray[np.int64]


@lru_cache(maxsize=64)
def _laid(spans: tuple[Span | None, ...], length: int) -> _Laid:
    """Return how tokens lie over so many bases; sequences of one length often have it alike."""
    covering = np.array([i for i, span in enumerate(spans) if span is not None], dtype=np.int64)
    flat = chain.from_iterable(span for span in spans if span is not None)
    edges = np.fromiter(flat, dtype=np.int64, count=2 * len(covering)).reshape(-1, 2)
    starts, ends = edges[:, 0], edges[:, 1]
    bases = _expand(starts, ends - starts)
    return _Laid(covering, starts, ends, bases, np.bincount(bases, minlength=length))


def _total(bases: NDArray[np.int64], scores: NDArray[np.float64], length: int) -> NDArray[np.float64]:
    """Return the sum of the scores that fall on each base."""
    return np.bincount(bases, scores, minlength=length).astype(np.float64)


def _expand(starts: NDArray[np.int64], sizes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the indices of all bases of all spans, one span after the other."""
    offsets = np.cumsum(sizes) - sizes
    return np.repeat(starts - offsets, sizes) + np.arange(int(sizes.sum()))
