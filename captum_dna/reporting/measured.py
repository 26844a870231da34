"""Measured values beside what a regression predicts of them, where there is no right and no wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

_FEWEST = 3
"""Two points lie on a line whatever they are."""


class Agreement(NamedTuple):
    """(N,) measured and predicted values, and their correlation; NaN for few values or constant ones."""

    measured: NDArray[np.float64]
    predicted: NDArray[np.float64]
    pearson: float
    spearman: float

    def __str__(self) -> str:
        count = f"{len(self.measured):,} sequence{'' if len(self.measured) == 1 else 's'}"
        if np.isnan(self.pearson):
            return f"{count}, too few or too alike for a correlation"
        return f"r = {self.pearson:.3f}, Spearman {self.spearman:.3f}, {count}"


def agreement(pairs: Iterable[tuple[float, float]]) -> Agreement:
    """Return how measured and predicted values agree; pairs with a value that is not finite are left out.

    Examples
    --------
    >>> str(agreement([(1.0, 2.0), (2.0, 4.0), (3.0, 7.0)]))
    'r = 0.993, Spearman 1.000, 3 sequences'
    """
    from scipy.stats import pearsonr, spearmanr

    values = np.array(list(pairs), dtype=np.float64).reshape(-1, 2)
    measured, predicted = values[np.isfinite(values).all(axis=1)].T
    if len(measured) < _FEWEST or np.ptp(measured) == 0 or np.ptp(predicted) == 0:
        return Agreement(measured, predicted, float("nan"), float("nan"))
    return Agreement(
        measured,
        predicted,
        float(pearsonr(measured, predicted).statistic),
        float(spearmanr(measured, predicted).statistic),
    )
