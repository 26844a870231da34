"""The integral over one stretch of the path, from f and its slopes at the nodes there.

Numbers only. The slopes of all tokens sum to that of f, whose integral over the stretch is known exactly: it is
what f moves by. So each integral has the sum of the slopes as a control variate (Owen 2013, Monte Carlo theory,
chapter 8): the share of each token's slopes that goes with their sum is integrated exactly, and only the rest by a
rule. All integrals are complete, and what completeness had to correct tells how rough the stretch is.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Array = NDArray[np.float64]


LEAST_CHANGE = 0.1
"""The share of its last change that the next change of an integral over a panel is taken to be at least, or the last
change as a share of the integral if that is less: a rule that converges squares it."""


@dataclass(frozen=True, slots=True)
class Panel:
    """A stretch of the path, by the angles of its ends as shares of a half circle, and its three or five nodes."""

    start: float
    end: float
    count: int

    @property
    def nodes(self) -> list[float]:
        """The angles of its nodes."""
        return [self.start + (self.end - self.start) * i / (self.count - 1) for i in range(self.count)]

    @property
    def halves(self) -> tuple[Panel, Panel]:
        """Its halves, each with three nodes, which are those of a panel of five."""
        middle = (self.start + self.end) / 2
        return Panel(self.start, middle, 3), Panel(middle, self.end, 3)

    @property
    def wide(self) -> Panel:
        """The panel of five nodes of which it is a half."""
        width = 2 * (self.end - self.start)
        start = width * math.floor(self.start / width)
        return Panel(start, start + width, 5)

    @property
    def finer(self) -> Panel:
        """The same stretch with five nodes."""
        return replace(self, count=5)


class Piece(NamedTuple):
    """The integral over a stretch by one rule, and what tells how far to trust it.

    Parameters
    ----------
    integral
        (parts, positions) contributions.
    change
        (parts, positions) what it differs by from the same rule on every second node.
    correction
        (parts, positions) what was added to it for completeness.
    missing
        (2, K) what the rule lacked to the difference of f before that, over K parts of the stretch: on all nodes,
        and on every second.
    jumps
        (intervals, parts, positions) how far the slopes at the ends of each interval differ, times its length;
        none where the rule is for smooth functions.
    """

    integral: Array
    change: Array
    correction: Array
    missing: Array
    jumps: Array


def smooth(fine: Array, coarse: Array, slopes: Array, f: Array) -> Piece:
    """Return the integral by polynomials through the nodes.

    Parameters
    ----------
    fine, coarse
        (K, nodes) weights of the integrals over K parts of the stretch, on all nodes and on every second.
    slopes
        (nodes, parts, positions).
    f
        (K + 1,) at the ends of the parts.
    """
    moved = np.diff(f)
    integral, correction = _completed(fine.sum(axis=0), slopes, moved.sum())
    rough, _ = _completed(coarse.sum(axis=0), slopes[::2], moved.sum())
    sums = slopes.sum(axis=(1, 2))
    return Piece(
        integral,
        integral - rough,
        correction,
        np.stack([moved - fine @ sums, moved - coarse @ sums[::2]]),
        np.zeros((0, *slopes.shape[1:])),
    )


def plain_change(fine: Array, coarse: Array, slopes: Array) -> Array:
    """Return (parts, positions) what a rule changes before it is completed, from the arguments of :func:`smooth`."""
    return _weighted(fine.sum(axis=0), slopes) - _weighted(coarse.sum(axis=0), slopes[::2])


def wary(piece: Piece, before: Array) -> Piece:
    """Return a piece that is not taken to change by less than a share of what was changed before.

    Two rules may agree by accident where neither has seen how the slopes turn, and completed they always agree where one
    node has all the slopes. One more refinement shows it.

    Parameters
    ----------
    piece
        The integral over a stretch.
    before
        (parts, positions) what the rule with half of its nodes changed; for the fewest nodes, :func:`plain_change`.
    """
    last, own, size = (float(np.linalg.norm(one)) for one in (before, piece.change, piece.integral))
    share = min(LEAST_CHANGE, last / size) if size > 0 else LEAST_CHANGE
    if own >= share * last:
        return piece
    return piece._replace(change=piece.change * (share * last / own) if own > 0 else share * before)


def kinked(alphas: Sequence[float], slopes: Array, f: Array) -> Piece:
    """Return the integral of slopes that jump once in each interval, where f says that they do.

    Between two nodes the slopes are those of one end up to the kink and those of the other behind it: exact for
    piecewise linear networks (ReLU, max-pool) once the nodes part their kinks.

    Parameters
    ----------
    alphas
        (nodes,) places on the path.
    slopes, f
        (nodes, parts, positions) and (nodes,).
    """
    places = np.asarray(alphas)
    integral, correction = _between(places, slopes, f)
    rough, _ = _between(places[::2], slopes[::2], f[::2])
    jumps = np.diff(places)[:, None, None] * np.diff(slopes, axis=0)
    return Piece(integral, integral - rough, correction, np.zeros((2, 0)), jumps)


def unexplained(alphas: Sequence[float], slopes: Array, f: Array, rounding: float) -> float:
    """Return how much f moves between nodes that no slopes like those around them explain, in all.

    What f rises by in one interval and falls by in another leaves no trace in the sum of the scores, and none in slopes
    that are flat before, between and behind. The mean slope of an interval is explained where it lies among those of its
    four nearest nodes, or no further outside than they lie apart.

    Parameters
    ----------
    alphas
        (nodes,) places on the path.
    slopes, f
        (nodes, parts, positions) and (nodes,).
    rounding
        What f may be off by at a node.

    Examples
    --------
    >>> flat = np.zeros((4, 1, 2))
    >>> unexplained([0, 0.3, 0.6, 1], flat, np.array([0.0, 1.0, 1.0, 0.0]), 0.0)
    2.0
    """
    lengths, moved = np.diff(np.asarray(alphas)), np.diff(f)
    sums = slopes.sum(axis=(1, 2))
    near = [sums[max(0, i - 1) : i + 3] for i in range(len(moved))]
    least, most = (np.array([choose(some) for some in near]) for choose in (np.min, np.max))
    apart = most - least
    above, below = moved - lengths * (most + apart), lengths * (least - apart) - moved
    return float(np.maximum(np.maximum(above, below) - 2 * rounding, 0).sum())


def _completed(weights: Array, slopes: Array, moved: float) -> tuple[Array, Array]:
    """Return the weighted sum with its control variate, and what that added."""
    plain = _weighted(weights, slopes)
    correction = _along(slopes, abs(weights)) * (moved - plain.sum())
    return plain + correction, correction


def _between(places: Array, slopes: Array, f: Array) -> tuple[Array, Array]:
    """Return the sum over the intervals, completed where no place of the kinks explains f, and what that added."""
    lengths, moved = np.diff(places), np.diff(f)
    sums = slopes.sum(axis=(1, 2))
    turned = lengths * np.diff(sums)
    behind = np.full(len(lengths), 0.5)
    np.divide(moved - lengths * sums[:-1], turned, out=behind, where=turned != 0)
    behind = np.clip(behind, 0, 1)
    weights = np.zeros(len(places))
    weights[:-1] += lengths * (1 - behind)
    weights[1:] += lengths * behind
    return _completed(weights, slopes, moved.sum())


def _along(slopes: Array, weights: Array) -> Array:
    """Return the regression of (nodes, parts, positions) slopes on their sum; it sums to one, or is zero."""
    sums = slopes.sum(axis=(1, 2))
    size = float((weights * sums**2).sum())
    return _weighted(weights * sums, slopes) / size if size > 0 else np.zeros(slopes.shape[1:])


def _weighted(weights: Array, values: Array) -> Array:
    return np.asarray(np.einsum("n,n...->...", weights, values))
