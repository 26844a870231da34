"""Rules for the integral along a path: which points to evaluate next, and when to stop.

Numbers only: a rule is told the value f and the gradient's contributions at the points it asked for,
and knows nothing of models. Contributions are dF/d(alpha), split by token (and by embedding).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np
from numpy.polynomial import chebyshev

from captum_dna.core.certificate import Certificate

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]


class Point(NamedTuple):
    """A place on the path, from 0 (baseline) to 1 (input), and whether its gradient is wanted."""

    alpha: float
    gradient: bool


class Integral(NamedTuple):
    """The outcome of a rule: the scores, and how far to trust them."""

    scores: Array
    certificate: Certificate


class Rule(Protocol):
    """Asks for points, is told what was found there, and ends in an integral."""

    def wanted(self) -> list[Point]:
        """Return the points to evaluate next; none when done."""
        ...

    def add(self, point: Point, f: float, contributions: Array | None) -> None:
        """Take the value and, if asked for, the contributions at a point."""
        ...

    def result(self) -> Integral:
        """Return the integral."""
        ...


_BOOLE = np.array([7, 32, 12, 32, 7]) / 90
_FEWEST_NODES, _MOST_NODES = 9, 33
"""Nodes of the first rule over the whole path, and of the last before it is cut into panels."""


MOST_EVALUATIONS = 257
"""Where the adaptive rule gives up."""


@dataclass
class FixedRule:
    """Captum's own nodes and weights, at one go; both ends are evaluated beside them, for ``delta``."""

    n_steps: int
    name: str = "gausslegendre"
    tolerance: float = 0.01
    _seen: dict[Point, tuple[float, Array | None]] = field(default_factory=dict)
    _nodes: list[Point] = field(init=False)
    _weights: list[float] = field(init=False)

    def __post_init__(self) -> None:
        from captum.attr._utils.approximation_methods import approximation_parameters

        weights, nodes = approximation_parameters(self.name)
        self._weights = [float(w) for w in weights(self.n_steps)]
        self._nodes = [Point(float(a), gradient=True) for a in nodes(self.n_steps)]

    def wanted(self) -> list[Point]:
        """Return both ends, then the nodes."""
        ends = [Point(1.0, gradient=False), Point(0.0, gradient=False)]
        return [point for point in (*ends, *self._nodes) if point not in self._seen]

    def add(self, point: Point, f: float, contributions: Array | None) -> None:
        """Take the value and contributions at a point."""
        self._seen[point] = (f, contributions)

    def result(self) -> Integral:
        """Return the weighted sum over the nodes."""
        f1, f0 = self._seen[Point(1.0, gradient=False)][0], self._seen[Point(0.0, gradient=False)][0]
        parts = [self._seen[node][1] for node in self._nodes]
        scores = np.einsum("n,n...->...", np.array(self._weights), np.array(parts))
        delta = float(scores.sum()) - (f1 - f0)
        converged = abs(delta) <= allowed_error(self.tolerance, f1 - f0)
        evaluations = len(self._nodes) + 2
        return Integral(
            scores, Certificate(f1, f0, delta, float("nan"), converged, evaluations, self.tolerance)
        )


