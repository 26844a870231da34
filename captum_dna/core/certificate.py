"""How far the scores of one sequence can be trusted, in numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_NAN = float("nan")


@dataclass(frozen=True, slots=True)
class Certificate:
    """What tells how far to trust the scores of one sequence; numbers that do not apply are NaN.

    Parameters
    ----------
    f_input, f_baseline
        The explained output at the sequence and at the baseline, on the path itself; ``f_baseline``
        is NaN for methods without a baseline.
    delta
        Sum of all token scores minus (``f_input`` - ``f_baseline``); NaN for methods that are not
        meant to be complete.
    error
        What the true error of the scores, summed in absolute value over the tokens, will hardly exceed, in
        units of the output: an estimate, calibrated, and NaN where the method cannot tell.
    relative_error
        The same in the L2 norm, as a share of that of the scores.
    converged
        Whether the scores are within the tolerance: ``relative_error`` is, where the method can tell it.
    evaluations
        Forward passes of this sequence, with or without a backward pass.
    tolerance
        What ``converged`` was judged by; ``None`` where nothing was to be reached.
    precision
        The arithmetic that the scores were computed in, such as ``"float64"`` for a model of that format; empty in older
        results, where it is the one asked for.
    """

    f_input: float = _NAN
    f_baseline: float = _NAN
    delta: float = _NAN
    error: float = _NAN
    relative_error: float = _NAN
    converged: bool = False
    evaluations: int = 0
    tolerance: float | None = None
    precision: str = ""

    @property
    def difference(self) -> float:
        """f(x) - f(baseline), which complete scores sum to."""
        return self.f_input - self.f_baseline

    @property
    def off_by(self) -> float:
        """What the scores may be off by, as a share: ``relative_error``, or else what their sum misses of the difference.

        It is infinite where a method estimates the error and could not, and NaN where nothing can be told.

        Examples
        --------
        >>> Certificate(3.0, 1.0, delta=0.5, relative_error=0.01).off_by, Certificate(3.0, 1.0, delta=-0.5).off_by
        (0.01, 0.25)
        """
        if not math.isnan(self.relative_error):
            return self.relative_error
        missed = abs(self.delta / self.difference) if self.difference else _NAN
        is_unknown = not self.converged and self.tolerance is not None and missed <= self.tolerance
        return math.inf if is_unknown else missed

    def within(self, relative_error: float) -> bool:
        """Tell whether scores that were joined of converged ones are within the tolerance too.

        NaN, where the method has no such error, is not an objection.
        """
        return self.tolerance is None or not relative_error > self.tolerance


def mean_of(certificates: Sequence[Certificate], lengths: Sequence[float], length: float) -> Certificate:
    """Return the certificate of the mean of several scores.

    Errors add up, while the scores may cancel: the mean of those of opposite sign can be outside of a tolerance
    that each is within.

    Parameters
    ----------
    certificates
        Those of the scores.
    lengths, length
        L2 norms of the scores, and of their mean.
    """
    error = float(np.mean([one.relative_error * own for one, own in zip(certificates, lengths, strict=True)]))
    relative = share_of(error, length)
    first = certificates[0]
    return Certificate(
        f_input=float(np.mean([one.f_input for one in certificates])),
        f_baseline=float(np.mean([one.f_baseline for one in certificates])),
        delta=float(np.mean([one.delta for one in certificates])),
        error=float(np.mean([one.error for one in certificates])),
        relative_error=relative,
        converged=all(one.converged for one in certificates) and first.within(relative),
        evaluations=sum(one.evaluations for one in certificates),
        tolerance=first.tolerance,
        precision=precision_of(certificates),
    )


def precision_of(certificates: Sequence[Certificate]) -> str:
    """Return the arithmetic that several scores were computed in, by the names of all that there were."""
    return ", ".join(dict.fromkeys(one.precision for one in certificates if one.precision))


def length_of(token_scores: NDArray[np.float64], base_scores: NDArray[np.float64]) -> float:
    """Return the L2 norm of the token scores, or of the base scores where a method has no others."""
    scores = token_scores if np.isfinite(token_scores).any() else base_scores
    return float(np.sqrt(np.nansum(scores**2)))


def share_of(error: float, length: float) -> float:
    """Return an error as a share; none is none even of nothing."""
    if error == 0 or math.isnan(error):
        return error
    return error / length if length > 0 else math.inf
