"""One result to bytes and back, without loss and without anything that could run.

What belongs to the data set (name, true class, place in a genome, annotations) is not kept: the same
letters may stand in several.
"""

from __future__ import annotations

import json
import zlib
from dataclasses import asdict, fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from captum_dna.core.attribution import Attribution
from captum_dna.core.certificate import Certificate
from captum_dna.pipeline.validate import true_label

if TYPE_CHECKING:
    from captum_dna.core.attribution import Run
    from captum_dna.core.sequences import Sequence
    from captum_dna.model.classifier import Classifier

STRIP = 64
"""Stretches of the small picture of a row."""

_PLAIN = ("target", "predicted", "probability", "target_index")
_LENGTH = 4


def encode(result: Attribution) -> bytes:
    """Return tokens, scores and numbers of a result: a compressed JSON header, float64 arrays, and its windows."""
    arrays = {
        "token_scores": result.token_scores,
        "probabilities": result.probabilities,
        **{f"parts/{name}": values for name, values in result.parts.items()},
        **{f"extras/{name}": values for name, values in result.extras.items()},
    }
    header = {name: getattr(result, name) for name in _PLAIN} | {
        "certificate": asdict(result.certificate),
        "tokens": result.tokens,
        "spans": [edge for span in result.spans for edge in (span or (-1, -1))],
        "arrays": [[name, np.shape(values)] for name, values in arrays.items()],
    }
    windows = [(one.base_scores.astype("<f8").tobytes(), encode(one)) for one in result.windows]
    if windows:
        header["windows"] = [(len(bases), len(rest)) for bases, rest in windows]
    head = zlib.compress(json.dumps(header, separators=(",", ":"), default=_number).encode(), 1)
    body = b"".join(np.ascontiguousarray(values, dtype="<f8").tobytes() for values in arrays.values())
    return (
        len(head).to_bytes(_LENGTH, "little")
        + head
        + body
        + b"".join(part for one in windows for part in one)
    )


def decode(data: bytes, bases: bytes, run: Run, sequence: Sequence, classifier: Classifier) -> Attribution:
    """Return the result of a row: what :func:`encode` kept, under the name and label of the row."""
    end = _LENGTH + int.from_bytes(data[:_LENGTH], "little")
    header: dict[str, Any] = json.loads(zlib.decompress(data[_LENGTH:end]))
    arrays: dict[str, dict[str, Any]] = {"": {}, "parts": {}, "extras": {}}
    for path, shape in header["arrays"]:
        group, _, name = path.partition("/") if "/" in path else ("", "", path)
        size = int(np.prod(shape))
        arrays[group][name] = np.frombuffer(data, "<f8", size, end).reshape(shape)
        end += 8 * size
    windows = []
    for start, (size, rest) in zip(
        arrays["extras"].get("window_starts", ()), header.get("windows", ()), strict=True
    ):
        scores, coded, end = data[end : end + size], data[end + size : end + size + rest], end + size + rest
        windows.append(decode(coded, scores, run, _window(sequence, int(start), size // 8), classifier))
    edges = iter(header["spans"])
    spans = tuple(None if start < 0 else (start, stop) for start, stop in zip(edges, edges, strict=True))
    return Attribution(
        name=sequence.name,
        sequence=sequence.bases,
        tokens=tuple(header["tokens"]),
        spans=spans,
        base_scores=np.frombuffer(bases, "<f8"),
        true_label=true_label(classifier, sequence),
        certificate=_certificate(header, run),
        run=run,
        parts=arrays["parts"],
        extras=arrays["extras"],
        interval=sequence.interval,
        origin=sequence.origin,
        tracks=sequence.tracks,
        windows=tuple(windows),
        **arrays[""],
        **{name: header[name] for name in _PLAIN if name in header},
    )


def _certificate(header: dict[str, Any], run: Run) -> Certificate:
    """Return the certificate, whose numbers older stores have beside the others."""
    old = {one.name: header[one.name] for one in fields(Certificate) if one.name in header}
    return Certificate(**{"tolerance": run.tolerance, **header.get("certificate", old)})


def _window(sequence: Sequence, start: int, size: int) -> Sequence:
    """Return the bases of a window under the name that :mod:`captum_dna.pipeline.windows` gives it."""
    name = f"{sequence.name}, bases {start + 1} to {start + size}"
    return replace(sequence.part(start, start + size), name=name)


def largest(scores: Any) -> float:
    """Return the score of largest magnitude, with its sign; NaN where there is none."""
    known = scores[np.isfinite(scores)]
    return float(known[np.abs(known).argmax()]) if len(known) else float("nan")


def strip(scores: Any) -> bytes:
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


def _number(value: Any) -> Any:
    return value.item()
