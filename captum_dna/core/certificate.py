"""How far the scores of one sequence can be trusted, in numbers."""

from __future__ import annotations

from dataclasses import dataclass

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
        Estimated integration error of the scores, in units of the output; NaN where unknown.
    converged
        Whether the completeness error is within the tolerance asked for.
    evaluations
        Forward passes of this sequence, with or without a backward pass.
    tolerance
        What ``converged`` was judged by; ``None`` where nothing was to be reached.
    """

    f_input: float = _NAN
    f_baseline: float = _NAN
    delta: float = _NAN
    error: float = _NAN
    converged: bool = False
    evaluations: int = 0
    tolerance: float | None = None

    @property
    def difference(self) -> float:
        """f(x) - f(baseline), which complete scores sum to."""
        return self.f_input - self.f_baseline
