"""What the repetitions of an explanation say, in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from captum_dna.core.agreement import top_bases
from captum_dna.core.numbers import percent
from captum_dna.core.spread import STABLE, mean_of_known, shares_of

if TYPE_CHECKING:
    from captum_dna.core.explained import Repeated
    from captum_dna.core.spread import Spread

CAUSE_WORDS = {
    "baseline": "the baseline",
    "strand": "the strand",
    "phase": "the phase",
    "model": "the training run",
    "method": "the method",
}
"""What a cause of spread is called in a sentence."""


def depends_on(shares: dict[str, float]) -> str:
    """Return what scores depend on most, as a sentence; nothing where there is one cause only, or no spread.

    Examples
    --------
    >>> depends_on({"baseline": 0.58, "strand": 0.4, "phase": 0.02})
    '58 % of the spread comes from the baseline, 40 % from the strand and 2 % from the phase.'
    """
    known = sorted((item for item in shares.items() if np.isfinite(item[1])), key=lambda item: -item[1])
    if len(known) < 2:
        return ""
    parts = [f"{percent(share)} from {CAUSE_WORDS[cause]}" for cause, share in known]
    first = parts[0].replace("from", "of the spread comes from", 1)
    return f"{', '.join([first, *parts[1:-1]])} and {parts[-1]}."


def said_of_one(result: Repeated, spread: Spread) -> str:
    """Return what the repetitions of one result say, in sentences."""
    known = np.flatnonzero(np.isfinite(result.base_scores))
    top = known[top_bases(result.base_scores[known])] if len(known) else known
    ways = "once more" if spread.count == 1 else f"in {spread.count} other ways"
    agreement = (
        f" (mean r = {spread.agreement:.2f} with the scores shown)" if np.isfinite(spread.agreement) else ""
    )
    in_turn = " one at a time" if len(spread.tried) > 1 else ""
    stable = (
        f"{int(spread.stable[top].sum())} of the {len(top)} top-scoring bases have the same sign in at least"
    )
    said = [
        f"Explained {ways}, with {_others(spread)} changed{in_turn}.",
        depends_on(spread.shares),
        f"{stable} {percent(STABLE)} of all explanations{agreement}.",
    ]
    return " ".join(sentence for sentence in said if sentence)


def said_of_set(spreads: list[Spread]) -> str:
    """Return the same of several sequences."""
    agreement = mean_of_known(np.array([spread.agreement for spread in spreads]))
    said = [
        f"{len(spreads):,} sequences were explained in other ways, with {_others(spreads[0])} changed.",
        depends_on(shares_of(spreads)),
        f"Mean r = {agreement:.2f} with the scores shown." if np.isfinite(agreement) else "",
    ]
    return " ".join(sentence for sentence in said if sentence)


def _others(spread: Spread) -> str:
    names = [CAUSE_WORDS[cause] for cause in spread.tried]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"
