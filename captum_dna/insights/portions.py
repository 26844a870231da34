"""What jobs do with a model: read sequences, explain them in small portions, and keep what comes out."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from captum_dna.core.errors import SequenceError, spelled
from captum_dna.core.notices import collected
from captum_dna.insights.job import Cancelled, Gone
from captum_dna.insights.request import as_control
from captum_dna.model.errors import TokenizerError
from captum_dna.model.inference import lock_of
from captum_dna.pipeline.attribute import attribute
from captum_dna.pipeline.windows import cut, pooled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from collections.abc import Sequence as SequenceABC
    from contextlib import AbstractContextManager

    from numpy.typing import NDArray

    from captum_dna.core.attribution import Attribution
    from captum_dna.core.sequences import Sequence
    from captum_dna.insights.request import How
    from captum_dna.model.classifier import Classifier
    from captum_dna.pipeline.windows import Windowing
    from captum_dna.results import Attributions

    Compute = Callable[[list[Sequence], How, Callable[[], bool]], SequenceABC[Attribution]]
    """Takes sequences, choices and what tells whether it is still wanted; see :func:`explain`."""

STEP_SECONDS = 0.25
"""What one step may take, about: so long a picture that somebody waits for may have to wait."""

_MOST_AT_ONCE = 64


class Reason(NamedTuple):
    """Why a sequence has no result: a sentence, and the option that it is about."""

    words: str
    option: str | None = None


def alone(classifier: Classifier) -> AbstractContextManager[bool]:
    """Return the lock under which a model is used; all viewers of it share it, and everybody else."""
    return lock_of(classifier.model)


def in_page(error: Exception) -> str:
    """Return the sentence of an error with the page's controls in the places of Python's options."""
    return spelled(str(error), as_control)


def explain(
    classifier: Classifier,
    sequences: list[Sequence],
    how: How,
    wanted: Callable[[], bool] = lambda: True,
) -> Attributions:
    """Return what :func:`captum_dna.attribute` returns, without its warnings: the page shows each result's remarks.

    Raises
    ------
    ValueError
        A sequence that the model cannot read.
    Cancelled
        It is no longer wanted, which is asked after every sequence and window.
    """

    def go_on(_done: int, _total: int) -> None:
        if not wanted():
            raise Cancelled

    with alone(classifier), collected():
        return attribute(classifier, sequences, **how.choices(), progress=go_on)


def explain_each(
    compute: Compute,
    sequences: list[Sequence],
    how: How,
    wanted: Callable[[], bool],
    seconds: float = STEP_SECONDS,
) -> Iterator[list[tuple[int, Attribution | Reason]]]:
    """Yield portions of (place, result or reason why there is none); one that fails does not stop the others.

    A portion takes about as many seconds.
    """
    start, size = 0, 1
    while start < len(sequences):
        portion = sequences[start : start + size]
        began = time.perf_counter()
        found: list[tuple[int, Attribution | Reason]] = []
        try:
            found = list(enumerate(compute(portion, how, wanted), start))
        except (Cancelled, Gone):
            raise
        except Exception as error:  # noqa: BLE001 - the model's own errors, too, are told per sequence
            if len(portion) > 1:
                size = 1
                for place, sequence in enumerate(portion, start):
                    found += _explain_one(compute, sequence, how, wanted, place)
            else:
                found = [(start, _reason(error, portion[0]))]
        yield found
        start += len(portion)
        took = time.perf_counter() - began
        size = max(1, min(_MOST_AT_ONCE, 2 * size, int(len(portion) * seconds / max(took, 1e-3))))


def _explain_one(
    compute: Compute, sequence: Sequence, how: How, wanted: Callable[[], bool], place: int
) -> list[tuple[int, Attribution | Reason]]:
    try:
        return [(place, compute([sequence], how, wanted)[0])]
    except (Cancelled, Gone):
        raise
    except Exception as error:  # noqa: BLE001 - as above
        return [(place, _reason(error, sequence))]


def _reason(error: Exception, sequence: Sequence) -> Reason:
    if isinstance(error, ValueError):
        return Reason(in_page(error), getattr(error, "option", None))
    return Reason(f"Sequence '{sequence.name}' made the model fail: {type(error).__name__}: {error}")


def predict_each(
    classifier: Classifier, sequences: list[Sequence], windowing: Windowing | None = None
) -> Iterator[list[tuple[int, NDArray[np.float64] | None, str | None]]]:
    """Yield portions of (place, (C,) probabilities or None, problem or None)."""
    start, size = 0, 8
    while start < len(sequences):
        portion = sequences[start : start + size]
        began = time.perf_counter()
        with alone(classifier):
            found = list(_predict(classifier, portion, start, windowing))
        yield found
        start += len(portion)
        took = time.perf_counter() - began
        size = max(1, min(8 * _MOST_AT_ONCE, 2 * size, int(len(portion) * STEP_SECONDS / max(took, 1e-3))))


def _predict(
    classifier: Classifier, portion: list[Sequence], start: int, windowing: Windowing | None
) -> Iterator[tuple[int, NDArray[np.float64] | None, str | None]]:
    encodings, places, counts = [], [], []
    for place, sequence in enumerate(portion, start):
        try:
            windows = [piece.encoding for piece in cut(classifier, sequence, windowing)]
            encodings += windows
            places.append(place)
            counts.append(len(windows))
        except (SequenceError, TokenizerError) as error:
            yield place, None, in_page(error)
    if not encodings:
        return
    try:
        logits = classifier.predict_logits(encodings)
    except Exception as error:  # noqa: BLE001 - whatever the model raises
        for place in places:
            yield place, None, _reason(error, portion[place - start]).words
        return
    each = np.split(classifier.probabilities(logits), np.cumsum(counts)[:-1])
    for place, chances in zip(places, each, strict=True):
        row = chances[0] if len(chances) == 1 else pooled(classifier.head, chances)
        if np.isfinite(row).all():
            yield place, row, None
        else:
            name = portion[place - start].name
            yield place, None, f"The model's output is not a number for sequence '{name}'."
