"""Infidelity: do the scores of hidden bases add up to what hiding them does? (Yeh et al. 2019, arXiv:1901.09392)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from captum_dna.evaluation.measure import Measure

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from captum_dna.evaluation.measure import Work
    from captum_dna.evaluation.removal import Removal

    Floats = NDArray[np.float64]

WINDOWS = 64
"""Random windows removed per sequence."""
WIDEST = 0.1
"""The widest window, as a share of the sequence."""


class Trials(NamedTuple):
    """Random windows (N, L) and how far the output falls without each (N,)."""

    removed: NDArray[np.bool_]
    falls: Floats


def trials(removal: Removal) -> Trials:
    """Remove random windows, each of 1 base to a tenth of the sequence."""
    length = len(removal.sequence)
    widths = removal.random.integers(1, max(1, round(WIDEST * length)) + 1, size=WINDOWS)
    starts = (removal.random.random(WINDOWS) * (length - widths + 1)).astype(int)
    places = np.arange(length)
    removed = (places >= starts[:, None]) & (places < (starts + widths)[:, None])
    return Trials(removed, removal.f_input - removal.f(removed))


def infidelity(tried: Trials, scores: Floats) -> float:
    """Return the share of the falls' mean square that (L,) base scores leave unexplained, from 0 to 1.

    The scores are scaled by the best single factor first, so that it compares patterns and not units; the
    factor is at least 0, so that scores of the wrong sign explain nothing. Where it is above 0, this times the
    mean square of the falls is ``captum.metrics.infidelity`` with ``normalize=True``. NaN where nothing falls.
    """
    told = tried.removed @ np.nan_to_num(scores)
    power, total = float(told @ told), float(tried.falls @ tried.falls)
    if total == 0:
        return float("nan")
    factor = max(0.0, float(told @ tried.falls) / power) if power > 0 else 0.0
    return float(np.mean((factor * told - tried.falls) ** 2)) / (total / len(told))


def _measure(work: Work) -> None:
    for place in work.places():
        tried = trials(work.removal(place))
        for label, results in work.explained.items():
            work.row(label, place)["infidelity"] = infidelity(tried, results[place].base_scores)


INFIDELITY = Measure(
    "infidelity",
    "share of the drops after hiding windows that the scores do not explain",
    {"infidelity": "lower"},
    _measure,
    citation="Yeh et al. 2019, arXiv:1901.09392",
)
