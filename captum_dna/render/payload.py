"""The compact JSON that one picture needs; ``static/payload.js`` is its reader.

A picture is ``{"n": name, "s": letters, "y": true class, "o": origin, "g": interval, "a": tracks,
"l": layers}``; a layer holds the number of its run (``r``), the class explained and predicted (``c``,
``p``: an index into the run's labels, or text), the probability (``q``), f(x), f(baseline), delta,
error and relative error (``f``), evaluations (``e``), whether it converged (``ok``), base and token scores (``b``, ``w``)
and the tokens (``t``); one that was joined has its windows, too (``v``): start, end, f(x), f(baseline),
delta and whether it converged, of each; one of an aligned sequence has its own letters (``s``), with
``-`` at gaps; one that was repeated has the standard deviation of each base and, as 0 and 1, whether its sign is
stable (``z``); ``k`` holds code, severity and sentence of each remark. What holds between several layers (``x``) are
remarks (``k``), and Pearson's r and the overlap of the top-scoring bases of each with the first (``r``). Absent keys have
their usual value.

Scores are base64 of little-endian int16 steps of 1/32767 of the largest absolute score, which stands
beside them in units of the output: every score is kept to half a step, 0.0015 % of the largest. The
step -32768 means "no data". What all pictures of a page share stands once, in :func:`shared`.
"""

from __future__ import annotations

import base64
import json
import math
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from captum_dna.core.agreement import correlation, overlap
from captum_dna.core.comparison import remarks_between
from captum_dna.core.sequences import Track

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

    from captum_dna.core.attribution import Attribution, Run
    from captum_dna.core.sequences import Interval

VERSION = 2
STEPS = 32767
NO_DATA = -32768


def to_json(value: object) -> str:
    """Return JSON that is inert inside a ``<script>`` element of any type."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def quantise(scores: ArrayLike) -> tuple[float, str]:
    """Return the largest absolute score and the base64 of all scores as steps of 1/32767 of it.

    Examples
    --------
    >>> quantise([0.5, -1.0, float("nan")])
    (1.0, 'AEABgACA')
    """
    values = np.asarray(scores, dtype=np.float64)
    known = np.isfinite(values)
    largest = float(f"{np.abs(values).max(initial=0.0, where=known):.8g}")
    shares = np.rint(values / (largest or 1.0) * STEPS)
    steps = np.where(known, shares.clip(-STEPS, STEPS), NO_DATA).astype("<i2")
    return largest, base64.b64encode(steps.tobytes()).decode("ascii")


def restore(coded: tuple[float, str]) -> NDArray[np.float64]:
    """Return the scores that :func:`quantise` coded."""
    largest, text = coded
    steps = np.frombuffer(base64.b64decode(text), dtype="<i2")
    return np.where(steps == NO_DATA, np.nan, steps / STEPS * largest)


def shared(
    runs: Sequence[Run], layers: Sequence[str], pictures: Sequence[Sequence[Attribution]]
) -> dict[str, object]:
    """Return what all pictures of a page have in common.

    Parameters
    ----------
    runs
        The distinct runs.
    layers
        Names of the layers of every picture; one empty name where there is nothing to compare.
    pictures
        The layers of every picture, for the common scale per output.
    """
    extent: dict[str, list[float]] = {}
    tokens: dict[str, float] = {}
    for layer in (layer for picture in pictures for layer in picture):
        known = layer.base_scores[np.isfinite(layer.base_scores)]
        largest = np.abs(layer.token_scores[np.isfinite(layer.token_scores)]).max(initial=0)
        tokens[layer.run.output] = max(tokens.get(layer.run.output, 0), float(largest))
        low, high = extent.setdefault(layer.run.output, [0.0, 0.0])
        if len(known):
            extent[layer.run.output] = [min(low, float(known.min())), max(high, float(known.max()))]
    return {
        "version": VERSION,
        "runs": [_run(run) for run in runs],
        "layers": list(layers),
        "extent": {output: [_short(low), _short(high)] for output, (low, high) in extent.items()},
        "tokens": {output: _short(largest) for output, largest in tokens.items()},
    }


def picture(layers: Sequence[Attribution], runs: Sequence[Run], names: Sequence[str] = ()) -> dict[str, Any]:
    """Return the payload of one sequence with one or more layers of scores, which have names where there are several."""
    first = layers[0]
    tracks = [*first.tracks, *(track for layer in layers for track in windows_track(layer))]
    coded = heading(
        first.name, first.sequence, first.true_label, first.origin, first.interval, _distinct(tracks)
    )
    coded["l"] = [_layer(layer, _index(runs, layer.run)) for layer in layers]
    for layer, own in zip(layers[1:], coded["l"][1:], strict=True):
        if layer.sequence.upper() != first.sequence.upper():
            own["s"] = layer.sequence
    if len(layers) > 1:
        coded["x"] = between(dict(zip(names, layers, strict=True)))
    return coded


def between(layers: Mapping[str, Attribution]) -> dict[str, Any]:
    """Return what holds between layers: the remarks, and how far each agrees with the first."""
    first = next(iter(layers.values()))
    return {
        "k": [[remark.code, remark.severity, remark.text] for remark in remarks_between(layers)],
        "r": [_agreement(first, layer) for layer in layers.values()],
    }


def _agreement(first: Attribution, layer: Attribution) -> list[float | None]:
    if layer is first or layer.sequence != first.sequence or layer.run.difference:
        return [None, None]
    scores = first.base_scores, layer.base_scores
    return [_short(correlation(*scores)), _short(overlap(*scores))]


def heading(
    name: str,
    letters: str,
    truth: str | None,
    origin: int,
    interval: Interval | None,
    tracks: Sequence[Track],
) -> dict[str, Any]:
    """Return the part of a picture's payload that holds no scores."""
    coded: dict[str, Any] = {"n": name, "s": letters}
    if truth is not None:
        coded["y"] = truth
    if origin:
        coded["o"] = origin
    if interval is not None:
        coded["g"] = [interval.chromosome, interval.start, interval.end, interval.strand]
    if tracks:
        coded["a"] = [[track.name, [list(span) for span in track.spans]] for track in tracks]
    return coded


