"""Results of overlapping windows as one result over all bases.

In what two windows share, the weight of the one falls as that of the other rises, and the weights at each base sum
to one. The outermost k - 1 bases of a window's inner ends weigh nothing where tokens are overlapping k-mers, because
some k-mers of these bases are cut off there.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from captum_dna.core.agreement import correlation
from captum_dna.core.attribution import BASE, EXTRAS
from captum_dna.core.certificate import Certificate, length_of, precision_of, share_of
from captum_dna.core.projection import middle

if TYPE_CHECKING:
    from collections.abc import Sequence as SequenceABC

    from numpy.typing import NDArray

    from captum_dna.core.attribution import Attribution, Span

_PER_BASE = tuple(name for name, axes in EXTRAS.items() if axes[-1] == BASE)


def rise(size: int, shared: int, margin: int) -> NDArray[np.float64]:
    """Return how the weight of a window of so many bases rises over those that it shares with the one before it.

    Where they share fewer than both margins have, each takes the half that is nearer to its middle.
    """
    margin = min(margin, shared // 2)
    return np.clip((np.arange(size) - margin + 1) / (shared - 2 * margin + 1), 0.0, 1.0)


def weights(starts: SequenceABC[int], size: int, margin: int) -> NDArray[np.float64]:
    """Return the (n, size) weights of n windows at their own bases; they sum to one at each base.

    Parameters
    ----------
    starts
        First base of each window, ascending; neighbours share more than, or just, twice the margin.
    size
        Bases of a window.
    margin
        Bases without weight at each end of a window that is not an end of the sequence.

    Examples
    --------
    Two windows of six bases that share four; at each shared base the weights sum to one:

    >>> weights([0, 2], 6, 0).round(1).tolist()
    [[1.0, 1.0, 0.8, 0.6, 0.4, 0.2], [0.2, 0.4, 0.6, 0.8, 1.0, 1.0]]
    """
    found = np.ones((len(starts), size))
    for i, (one, other) in enumerate(pairwise(starts)):
        up = rise(size, one + size - other, margin)
        found[i + 1] = np.minimum(found[i + 1], up)
        found[i] = np.minimum(found[i], up[::-1])
    total = np.zeros(starts[-1] + size)
    for start, own in zip(starts, found, strict=True):
        total[start : start + size] += own
    return found / np.stack([total[start : start + size] for start in starts])


def join(
    windows: SequenceABC[Attribution],
    starts: SequenceABC[int],
    weight: NDArray[np.float64],
    length: int | None = None,
) -> Attribution:
    """Return one result over all bases from those of overlapping windows.

    Parameters
    ----------
    windows
        Results of windows of one length, all of one class.
    starts
        First base of each.
    weight
        (n, size) weights that sum to one at each base; see :func:`weights`.
    length
        Bases of the whole, where some after the last window belong to no word; nothing is known of these.

    Returns
    -------
    A result whose base scores are the weighted means of the windows'. A token weighs the mean weight of the bases
    that have its score (its middle ones, if these do), a special token that of its whole window, and tokens that windows
    share are one token; with a conserving projection the scores of the tokens still sum to those of their bases.
    There is no f(x) of the whole, so ``f_input`` and ``f_baseline`` are NaN; ``delta`` is that of the window where it is
    largest, and ``error`` the sum of the windows'. It is converged where every window is and the errors of all
    together are within the tolerance of the joined scores. ``windows`` holds the results, and
    ``extras["window_starts"]`` their first bases; extras that are not per base stay with them.
    Name, letters and prediction are those of the first window.
    """
    first = windows[0]
    length = length or starts[-1] + len(first)
    tokens = _Tokens(windows, starts, weight)
    extras = {
        name: _mean([w.extras[name] for w in windows], starts, weight, length)
        for name in _PER_BASE
        if all(name in w.extras for w in windows)
    }
    if {"forward", "reverse"} <= extras.keys():
        extras["strand_agreement"] = np.array(correlation(extras["forward"], extras["reverse"]))
    deltas = np.array([w.delta for w in windows])
    token_scores = tokens.total([w.token_scores for w in windows])
    base_scores = _mean([w.base_scores for w in windows], starts, weight, length)
    # A token's weights sum to at most one, so the squared errors of the windows bound that of the whole.
    errors = [w.certificate.relative_error * length_of(w.token_scores, w.base_scores) for w in windows]
    relative = share_of(float(np.linalg.norm(errors)), length_of(token_scores, base_scores))
    return replace(
        first,
        tokens=tokens.texts,
        spans=tokens.spans,
        token_scores=token_scores,
        base_scores=base_scores,
        certificate=Certificate(
            delta=float(deltas[np.nanargmax(np.abs(deltas))]) if np.isfinite(deltas).any() else float("nan"),
            error=float(np.sum([w.error for w in windows])),
            relative_error=relative,
            converged=all(w.converged for w in windows) and first.certificate.within(relative),
            evaluations=sum(w.evaluations for w in windows),
            tolerance=first.certificate.tolerance,
            precision=precision_of([w.certificate for w in windows]),
        ),
        parts={name: tokens.total([w.parts[name] for w in windows]) for name in first.parts},
        extras=extras | {"window_starts": np.array(starts, dtype=np.float64)},
        windows=tuple(windows),
    )


class _Tokens:
    """The tokens of all windows in the order of the sequence, those that windows share once."""

    def __init__(
        self, windows: SequenceABC[Attribution], starts: SequenceABC[int], weight: NDArray[np.float64]
    ) -> None:
        length = starts[-1] + len(windows[0])
        in_the_middle = windows[0].run.projection == "center"
        places: dict[tuple[Span, int, str], list[tuple[int, int, float]]] = {}
        for number, (window, start, own) in enumerate(zip(windows, starts, weight, strict=True)):
            before = next((i for i, span in enumerate(window.spans) if span is not None), 0)
            summed = np.concatenate([[0.0], np.cumsum(own)])
            for i, (text, span) in enumerate(zip(window.tokens, window.spans, strict=True)):
                if span is None:
                    key = ((-1, -1) if i < before else (length, length), number, text)
                    share = float(own.mean())
                else:
                    key = ((start + span[0], start + span[1]), -1, text)
                    first, end = middle(span) if in_the_middle else span
                    share = float(summed[end] - summed[first]) / (end - first)
                if share > 1e-12:
                    places.setdefault(key, []).append((number, i, share))
        self._places = [places[key] for key in sorted(places)]
        self.texts = tuple(text for _, _, text in sorted(places))
        self.spans = tuple(span if number < 0 else None for span, number, _ in sorted(places))

    def total(self, scores: SequenceABC[NDArray[np.float64]]) -> NDArray[np.float64]:
        """Return a score per token: the weighted sum over the windows that have it."""
        return np.array([sum(share * scores[n][i] for n, i, share in place) for place in self._places])


def _mean(
    values: SequenceABC[NDArray[np.float64]],
    starts: SequenceABC[int],
    weight: NDArray[np.float64],
    length: int,
) -> NDArray[np.float64]:
    """Return (..., L) weighted means of (..., size) values, over the windows that know a base."""
    total = np.zeros((*values[0].shape[:-1], length))
    mass = np.zeros_like(total)
    for own, start, share in zip(values, starts, weight, strict=True):
        known = np.isfinite(own) & (share > 0)
        total[..., start : start + share.size] += np.where(known, share * np.nan_to_num(own), 0)
        mass[..., start : start + share.size] += np.where(known, share, 0)
    return np.divide(total, mass, out=np.full_like(total, np.nan), where=mass > 0)
