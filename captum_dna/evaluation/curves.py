"""Deletion and insertion curves and the numbers read off them (Petsiuk et al. 2018, DeYoung et al. 2020).

arXiv:1806.07421; doi:10.18653/v1/2020.acl-main.408. The top-scoring bases are removed first (deletion), or
everything but them (insertion).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from captum_dna.evaluation.removal import Removal

    Floats = NDArray[np.float64]

SHARES = (0.0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0)
"""Shares of the bases at which the curves are evaluated."""


@dataclass(frozen=True, slots=True)
class Curves:
    """The output while bases go, and while they come.

    Parameters
    ----------
    shares
        (S,) shares of the bases, from 0 to 1.
    deletion, insertion
        (S,) output with that share of the top-scoring bases removed, and with only that share left.
    tokens
        (S,) share of the tokens that the deletion changes, which grows faster where k-mers overlap.
    """

    shares: Floats
    deletion: Floats
    insertion: Floats
    tokens: Floats

    def numbers(self, top: tuple[float, ...]) -> dict[str, float]:
        """Return the measures of one sequence, in units of the output.

        ``comprehensiveness``: mean fall of the output without the top shares of bases (AOPC; higher is
        better). ``sufficiency``: mean fall with nothing but them (lower is better). ``deletion`` and
        ``insertion``: mean of the output along the curves (lower and higher are better).
        """
        places = [int(np.argmin(np.abs(self.shares - share))) for share in top]
        full = self.deletion[0]
        return {
            "comprehensiveness": float(np.mean(full - self.deletion[places])),
            "sufficiency": float(np.mean(full - self.insertion[places])),
            "deletion": _mean_height(self.shares, self.deletion),
            "insertion": _mean_height(self.shares, self.insertion),
        }


def curves(removal: Removal, scores: Floats, top: tuple[float, ...]) -> Curves:
    """Return the curves of one sequence for (L,) base scores; NaN counts as the least score."""
    shares = np.unique([*SHARES, *top])
    length = len(scores)
    order = np.argsort(-np.where(np.isnan(scores), -np.inf, scores), kind="stable")
    rank = np.empty(length, dtype=int)
    rank[order] = np.arange(length)
    counts = np.where(shares > 0, np.maximum(1, np.round(shares * length)), 0)
    best = rank < counts[:, None]
    f = removal.f(np.concatenate([best, ~best]))
    return Curves(shares, f[: len(shares)], f[len(shares) :], removal.tokens_changed(best))


def random_curves(removal: Removal, top: tuple[float, ...], orders: int) -> Curves:
    """Return the mean curves of bases in random order: what scores that know nothing would give."""
    drawn = [curves(removal, removal.random.random(len(removal.sequence)), top) for _ in range(orders)]
    return Curves(
        drawn[0].shares,
        np.mean([one.deletion for one in drawn], axis=0),
        np.mean([one.insertion for one in drawn], axis=0),
        np.mean([one.tokens for one in drawn], axis=0),
    )


def _mean_height(x: Floats, y: Floats) -> float:
    return float(np.sum((y[1:] + y[:-1]) / 2 * np.diff(x)) / (x[-1] - x[0]))
