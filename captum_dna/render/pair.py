"""A variant as a picture: the reference, the alternative and their difference, on one axis of columns."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from captum_dna.attribution import DIFFERENCE
from captum_dna.sequences import Interval, Track

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from captum_dna.attribution import Attribution
    from captum_dna.effects import VariantEffect

GAP = "-"


def pair_layers(effects: Iterable[VariantEffect]) -> dict[str, list[Attribution]]:
    """Return what is drawn of variants: layers of one length each, with a ``-`` where an allele has no base.

    The difference is drawn in the letters of the alternative. Its f(x) is the effect, and its f(baseline) the
    difference of the two baselines' outputs, so that its completeness is told as that of any result.
    """
    layers: dict[str, list[Attribution]] = {"reference": [], "alternative": [], "difference": []}
    for effect in effects:
        reference, alternative = _aligned(effect)
        layers["reference"].append(reference)
        layers["alternative"].append(alternative)
        layers["difference"].append(_difference(effect, reference, alternative))
    return layers


def _aligned(effect: VariantEffect) -> tuple[Attribution, Attribution]:
    """Return both results on the columns of the alignment."""
    variant, results = effect.variant, (effect.reference, effect.alternative)
    width = max(len(variant.ref), len(variant.alt))
    changed = Track("variant", ((effect.middle, effect.middle + width, str(variant)),))
    places = [np.flatnonzero(column >= 0) for column in effect.columns]
    known = tuple(_moved(track, places[0]) for track in effect.reference.tracks)
    one, other = (
        replace(
            result,
            name=str(variant),
            sequence=letters,
            spans=tuple(None if s is None else (int(at[s[0]]), int(at[s[1] - 1]) + 1) for s in result.spans),
            base_scores=scores,
            interval=_interval(effect, len(letters)),
            origin=_origin(effect),
            tracks=(changed, *known),
            extras={},
        )
        for result, letters, scores, at in zip(results, effect.letters, effect.scores, places, strict=True)
    )
    return one, other


def _difference(effect: VariantEffect, reference: Attribution, alternative: Attribution) -> Attribution:
    """Return the difference of two aligned results as a result of its own."""
    known = np.isfinite(effect.difference)
    same = reference.predicted == alternative.predicted
    return replace(
        alternative,
        run=replace(alternative.run, method=DIFFERENCE + alternative.run.method),
        sequence="".join(
            letter if is_known else GAP for letter, is_known in zip(alternative.sequence, known, strict=True)
        ),
        tokens=(),
        spans=(),
        token_scores=np.empty(0),
        base_scores=effect.difference,
        predicted=f"still {alternative.predicted}"
        if same
        else f"{reference.predicted} to {alternative.predicted}",
        probability=float("nan"),
        probabilities=np.empty(0),
        f_input=effect.effect,
        f_baseline=alternative.f_baseline - reference.f_baseline,
        delta=effect.delta,
        error=reference.error + alternative.error,
        converged=effect.converged,
        evaluations=reference.evaluations + alternative.evaluations,
        parts={},
    )


def _moved(track: Track, places: NDArray[np.int64]) -> Track:
    """Return a track of the reference on the columns."""
    return Track(
        track.name, tuple((int(places[a]), int(places[b - 1]) + 1, text) for a, b, text in track.spans)
    )


def _interval(effect: VariantEffect, columns: int) -> Interval | None:
    """Return the place of the columns in the genome; none where an insertion lies between them."""
    place = effect.reference.interval
    if place is None or len(effect.variant.alt) > len(effect.variant.ref):
        return None
    if place.strand == "-":
        return replace(place, start=place.end - columns)
    return replace(place, end=place.start + columns)


def _origin(effect: VariantEffect) -> int:
    """Return the column numbered 0: the variant's first, where an insertion moves all that follows."""
    inserted = len(effect.variant.alt) > len(effect.variant.ref)
    return effect.middle if inserted else effect.reference.origin
