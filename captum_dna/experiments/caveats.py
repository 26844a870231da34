"""What a reader of an experiment has to know: how far its sequences are from what the model knows, and what is missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from captum_dna.core.numbers import percent
from captum_dna.core.remark import Remark
from captum_dna.core.words import counted, is_or_are
from captum_dna.experiments.statistics import LEAST

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

MANY_POSITIVE = 0.1
"""Above this share of backgrounds that are predicted as the class explained already, the background answers, too."""

FAR = 2.0
"""Beyond so many standard deviations of the negatives, backgrounds are other sequences to the model."""

MANY_UNCHANGED = 0.1
"""Above this share of draws that give back the letters they were to replace, an effect is too small."""


@dataclass(frozen=True, slots=True)
class Honesty:
    """How far the sequences of an experiment are from what the model knows.

    Parameters
    ----------
    what
        What they are called, in the plural.
    count
        How many there are.
    positive
        Share of them that is predicted as the class explained; NaN for a model without classes.
    distance
        Mean output of them minus mean output of real negatives, in standard deviations of the negatives; NaN where no
        negatives were given.
    """

    what: str
    count: int
    positive: float
    distance: float = float("nan")


def distance(backgrounds: Floats, negatives: Floats | None) -> float:
    """Return by how many standard deviations of the negatives' outputs the mean outputs differ; NaN without negatives."""
    if negatives is None or len(negatives) < 2:
        return float("nan")
    spread = float(negatives.std(ddof=1))
    difference = float(backgrounds.mean() - negatives.mean())
    return difference / spread if spread > 0 else (np.copysign(np.inf, difference) if difference else 0.0)


def of_backgrounds(honesty: Honesty, target: str) -> Iterator[Remark]:
    """Yield what is to be said of backgrounds; always something, warnings where the background answers."""
    what = honesty.what
    if np.isfinite(honesty.positive):
        number = round(honesty.positive * honesty.count)
        said = f"{number:,} of {honesty.count:,} {what} are predicted as {target} before anything is planted"
        if honesty.positive > MANY_POSITIVE:
            yield Remark(
                "background_answers",
                "warning",
                f"{said}. The backgrounds already have the class, so effects are too small.",
            )
        else:
            yield Remark("backgrounds", "note", f"{said}.")
    yield from _of_distance(honesty)


def of_edits(honesty: Honesty, target: str) -> Iterator[Remark]:
    """Yield what is to be said of edited sequences."""
    yield from of_predictions(honesty, target)
    yield from _of_distance(honesty)


def of_predictions(honesty: Honesty, target: str) -> Iterator[Remark]:
    """Yield how many edited sequences are predicted as the class explained."""
    if np.isfinite(honesty.positive):
        number = round(honesty.positive * honesty.count)
        yield Remark(
            "edits", "note", f"{number:,} of {honesty.count:,} {honesty.what} are predicted as {target}."
        )


def _of_distance(honesty: Honesty) -> Iterator[Remark]:
    what, far = honesty.what, honesty.distance
    if np.isnan(far):
        yield Remark(
            "no_negatives",
            "note",
            f"It is not known how much the {what} differ from real negatives. Give some with `negatives=`.",
        )
        return
    side = "above" if far > 0 else "below"
    said = f"The output of the {what} is on average {abs(far):.2g} standard deviations {side} that of the negatives"
    if abs(far) > FAR:
        yield Remark("far_from_negatives", "warning", f"{said}: the model may not know such sequences.")
    else:
        yield Remark("negatives", "note", f"{said}.")


def of_few(count: int, what: str) -> Iterator[Remark]:
    """Yield that there are too few draws or backgrounds, by the word for one, for an interval."""
    if count < LEAST:
        yield Remark(
            "no_interval",
            "warning",
            f"There {is_or_are(count)} {counted(count, what)}, but an interval and a test need at least {LEAST}, so there "
            "are none.",
        )


def of_unchanged(share: float, kind: str) -> Iterator[Remark]:
    """Yield that draws often give back the letters that they were to replace."""
    if share > MANY_UNCHANGED:
        yield Remark(
            "unchanged",
            "warning",
            f"{percent(share)} of the draws by {kind!r} are the stretch as it was, so its effect is too small: another "
            "`kind` changes more.",
        )


def of_tokens(pairs: int, k: int | None) -> Iterator[Remark]:
    """Yield that so many pairs of bases lie in one token; for k-mers they are a band."""
    if pairs:
        band = f" (the band of {2 * k - 1} bases around the diagonal)" if k else ""
        yield Remark(
            "shared_tokens",
            "note",
            f"{pairs:,} pairs of bases lie in one token{band}: a substitution of one changes how the model reads the other, "
            "so a dependency there need not be one of the sequence.",
        )


def no_control(why: str) -> Remark:
    """Return that a control is missing, and with it a verdict."""
    return Remark("no_control", "warning", f"There is no control: {why}. Without it the effect means little.")


def ordered(remarks: list[Remark]) -> tuple[Remark, ...]:
    """Return remarks once each, warnings first."""
    return tuple(sorted(dict.fromkeys(remarks), key=lambda one: one.severity != "warning"))
