"""Static figures for papers: letters as outlines, an axis in units, and the words needed to read them.

No global state: the figures know nothing of pyplot, and the same results give the same file.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path
from matplotlib.ticker import MaxNLocator

from captum_dna.attribution import Attribution
from captum_dna.render.colors import AWAY, BASE_COLORS, TOWARDS
from captum_dna.render.letters import letter_paths

if TYPE_CHECKING:
    from collections.abc import Iterable

    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from captum_dna.sequences import Track

    Results = Attribution | Iterable[Attribution]

BASES_PER_ROW = 300
"""Longer sequences are wrapped; at the default width a letter is then about 1.5 points wide."""
MOST_ROWS = 8
"""Sequences that would need more rows are drawn as a profile in one row."""
MOST_SEQUENCES = 100

_LEFT, _RIGHT, _TOP = 0.82, 0.12, 0.05
_TITLE, _LINE, _BREATH, _LOGO, _TRACK, _LANE, _AXIS, _GAP = 0.17, 0.115, 0.07, 0.85, 0.19, 0.07, 0.2, 0.14
"""Sizes in inches: margins, then heights of the parts of a picture."""
_SMALL = 6.0
_INK, _MUTED, _RULE, _WARNING, _NO_DATA, _TRACK_FILL = (
    "#1f2328", "#59636e", "#8c959f", "#a40e26", "#eceff2", "#dfe4ea",
)  # fmt: skip
_OUTPUTS = {"log_odds": "log-odds", "logit": "logit", "probability": "probability"}


class PaperFigure(Figure):
    """A figure whose files depend on nothing but its content: no date, no random identifiers."""

    def savefig(self, fname: Any, **options: Any) -> None:
        """Write the figure; text becomes outlines in SVG, and stays text in an embedded font in PDF."""
        kind = str(options.get("format") or fname).lower().rsplit(".", 1)[-1]
        undated = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}.get(kind, {})
        options["metadata"] = undated | dict(options.get("metadata") or {})
        with mpl.rc_context({"svg.hashsalt": "captum_dna", "svg.fonttype": "path", "pdf.fonttype": 42}):
            super().savefig(fname, **({"dpi": 300} | options))


def figure(
    attributions: Results | Mapping[str, Results],
    *,
    width: float = 7.2,
    rows: int | None = None,
    window: tuple[int, int] | None = None,
    style: Literal["logo", "profile"] = "logo",
    tokens: bool = False,
) -> Figure:
    """Return a figure of one or more explained sequences.

    Parameters
    ----------
    attributions
        One result or several; or a mapping from a name to results of the same sequences in the same
        order, which are drawn one above the other on one scale.
    width
        Width in inches; 7.2 is two columns of most journals.
    rows
        Rows onto which each sequence is wrapped; by default as many as keep letters legible.
    window
        ``(start, end)``: draw these bases only, 0-based and half-open.
    style
        ``"logo"`` draws letters as high as their scores, ``"profile"`` a filled curve. Sequences too
        long for letters get a profile in any case.
    tokens
        Whether to draw the tokens below the bases, coloured by their own scores.

    Returns
    -------
    ``matplotlib.figure.Figure``; write it with its ``savefig``.

    Raises
    ------
    ValueError
        Nothing to draw or too much of it, a window outside a sequence, or layers of other sequences.
    """
    if style not in ("logo", "profile"):
        raise ValueError(f"There is no style {style!r}; choose 'logo' or 'profile'.")
    if rows is not None and rows < 1:
        raise ValueError(f"A sequence is drawn in at least one row, not in {rows}.")
    pictures = _by_sequence(attributions)
    if len(pictures) > MOST_SEQUENCES:
        raise ValueError(
            f"A figure of {len(pictures):,} sequences is too tall to look at: draw up to {MOST_SEQUENCES} of "
            "them, or save all as a page (.html)."
        )
    blocks = [_Block(layers, window, rows, style, tokens, width) for layers in pictures]
    height = sum(block.height + _GAP for block in blocks) + _TOP + _LINE
    drawing = PaperFigure(figsize=(width, height), facecolor="white")
    FigureCanvasAgg(drawing)
    sheet = _Sheet(drawing, width, height)
    sheet.skip(_TOP)
    for block in blocks:
        block.draw(sheet)
        sheet.skip(_GAP)
    _legend(sheet, [layer for block in blocks for layer in block.layers.values()], tokens=tokens)
    return drawing


class _Sheet:
    """Places axes and text from top to bottom, in inches."""

    def __init__(self, drawing: Figure, width: float, height: float) -> None:
        self.drawing, self.width, self.height = drawing, width, height
        self.top = height

    def skip(self, inches: float) -> None:
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


class _Block:
    """The picture of one sequence: title, words, then per row of bases all layers, tracks and the axis."""

    def __init__(
        self,
        layers: dict[str, Attribution],
        window: tuple[int, int] | None,
        rows: int | None,
        style: str,
        tokens: bool,
        width: float,
    ) -> None:
        self.layers, self.tokens = layers, tokens
        self.first = next(iter(layers.values()))
        start, end = _window(self.first, window)
        needed = -(-(end - start) // BASES_PER_ROW)
        if rows is None and needed > MOST_ROWS:
            style = "profile"
        self.style = style
        count = min(rows or (1 if style == "profile" else needed), end - start)
        self.size = -(-(end - start) // count)
        self.rows = [(left, min(left + self.size, end)) for left in range(start, end, self.size)]
        columns = int((width - _LEFT - _RIGHT) * 72 / (_SMALL * 0.53))
        self.words = {
            name: [
                *((line, _MUTED) for line in textwrap.wrap(_words(name, layer), columns)),
                *((line, _WARNING) for line in textwrap.wrap(" ".join(layer.remarks), columns)),
            ]
            for name, layer in layers.items()
        }
        self.limits = {output: _limits(layers.values(), output, start, end) for output in self._outputs()}
        self.lanes = {name: _lanes(layer) for name, layer in layers.items()} if tokens else {}

    def _outputs(self) -> set[str]:
        return {layer.output for layer in self.layers.values()}

    @property
    def height(self) -> float:
        """Inches from the title to the last base axis."""
        words = sum(len(lines) for lines in self.words.values()) * _LINE
        lanes = sum(max(lanes, default=-1) + 1 for lanes in self.lanes.values()) * _LANE
        tracks = sum(len(self._tracks_in(left, right)) for left, right in self.rows) * _TRACK
        row = len(self.layers) * (_LOGO + _BREATH) + lanes + _AXIS
        return _TITLE + words + len(self.rows) * row + tracks

    def _tracks_in(self, left: int, right: int) -> list[Track]:
        """Return the tracks that have something to show in a row."""
        return [
            track
            for track in self.first.tracks
            if any(start < right and end > left for start, end, _ in track.spans)
        ]

    def draw(self, sheet: _Sheet) -> None:
        """Draw everything at the sheet's current place."""
        truth = self.first.true_label or "unknown"
        sheet.text(_LEFT, self.first.name, 8, weight="bold", color=_INK)
        sheet.text(sheet.width - _RIGHT, f"true class: {truth}", 7, ha="right", color=_INK)
        sheet.skip(_TITLE)
        for lines in self.words.values():
            for line, color in lines:
                sheet.text(_LEFT, line, _SMALL, color=color)
                sheet.skip(_LINE)
        for left, right in self.rows:
            for name, layer in self.layers.items():
                self._scores(sheet, name, layer, left, right)
                if self.tokens:
                    self._tokens(sheet, name, layer, left, right)
            for track in self._tracks_in(left, right):
                self._track(sheet, track, left, right)
            self._axis(sheet, left, right)

    def _scores(self, sheet: _Sheet, name: str, layer: Attribution, left: int, right: int) -> None:
        sheet.skip(_BREATH)
        axes = sheet.axes(_LOGO, left, left + self.size)
        low, high = self.limits[layer.output]
        axes.set_ylim(low, high)
        axes.yaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 2.5, 5, 10]))
        axes.spines["left"].set_visible(True)
        axes.spines["left"].set(linewidth=0.6, color=_RULE)
        axes.set_ylabel(_unit(layer), size=6, color=_INK, parse_math=False)
        axes.yaxis.set_label_coords(-0.5 / (sheet.width - _LEFT - _RIGHT), 0.5)
        axes.add_artist(Line2D([left, right], [0, 0], color=_RULE, linewidth=0.5, zorder=0.5))
        scores = layer.base_scores[left:right]
        for start, end in _stretches(~np.isfinite(scores)):
            axes.axvspan(left + start, left + end, facecolor=_NO_DATA, linewidth=0, zorder=0)
        if self.style == "logo":
            for letter, path in letter_paths(layer.sequence[left:right], scores, left):
                color = BASE_COLORS.get(letter, BASE_COLORS["N"])
                axes.add_artist(PathPatch(path, facecolor=color, linewidth=0, antialiased=True))
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

    def _tokens(self, sheet: _Sheet, name: str, layer: Attribution, left: int, right: int) -> None:
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

    def _track(self, sheet: _Sheet, track: Track, left: int, right: int) -> None:
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
                fits = len(text) * 0.047 < (end - start) / self.size * (sheet.width - _LEFT - _RIGHT)
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

    def _axis(self, sheet: _Sheet, left: int, right: int) -> None:
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
        _side_note(axes, _axis_title(self.first), 0.62)


