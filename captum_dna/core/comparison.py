"""What a reader of several tracks of one sequence has to know: how far they agree, and whether heights compare."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from captum_dna.core.agreement import mattering, where_it_matters
from captum_dna.core.options import UNITS
from captum_dna.core.remark import Remark

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from captum_dna.core.explained import Explained

SUBSTITUTIONS = "substitutions"
"""What mutagenesis leaves beside its scores, by which it is known."""


def remarks_between(tracks: Mapping[str, Explained]) -> tuple[Remark, ...]:
    """Return what holds between tracks, by their names; nothing for a single one.

    Examples
    --------
    >>> remarks_between({})
    ()
    """
    if len(tracks) < 2:
        return ()
    return (*_agreement(tracks), *_scales(tracks))


def _agreement(tracks: Mapping[str, Explained]) -> Iterator[Remark]:
    """Yield how each track correlates with the mutagenesis among them."""
    known = [one for one in tracks.values() if SUBSTITUTIONS in one.extras]
    if not known:
        return
    experiment = known[0]
    for name, one in tracks.items():
        same = (one.target, one.run.output, one.sequence) == (
            experiment.target,
            experiment.run.output,
            experiment.sequence,
        )
        if SUBSTITUTIONS in one.extras or not same:
            continue
        r = where_it_matters(one.base_scores, experiment.base_scores, signed=one.run.signed)
        if np.isfinite(r):
            count = mattering(len(one.base_scores))
            yield Remark.of(
                "agreement",
                f"{name} correlates with mutagenesis (r = {r:.2f}) on the {count} bases with the largest "
                "mutagenesis scores.",
            )


def _scales(tracks: Mapping[str, Explained]) -> Iterator[Remark]:
    """Yield why heights do not compare, or that they do although the classes differ."""
    whole = [one for one in tracks.values() if not one.run.difference]
    changes = [name for name, one in tracks.items() if one.run.difference]
    if changes:
        yield Remark.of(
            "scales",
            f"{' and '.join(changes)} {'has' if len(changes) == 1 else 'have'} a separate scale, because "
            "differences are small.",
        )
    outputs = list(dict.fromkeys(UNITS.get(one.run.output, one.run.output) for one in whole))
    targets = list(dict.fromkeys(one.target for one in whole))
    if len(outputs) > 1:
        yield Remark.of(
            "scales",
            f"The outputs differ ({', '.join(outputs)}), so each track has its own scale. Compare shapes, not heights.",
        )
    elif len({one.run.signed for one in whole}) > 1:
        yield Remark.of(
            "scales", "Signed and unsigned scores do not share a scale. Compare shapes, not heights."
        )
    elif len(targets) > 1:
        yield Remark.of(
            "other_classes",
            f"The tracks explain different classes ({', '.join(targets)}) on one common scale.",
        )
