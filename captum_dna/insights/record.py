"""One result to bytes and back, without loss and without anything that could run: a safetensors file in memory.

What belongs to the data set (name, true class, place in a genome, annotations) is not kept: the same
letters may stand in several.
"""

from __future__ import annotations

import zlib
from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec
import numpy as np
from safetensors.numpy import load, save

from captum_dna.core.attribution import Attribution
from captum_dna.core.axis import window_name
from captum_dna.core.certificate import Certificate
from captum_dna.insights import record_1
from captum_dna.pipeline.validate import true_label

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from captum_dna.core.attribution import Run
    from captum_dna.core.sequences import Sequence
    from captum_dna.model.classifier import Classifier

    Arrays = dict[str, NDArray[np.float64]]

STRIP = 64
"""Stretches of the small picture of a row."""

_NUMBERS = ("probability", "f_input", "f_baseline", "delta", "error", "relative_error")
"""Numbers that may be NaN, which JSON does not know; results that were kept earlier lack the last."""
_ABOUT = "about"


class _About(msgspec.Struct):
    """What is not an array of a result, and the same of its windows."""

    target: str
    predicted: str
    converged: bool
    evaluations: int
    tolerance: float | None
    tokens: tuple[str, ...]
    spans: tuple[tuple[int, int] | None, ...]
    windows: list[_About]
    target_index: int | None = None
    precision: str = ""


def encode(result: Attribution) -> bytes:
    """Return tokens, scores and numbers of a result; its base scores are kept beside it."""
    arrays: Arrays = {}
    about = msgspec.json.encode(_taken(result, "", arrays))
    return bytes(save(arrays | {_ABOUT: np.frombuffer(zlib.compress(about, 1), np.uint8)}))


def decode(data: bytes, bases: bytes, run: Run, sequence: Sequence, classifier: Classifier) -> Attribution:
    """Return the result of a row: what :func:`encode` kept, under the name and label of the row."""
    if record_1.is_one(data):
        plain, arrays = record_1.read(data, _NUMBERS, run.tolerance)
        about = msgspec.convert(plain, _About)
    else:
        arrays = load(data)
        about = msgspec.json.decode(zlib.decompress(arrays[_ABOUT].tobytes()), type=_About)
    arrays["base_scores"] = np.frombuffer(bases, "<f8")
    return _made(about, "", arrays, run, sequence, classifier)


def _taken(result: Attribution, where: str, arrays: Arrays) -> _About:
    """Put the arrays of a result and of its windows among others, under names; return the rest."""
    own = {
        "numbers": [getattr(result, name) for name in _NUMBERS],
        "token_scores": result.token_scores,
        "probabilities": result.probabilities,
        **{f"parts/{name}": values for name, values in result.parts.items()},
        **{f"extras/{name}": values for name, values in result.extras.items()},
    }
    if where:
        own["base_scores"] = result.base_scores
    arrays |= {where + name: np.array(values, dtype="<f8", order="C") for name, values in own.items()}
    windows = [_taken(one, f"{where}windows/{i}/", arrays) for i, one in enumerate(result.windows)]
    return _About(
        result.target,
        result.predicted,
        bool(result.converged),
        int(result.evaluations),
        result.certificate.tolerance,
        result.tokens,
        result.spans,
        windows,
        result.target_index,
        result.certificate.precision,
    )


def _made(
    about: _About, where: str, arrays: Arrays, run: Run, sequence: Sequence, classifier: Classifier
) -> Attribution:
    groups: dict[str, Arrays] = {
        group: {
            name.removeprefix(where + group): values
            for name, values in arrays.items()
            if name.startswith(where + group)
        }
        for group in ("parts/", "extras/")
    }
    starts = groups["extras/"].get("window_starts", ())
    windows = []
    for i, (start, own) in enumerate(zip(starts, about.windows, strict=True)):
        inside = f"{where}windows/{i}/"
        part = _window(sequence, int(start), len(arrays[f"{inside}base_scores"]))
        windows.append(_made(own, inside, arrays, run, part, classifier))
    base_scores, token_scores = arrays[f"{where}base_scores"], arrays[f"{where}token_scores"]
    if len(base_scores) != len(sequence) or not len(token_scores) == len(about.tokens) == len(about.spans):
        raise ValueError("The kept result has not as many scores as bases and tokens.")
    numbers = dict(zip(_NUMBERS, arrays[f"{where}numbers"].tolist(), strict=False))
    probability = numbers.pop("probability")
    return Attribution(
        name=sequence.name,
        sequence=sequence.bases,
        tokens=about.tokens,
        spans=about.spans,
        token_scores=token_scores,
        base_scores=base_scores,
        target=about.target,
        predicted=about.predicted,
        probabilities=arrays[f"{where}probabilities"],
        true_label=true_label(classifier, sequence),
        certificate=Certificate(
            **numbers,
            converged=about.converged,
            evaluations=about.evaluations,
            tolerance=about.tolerance,
            precision=about.precision,
        ),
        probability=probability,
        run=run,
        parts=groups["parts/"],
        extras=groups["extras/"],
        interval=sequence.interval,
        origin=sequence.origin,
        tracks=sequence.tracks,
        windows=tuple(windows),
        target_index=about.target_index,
    )


def _window(sequence: Sequence, start: int, size: int) -> Sequence:
    """Return the bases of a window under the name that :mod:`captum_dna.pipeline.windows` gives it."""
    return replace(sequence.part(start, start + size), name=window_name(sequence, start, size))


def largest(scores: NDArray[np.float64]) -> float:
    """Return the score of largest magnitude, with its sign; NaN where there is none."""
    known = scores[np.isfinite(scores)]
    return float(known[np.abs(known).argmax()]) if len(known) else float("nan")


def strip(scores: NDArray[np.float64]) -> bytes:
    """Return up to 64 int8: the strongest score of each stretch, in 1/127 of the strongest of all.

    Examples
    --------
    >>> list(np.frombuffer(strip(np.array([0.5, -1.0, np.nan])), "i1"))
    [np.int8(64), np.int8(-127), np.int8(-128)]
    """
    count = min(STRIP, len(scores))
    edges = np.linspace(0, len(scores), count + 1).astype(int)
    values = np.nan_to_num(scores)
    high, low = np.maximum.reduceat(values, edges[:-1]), np.minimum.reduceat(values, edges[:-1])
    strongest = np.where(high >= -low, high, low)
    scale = float(np.abs(strongest).max()) or 1.0
    steps = np.rint(strongest / scale * 127).astype("i1")
    steps[~np.logical_or.reduceat(np.isfinite(scores), edges[:-1])] = -128
    return steps.tobytes()
