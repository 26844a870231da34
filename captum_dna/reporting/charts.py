"""Small charts as SVG without a style of their own: the page's style sheet colours them, light and dark."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import numpy as np
from markupsafe import Markup

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

WIDTH, HEIGHT = 640, 244
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 12, 12, 52
_MOST_POINTS = 1200


def line_chart(start: int, curves: Sequence[tuple[str, Sequence[float | None]]], x: str, y: str) -> Markup:
    """Return curves over positions; gaps where there is no value.

    Parameters
    ----------
    start
        The position of the first value.
    curves
        Name and values of each; all of one length.
    x, y
        What the axes show.
    """
    values = np.array([[np.nan if v is None else v for v in curve] for _, curve in curves], dtype=float)
    positions = np.arange(start, start + values.shape[1])
    if len(positions) > _MOST_POINTS:
        step = -(-len(positions) // _MOST_POINTS)
        values, positions = values[:, ::step], positions[::step]
    known = values[np.isfinite(values)]
    low, high = min(0.0, float(known.min(initial=0))), max(0.0, float(known.max(initial=0)))
    high = high if high > low else low + 1
    across = (WIDTH - _LEFT - _RIGHT) / max(1, positions[-1] - positions[0])
    up = (HEIGHT - _TOP - _BOTTOM) / (high - low)
    parts = []
    for number, row in enumerate(values):
        points, pen = [], "M"
        for position, value in zip(positions, row, strict=True):
            if not np.isfinite(value):
                pen = "M"
                continue
            points.append(
                f"{pen}{_LEFT + (position - positions[0]) * across:.1f},{_TOP + (high - value) * up:.1f}"
            )
            pen = "L"
        parts.append(f'<path class="curve c{number % 6}" d="{"".join(points)}"/>')
    zero = _TOP + high * up
    ticks = [
        (_LEFT + (p - positions[0]) * across, f"{p:g}") for p in _round_numbers(positions[0], positions[-1])
    ]
    labels = [(zero, "0"), *((_TOP + (high - v) * up, f"{v:.2g}") for v in (low, high) if v)]
    name = f"{y} by {x}: {', '.join(name for name, _ in curves)}"
    return _frame(name, "".join(parts), ticks, labels, zero, x)


def scatter_chart(across: NDArray[np.float64], up: NDArray[np.float64], x: str, y: str) -> Markup:
    """Return a point for each pair of values, on axes of one range, with the line on which both are equal.

    Parameters
    ----------
    across, up
        (N,) values along the axes.
    x, y
        What the axes show.
    """
    values = np.concatenate([across, up])
    low, high = float(values.min()), float(values.max())
    high = high if high > low else low + 1
    wide, tall = WIDTH - _LEFT - _RIGHT, HEIGHT - _TOP - _BOTTOM

    def place(value: float, size: int) -> float:
        return (value - low) / (high - low) * size

    points = "".join(
        f'<circle class="point" cx="{_LEFT + place(a, wide):.1f}" cy="{_TOP + tall - place(b, tall):.1f}" r="3"/>'
        for a, b in zip(across.tolist(), up.tolist(), strict=True)
    )
    equal = f'<path class="mark" d="M{_LEFT},{_TOP + tall}L{_LEFT + wide},{_TOP}"/>'
    ticks = [(_LEFT + place(value, wide), f"{value:.3g}") for value in (low, (low + high) / 2, high)]
    labels = [(_TOP + tall - place(value, tall), f"{value:.3g}") for value in (low, (low + high) / 2, high)]
    return _frame(f"{y} by {x}", equal + points, ticks, labels, _TOP + tall, f"{x} (across), {y} (up)")


def bar_chart(
    counts: Sequence[int], ticks: Sequence[tuple[int, str]], x: str, mark: float | None = None
) -> Markup:
    """Return a histogram.

    Parameters
    ----------
    counts
        Height of each bar.
    ticks
        Number of the bar at whose left edge a tick stands, and its text.
    x
        What the bars are over.
    mark
        Where to draw a line, in bars from the left.
    """
    wide = (WIDTH - _LEFT - _RIGHT) / len(counts)
    tallest = max(1, *counts)
    room = HEIGHT - _TOP - _BOTTOM
    bars = "".join(
        f'<rect class="bar" x="{_LEFT + i * wide + 1:.1f}" y="{_TOP + room * (1 - n / tallest):.1f}" '
        f'width="{wide - 2:.1f}" height="{room * n / tallest:.1f}"><title>{n}</title></rect>'
        for i, n in enumerate(counts)
        if n
    )
    if mark is not None:
        at = _LEFT + mark * wide
        bars += f'<path class="mark" d="M{at:.1f},{_TOP}V{_TOP + room}"/>'
    places = [(_LEFT + bar * wide, text) for bar, text in ticks]
    return _frame(
        f"Sequences by {x}", bars, places, [(_TOP, f"{tallest}"), (_TOP + room, "0")], _TOP + room, x
    )


def _frame(
    name: str,
    inside: str,
    ticks: Sequence[tuple[float, str]],
    labels: Sequence[tuple[float, str]],
    zero: float,
    x: str,
) -> Markup:
    # Letters are larger on a small screen: places are given in their heights.
    under = HEIGHT - _BOTTOM + 4
    texts = "".join(
        f'<text x="{at:.1f}" y="{under}" dy="1em" text-anchor="middle">{_minus(t)}</text>' for at, t in ticks
    )
    texts += "".join(
        f'<text x="{_LEFT - 8}" y="{at:.1f}" dy=".33em" text-anchor="end">{_minus(t)}</text>'
        for at, t in labels
    )
    texts += f'<text x="{(WIDTH + _LEFT) / 2:.0f}" y="{HEIGHT - 6}" text-anchor="middle">{escape(x)}</text>'
    axis = f'<path class="zero" d="M{_LEFT},{zero:.1f}H{WIDTH - _RIGHT}"/>'
    return Markup(  # noqa: S704 - all texts in it are escaped above
        f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(name)}">'
        f"{axis}{inside}{texts}</svg>"
    )


def _minus(number: str) -> str:
    """Return the text of a number with a true minus sign."""
    return escape(number).replace("-", "\N{MINUS SIGN}")


def _round_numbers(low: float, high: float) -> list[int]:
    """Return a few round positions between two."""
    span = max(1, high - low)
    step = next(s * 10**power for power in range(9) for s in (1, 2, 5) if span / (s * 10**power) <= 7)
    return list(range(int(-(-low // step) * step), int(high) + 1, step))
