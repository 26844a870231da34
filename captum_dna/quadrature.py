"""Rules for the integral along a path: which points to evaluate next, and when to stop.

Numbers only: a rule is told the value f and the gradient's contributions at the points it asked for,
and knows nothing of models. Contributions are dF/d(alpha), split by token (and by embedding).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]


class Point(NamedTuple):
    """A place on the path, from 0 (baseline) to 1 (input), and whether its gradient is wanted."""

    alpha: float
    gradient: bool


class Integral(NamedTuple):
    """The outcome of a rule: scores, both ends, completeness and error, and its cost."""

    scores: Array
    f_input: float
    f_baseline: float
    delta: float
    error: float
    converged: bool
    evaluations: int


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


FIXED_RULES = ("gausslegendre", "riemann_trapezoid", "riemann_left", "riemann_right", "riemann_middle")
"""Captum's names of its rules."""

_BOOLE = np.array([7, 32, 12, 32, 7]) / 90
_FIRST_PANELS = ((0.0, 0.5), (0.5, 1.0))


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
        return Integral(scores, f1, f0, delta, float("nan"), converged, len(self._nodes) + 2)


@dataclass
class AdaptiveRule:
    """Five-node panels, bisected where the completeness error is, until the errors' sum is small.

    A panel's gradient integral should equal the difference of f between its ends; what is missing is
    its error. Boole's rule has equally spaced nodes, so a bisected panel keeps three of its five and
    each half asks for two more. The errors are summed in absolute value, so that they cannot cancel.

    Parameters
    ----------
    tolerance
        Sum of the panels' errors, as a share of ``|f(1) - f(0)|``; see :func:`allowed_error`.
    resolution
        Relative precision of the numbers; errors below what it lets one see cannot be refined away.
    most_evaluations
        Where to give up; the result then says that it has not converged.
    """

    tolerance: float = 0.01
    resolution: float = 0.0
    most_evaluations: int = 257
    _f: dict[float, float] = field(default_factory=dict)
    _g: dict[float, Array] = field(default_factory=dict)
    _panels: list[tuple[float, float]] = field(default_factory=lambda: list(_FIRST_PANELS))

    def wanted(self) -> list[Point]:
        """Return the input first (it decides the class), then the nodes of open panels."""
        if not self._f:
            return [Point(1.0, gradient=True)]
        missing = self._missing()
        if not missing and not self._done():
            self._bisect()
            missing = self._missing()
        return [Point(a, gradient=True) for a in missing]

    def add(self, point: Point, f: float, contributions: Array | None) -> None:
        """Take the value and contributions at a point."""
        if contributions is None:
            raise ValueError("The adaptive rule needs the gradient at every point.")
        self._f[point.alpha] = f
        self._g[point.alpha] = contributions

    def result(self) -> Integral:
        """Return the sum over the panels."""
        scores = np.sum([self._panel(panel) for panel in self._panels], axis=0)
        f1, f0 = self._f[1.0], self._f[0.0]
        error = float(sum(self._errors()))
        return Integral(
            scores, f1, f0, float(scores.sum()) - (f1 - f0), error, error <= self._allowed(), len(self._f)
        )

    def _missing(self) -> list[float]:
        return sorted({a for panel in self._panels for a in _nodes(panel)} - self._f.keys())

    def _panel(self, panel: tuple[float, float]) -> Array:
        values = np.stack([self._g[a] for a in _nodes(panel)])
        return np.asarray((panel[1] - panel[0]) * np.einsum("n,n...->...", _BOOLE, values))

    def _errors(self) -> list[float]:
        return [abs(float(self._panel(p).sum()) - (self._f[p[1]] - self._f[p[0]])) for p in self._panels]

    def _allowed(self) -> float:
        return allowed_error(self.tolerance, self._f[1.0] - self._f[0.0])

    def _done(self) -> bool:
        error = sum(self._errors())
        noise = self.resolution * max(abs(f) for f in self._f.values())
        enough = error <= max(self._allowed(), noise)
        return enough or not np.isfinite(error) or len(self._f) + 4 > self.most_evaluations

    def _bisect(self) -> None:
        """Bisect the fewest panels that leave the others' errors within half of what is allowed."""
        errors = self._errors()
        order = np.argsort(errors)
        kept = np.cumsum(np.array(errors)[order]) <= self._allowed() / 2
        keep = {int(i) for i in order[kept]}
        affordable = max(1, (self.most_evaluations - len(self._f)) // 4)
        split = [i for i in reversed(order.tolist()) if i not in keep][:affordable]
        panels = []
        for i, (a, b) in enumerate(self._panels):
            panels += [(a, (a + b) / 2), ((a + b) / 2, b)] if i in split else [(a, b)]
        self._panels = panels


@dataclass
class PreviewRule:
    """Five nodes over the whole path, rescaled so that the scores sum to the difference: a rough picture.

    The pattern is near that of the full integral; magnitudes are off by some 10 %. ``error`` is the
    completeness error before rescaling, and the result never counts as converged.
    """

    _f: dict[float, float] = field(default_factory=dict)
    _g: dict[float, Array] = field(default_factory=dict)

    def wanted(self) -> list[Point]:
        """Return the input first, then the other four nodes."""
        nodes = [1.0] if not self._f else _nodes((0.0, 1.0))
        return [Point(a, gradient=True) for a in nodes if a not in self._f]

    def add(self, point: Point, f: float, contributions: Array | None) -> None:
        """Take the value and contributions at a point."""
        if contributions is None:
            raise ValueError("The preview needs the gradient at every point.")
        self._f[point.alpha] = f
        self._g[point.alpha] = contributions

    def result(self) -> Integral:
        """Return the rescaled sum."""
        scores = np.einsum("n,n...->...", _BOOLE, np.stack([self._g[a] for a in _nodes((0.0, 1.0))]))
        f1, f0 = self._f[1.0], self._f[0.0]
        total = float(scores.sum())
        error = abs(total - (f1 - f0))
        if total != 0 and error < abs(total):
            scores = scores * ((f1 - f0) / total)
        return Integral(
            scores, f1, f0, float(scores.sum()) - (f1 - f0), error, converged=False, evaluations=5
        )


def allowed_error(tolerance: float, difference: float) -> float:
    """Return the error that is tolerated, in units of the output.

    ``tolerance`` is a share of ``|f(x) - f(baseline)|``. Where that is below a tenth of a unit there is
    nothing to explain and the share of a tenth is allowed.
    """
    return tolerance * max(abs(difference), 0.1)


def _nodes(panel: tuple[float, float]) -> list[float]:
    a, b = panel
    return [a + (b - a) * i / 4 for i in range(5)]
