"""The static picture of one sequence, drawn from top to bottom on a sheet measured in inches."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_rgba
from matplotlib.lines import Line2D
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path
from matplotlib.ticker import MaxNLocator

from captum_dna.core.colours import AWAY, BASE_COLORS, TOWARDS
from captum_dna.render.figure import words
from captum_dna.render.figure.letters import letter_paths
from captum_dna.render.figure.words import FACT, axis_ticks, axis_title, unit_of
from captum_dna.render.payload import windows_track

if TYPE_CHECKING:
    from collections.abc import Iterable

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from captum_dna.core.attribution import Attribution
    from captum_dna.core.sequences import Track

Scale = tuple[str, bool]

BASES_PER_ROW = 300
"""Longer sequences are wrapped; at the default width a letter is then about 1.5 points wide."""
MOST_ROWS = 8
"""Sequences that would need more rows are drawn as a profile in one row."""

TOP, GAP, LINE = 0.05, 0.14, 0.115
_LEFT, _RIGHT = 0.82, 0.12
_TITLE, _BREATH, _LOGO, _TRACK, _LANE, _AXIS = 0.17, 0.07, 0.85, 0.19, 0.07, 0.2
"""Sizes in inches: margins, then heights of the parts of a picture."""
_SMALL = 6.0
_PALE = 0.35
"""How much is left of the colour of a letter whose sign is not stable."""
_INK, _MUTED, _RULE = "#1f2328", "#59636e", "#8c959f"
_COLOURS = {FACT: _MUTED, "note": _INK, "warning": "#a40e26"}
"""Of the lines of a caption."""
_NO_DATA, _TRACK_FILL = "#eceff2", "#dfe4ea"


class Sheet:
    """Places axes and text from top to bottom, in inches."""

    def __init__(self, drawing: Figure, width: float, height: float) -> None:
        self.drawing, self.width, self.height = drawing, width, height
        self.top = height

    def skip(self, inches: float) -> None:
        """Leave this much room."""
        self.top -= inches

    def axes(self, inches: float, first: float, last: float) -> Axes:
        """Return bare axes of this height for the bases from ``first`` to ``last``."""
        self.skip(inches)
        plot = self.width - _LEFT - _RIGHT
        box = (_LEFT / self.width, self.top / self.height, plot / self.width, inches / self.height)
        axes: Axes = self.drawing.add_axes(box, facecolor="none", xlim=(first, last), xticks=[], yticks=[])
        axes.spines[:].set_visible(False)
        axes.tick_params(length=2.5, width=0.6, color=_RULE, labelcolor=_INK, labelsize=6, pad=1.5)
        return axes

    def text(self, inches: float, text: str, size: float, **options: Any) -> None:
        """Write a line with its top where the sheet has got to, this far from the left."""
        x, y = inches / self.width, self.top / self.height
        self.drawing.text(x, y, text, size=size, va="top", parse_math=False, **options)

    def lines(self, lines: list[str], color: str = _MUTED) -> None:
        """Write small lines one below the other."""
        for line in lines:
            self.text(_LEFT, line, _SMALL, color=color)
            self.skip(LINE)


class Block:
    """The picture of one sequence: title, words, then per row of bases all layers, tracks and the axis."""

    def __init__(
        self,
        layers: dict[str, Attribution],
        window: tuple[int, int] | None,
        rows: int | None,
        style: str,
        tokens: bool,
        width: float,
        *,
        whiskers: bool = False,
        caption: bool = True,
    ) -> None:
        self.layers, self.tokens, self.whiskers = layers, tokens, whiskers
        self.first = next(iter(layers.values()))
        start, end = _window(self.first, window)
        needed = -(-(end - start) // BASES_PER_ROW)
        if rows is None and needed > MOST_ROWS:
            style = "profile"
        self.style = style
        count = min(rows or (1 if style == "profile" else needed), end - start)
        self.size = -(-(end - start) // count)
        self.rows = [(left, min(left + self.size, end)) for left in range(start, end, self.size)]
        columns = columns_of(width)
        self.words = [
            (line, _COLOURS[severity])
            for text, severity in (words.caption(layers) if caption else [])
            for line in textwrap.wrap(text, columns)
        ]
        self.limits = {
            scale: _limits(layers.values(), scale, start, end, whiskers=whiskers) for scale in self._scales()
        }
        self.lanes = {name: _lanes(layer) for name, layer in layers.items()} if tokens else {}

    def _scales(self) -> set[Scale]:
        return {_scale(layer) for layer in self.layers.values()}

    @property
    def height(self) -> float:
        """Inches from the title to the last base axis."""
        caption = len(self.words) * LINE
        lanes = sum(max(lanes, default=-1) + 1 for lanes in self.lanes.values()) * _LANE
        tracks = sum(len(self._tracks_in(left, right)) for left, right in self.rows) * _TRACK
        row = len(self.layers) * (_LOGO + _BREATH) + lanes + _AXIS
        return _TITLE + caption + len(self.rows) * row + tracks

    def _tracks_in(self, left: int, right: int) -> list[Track]:
        """Return the tracks that have something to show in a row."""
        return [
            track
            for track in (*self.first.tracks, *windows_track(self.first))
            if any(start < right and end > left for start, end, _ in track.spans)
        ]

    def draw(self, sheet: Sheet) -> None:
        """Draw everything at the sheet's current place."""
        kind = "measured" if self.first.regression else "true class"
        truth = f"{kind}: {self.first.true_label}" if self.first.true_label else ""
        room = max(12, int(0.66 * (columns_of(sheet.width) - 1.2 * len(truth))))
        name = self.first.name if len(self.first.name) <= room else f"{self.first.name[: room - 3]}..."
        sheet.text(_LEFT, name, 8, weight="bold", color=_INK)
        sheet.text(sheet.width - _RIGHT, truth, 7, ha="right", color=_INK)
        sheet.skip(_TITLE)
        for line, color in self.words:
            sheet.lines([line], color)
        for left, right in self.rows:
            for name, layer in self.layers.items():
                self._scores(sheet, name, layer, left, right)
                if self.tokens:
                    self._tokens(sheet, name, layer, left, right)
            for track in self._tracks_in(left, right):
                self._track(sheet, track, left, right)
            self._axis(sheet, left, right)

    def _scores(self, sheet: Sheet, name: str, layer: Attribution, left: int, right: int) -> None:
        sheet.skip(_BREATH)
        axes = sheet.axes(_LOGO, left, left + self.size)
        low, high = self.limits[_scale(layer)]
        axes.set_ylim(low, high)
        axes.yaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 2.5, 5, 10]))
        # Matplotlib would write a power of ten that all numbers share above the axis, over the caption.
        axes.yaxis.set_major_formatter(lambda value, _: words.number(value, 4))
        axes.spines["left"].set_visible(True)
        axes.spines["left"].set(linewidth=0.6, color=_RULE)
        axes.set_ylabel(unit_of(layer), size=6, color=_INK, parse_math=False)
        axes.yaxis.set_label_coords(-0.5 / (sheet.width - _LEFT - _RIGHT), 0.5)
        axes.add_artist(Line2D([left, right], [0, 0], color=_RULE, linewidth=0.5, zorder=0.5))
        scores = layer.base_scores[left:right]
        for start, end in _stretches(~np.isfinite(scores)):
            axes.axvspan(left + start, left + end, facecolor=_NO_DATA, linewidth=0, zorder=0)
        if self.style == "logo":
            self._letters(axes, layer, left, right)
        else:
            _profile(axes, np.nan_to_num(scores), left)
        if name:
            axes.text(
                0.004,
                0.98,
                name,
                size=6.5,
                weight="bold",
                color=_INK,
                va="top",
                transform=axes.transAxes,
                parse_math=False,
            )

    def _letters(self, axes: Axes, layer: Attribution, left: int, right: int) -> None:
        """Draw letters, pale ones where their sign is not stable, with their standard deviation on request."""
        letters, scores, spread = layer.sequence[left:right], layer.base_scores[left:right], layer.spread
        stable = np.ones(right - left, bool) if spread is None else spread.stable[left:right]
        for drawn, alpha in ((stable, 1.0), (~stable, _PALE)):
            for letter, path in letter_paths(letters, np.where(drawn, scores, 0), left):
                color = BASE_COLORS.get(letter, BASE_COLORS["N"])
                axes.add_artist(PathPatch(path, facecolor=color, alpha=alpha, linewidth=0, antialiased=True))
        if self.whiskers and spread is not None:
            middles, sd = np.arange(left, right) + 0.5, spread.sd[left:right]
            axes.vlines(middles, scores - sd, scores + sd, color=_INK, linewidth=0.4)

    def _tokens(self, sheet: Sheet, name: str, layer: Attribution, left: int, right: int) -> None:
        lanes = self.lanes[name]
        count = max(lanes, default=-1) + 1
        if not count:
            return
        axes = sheet.axes(count * _LANE, left, left + self.size)
        axes.set_ylim(count + 0.15, -0.35)
        largest = np.nanmax(np.abs(layer.token_scores), initial=0) or 1.0
        boxes, colors = [], []
        spanned = [(span, score) for span, score in zip(layer.spans, layer.token_scores, strict=True) if span]
        for (span, score), lane in zip(spanned, lanes, strict=True):
            start, end = max(span[0], left), min(span[1], right)
            if start < end and np.isfinite(score):
                boxes.append([(start, lane), (end, lane), (end, lane + 0.8), (start, lane + 0.8)])
                colors.append(to_rgba(TOWARDS if score > 0 else AWAY, 0.06 + 0.94 * abs(score) / largest))
        axes.add_collection(PolyCollection(boxes, facecolors=colors, linewidths=0), autolim=False)
        _side_note(axes, "tokens")

    def _track(self, sheet: Sheet, track: Track, left: int, right: int) -> None:
        axes = sheet.axes(_TRACK, left, left + self.size)
        axes.set_ylim(0, 1)
        _side_note(axes, track.name)
        for first, last, text in track.spans:
            start, end = max(first, left), min(last, right)
            if start < end:
                axes.add_artist(
                    Rectangle(
                        (start, 0.1), end - start, 0.68, facecolor=_TRACK_FILL, edgecolor=_RULE, linewidth=0.4
                    )
                )
                wide = len(text) * 0.047 / (sheet.width - _LEFT - _RIGHT) * self.size
                fits = wide < end - start
                if not fits and any(end <= other < end + wide for other, _, _ in track.spans):
                    continue  # the words would stand on the next stretch
                axes.text(
                    (start + end) / 2 if fits else end + 0.004 * self.size,
                    0.42,
                    text,
                    size=5.5,
                    color=_INK,
                    ha="center" if fits else "left",
                    va="center_baseline",
                    parse_math=False,
                )

    def _axis(self, sheet: Sheet, left: int, right: int) -> None:
        axes = sheet.axes(_AXIS, left, left + self.size)
        axes.set_ylim(0, 1)
        axes.add_artist(Line2D([left, right], [1, 1], color=_RULE, linewidth=0.6, clip_on=False))
        axes.xaxis.tick_top()
        axes.tick_params(axis="x", direction="in", pad=-9)
        places, labels = axis_ticks(self.first, left, right, self.size)
        axes.set_xticks([place + 0.5 for place in places], labels)
        for place, label in zip(places, axes.get_xticklabels(), strict=True):
            if place - left < self.size / 50:
                label.set_horizontalalignment("left")
            elif left + self.size - place < self.size / 50:
                label.set_horizontalalignment("right")
        _side_note(axes, axis_title(self.first), 0.62)


