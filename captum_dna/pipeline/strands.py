"""One result from the explanations of both strands: averaged base by base, with their agreement."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from captum_dna.core.agreement import correlation
from captum_dna.core.attribution import BASE, EXTRAS, LETTER, TOKEN
from captum_dna.core.certificate import length_of, mean_of
from captum_dna.core.notices import tell

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
    Token scores and parts are averaged where both strands are cut in the same places; where they are not,
    token scores are NaN and there are no parts. What else the method found (see
    :data:`captum_dna.core.attribution.EXTRAS`) is turned and averaged as well; what cannot be is named in a
    warning. ``extras`` further holds (L,) ``forward`` and ``reverse`` scores and their correlation,
    ``strand_agreement`` (NaN where one of them is constant). What is said of the prediction is that of the
    sequence as given.
    """
    turned = reverse.base_scores[::-1]
    order = _order(forward, reverse)
    extras = _extras(forward, reverse, order)
    left_out = sorted(forward.extras.keys() - extras.keys())
    if left_out:
        tell(
            f"Sequence '{forward.name}': {', '.join(left_out)} cannot be averaged over both strands and "
            f"{'is' if len(left_out) == 1 else 'are'} left out. Explain the strands one by one to have "
            f"{'it' if len(left_out) == 1 else 'them'}.",
        )
    unknown = np.full(len(forward.token_scores), np.nan)
    tokens = unknown if order is None else (forward.token_scores + reverse.token_scores[order]) / 2
    bases = (forward.base_scores + turned) / 2
    return replace(
        forward,
        token_scores=tokens,
        base_scores=bases,
        certificate=mean_of(
            (forward.certificate, reverse.certificate),
            [length_of(one.token_scores, one.base_scores) for one in (forward, reverse)],
            length_of(tokens, bases),
        ),
        parts={}
        if order is None
        else {name: (scores + reverse.parts[name][order]) / 2 for name, scores in forward.parts.items()},
        extras=extras
        | {
            "forward": forward.base_scores,
            "reverse": turned.copy(),
            "strand_agreement": np.array(correlation(forward.base_scores, turned)),
        },
    )


def _extras(
    forward: Attribution, reverse: Attribution, order: NDArray[np.int64] | None
) -> dict[str, NDArray[np.float64]]:
    """Return the means of what else a method found, the reverse strand turned to the axis of the forward one."""
    found = {}
    for name, own in forward.extras.items():
        other = reverse.extras.get(name)
        if other is None or np.shape(other) != np.shape(own):
            continue
        axes = EXTRAS.get(name)
        if axes is None:
            if np.array_equal(own, other):  # a fact about both, such as a number of steps
                found[name] = own
            continue
        if TOKEN in axes and order is None:
            continue
        for place, axis in enumerate(axes):
            if axis == TOKEN and order is not None:
                other = np.take(other, order, axis=place)
            elif axis in (BASE, LETTER):  # A, C, G, T turned round are T, G, C, A, their complements
                other = np.flip(other, axis=place)
        found[name] = (own + other) / 2
    if "spread" in found:
        found["spread"] = found["scores_by_baseline"].std(axis=0)
    return found


def _order(forward: Attribution, reverse: Attribution) -> NDArray[np.int64] | None:
    """Return, per token of the forward strand, its place on the reverse one; ``None`` where they are cut otherwise.

    Special tokens keep their own order.
    """
    length = len(forward)
    mirrored = [None if s is None else (length - s[1], length - s[0]) for s in reverse.spans]
    if set(mirrored) != set(forward.spans) or len(mirrored) != len(forward.spans):
        return None
    by_span = {span: place for place, span in enumerate(mirrored) if span is not None}
    special = iter([place for place, span in enumerate(mirrored) if span is None])
    return np.array([next(special) if span is None else by_span[span] for span in forward.spans])
