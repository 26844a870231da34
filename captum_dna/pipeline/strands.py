"""One result from the explanations of both strands: averaged base by base, with their agreement."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from captum_dna.core.attribution import Attribution


def both_strands(forward: Attribution, reverse: Attribution) -> Attribution:
    """Return the mean of a result and that of its reverse complement, on the axis of the first.

    Parameters
    ----------
    forward
        The result of the sequence as given.
    reverse
        The result of its reverse complement, for the same class.

    Returns
    -------
    A result whose base scores, ends and ``delta`` are means of the two, so that completeness is kept.
    Token scores are averaged where both strands are cut in the same places, and are NaN where they are
    not. ``extras`` holds (L,) ``forward`` and ``reverse`` scores and their correlation, ``strand_agreement``
    (NaN where one of them is constant). What is said of the prediction is that of the sequence as given.
    """
    turned = reverse.base_scores[::-1]
    length = len(forward)
    tokens = np.full(len(forward.token_scores), np.nan)
    mirrored = tuple(None if s is None else (length - s[1], length - s[0]) for s in reverse.spans)
    if set(mirrored) == set(forward.spans) and len(mirrored) == len(forward.spans):
        tokens = (forward.token_scores + _matched(reverse.token_scores, mirrored, forward.spans)) / 2
    return replace(
        forward,
        token_scores=tokens,
        base_scores=(forward.base_scores + turned) / 2,
        certificate=replace(
            forward.certificate,
            f_input=(forward.f_input + reverse.f_input) / 2,
            f_baseline=(forward.f_baseline + reverse.f_baseline) / 2,
            delta=(forward.delta + reverse.delta) / 2,
            error=max(forward.error, reverse.error),
            converged=forward.converged and reverse.converged,
            evaluations=forward.evaluations + reverse.evaluations,
        ),
        parts={},
        extras={
            "forward": forward.base_scores,
            "reverse": turned.copy(),
            "strand_agreement": np.array(correlation(forward.base_scores, turned)),
        },
    )


def correlation(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Return Pearson's correlation of two (L,) scores; NaN where one is constant or nothing is known."""
    known = np.isfinite(a) & np.isfinite(b)
    a, b = a[known], b[known]
    if len(a) < 2 or np.ptp(a) == 0 or np.ptp(b) == 0:
        return float("nan")
    return float(np.corrcoef(a, b)[0, 1])


def _matched(
    scores: NDArray[np.float64],
    spans: tuple[tuple[int, int] | None, ...],
    wanted: tuple[tuple[int, int] | None, ...],
) -> NDArray[np.float64]:
    """Return scores in the order of the wanted spans; special tokens keep their own order."""
    by_span = {span: score for span, score in zip(spans, scores, strict=True) if span is not None}
    special = iter([score for span, score in zip(spans, scores, strict=True) if span is None])
    return np.array([next(special) if span is None else by_span[span] for span in wanted])
