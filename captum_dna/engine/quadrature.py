"""The adaptive rule for the integral along a path: which points to evaluate next, and when to stop."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.polynomial import chebyshev

from captum_dna.core.certificate import share_of
from captum_dna.core.options import TOLERANCE
from captum_dna.engine.estimate import allowed_error, best, estimate, scores_alone
from captum_dna.engine.panels import Panel, plain_change, unexplained, wary
from captum_dna.engine.panels import kinked as kinked_piece
from captum_dna.engine.panels import smooth as smooth_piece
from captum_dna.engine.rule import Integral, Point, judged

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from captum_dna.engine.estimate import Estimate, Views
    from captum_dna.engine.panels import Piece

    Array = NDArray[np.float64]


class Nodes(NamedTuple):
    """Where a rule has come to: so many nodes over the whole path, or panels of them."""

    whole: int
    panels: tuple[Panel, ...] | None


_WEIGHTS = {
    2: np.array([1, 1]) / 2,
    3: np.array([1, 4, 1]) / 6,
    5: np.array([7, 32, 12, 32, 7]) / 90,
}
"""By number of nodes: the trapezoid's, Simpson's and Boole's."""

_FEWEST_NODES, _MOST_NODES = 9, 17
"""Nodes of the first rule over the whole path, and of the last before it is cut into panels."""

_PAYS = 0.3
"""Twice the nodes over the whole path are tried where the error that they will have is thought to be at most the
tolerance over this share."""

_LEFT = 0.8
"""The share of the tolerance that the error of the panels which are not refined may take."""

_DOUBTED = 1.6
"""How much more the error of a panel counts there where its slopes are taken to jump, because it is known less well."""

_AT_ONCE = 2
"""Panels that are refined at once, at least; half of all where these are more."""

_ROUNDED = 4
"""How many times its resolution f may be off by at a node, where logits are large beside f."""

_NARROWEST = 2.0**-40
"""The width of a panel, in angle, that is not refined: where f jumps, its nodes would come to lie in one place."""

MOST_EVALUATIONS = 257
"""Where the adaptive rule stops."""


