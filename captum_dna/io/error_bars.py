"""The numbers of a base that files hold beside its score, where explanations were repeated."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from captum_dna.core.checks import check_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from captum_dna.core.attribution import Attribution

SCORE = "score"
"""The score itself, among what a track can show."""

ERROR_BARS = {
    "mean": "the score plus, of each cause, the mean over its values less the score",
    "sd": "standard deviation over all causes",
    "same_sign": "share of the explanations that agree in the sign of the score",
}
"""What is known of a base from repetitions of its explanation, in words."""


def values_of(item: Attribution, name: str) -> NDArray[np.float64]:
    """Return the (L,) scores of a result, or numbers of :data:`ERROR_BARS`; NaN where it was not repeated."""
    if name == SCORE:
        return item.base_scores
    spread = item.spread
    found: NDArray[np.float64] = np.full(len(item), np.nan) if spread is None else getattr(spread, name)
    return found


def showing(attributions: Iterable[Attribution], name: str) -> list[Attribution]:
    """Return results whose base scores are the numbers that a track is to show.

    Raises
    ------
    UserError
        There are no such numbers.
    ValueError
        No explanation was repeated.
    """
    check_name("kind of values", name, (SCORE, *ERROR_BARS), option="values")
    items = list(attributions)
    if name == SCORE:
        return items
    if not any(item.spread for item in items):
        raise ValueError(
            f"No explanation was repeated, so there is no track of {name!r}. Attribute with `over=`."
        )
    return [replace(item, base_scores=values_of(item, name)) for item in items]