@dataclass
class AdaptiveRule:
    """Nested nodes, doubled and then bisected where the completeness error is, until the errors' sum is small.

    Nodes are equally spaced in angle, alpha = (1 - cos(pi t)) / 2. On 9, 17 and 33 of them, the polynomial
    through all slopes (Clenshaw and Curtis 1960, doi:10.1007/BF01386223) is integrated over the four
    quarters of the angle; each should equal the difference of f between its ends, and what is missing is
    its error. Errors are summed in absolute value, so that they cannot cancel. Where 33 nodes are not
    enough the path has a sharp turn: it is cut into panels of five nodes, which are bisected where the
    error is. No evaluation is ever made twice or thrown away.

    Parameters
    ----------
    tolerance
        Sum of the errors, as a share of ``|f(1) - f(0)|``; see :func:`allowed_error`.
    resolution
        Relative precision of the numbers; errors below what it lets one see cannot be refined away.
    most_evaluations
        Where to give up; the result then says that it has not converged.
    """

    tolerance: float = 0.01
    resolution: float = 0.0
    most_evaluations: int = MOST_EVALUATIONS
    _f: dict[float, float] = field(default_factory=dict)
    _g: dict[float, Array] = field(default_factory=dict)
    _angle: dict[float, float] = field(default_factory=dict)
    _count: int = _FEWEST_NODES
    _panels: list[tuple[float, float]] | None = None

    def wanted(self) -> list[Point]:
        """Return the input first (it decides the class), then what the rule still lacks."""
        missing = self._missing() if self._f else [1.0]
        if not missing and not self._done():
            self._refine()
            missing = self._missing()
        points = [Point((1 - math.cos(math.pi * t)) / 2, gradient=True) for t in missing]
        self._angle.update(zip([point.alpha for point in points], missing, strict=True))
        return points

    def add(self, point: Point, f: float, contributions: Array | None) -> None:
        """Take the value and contributions at a point."""
        if contributions is None:
            raise ValueError("The adaptive rule needs the gradient at every point.")
        t = self._angle[point.alpha]
        self._f[t] = f
        self._g[t] = contributions

    def result(self) -> Integral:
        """Return the integral over the whole path."""
        if self._panels is None:
            scores = _weighted(_quarters(self._count).sum(axis=0), [self._g[t] for t in self._nodes()])
        else:
            scores = np.sum([self._panel(panel) for panel in self._panels], axis=0)
        f1, f0 = self._f[1.0], self._f[0.0]
        error, delta = float(sum(self._errors())), float(scores.sum()) - (f1 - f0)
        converged = error <= self._allowed()
        return Integral(scores, Certificate(f1, f0, delta, error, converged, len(self._f), self.tolerance))

    def _nodes(self) -> list[float]:
        if self._panels is None:
            return [i / (self._count - 1) for i in range(self._count)]
        return sorted({a + (b - a) * i / 4 for a, b in self._panels for i in range(5)})

    def _missing(self) -> list[float]:
        return [t for t in self._nodes() if t not in self._f]

    def _errors(self) -> list[float]:
        if self._panels is not None:
            return [
                abs(float(self._panel((a, b)).sum()) - (self._f[b] - self._f[a])) for a, b in self._panels
            ]
        slopes = np.array([self._g[t].sum() for t in self._nodes()])
        ends = np.array([self._f[i / 4] for i in range(5)])
        return [float(e) for e in np.abs(_quarters(self._count) @ slopes - np.diff(ends))]

    def _panel(self, panel: tuple[float, float]) -> Array:
        a, b = panel
        nodes = [a + (b - a) * i / 4 for i in range(5)]
        speed = [math.pi / 2 * math.sin(math.pi * t) for t in nodes]
        return _weighted((b - a) * _BOOLE * speed, [self._g[t] for t in nodes])

    def _allowed(self) -> float:
        return allowed_error(self.tolerance, self._f[1.0] - self._f[0.0])

    def _done(self) -> bool:
        error = sum(self._errors())
        noise = self.resolution * max(abs(f) for f in self._f.values())
        enough = error <= max(self._allowed(), noise)
        doubling = self._panels is None and self._count < _MOST_NODES
        cost = self._count - 1 if doubling else 4
        return enough or not np.isfinite(error) or len(self._f) + cost > self.most_evaluations

    def _refine(self) -> None:
        if self._panels is None and self._count < _MOST_NODES:
            self._count = 2 * self._count - 1
        elif self._panels is None:
            pieces = (_MOST_NODES - 1) // 4
            self._panels = [(i / pieces, (i + 1) / pieces) for i in range(pieces)]
            if not self._done():
                self._bisect(self._panels)
        else:
            self._bisect(self._panels)

    def _bisect(self, panels: list[tuple[float, float]]) -> None:
        """Bisect the fewest panels that leave the others' errors within half of what is allowed."""
        errors = self._errors()
        order = np.argsort(errors)
        kept = np.cumsum(np.array(errors)[order]) <= self._allowed() / 2
        keep = {int(i) for i in order[kept]}
        affordable = max(1, (self.most_evaluations - len(self._f)) // 4)
        split = set([i for i in reversed(order.tolist()) if i not in keep][:affordable])
        halves: list[tuple[float, float]] = []
        for i, (a, b) in enumerate(panels):
            halves += [(a, (a + b) / 2), ((a + b) / 2, b)] if i in split else [(a, b)]
        self._panels = halves


@dataclass
class PreviewRule(AdaptiveRule):
    """Five nodes and no more, rescaled so that the scores sum to the difference: a rough picture.

    The pattern is near that of the full integral; magnitudes are off by some 10 %. ``error`` is the
    completeness error before rescaling, and the result never counts as converged.
    """

    _count: int = 5

    def result(self) -> Integral:
        """Return the rescaled sum."""
        rough = super().result()
        total, difference = float(rough.scores.sum()), rough.certificate.difference
        error = abs(rough.certificate.delta)
        scores = rough.scores * (difference / total) if total != 0 and error < abs(total) else rough.scores
        delta = float(scores.sum()) - difference
        return Integral(
            scores, replace(rough.certificate, delta=delta, error=error, converged=False, tolerance=None)
        )

    def _done(self) -> bool:
        return True


def allowed_error(tolerance: float, difference: float) -> float:
    """Return the error that is tolerated, in units of the output.

    ``tolerance`` is a share of ``|f(x) - f(baseline)|``. Where that is below a tenth of a unit there is
    nothing to explain and the share of a tenth is allowed.
    """
    return tolerance * max(abs(difference), 0.1)


@lru_cache
def _quarters(count: int) -> Array:
    """Return (4, count) weights: integrals over the quarters of the angle of the polynomial through all nodes."""
    angles = np.pi * np.arange(count) / (count - 1)
    nodes = -np.cos(angles)
    cuts = -np.cos(np.pi * np.arange(5) / 4)
    weights = np.empty((4, count))
    for i in range(count):
        through = chebyshev.chebfit(nodes, np.eye(count)[i], count - 1)
        weights[:, i] = np.diff(chebyshev.chebval(cuts, chebyshev.chebint(through))) / 2
    return weights


def _weighted(weights: Array, values: list[Array]) -> Array:
    return np.asarray(np.einsum("n,n...->...", weights, np.stack(values)))