@dataclass
class AdaptiveRule:
    """Nested nodes, added two at a time where the error of the scores is, until it is small.

    Nodes are equally spaced in angle, alpha = (1 - cos(pi t)) / 2. Through 9 of them the polynomial of all slopes is
    integrated (Clenshaw and Curtis 1960, doi:10.1007/BF01386223), and through 17 where it converges so fast that these
    will do. Else the path has a sharp turn, or kinks: it is cut into panels of three nodes, each by the rule of
    :mod:`captum_dna.engine.panels` that errs less there. Where the error is, a panel of three gets two more, and one of
    five is parted into two of three, the worse of which gets two more. The error is that of the vector of scores, which
    :mod:`captum_dna.engine.estimate` tells from the same evaluations; none is ever made twice or thrown away.

    Parameters
    ----------
    tolerance
        Error to reach, in the L2 norm of the scores, as a share of that norm.
    resolution
        Relative precision of f; what it hides is not taken for exact.
    resolution_at_ends
        The same at both ends of the path; what it hides of their difference cannot be refined away.
    most_evaluations
        Where to stop; the result then says that it has not converged.
    views
        What is read from the contributions; all of it is within the tolerance.
    """

    tolerance: float = TOLERANCE
    resolution: float = 0.0
    most_evaluations: int = MOST_EVALUATIONS
    least_progress: float = 0.0
    resolution_at_ends: float | None = None
    views: Views = scores_alone
    _f: dict[float, float] = field(default_factory=dict)
    _g: dict[float, Array] = field(default_factory=dict)
    _angle: dict[float, float] = field(default_factory=dict)
    _count: int = _FEWEST_NODES
    _panels: list[Panel] | None = None
    _known: dict[Panel, tuple[Piece, Piece, float]] = field(default_factory=dict)
    _errors: list[float] = field(default_factory=list)
    """Of the panels, before each refinement."""
    _found: tuple[Array, Estimate] | None = None
    """The integral over the nodes there are, until there are others."""

    @property
    def nodes(self) -> Nodes:
        """Where the rule has come to."""
        return Nodes(self._count, None if self._panels is None else tuple(self._panels))

    def beginning_with(self, nodes: Nodes) -> AdaptiveRule:
        """Return a fresh rule that begins with known nodes, as one that followed the path before had come to."""
        panels = None if nodes.panels is None else list(nodes.panels)
        return replace(
            self,
            _count=nodes.whole,
            _panels=panels,
            _f={},
            _g={},
            _angle={},
            _known={},
            _errors=[],
            _found=None,
        )

    def judge(self, views: Views) -> None:
        """Take what is read from the contributions."""
        self.views = views

    def wanted(self) -> list[Point]:
        """Return the input first (it decides the class), then what the rule still lacks."""
        missing = self._missing()
        if not self._f:
            missing = [1.0, *(t for t in missing if t != 1.0)]
        elif not missing:
            self._refine()
            missing = self._missing()
        points = [Point(_alpha(t), gradient=True) for t in missing]
        self._angle.update(zip([point.alpha for point in points], missing, strict=True))
        return points

    def foreseen(self) -> list[Point]:
        """Return the middles between nodes, first of what is refined: every refinement halves distances."""
        nodes = self._nodes()
        gaps = sorted(pairwise(nodes), key=lambda gap: gap[0] in self._f and gap[1] in self._f)
        return [Point(_alpha((start + end) / 2), gradient=True) for start, end in gaps]

    def add(self, point: Point, f: float, contributions: Array | None) -> None:
        """Take the value and contributions at a point."""
        if contributions is None:
            raise ValueError("The adaptive rule needs the gradient at every point.")
        t = self._angle[point.alpha]
        self._f[t] = f
        self._g[t] = contributions
        self._found = None

    def result(self) -> Integral:
        """Return the integral over the whole path."""
        scores, found = self._integral()
        return judged(scores, self._f[1.0], self._f[0.0], found, len(self._f), self.tolerance)

    def _nodes(self) -> list[float]:
        if self._panels is None:
            return [i / (self._count - 1) for i in range(self._count)]
        return sorted({t for panel in self._panels for t in panel.nodes})

    def _missing(self) -> list[float]:
        return [t for t in self._nodes() if t not in self._f]

    def _integral(self) -> tuple[Array, Estimate]:
        """Return the (parts, positions) integral, and how far it may be off."""
        if self._found is None:
            self._found = self._integrated()
        return self._found

    def _integrated(self) -> tuple[Array, Estimate]:
        if self._panels is None:
            smooth, kinked = [self._whole(self._count)], []
            before = [_ratio(smooth[0].change, self._whole((self._count + 1) // 2).change)]
            hidden = [self._unexplained(self._nodes())]
        else:
            smooth, kinked, hidden = map(list, zip(*map(self._panel, self._panels), strict=True))
            before = [self._before(panel) for panel in self._panels]
        integrals, bounds = best(smooth, kinked, before, hidden, self.views, few=self._count <= _FEWEST_NODES)
        scores = integrals.sum(axis=0)
        return scores, estimate(scores, bounds, self._f[1.0] - self._f[0.0], self.views, self._noise())

    def _unexplained(self, nodes: list[float]) -> float:
        """Return how much f moves between nodes for no reason that their slopes tell; rounding is no news."""
        slopes, f = np.stack([self._g[t] for t in nodes]), np.array([self._f[t] for t in nodes])
        rounding = _ROUNDED * self.resolution * float(np.abs(f).max())
        return unexplained([_alpha(t) for t in nodes], slopes, f, rounding)

    def _whole(self, count: int) -> Piece:
        """Return the integral of the polynomial through nodes; its parts are the quarters of the angle."""
        slopes = np.stack([self._g[i / (count - 1)] for i in range(count)])
        f = np.array([self._f[i / 4] for i in range(5)])
        return smooth_piece(_quarters(count), _quarters((count + 1) // 2), slopes, f)

    def _before(self, panel: Panel) -> float:
        """Return what the halves of the wider panel, of which this is one, changed of what its change had said."""
        wide = self._panel(panel.wide)[0]
        halves = [self._panel(self._finest(half))[0].integral for half in panel.wide.halves]
        return _ratio(halves[0] + halves[1] - wide.integral, wide.change)

    def _finest(self, panel: Panel) -> Panel:
        """Return the same stretch with five nodes where there are so many."""
        return panel.finer if all(t in self._f for t in panel.finer.nodes) else panel

    def _panel(self, panel: Panel) -> tuple[Piece, Piece, float]:
        """Return the integral over a panel, as of smooth slopes and of slopes with kinks, and what f moves unexplained."""
        if panel not in self._known:
            nodes = panel.nodes
            speed = (panel.end - panel.start) * math.pi / 2 * np.sin(math.pi * np.array(nodes))
            slopes, f = np.stack([self._g[t] for t in nodes]), np.array([self._f[t] for t in nodes])
            fine = (_WEIGHTS[panel.count] * speed)[None]
            coarse = (_WEIGHTS[(panel.count + 1) // 2] * speed[::2])[None]
            before = (
                plain_change(fine, coarse, slopes)
                if panel.count == 3
                else self._panel(replace(panel, count=3))[0].change
            )
            self._known[panel] = (
                wary(smooth_piece(fine, coarse, slopes, f[[0, -1]]), before),
                kinked_piece([_alpha(t) for t in nodes], slopes, f),
                self._unexplained(nodes),
            )
        return self._known[panel]

    def _noise(self) -> float:
        """Return what rounding hides of the integral: only panels are completed by f between the ends of the path."""
        return self._hidden_at_ends() if self._panels is None else self._hidden_between()

    def _hidden_at_ends(self) -> float:
        at_ends = self.resolution if self.resolution_at_ends is None else self.resolution_at_ends
        return at_ends * max(abs(self._f[0.0]), abs(self._f[1.0]))

    def _hidden_between(self) -> float:
        return self.resolution * max(abs(f) for f in self._f.values())

    def _refine(self) -> None:
        """Choose finer nodes, unless the scores are within the tolerance or cannot get there."""
        scores, found = self._integral()
        own = self.views(scores)[0]
        allowed = allowed_error(self.tolerance, own, self._f[1.0] - self._f[0.0])
        hidden = self._hidden_at_ends() > allowed
        if found.relative <= self.tolerance or not np.isfinite(found.error) or hidden or self._stalls(found):
            return
        panels_are_exact = share_of(self._hidden_between(), float(np.abs(own).sum())) <= self.tolerance
        if self._panels is None and self._count < _MOST_NODES and (not panels_are_exact or self._pays(found)):
            if 2 * self._count - 1 <= self.most_evaluations:
                self._count = 2 * self._count - 1
        elif not panels_are_exact:
            return
        elif self._panels is None:
            pieces = (self._count - 1) // 2
            # On the same nodes panels are the coarser rule, so their word for it does not count yet.
            self._panels = [Panel(i / pieces, (i + 1) / pieces, 3) for i in range(pieces)]
            self._refine_panels(self._panels, self._integrated()[1])
        else:
            self._refine_panels(self._panels, found)

    def _pays(self, found: Estimate) -> bool:
        """Tell whether the polynomial through twice the nodes will do, if it converges as it did so far."""
        changes = [self._whole(count).change for count in (self._count, (self._count + 1) // 2)]
        return _PAYS * found.relative * min(_ratio(*changes), 1) ** 2 <= self.tolerance

    def _stalls(self, found: Estimate) -> bool:
        """Tell whether the last two refinements of panels took too little of the error away."""
        if self._panels is None or not self.least_progress:
            return False
        self._errors.append(found.relative)
        return len(self._errors) > 2 and self._errors[-1] > (1 - self.least_progress) * self._errors[-3]

    def _refine_panels(self, panels: list[Panel], found: Estimate) -> None:
        """Refine the fewest panels that leave the others' error within a share of the tolerance, a few at a time.

        The errors of wide panels look larger than they are, so that many at once would be too many. Those that are narrow
        beyond measure stay as they are.
        """
        errors = found.panels * np.where(found.kinked, _DOUBTED, 1.0)
        can = np.array([panel.end - panel.start > _NARROWEST for panel in panels])
        if not can.any():
            return
        order = np.argsort(-errors)
        order = order[can[order]]
        rest = np.sqrt(np.cumsum(errors[order[::-1]] ** 2))[::-1]
        affordable = (self.most_evaluations - len(self._f)) // 2
        wanted = max(1, int((rest > _LEFT * self.tolerance).sum()))
        chosen = set(order[: min(wanted, affordable, max(_AT_ONCE, len(panels) // 2))].tolist())
        finer: list[Panel] = []
        for i, panel in enumerate(panels):
            finer += self._refined(panel) if i in chosen else [panel]
        self._panels, self._found = finer, None

    def _refined(self, panel: Panel) -> list[Panel]:
        """Return a panel with two more nodes: itself, or the half of it that errs more."""
        if panel.count == 3:
            return [panel.finer]

        def error(half: Panel) -> float:
            smooth, _, hidden = self._panel(half)
            return float(np.linalg.norm(smooth.change)) + hidden

        worse = max(panel.halves, key=error)
        return [half.finer if half == worse else half for half in panel.halves]


@dataclass
class PreviewRule(AdaptiveRule):
    """Five nodes and no more: a rough picture that sums to the difference of f.

    It cannot tell how far it is off: ``error`` is NaN, and the result never counts as converged.
    """

    _count: int = 5

    def foreseen(self) -> list[Point]:
        """Foresee nothing."""
        return []

    def result(self) -> Integral:
        """Return the sum over the five."""
        scores, certificate = super().result()
        rough = replace(certificate, error=math.nan, relative_error=math.nan, converged=False, tolerance=None)
        return Integral(scores, rough)

    def _refine(self) -> None:
        """Leave it at five."""


def _alpha(t: float) -> float:
    """Return the place on the path at an angle."""
    return (1 - math.cos(math.pi * t)) / 2


def _ratio(change: Array, before: Array) -> float:
    """Return how the length of a change compares with that of one before."""
    now, then = float(np.linalg.norm(change)), float(np.linalg.norm(before))
    return now / then if then > 0 else 1.0


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
