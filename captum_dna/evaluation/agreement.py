"""How far the ranks of two sets of scores of one sequence agree."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from captum_dna.core.agreement import correlation

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


def rank_correlation(one: Floats, other: Floats) -> float:
    """Return Spearman's rho of the sizes of two (L,) scores, ties sharing their mean rank."""
    both = np.isfinite(one) & np.isfinite(other)
    return correlation(_ranks(one[both]), _ranks(other[both]))


def _ranks(scores: Floats) -> Floats:
    import pandas as pd

    return pd.Series(np.abs(scores)).rank().to_numpy()
