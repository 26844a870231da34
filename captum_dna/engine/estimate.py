"""The error of an integral, from what its own evaluations tell: no further one is made for it.

Numbers only. Every panel of the path has an integral over its nodes and a coarser one over every second
node; the difference of the two, a vector over the tokens, is the error of the coarser. The finer errs
less, by a factor that two things tell: how much a refinement changed before, compared with what the same
difference had said then, and how much is missing to the difference of f over the panel.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

    Views = Callable[[Array], tuple[Array, ...]]
    """What a reader sees of (..., parts, positions) contributions, the scores first: linear functions of them."""

_SAFETY = 1.5
"""How much larger than estimated an error may be; calibrated by ``benchmarks/bench_certificate.py``."""

_LEAST_REDUCTION = 0.02
"""A refinement is not believed to lessen the error by more than this factor."""

_LITTLE = 0.01
"""Where f moves by less than this share of the absolute scores they cancel: completeness is asked of that share."""


class Estimate(NamedTuple):
    """How far the scores may be off.

    Parameters
    ----------
    error
        L1 norm over the tokens, in units of the output.
    relative
        L2 norm, as a share of that of the scores; the largest of all views.
    panels
        (P,) the share that each panel has in it.
    missing
        (P,) what each panel lacks to the difference of f, as a share of the whole difference.
    """

    error: float
    relative: float
    panels: Array
    missing: Array


def scores_alone(contributions: Array) -> tuple[Array, ...]:
    """Return the sums over the parts: the scores of the positions and nothing else."""
    return (contributions.sum(axis=-2),)


def estimate(
    integrals: Array, changes: Array, reductions: Array, moved: Array, views: Views, noise: float
) -> Estimate:
    """Return how far an integral over P panels may be off.

    Errors of several panels add up as independent ones do in the L2 norm, and without any cancelling in
    the L1 norm. Completeness counts as well: what is missing over all panels as a share of the sum of the
    absolute scores, and their sum as a share of what f moves by. Nothing depends on the unit of the output.

    Parameters
    ----------
    integrals
        (P, parts, positions) integral over each panel.
    changes
        (P, parts, positions) what they differ by from the coarser ones.
    reductions
        (P,) by what factor a refinement lessened the error before.
    moved
        (P,) difference of f between the ends of each panel.
    views
        What is read from the scores.
    noise
        What rounding hides of f, in units of the output.
    """
    scores = integrals.sum(axis=0)
    missing = integrals.reshape(len(moved), -1).sum(axis=1) - moved
    trusted = _SAFETY * np.clip(reductions, _LEAST_REDUCTION, 1)
    size = np.abs(views(changes)[0]).reshape(len(changes), -1).sum(axis=1)
    factor = np.maximum(trusted, np.divide(abs(missing), size, out=np.zeros(len(size)), where=size > 0))
    panels = np.zeros(len(changes))
    for view, change in zip(views(scores), views(changes), strict=True):
        lengths = np.sqrt((change.reshape(len(change), -1) ** 2).sum(axis=1))
        panels = np.maximum(panels, _shares(factor * lengths, float(np.sqrt((view**2).sum()))))
    total = float(np.abs(views(scores)[0]).sum())
    whole = _difference(float(moved.sum()), total)
    incomplete = max(_shares(np.abs(missing).sum() + noise, total), _shares(abs(missing.sum()), whole))
    error = float(np.maximum(factor * size, abs(missing)).sum()) + noise
    return Estimate(
        error=max(error, float(incomplete) * total) if total > 0 else error,
        relative=max(float(np.sqrt((panels**2).sum())), float(incomplete)),
        panels=panels,
        missing=_shares(np.abs(missing), whole),
    )


def allowed_error(tolerance: float, scores: Array, difference: float) -> float:
    """Return the completeness error that is tolerated: a share of the difference of f that the scores explain.

    Where they cancel, so that f hardly differs, it is a share of a hundredth of their absolute sum.
    """
    return tolerance * _difference(difference, float(np.abs(scores).sum()))


def _difference(moved: float, total: float) -> float:
    return max(abs(moved), _LITTLE * total)


def _shares(values: Any, whole: float) -> Array:
    """Return values as shares; nothing is no share even of nothing."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(values == 0, 0.0, values / whole)
