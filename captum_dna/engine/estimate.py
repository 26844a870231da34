"""The error of an integral, from what its own evaluations tell: no further one is made for it.

Numbers only. Every stretch of the path has an integral over its nodes and a coarser one over every second
node; the difference of the two, a vector over the tokens, is the error of the coarser. The finer errs less, by
the factor by which it lacks less to the difference of f.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from captum_dna.core.certificate import share_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from captum_dna.engine.panels import Piece

    Array = NDArray[np.float64]

    Views = Callable[[Array], tuple[Array, ...]]
    """What a reader sees of (..., parts, positions) contributions, the scores first: linear functions of them."""

LEAST_REDUCTION = 0.02
"""A refinement is not believed to lessen the error by more than this factor."""


class _Caution(NamedTuple):
    """How an error is taken to be larger than it looks.

    Parameters
    ----------
    safety
        What the estimated error of the finer integral is multiplied by.
    least
        The least factor by which the finer is believed to err less than the coarser.
    correction
        What the correction for completeness is multiplied by.
    """

    safety: float
    least: float
    correction: float


_NINE, _WHOLE, _PANELS = (
    _Caution(6.0, LEAST_REDUCTION, 2.0),
    _Caution(3.5, LEAST_REDUCTION, 1.0),
    _Caution(2.0, 0.1, 1.0),
)
"""For nine nodes over the whole path, for 17, and for panels.

