"""Captum's own rules: nodes and weights that are known beforehand, with an estimate of what they miss."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.polynomial import chebyshev

from captum_dna.core.options import TOLERANCE
from captum_dna.engine.estimate import LEAST_REDUCTION, Bound, estimate, scores_alone
from captum_dna.engine.panels import unexplained
from captum_dna.engine.rule import Integral, Point, judged

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from captum_dna.engine.estimate import Estimate, Views

    Array = NDArray[np.float64]

_FEWEST_STEPS = 5
"""A fixed rule of fewer nodes cannot tell its error: there is no coarser one in it, and none in that."""

_FIXED_SAFETY = 1.5
"""How much larger than estimated the error of a fixed rule may be."""


@dataclass
class FixedRule:
    """Captum's own nodes and weights, at one go; both ends are evaluated beside them, for ``delta``.

    The error is told by every second of the nodes, and every second of those: for Gauss-Legendre nodes by the
    polynomial through them, for a Riemann sum by one of half as many steps.
    """

    n_steps: int
    name: str = "gausslegendre"
    tolerance: float = TOLERANCE
    resolution: float = 0.0
    views: Views = scores_alone
    _seen: dict[Point, tuple[float, Array | None]] = field(default_factory=dict)
    _nodes: list[Point] = field(init=False)
    _weights: Array = field(init=False)

    def __post_init__(self) -> None:
        from captum.attr._utils.approximation_methods import approximation_parameters

        weights, nodes = approximation_parameters(self.name)
        self._weights = np.array([float(w) for w in weights(self.n_steps)])
        self._nodes = [Point(float(a), gradient=True) for a in nodes(self.n_steps)]

    def judge(self, views: Views) -> None:
        """Take what is read from the contributions."""
        self.views = views

    def wanted(self) -> list[Point]:
        """Return both ends, then the nodes."""
        ends = [Point(1.0, gradient=False), Point(0.0, gradient=False)]
        return [point for point in (*ends, *self._nodes) if point not in self._seen]

    def foreseen(self) -> list[Point]:
        """Foresee nothing: all is wanted at once."""
        return []

    def add(self, point: Point, f: float, contributions: Array | None) -> None:
        """Take the value and contributions at a point."""
        self._seen[point] = (f, contributions)

    def result(self) -> Integral:
        """Return the weighted sum over the nodes."""
        f1, f0 = self._seen[Point(1.0, gradient=False)][0], self._seen[Point(0.0, gradient=False)][0]
        values = np.array([self._seen[node][1] for node in self._nodes])
        scores = _weighted(self._weights, values)
        found = None
        if self.n_steps >= _FEWEST_STEPS:
            noise = self.resolution * max(abs(f1), abs(f0))
            found = self._estimate(scores, values, f1 - f0, noise)
        return judged(scores, f1, f0, found, len(self._nodes) + 2, self.tolerance)

    def _estimate(self, scores: Array, values: Array, moved: float, noise: float) -> Estimate:
        every = np.arange(len(values))
        half, quarter = _every_second(every), _every_second(_every_second(every))
        coarse, coarser = (_weighted(self._coarser(kept), values[kept]) for kept in (half, quarter))
        change, before = scores - coarse, coarse - coarser
        # A Riemann sum errs as much as it differs from one of half as many steps.
        lessened = 1.0
        if self.name == "gausslegendre" and before.any():
            lessened = float(np.linalg.norm(change) / np.linalg.norm(before))
        factor = _FIXED_SAFETY * float(np.clip(lessened, LEAST_REDUCTION, 1))
        lacks = abs(float(scores.sum()) - moved)
        if change.any():
            factor = max(factor, lacks / float(np.abs(change.sum(axis=0)).sum()))
        f = np.array([self._seen[node][0] for node in self._nodes])
        hidden = unexplained([node.alpha for node in self._nodes], values, f, noise)
        bound = Bound([factor * change[None]], max(0.0, hidden - lacks))
        return estimate(scores, [bound], moved, self.views, noise)

    def _coarser(self, kept: NDArray[np.int64]) -> Array:
        """Return the weights of some of the nodes, in place of all."""
        if self.name != "gausslegendre":
            # Captum's weights do not all sum to one; what that costs is part of the error.
            return np.asarray(np.add.reduceat(self._weights, kept) / self._weights.sum())
        nodes = 2 * np.array([self._nodes[i].alpha for i in kept]) - 1
        degrees = np.arange(len(nodes))
        even = degrees % 2 == 0
        moments = np.where(even, 1 / np.where(even, 1.0 - degrees**2, 1.0), 0.0)
        return np.asarray(np.linalg.solve(chebyshev.chebvander(nodes, len(nodes) - 1).T, moments))


def _every_second(places: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return every second place, the first and the last among them."""
    return np.union1d(places[::2], places[-1:])


def _weighted(weights: Array, values: Array) -> Array:
    return np.asarray(np.einsum("n,n...->...", weights, values))