def axis_ticks(item: Attribution, left: int, right: int, size: int) -> tuple[list[int], list[str]]:
    """Return the bases with round numbers among those from ``left`` to ``right``, and their labels.

    Parameters
    ----------
    item
        Whose interval or origin numbers the bases; without either they count from 0.
    left, right
        First base and the one after the last.
    size
        Bases of a full row, for which there are to be about ten labels.
    """
    step = max(1, int(MaxNLocator(10, integer=True, steps=[1, 2, 5, 10]).tick_values(0, size)[1]))
    numbers = [(base, _base_number(item, base)) for base in range(left, right)]
    chosen = [(base, number) for base, number in numbers if number % step == 0]
    sign = "+" if item.origin else ""
    return [b for b, _ in chosen], [
        f"{sign if number > 0 else ''}{number:,}".replace("-", "\N{MINUS SIGN}") for _, number in chosen
    ]


def _base_number(item: Attribution, base: int) -> int:
    """Return the number of a base: in the genome, counted from 1, or from the origin."""
    place = item.interval
    if place is None or item.origin:
        return base - item.origin
    return place.end - base if place.strand == "-" else place.start + 1 + base


def _axis_title(item: Attribution) -> str:
    if item.origin:
        return "from the origin"
    if item.interval is None:
        return "base, from 0"
    return item.interval.chromosome + (" (\N{MINUS SIGN})" if item.interval.strand == "-" else "")


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