Calibrated by ``benchmarks/bench_certificate.py``, as are the two below, and on promoters through a trained model of 12
layers, whose paths turn between nine nodes more often than shows there.
"""

_KINKED_SAFETY = 2.0
"""Where slopes jump, the finer integral errs as much as it differs from the coarser, and this factor more."""

_UNSEEN = 0.25
"""The share of a jump of the slopes, times the length of its interval, that the integral may be off by."""

_LITTLE = 0.01
"""Where f moves by less than this share of the absolute scores they cancel: completeness is asked of that share."""


class Estimate(NamedTuple):
    """How far the scores may be off.

    Parameters
    ----------
    error
        L1 norm over the tokens, in units of the output.
    relative
        L2 norm, as a share of that of the scores; the largest of all views.
    panels
        (P,) the share that each panel has in it.
    kinked
        (P,) whether the slopes of a panel are taken to jump.
    """

    error: float
    relative: float
    panels: Array
    kinked: NDArray[np.bool_]


def scores_alone(contributions: Array) -> tuple[Array, ...]:
    """Return the sums over the parts: the scores of the positions and nothing else."""
    return (contributions.sum(axis=-2),)


def reduction(pieces: Sequence[Piece]) -> float:
    """Return by what factor the finer integrals of smooth pieces lack less to the differences of f than the coarser.

    All tokens' slopes turn at much the same places, so it is the factor of each token's error too.
    """
    fine, coarse = (np.linalg.norm(np.concatenate([piece.missing[i] for piece in pieces])) for i in (0, 1))
    return min(float(fine / coarse), 1.0) if coarse > 0 else 1.0


class Bound(NamedTuple):
    """How far the integral over a panel may be off.

    Parameters
    ----------
    arrays
        Each (n, parts, positions); the largest of their norms bounds the error.
    unseen
        What f moved by for no token that is known of: neither slopes nor completeness tell whose it is.
    kinked
        Whether the slopes are taken to jump there.
    """

    arrays: list[Array]
    unseen: float
    kinked: bool = False


def best(
    smooth: Sequence[Piece],
    kinked: Sequence[Piece],
    before: Sequence[float],
    unexplained: Sequence[float],
    views: Views,
    *,
    few: bool,
) -> tuple[Array, list[Bound]]:
    """Return the integrals over P panels, each by the rule whose error is less, and what bounds that error.

    Parameters
    ----------
    smooth, kinked
        The panels by either rule; no kinked ones where that is not tried.
    before
        (P,) what a refinement changed before, as a share of what the change before that had said. A rule that
        converges squares that share with twice the nodes. This sees tokens that cancel in the sum.
    unexplained
        (P,) what f moved by in a panel that its slopes do not explain; what completeness has added of it is known.
    views
        What is read from the scores.
    few
        Whether these are the first nodes over the whole path.

    Returns
    -------
    integrals
        (P, parts, positions).
    bounds
        Of each panel.
    """
    seen = reduction(smooth)
    caution = _PANELS if kinked else _NINE if few else _WHOLE
    lengths = _lengths(np.sum([piece.integral for piece in smooth], axis=0), views)
    integrals, bounds = [], []
    for i, piece in enumerate(smooth):
        factor = caution.safety * max(caution.least, seen, min(before[i], 1) ** 2)
        own, choice = [factor * piece.change[None], caution.correction * piece.correction[None]], piece
        if kinked:
            others = [
                _KINKED_SAFETY * kinked[i].change[None],
                kinked[i].correction[None],
                _UNSEEN * kinked[i].jumps,
            ]
            if _share(others, lengths, views) < _share(own, lengths, views):
                own, choice = others, kinked[i]
        integrals.append(choice.integral)
        unseen = max(0.0, unexplained[i] - abs(float(choice.correction.sum())))
        bounds.append(Bound(own, unseen, kinked=choice is not piece))
    return np.stack(integrals), bounds


def estimate(scores: Array, bounds: Sequence[Bound], moved: float, views: Views, noise: float) -> Estimate:
    """Return how far an integral may be off.

    Errors of several panels add up as independent ones do in the L2 norm, and without any cancelling in
    the L1 norm. What the sum of the scores misses counts as well, as a share of what f moves by. Nothing depends on
    the unit of the output.

    Parameters
    ----------
    scores
        (parts, positions) the integral over the whole path.
    bounds
        Of each panel.
    moved
        Difference of f between the ends of the path.
    views
        What is read from the scores.
    noise
        What rounding hides of f, in units of the output.
    """
    lengths = _lengths(scores, views)
    panels = np.array(
        [
            _share(own.arrays, lengths, views) + max(share_of(own.unseen, length) for length in lengths)
            for own in bounds
        ]
    )
    absolute = [np.max([_size(views(one)[0]).sum() for one in own.arrays]) + own.unseen for own in bounds]
    total = float(np.abs(views(scores)[0]).sum())
    lacks = abs(float(scores.sum()) - moved)
    if not (total or moved or any(absolute)):
        noise = (
            0.0  # where nothing moves along the path, as between two equal ends, there is nothing to round
        )
    incomplete = max(share_of(noise, total), share_of(lacks, _difference(moved, total)))
    return Estimate(
        error=float(np.maximum(np.sum(absolute), lacks)) + noise,
        relative=max(float(np.sqrt((panels**2).sum())), incomplete),
        panels=panels,
        kinked=np.array([own.kinked for own in bounds]),
    )


def allowed_error(tolerance: float, scores: Array, difference: float) -> float:
    """Return the completeness error that is tolerated: a share of the difference of f that the scores explain.

    Where they cancel, so that f hardly differs, it is a share of a hundredth of their absolute sum.
    """
    return tolerance * _difference(difference, float(np.abs(scores).sum()))


def _difference(moved: float, total: float) -> float:
    return max(abs(moved), _LITTLE * total)


def _lengths(scores: Array, views: Views) -> list[float]:
    """Return the L2 norm of each view of the scores."""
    return [float(np.linalg.norm(view)) for view in views(scores)]


def _share(bounds: list[Array], lengths: list[float], views: Views) -> float:
    """Return the largest L2 norm of bounds, as a share of that of the scores, over all views."""
    shares = [
        share_of(float(np.linalg.norm(view)), length)
        for bound in bounds
        for view, length in zip(views(bound), lengths, strict=True)
    ]
    return float(np.max(shares))


def _size(bound: Array) -> Array:
    """Return the (...) root of the sum of squares of (n, ...) bounds."""
    return np.asarray(np.sqrt((bound**2).sum(axis=0)))
