"""Means over draws or backgrounds: their intervals, their difference from a control, and many of them at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

SIGNIFICANT = 0.05
"""False discovery rate below which an effect differs from its control."""

LEAST = 20
"""Draws or backgrounds below which no interval is given."""

LEVEL = 0.95
"""The share of repetitions in which an interval is to hold the true mean."""

_RESAMPLES = 2000
_AT_ONCE = 4_000_000
"""Numbers of resamples that are in memory at once."""


def mean_interval(values: Floats, seed: int = 0) -> tuple[Floats, Floats]:
    """Return both ends of the 95 % bootstrap interval of means.

    Percentiles of resampled means are too narrow in small samples by the factor with which the normal quantile
    falls short of Student's and n of n - 1; the level is raised by as much ("expanded percentile", Hesterberg 2015,
    doi:10.1080/00031305.2015.1089789).

    Parameters
    ----------
    values
        (N, ...) effects; the mean is over the first axis.
    seed
        Of the resamples.

    Returns
    -------
    Low and high ends (...); NaN where N is less than :data:`LEAST` or a value is not a number.

    Examples
    --------
    >>> low, high = mean_interval(np.arange(100.0))
    >>> bool(low < 49.5 < high)
    True
    """
    from scipy import stats

    count, shape = len(values), values.shape[1:]
    if count < LEAST:
        return np.full(shape, np.nan), np.full(shape, np.nan)
    flat = values.reshape(count, -1)
    ends = np.full((2, flat.shape[1]), np.nan)
    known = np.isfinite(flat).all(axis=0)
    wide = np.sqrt(count / (count - 1)) * stats.t.ppf((1 + LEVEL) / 2, count - 1)
    step = max(1, _AT_ONCE // (count * 100))
    for first in range(0, int(known.sum()), step):
        some = np.flatnonzero(known)[first : first + step]
        found = stats.bootstrap(
            (flat[:, some],),
            np.mean,
            n_resamples=_RESAMPLES,
            batch=100,
            confidence_level=2 * stats.norm.cdf(wide) - 1,
            method="percentile",
            random_state=np.random.default_rng(seed),
        ).confidence_interval
        ends[:, some] = found.low, found.high
    return ends[0].reshape(shape), ends[1].reshape(shape)


def compared(effects: Floats, controls: Floats, seed: int = 0) -> dict[str, Floats]:
    """Return what a table says of effects and their controls.

    Parameters
    ----------
    effects, controls
        (N, K) changes of the output in N draws or backgrounds; NaN controls where there are none.
    seed
        Of the resamples.

    Returns
    -------
    K numbers each: ``effect``, ``low`` and ``high`` (its interval), the same of the ``control``, ``difference``
    (effect minus control) and ``p``, that of Student's paired test that the difference is 0.
    """
    low, high = mean_interval(effects, seed)
    control_low, control_high = mean_interval(controls, seed)
    difference = effects - controls
    return {
        "effect": effects.mean(axis=0),
        "low": low,
        "high": high,
        "control": controls.mean(axis=0),
        "control_low": control_low,
        "control_high": control_high,
        "difference": difference.mean(axis=0),
        "p": p_values(difference),
    }


def compared_once(effects: Floats, controls: Floats, seed: int = 0) -> dict[str, float]:
    """Return the numbers of :func:`compared` for one question: (N,) effects and controls."""
    found = compared(effects[:, None], controls[:, None], seed)
    return {name: float(value[0]) for name, value in found.items()}


def as_far(effects: Floats, controls: Floats) -> float:
    """Return the share of controls that are as large as the mean effect, in its direction; NaN without controls.

    A mean over many draws may differ from that of the controls though most of these are larger.

    Parameters
    ----------
    effects, controls
        (N,) changes of the output.

    Examples
    --------
    >>> as_far(np.array([-2.0, -4.0]), np.array([-1.0, -3.0, 5.0, -9.0]))
    0.5
    """
    if np.isnan(controls).any():
        return float("nan")
    mean = float(effects.mean())
    return float(np.mean(np.copysign(1.0, mean) * controls >= abs(mean)))


def p_values(values: Floats) -> Floats:
    """Return, for the columns of (N, K) values, how likely a mean so far from 0 is if it is 0 (Student's test).

    NaN where N is less than :data:`LEAST`. Columns of one value have no spread to compare with: 1 if it is 0, else 0.
    """
    from scipy import stats

    if len(values) < LEAST:
        return np.full(values.shape[1:], np.nan)
    mean, spread = values.mean(axis=0), values.std(axis=0, ddof=1)
    size = np.abs(values).max(axis=0)
    is_flat = spread <= 1e-12 * size  # rounding alone
    with np.errstate(divide="ignore", invalid="ignore"):
        p = 2 * stats.t.sf(np.abs(mean) / spread * np.sqrt(len(values)), len(values) - 1)
    found: Floats = np.where(is_flat, (size == 0).astype(float), p)
    return found


def corrected(p: Floats) -> Floats:
    """Return false discovery rates of p-values (Benjamini and Hochberg 1995); NaN stays NaN."""
    from scipy import stats

    q = np.full(np.shape(p), np.nan)
    known = np.isfinite(p)
    if known.any():
        q[known] = stats.false_discovery_control(np.asarray(p)[known])
    return q


def with_rates(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table with the column ``q`` after ``p``: the false discovery rate among all its rows."""
    frame.insert(list(frame.columns).index("p") + 1, "q", corrected(frame["p"].to_numpy(float)))
    return frame


def is_tested(table: pd.DataFrame) -> bool:
    """Tell whether anything in a table was tested: without a control, or with few draws or backgrounds, nothing was."""
    return bool(np.isfinite(table["q"].to_numpy(float)).any())
