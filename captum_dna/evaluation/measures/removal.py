"""What happens to the output while the top-scoring bases go, and while they come."""

from __future__ import annotations

from typing import TYPE_CHECKING

from captum_dna.evaluation.curves import curves, random_curves
from captum_dna.evaluation.measure import Measure

if TYPE_CHECKING:
    from captum_dna.evaluation.measure import Work

RANDOM = "(random order)"
"""The row of scores that know nothing."""
_RANDOM_ORDERS = 3


def _measure(work: Work) -> None:
    for place in work.places():
        removal, name = work.removal(place), work.sequences[place].name
        found = {RANDOM: random_curves(removal, work.top, _RANDOM_ORDERS)}
        found |= {
            label: curves(removal, results[place].base_scores, work.top)
            for label, results in work.explained.items()
        }
        for label, one in found.items():
            work.row(label, place).update(one.numbers(work.top))
            work.drawn.append((label, name, one))


REMOVAL = Measure(
    "removal",
    "deletion and insertion curves, comprehensiveness, sufficiency",
    {"comprehensiveness": "higher", "sufficiency": "lower", "deletion": "lower", "insertion": "higher"},
    _measure,
    citation="Petsiuk et al. 2018, arXiv:1806.07421; DeYoung et al. 2020, doi:10.18653/v1/2020.acl-main.408",
)
