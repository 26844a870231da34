"""One result minus another, as a result of its own."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from captum_dna.core.attribution import Attribution

GAP = "-"


def difference(before: Attribution, after: Attribution) -> Attribution:
    """Return the scores of ``after`` minus those of ``before``.

    Parameters
    ----------
    before, after
        Results of one length L, of the same class and made in the same way; sequences of other letters are
        aligned, with ``-`` at gaps.

    Returns
    -------
    A result in the letters of ``after``, with a gap where either has none, whose ``run.difference`` is true.
    f(x), f(baseline) and ``delta`` are differences, so that the token scores still sum to f(x) - f(baseline) up
    to ``delta``; ``error`` is the sum of both errors. Token scores are those of tokens that both have in the
    same places; without that it has no tokens. Of joined results, each window is such a difference.

    Raises
    ------
    ValueError
        The lengths differ.
    """
    if len(before) != len(after):
        raise ValueError(
            f"'{before.name}' has {len(before)} bases and '{after.name}' has {len(after)}. Align them first."
        )
    pairs = zip(before.sequence, after.sequence, strict=True)
    same_tokens = before.spans == after.spans
    same_class = before.predicted == after.predicted
    windows = tuple(difference(*pair) for pair in zip(before.windows, after.windows, strict=True))
    return replace(
        after,
        run=replace(after.run, difference=True),
        sequence="".join(GAP if GAP in (old, new) else new for old, new in pairs),
        tokens=after.tokens if same_tokens else (),
        spans=after.spans if same_tokens else (),
        token_scores=after.token_scores - before.token_scores if same_tokens else np.empty(0),
        base_scores=after.base_scores - before.base_scores,
        predicted=f"still {after.predicted}" if same_class else f"{before.predicted} to {after.predicted}",
        probability=after.probability - before.probability if after.regression else float("nan"),
        probabilities=np.empty(0),
        certificate=replace(
            after.certificate,
            f_input=after.f_input - before.f_input,
            f_baseline=after.f_baseline - before.f_baseline,
            delta=after.delta - before.delta,
            error=before.error + after.error,
            relative_error=float("nan"),
            converged=before.converged and after.converged,
            evaluations=before.evaluations + after.evaluations,
        ),
        parts={},
        extras={"window_starts": after.extras["window_starts"]} if windows else {},
        windows=windows,
    )
