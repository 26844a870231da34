"""How far two sets of scores of one sequence agree."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from captum_dna.core.spread import correlation as pearson

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

MATTERING = 0.1
"""The share of bases, by the size of their mutagenesis score, on which methods are compared with it."""
_FEWEST = 8


def correlation(one: Floats, other: Floats, *, signed: bool = True) -> float:
    """Return Pearson's r of two (L,) scores, of their sizes if one of them has no sign; NaN if constant."""
    return pearson(one, other) if signed else pearson(np.abs(one), np.abs(other))


def rank_correlation(one: Floats, other: Floats) -> float:
    """Return Spearman's rho of the sizes of two (L,) scores, ties sharing their mean rank."""
    both = np.isfinite(one) & np.isfinite(other)
    return correlation(_ranks(one[both]), _ranks(other[both]))


def where_it_matters(scores: Floats, mutagenesis: Floats, *, signed: bool = True) -> float:
    """Return Pearson's r with the mutagenesis scores on the tenth of bases where those are largest.

    Over all bases it would reward agreement on scores near 0.
    """
    count = max(_FEWEST, round(MATTERING * len(scores)))
    top = np.argsort(-np.nan_to_num(np.abs(mutagenesis)), kind="stable")[:count]
    return correlation(scores[top], mutagenesis[top], signed=signed)


def _ranks(scores: Floats) -> Floats:
    return pd.Series(np.abs(scores)).rank().to_numpy()