def windows_track(layer: Attribution) -> list[Track]:
    """Return the windows of a joined result as a track: each where it weighs most, with its f(x)."""
    if not layer.windows:
        return []
    spans = window_spans(layer)
    edges = [0, *((end + start) // 2 for (_, end), (start, _) in pairwise(spans)), len(layer)]
    texts = (f"{window.f_input:.3g}".replace("-", "\N{MINUS SIGN}") for window in layer.windows)
    size = len(layer.windows[0])
    return [
        Track(
            f"{'change of ' if layer.run.difference else ''}f(x) in each of {len(spans)} windows of {size} bases",
            tuple(zip(edges, edges[1:], texts, strict=False)),
        )
    ]


def window_spans(layer: Attribution) -> list[tuple[int, int]]:
    """Return the first base of each window, and the one after its last."""
    starts = layer.extras["window_starts"].astype(int).tolist() if layer.windows else []
    return [(start, start + len(window)) for start, window in zip(starts, layer.windows, strict=True)]


def _distinct(tracks: list[Track]) -> list[Track]:
    """Return the tracks without repeats: layers that share their windows share their track."""
    return [track for i, track in enumerate(tracks) if track not in tracks[:i]]


def _run(run: Run) -> dict[str, object]:
    kept = ("method", "signed", "complete", "conserving", "output", "baseline", "layer", "projection")
    more = {
        "precision": run.precision,
        "tolerance": run.tolerance,
        "labels": list(run.labels),
        "model": run.model,
    }
    if run.head == "regression":
        more["regression"] = True
    if run.difference:
        more["difference"] = True
    return {name: getattr(run, name) for name in kept} | more


def _index(runs: Sequence[Run], run: Run) -> int:
    return next(i for i, other in enumerate(runs) if other is run or other == run)


def _layer(layer: Attribution, run: int) -> dict[str, object]:
    labels = layer.run.labels
    numbers = (layer.f_input, layer.f_baseline, layer.delta, layer.error, layer.relative_error)
    coded: dict[str, object] = {
        "r": run,
        "c": labels.index(layer.target) if layer.target in labels else layer.target,
        "p": labels.index(layer.predicted) if layer.predicted in labels else layer.predicted,
        "q": _short(layer.probability),
        "f": [_short(number) for number in numbers],
        "e": int(layer.evaluations),
        "ok": int(layer.converged),
        "b": quantise(layer.base_scores),
        "w": quantise(layer.token_scores),
        "t": _tokens(layer),
    }
    if "substitutions" in layer.extras:
        coded["m"] = quantise(layer.extras["substitutions"].ravel())
    if "strand_agreement" in layer.extras:
        coded["u"] = [quantise(layer.extras["forward"]), quantise(layer.extras["reverse"])]
    if spread := layer.spread:
        coded["z"] = [quantise(spread.sd), "".join("1" if stable else "0" for stable in spread.stable)]
    if caveats := layer.caveats:
        coded["k"] = [[remark.code, remark.severity, remark.text] for remark in caveats]
    if layer.windows:
        coded["v"] = [
            [*span, *(_short(n) for n in (one.f_input, one.f_baseline, one.delta)), int(one.converged)]
            for span, one in zip(window_spans(layer), layer.windows, strict=True)
        ]
    return coded


def _tokens(layer: Attribution) -> dict[str, object]:
    """Return spans as one regular run of windows where they are one, else as a flat list."""
    spans = [span for span in layer.spans if span is not None]
    coded: dict[str, object] = {"count": len(layer.tokens)}
    special = {i: layer.tokens[i] for i, span in enumerate(layer.spans) if span is None}
    if special:
        coded["special"] = special
    if spans:
        (first, end), step = spans[0], spans[1][0] - spans[0][0] if len(spans) > 1 else 1
        size = end - first
        starts = range(first, first + step * len(spans), step) if step > 0 else ()
        if spans == [(start, start + size) for start in starts]:
            coded |= {"k": size, "step": step, "first": first}
        else:
            coded["spans"] = [edge for span in layer.spans for edge in (span or (None, None))]
    letters = layer.sequence.upper()
    spelt = [
        token if span is None else letters[slice(*span)]
        for token, span in zip(layer.tokens, layer.spans, strict=True)
    ]
    if spelt != list(layer.tokens):
        coded["texts"] = {
            i: token for i, (token, own) in enumerate(zip(layer.tokens, spelt, strict=True)) if token != own
        }
    return coded


def _short(number: float) -> float | None:
    """Return a number in six significant digits; ``None``, as JSON has it, for NaN and infinity."""
    return float(f"{number:.6g}") if math.isfinite(number) else None
