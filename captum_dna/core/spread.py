"""How far scores would have been otherwise: from the repetitions of an explanation to error bars of its letters.

An explanation is repeated with one choice changed at a time. A cause is that choice; its values are those tried and
the explanation's own. Variances of the causes add up, as they do where causes do not interact.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from captum_dna.core.agreement import correlation, overlap

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from captum_dna.core.explained import Repeated

    Floats = NDArray[np.float64]

REPEATS = "repeats"
"""Name among the extras of a result of the (R, L) scores of its R repetitions."""

STABLE = 0.9
"""The share of explanations that have to agree in its sign for a letter to be called stable."""


@dataclass(frozen=True, slots=True, eq=False)
class Spread:
    """What R repetitions of one explanation of L bases say, for C causes.

    Parameters
    ----------
    tried
        The values tried of each cause, the explanation's own not among them; R in all.
    mean
        (L,) the score plus, of each cause, the mean of all its values less the score; with one cause, the mean over
        all explanations.
    variances
        (C, L) variance of the score over the values of each cause, the explanation's own among them (n - 1 in the
        denominator).
    same_sign
        (L,) share of the R + 1 explanations whose score has the sign of the score itself.
    pearson, overlap
        (R,) correlation of each repetition with the scores, and share of the scores' top tenth of bases, by size,
        that is in its own.
    """

    tried: Mapping[str, tuple[str | int, ...]]
    mean: Floats
    variances: Floats
    same_sign: Floats
    pearson: Floats
    overlap: Floats

    def __repr__(self) -> str:
        causes = ", ".join(f"{name} ({len(values)})" for name, values in self.tried.items())
        return f"<Spread of {self.count} repetitions over {causes}>"

    @property
    def count(self) -> int:
        """Repetitions, R."""
        return len(self.pearson)

    @property
    def sd(self) -> Floats:
        """(L,) standard deviation of the score over all causes; NaN where no cause tells."""
        known = np.isfinite(self.variances)
        total = np.sqrt(np.where(known, self.variances, 0).sum(axis=0))
        return np.where(known.any(axis=0), total, np.nan)

    @property
    def shares(self) -> dict[str, float]:
        """Share of each cause in the variance, summed over the bases; NaN where there is none."""
        return shares_of([self])

    @property
    def stable(self) -> NDArray[np.bool_]:
        """(L,) whether the sign of a letter is stable."""
        return self.same_sign >= STABLE

    @property
    def agreement(self) -> float:
        """Mean of ``pearson``; NaN where all scores are equal."""
        return mean_of_known(self.pearson)

    def of(self, cause: str) -> slice:
        """Return where the repetitions of a cause stand among all."""
        before = 0
        for name, values in self.tried.items():
            if name == cause:
                return slice(before, before + len(values))
            before += len(values)
        raise KeyError(cause)


def spread_of(result: Repeated) -> Spread | None:
    """Return what the repetitions of a result say; ``None`` where it has not been repeated.

    Examples
    --------
    >>> from types import SimpleNamespace as Result
    >>> from captum_dna.core.run import Run
    >>> run = Run(method_options={"over": {"baseline": ["zero"], "strand": ["reverse"]}})
    >>> scores, others = np.array([1.0, 4.0]), np.array([[3.0, 4.0], [1.0, -4.0]])
    >>> found = spread_of(Result(run=run, base_scores=scores, extras={"repeats": others}))
    >>> found.mean.tolist(), found.variances.tolist(), found.same_sign.round(2).tolist()
    ([2.0, 0.0], [[2.0, 0.0], [0.0, 32.0]], [1.0, 0.67])
    """
    others = result.extras.get(REPEATS)
    if others is None:
        return None
    scores, values = result.base_scores, result.run.over
    shifts, variances = [], []
    first = 0
    for some in values.values():
        every = np.vstack([scores, others[first : first + len(some)]])
        first += len(some)
        known = np.isfinite(every)
        count = known.sum(axis=0)
        mean = np.where(known, every, 0).sum(axis=0) / np.maximum(count, 1)
        squares = np.where(known, (every - mean) ** 2, 0).sum(axis=0)
        shifts.append(np.where(count > 0, mean - scores, 0))
        variances.append(np.where(count > 1, squares / np.maximum(count - 1, 1), np.nan))
    tried = np.isfinite(others)
    agree = (tried & (np.sign(np.where(tried, others, 0)) == np.sign(scores))).sum(axis=0)
    return Spread(
        values,
        scores + np.sum(shifts, axis=0),
        np.array(variances),
        np.where(np.isfinite(scores), (1 + agree) / (1 + tried.sum(axis=0)), np.nan),
        np.array([correlation(scores, one) for one in others]),
        np.array([overlap(scores, one) for one in others]),
    )


def shares_of(spreads: Iterable[Spread]) -> dict[str, float]:
    """Return the share of each cause in the variance, summed over the bases of all sequences; NaN where there is none."""
    total: dict[str, float] = {}
    for spread in spreads:
        for cause, row in zip(spread.tried, spread.variances, strict=True):
            total[cause] = total.get(cause, 0.0) + float(np.nansum(row))
    whole = sum(total.values())
    return {cause: own / whole if whole > 0 else float("nan") for cause, own in total.items()}


def mean_of_known(values: Floats) -> float:
    """Return the mean of what is a number; NaN where nothing is."""
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else float("nan")
