"""How far scores move between sequences that the model can hardly tell apart."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from captum_dna.core.letters import other_bases, substitute
from captum_dna.evaluation.measure import Measure, keywords
from captum_dna.results import Attributions

if TYPE_CHECKING:
    from captum_dna.core.sequences import Sequence
    from captum_dna.evaluation.measure import Work
    from captum_dna.evaluation.removal import Removal

NEIGHBOURS = 3
"""Neighbours explained per sequence, by every method."""
_CANDIDATES = 16
"""Neighbours tried per neighbour kept."""


def neighbours(removal: Removal) -> list[Sequence]:
    """Return copies with one base substituted whose output is nearest to that of the sequence.

    Of many random substitutions these are the ones that the model hardly notices, so that their scores
    should hardly differ.
    """
    sequence, random = removal.sequence, removal.random
    texts = []
    for _ in range(NEIGHBOURS * _CANDIDATES):
        place = int(random.integers(len(sequence)))
        others = other_bases(sequence.bases[place])
        texts.append(substitute(sequence.bases, place, others[int(random.integers(len(others)))]))
    texts = list(dict.fromkeys(texts))
    nearest = np.argsort(np.abs(removal.f_of(texts) - removal.f_input), kind="stable")[:NEIGHBOURS]
    return [
        replace(
            sequence,
            name=f"{sequence.name}, neighbour {n}",
            bases=texts[i],
            interval=None,
            tracks=(),
            drawn_from=sequence.bases,
        )
        for n, i in enumerate(nearest, 1)
    ]


def _measure(work: Work) -> None:
    """Fill in the largest relative change of the scores over neighbours of each sequence."""
    near = [neighbours(work.removal(place)) for place in work.places()]
    targets = [target for target, own in zip(work.targets, near, strict=True) for _ in own]
    for label, how in work.asked.items():
        if isinstance(how, Attributions):
            continue
        moved = iter(work.attribute(keywords(how), [one for own in near for one in own], targets))
        for place, own in enumerate(near):
            scores = np.nan_to_num(work.explained[label][place].base_scores)
            changes = [np.linalg.norm(np.nan_to_num(next(moved).base_scores) - scores) for _ in own]
            work.row(label, place)["sensitivity"] = float(max(changes) / np.linalg.norm(scores))


SENSITIVITY = Measure(
    "sensitivity",
    "relative change of the scores for neighbours that the model hardly tells apart",
    {"sensitivity": "lower"},
    _measure,
    citation="Yeh et al. 2019, arXiv:1901.09392",
    usual=False,
)