def columns_of(width: float) -> int:
    """Return how many letters of the small size fit beside the margins."""
    return int((width - _LEFT - _RIGHT) * 72 / (_SMALL * 0.53))


def _side_note(axes: Axes, text: str, y: float = 0.5) -> None:
    """Write small words to the left of a strip, on two lines at most."""
    lines = textwrap.wrap(text, 19, max_lines=2, placeholder=" ...")
    axes.text(
        -0.007,
        y,
        "\n".join(lines),
        size=5,
        color=_MUTED,
        ha="right",
        va="center",
        linespacing=1,
        transform=axes.transAxes,
        parse_math=False,
    )


def _profile(axes: Axes, scores: NDArray[np.float64], left: int) -> None:
    """Draw scores as filled steps, towards and away in two colours."""
    edges = np.repeat(np.arange(left, left + len(scores) + 1), 2)[1:-1]
    heights = np.repeat(scores, 2)
    for color, side in ((TOWARDS, np.clip(heights, 0, None)), (AWAY, np.clip(heights, None, 0))):
        outline = np.column_stack([np.r_[left, edges, left + len(scores)], np.r_[0, side, 0]])
        axes.add_artist(PathPatch(Path(outline), facecolor=color, edgecolor=color, linewidth=0.2))


def _scale(layer: Attribution) -> Scale:
    """Return what layers have in common that share a y axis; a difference would be flat on that of whole scores."""
    return layer.output, layer.run.difference


