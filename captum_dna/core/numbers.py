"""How numbers are written for people; ``static/element/numbers.js`` writes them in the same way."""

from __future__ import annotations

import math


def percent(share: float) -> str:
    """Return a share of one as a percentage; never "0 %" or "100 %" by rounding.

    Examples
    --------
    >>> [percent(share) for share in (0, 0.0001, 0.0734, 0.5, 0.979, 0.9999, 1)]
    ['0 %', '< 0.1 %', '7.3 %', '50 %', '97.9 %', '> 99.9 %', '100 %']
    """
    value = 100 * share
    if math.isnan(value):
        return "unknown"
    if 99.9 < value < 100:
        return "> 99.9 %"
    if 0 < value < 0.1:
        return "< 0.1 %"
    return f"{round(value, 1):g} %" if value >= 10 else f"{value:.2g} %"


def fine_percent(share: float) -> str:
    """Return a share of one as a percentage that stays a number however small it is, for errors and tolerances.

    Examples
    --------
    >>> [fine_percent(share) for share in (0, 1e-9, 0.00063, 0.0101, 0.125, 2.5)]
    ['0 %', '1e-07 %', '0.063 %', '1 %', '12.5 %', '250 %']
    """
    return f"{100 * share:.2g} %" if 0 < share < 0.001 else percent(share)
