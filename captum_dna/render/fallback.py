"""What is seen where scripts are stripped: the line of words and a small static picture.

The picture is an SVG of real bars in a data address, so that a rendered notebook on a code host or a
saved page without scripts still shows where the model looked, in units.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING
from urllib.parse import quote

import numpy as np

from captum_dna.core.colours import BASE_COLORS
from captum_dna.core.numbers import percent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from captum_dna.core.attribution import Attribution

MOST_BARS = 320
ROOM = 2200
"""Bytes for the static picture of one layer where nothing asks for fewer."""

_RESOLUTIONS = (48, 32, 20, 12, 9, 7, 5, 4)
"""Steps of height to try: fewer steps, fewer bytes."""


def fallback(layers: Sequence[Attribution], names: Sequence[str], room: int = ROOM) -> str:
    """Return the HTML of the static picture of one sequence, one image per layer.

    Parameters
    ----------
    layers, names
        Scores of the same sequence, and what to call them where there are several.
    room
        Bytes to keep to; heights are drawn in coarser steps as they get fewer.
    """
    shown = []
    for layer, name in zip(layers, names, strict=True):
        scores, letters, note = _bins(layer)
        headline = escape(f"{name}: {layer.headline()}" if name else layer.headline())
        said = f"<p>{headline}; {escape(words(layer))}{note}</p>{_remarks(layer)}"
        before = f'{said}<img width="100%" loading="lazy" alt="{headline}" src="'
        left = room // len(layers) - len(before.encode("utf-8"))
        shown.append(f'{before}{_svg(scores, letters, left)}">')
    return "".join(shown)


def _remarks(layer: Attribution) -> str:
    """Return what a reader has to know as paragraphs."""
    return "".join(f"<p>{escape(remark.text)}</p>" for remark in layer.caveats)


def words(layer: Attribution) -> str:
    """Return how the scores were made and what they mean, in one line that follows the headline."""
    run = layer.run
    special = (
        f", {percent(layer.special_share)} on special tokens" if np.isfinite(layer.special_share) else ""
    )
    meaning = "up pushes towards" if run.signed else "height shows importance for"
    return (
        f"{run.method_in_words}, baseline {run.baseline}{special}; "
        f"{meaning} {layer.explained or 'the output'}."
    )


def _bins(layer: Attribution) -> tuple[NDArray[np.float64], str, str]:
    """Return scores and letters of the bars, one per base or the strongest base of each stretch, and a note."""
    scores = np.nan_to_num(layer.base_scores)
    letters = layer.sequence.upper()
    if len(scores) <= MOST_BARS:
        return scores, letters, ""
    size = -(-len(scores) // MOST_BARS)
    starts = range(0, len(scores), size)
    peaks = [start + int(np.abs(scores[start : start + size]).argmax()) for start in starts]
    return (
        scores[peaks],
        "".join(letters[peak] for peak in peaks),
        f" Each bar is the strongest of {size} bases.",
    )


def _svg(scores: NDArray[np.float64], letters: str, room: int) -> str:
    """Return the data address of a bar chart with its extremes written in units."""
    low, high = min(0.0, float(scores.min(initial=0))), max(0.0, float(scores.max(initial=0)))
    span = (high - low) or 1.0
    zero = high / span * 90 + 3
    address = ""
    for resolution in _RESOLUTIONS:
        heights = np.rint(scores / span * resolution).astype(int)
        if _least_bytes(heights) > room and resolution != _RESOLUTIONS[-1]:
            continue
        paths = _paths(heights, letters)
        svg = (
            f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='-36 0 {3 * len(letters) + 36} 96' "
            f"font-size='10' font-family='sans-serif' fill='#777'>"
            f"<text x='-36' y='9'>{high:.2g}</text><text x='-36' y='95'>{low:.2g}</text>"
            f"<g transform='matrix(3,0,0,{-90 / resolution:.3g},0,{zero:.3g})' stroke-width='.8'>"
            f"{paths}</g><path d='M0,{zero:.3g}h{3 * len(letters)}' stroke='#999'/></svg>"
        )
        address = "data:image/svg+xml," + quote(svg, safe=" ='/:;,.()-+")
        if len(address) <= room:
            break
    return address


def _least_bytes(heights: NDArray[np.int64]) -> int:
    """Return about how many bytes the picture takes, a few too few: a quick look before it is written."""
    drawn = heights[heights != 0]
    return 560 + 6 * len(drawn) + 2 * int((np.abs(drawn) > 9).sum()) + int((drawn < 0).sum())


def _paths(heights: NDArray[np.int64], letters: str) -> str:
    """Return one path per base colour: a move along the zero line and a stroke up or down per bar."""
    moves: dict[str, list[str]] = {}
    at: dict[str, tuple[int, int]] = {}
    for i, (height, letter) in enumerate(zip(heights.tolist(), letters, strict=True)):
        if height == 0:
            continue
        color = BASE_COLORS.get(letter, BASE_COLORS["N"])
        x, y = at.get(color, (0, 0))
        back = f",{-y}" if y <= 0 else str(-y)
        moves.setdefault(color, []).append(f"m{i - x}{back}v{height}")
        at[color] = (i, height)
    return "".join(
        f"<path d='M.5,0{''.join(steps)}' stroke='{color}'/>" for color, steps in sorted(moves.items())
    )