def _legend(sheet: _Sheet, layers: list[Attribution], *, tokens: bool) -> None:
    """Say at the foot what up and down mean."""
    signs = {layer.run.signed for layer in layers}
    meaning = "up: pushes towards the class explained, down: pushes away from it" if True in signs else ""
    if False in signs:
        unsigned = sorted({layer.method.replace("_", " ") for layer in layers if not layer.run.signed})
        meaning += (
            "; " * bool(meaning)
            + f"{', '.join(unsigned)}: height tells how much a base matters, without a sign"
        )
    if tokens:
        meaning += "; tokens: blue towards, orange away, as dark as their score is large"
    if any(not np.isfinite(layer.base_scores).all() for layer in layers):
        meaning += "; grey: nothing known about the base"
    sheet.text(_LEFT, meaning, _SMALL, color=_MUTED)


def _words(name: str, layer: Attribution) -> str:
    """Return the line under which scores are to be read."""
    run = layer.run
    known = np.isfinite([layer.f_input, layer.f_baseline, layer.delta])
    predicted = (
        f"{layer.predicted} ({layer.probability:.3g})" if np.isfinite(layer.probability) else layer.predicted
    )
    facts = [
        f"predicted {predicted}",
        f"explained {layer.target}",
        f"f(x) = {layer.f_input:.3g}" if known[0] else "",
        f"f(baseline) = {layer.f_baseline:.3g}" if known[1] else "",
        f"completeness error {layer.delta:.1g}" if known[2] else "",
        run.method.replace("_", " "),
        f"baseline {run.baseline}" if known[1] else "",
        f"{layer.special_share:.0%} on special tokens" if np.isfinite(layer.special_share) else "",
    ]
    unbroken = [fact.replace(" ", "\N{NO-BREAK SPACE}") for fact in facts if fact]
    line = "\N{NO-BREAK SPACE}\N{MIDDLE DOT} ".join(unbroken).replace(
        "=\N{NO-BREAK SPACE}-", "=\N{NO-BREAK SPACE}\N{MINUS SIGN}"
    )
    return f"{name}: {line}" if name else line


def _unit(layer: Attribution) -> str:
    """Return the y axis's label: the output, and of which class."""
    output = _OUTPUTS.get(layer.output, layer.output)
    target = (
        textwrap.shorten(layer.target, 26, placeholder="...") if " " in layer.target else layer.target[:26]
    )
    return f"{output} for\n'{target}'" if target and layer.output in _OUTPUTS else output


def _limits(layers: Iterable[Attribution], output: str, left: int, right: int) -> tuple[float, float]:
    """Return the common y range of the layers in one unit, with 0 and a little room."""
    scores = np.concatenate([layer.base_scores[left:right] for layer in layers if layer.output == output])
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
            f"The window {start}-{end} is not within '{item.name}', which has {len(item)} bases: "
            "give (start, end), from 0 and with the end left out."
        )
    return start, end


def _by_sequence(attributions: Results | Mapping[str, Results]) -> list[dict[str, Attribution]]:
    """Return the layers of each sequence by their names; a single layer has the name ''."""
    given = attributions if isinstance(attributions, Mapping) else {"": attributions}
    named = {
        str(name): [items] if isinstance(items, Attribution) else list(items) for name, items in given.items()
    }
    counts = {name: len(items) for name, items in named.items()}
    if not sum(counts.values()):
        raise ValueError("There is nothing to draw: give at least one result.")
    if len(set(counts.values())) > 1:
        raise ValueError(f"Layers must explain the same sequences, but their numbers differ: {counts}.")
    pictures = [dict(zip(named, layers, strict=True)) for layers in zip(*named.values(), strict=True)]
    for place, picture in enumerate(pictures, start=1):
        first, *others = picture.values()
        if any(other.sequence.upper() != first.sequence.upper() for other in others):
            raise ValueError(
                f"Sequence {place} ('{first.name}') has other letters in another layer: "
                "layers must explain the same sequences in the same order."
            )
    return pictures
