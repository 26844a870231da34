"""From what a method found to its answer; scores that are not numbers never count as converged."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from captum_dna.core.certificate import Certificate
from captum_dna.core.notices import tell
from captum_dna.engine.estimate import allowed_error
from captum_dna.engine.protocol import Answer

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from captum_dna.engine.protocol import Question

_NAN = float("nan")


def answer(
    question: Question,
    target: int,
    logits: NDArray[np.float64],
    f_input: float,
    evaluations: int,
    *,
    parts: dict[str, NDArray[np.float64]] | None = None,
    base_scores: NDArray[np.float64] | None = None,
    f_baseline: float = _NAN,
    error: float = _NAN,
    relative_error: float | None = None,
    tolerance: float | None = None,
    extras: dict[str, NDArray[np.float64]] | None = None,
) -> Answer:
    """Return the answer to a question.

    Parameters
    ----------
    question, target, logits, f_input, evaluations
        The sequence, the class explained, (C,) logits, the output and the number of passes.
    parts
        (T,) token scores per layer; the token scores are their sum.
    base_scores
        (L,) scores of a method that scores bases.
    f_baseline
        The output at the baseline, for a method that is meant to be complete.
    error, relative_error
        See :class:`captum_dna.core.certificate.Certificate`; NaN where the method cannot tell. The second is
        ``None`` for methods that estimate nothing, which are right as soon as they are complete.
    tolerance
        What counts as converged: ``relative_error``, and the completeness error as a share of what the scores
        explain. ``None`` for methods that do not converge towards anything.
    extras
        What else was found.
    """
    parts = parts or {"bases": np.full(len(question.encoding), _NAN)}
    token_scores = np.sum(list(parts.values()), axis=0)
    delta = float(token_scores.sum()) - (f_input - f_baseline)
    finite = np.isfinite(logits).all() and (base_scores is not None or np.isfinite(token_scores).all())
    if not finite and np.isfinite(f_input):
        tell(
            f"Sequence '{question.sequence.name}': the gradient is not a number, so its scores are "
            "meaningless.",
        )
    within = tolerance is None or (
        abs(delta) <= allowed_error(tolerance, token_scores, f_input - f_baseline)
        and (relative_error is None or relative_error <= tolerance)
    )
    return Answer(
        index=question.index,
        target=target,
        logits=logits,
        token_scores=token_scores,
        certificate=Certificate(
            f_input=f_input,
            f_baseline=f_baseline,
            delta=delta,
            error=error,
            relative_error=_NAN if relative_error is None else relative_error,
            converged=bool(finite and within),
            evaluations=evaluations,
            tolerance=tolerance,
        ),
        base_scores=base_scores,
        parts=parts if len(parts) > 1 else {},
        extras=extras or {},
    )