def _limits(
    layers: Iterable[Attribution], scale: Scale, left: int, right: int, *, whiskers: bool
) -> tuple[float, float]:
    """Return the common y range of the layers on one scale, with 0 and a little room."""
    ends: list[NDArray[np.float64]] = []
    for layer in (layer for layer in layers if _scale(layer) == scale):
        own, spread = layer.base_scores[left:right], layer.spread if whiskers else None
        sd = np.zeros(len(own)) if spread is None else np.nan_to_num(spread.sd[left:right])
        ends += [own - sd, own + sd]
    scores = np.concatenate(ends)
    low, high = np.nanmin(scores, initial=0), np.nanmax(scores, initial=0)
    room = 0.05 * (high - low) or 1.0
    return float(low - room * (low < 0)), float(high + room)


def _lanes(layer: Attribution) -> list[int]:
    """Return a lane per token with a span, so that tokens in one lane do not overlap."""
    ends: list[int] = []
    lanes = []
    for span in layer.spans:
        if span is not None:
            lane = next((i for i, end in enumerate(ends) if end <= span[0]), len(ends))
            ends[lane : lane + 1] = [span[1]]
            lanes.append(lane)
    return lanes


def _stretches(mask: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return the half-open runs of true values."""
    edges = np.flatnonzero(np.diff(np.r_[False, mask, False].astype(np.int8)))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def _window(item: Attribution, window: tuple[int, int] | None) -> tuple[int, int]:
    start, end = window or (0, len(item))
    if not 0 <= start < end <= len(item):
        raise ValueError(
            f"The window {start}-{end} is not within '{item.name}', which has {len(item)} bases. Give "
            "its first base, counted from 0, and the one after its last."
        )
    return start, end
