"""What a rule for the integral along a path is: it says which points to evaluate next, and when to stop.

Numbers only: a rule is told the value f and the gradient's contributions at the points it asked for,
and knows nothing of models. Contributions are dF/d(alpha), split by token (and by embedding).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple, Protocol

from captum_dna.core.certificate import Certificate

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from captum_dna.engine.estimate import Estimate, Views

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

    def judge(self, views: Views) -> None:
        """Take what is read from the contributions, whose error is to be told."""
        ...

    def wanted(self) -> list[Point]:
        """Return the points to evaluate next; none when done."""
        ...

    def foreseen(self) -> list[Point]:
        """Return points that may be wanted once those that are asked for are answered, the likeliest first."""
        ...

    def add(self, point: Point, f: float, contributions: Array | None) -> None:
        """Take the value and, if asked for, the contributions at a point."""
        ...

    def result(self) -> Integral:
        """Return the integral."""
        ...


def judged(
    scores: Array,
    f_input: float,
    f_baseline: float,
    found: Estimate | None,
    evaluations: int,
    tolerance: float,
) -> Integral:
    """Return scores with their certificate; what is not a number, or has no estimate, has not converged."""
    delta = float(scores.sum()) - (f_input - f_baseline)
    error, relative = (found.error, found.relative) if found else (math.nan, math.nan)
    return Integral(
        scores,
        Certificate(
            f_input=f_input,
            f_baseline=f_baseline,
            delta=delta,
            error=error,
            relative_error=relative,
            converged=math.isfinite(delta) and relative <= tolerance,
            evaluations=evaluations,
            tolerance=tolerance,
        ),
    )
