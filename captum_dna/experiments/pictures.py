"""Pictures of experiments: effects beside their controls, effects along an axis, and the map of dependencies."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PatchCollection
from matplotlib.patches import Rectangle

from captum_dna.core.axis import window_name
from captum_dna.core.colours import BASE_COLORS, TOWARDS
from captum_dna.render.figure.figure import PaperFigure

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from captum_dna.core.sequences import Sequence

_SMALL = 7
_GREY = "#59636e"
_MOST_ROWS = 60
"""Stretches that one picture shows, the first ones of a table."""

_LETTERED = 80
"""Bases of a map up to which its axes have letters."""


def beside_controls(table: pd.DataFrame, labels: list[str], title: str, width: float) -> Figure:
    """Return a row per question: the effect with its interval, and that of its control below."""
    shown = table[:_MOST_ROWS]
    figure, axes = _figure(width, 0.9 + 0.34 * len(shown))
    places = np.arange(len(shown))
    _points(axes, places - 0.15, shown, "effect", ("low", "high"), TOWARDS, "effect")
    _points(axes, places + 0.15, shown, "control", ("control_low", "control_high"), _GREY, "control")
    _rows(axes, labels[:_MOST_ROWS], title)
    return figure


def lost_and_gained(table: pd.DataFrame, unit: str, width: float) -> Figure:
    """Return, per stretch, what the output loses without it and gains by it alone, each beside its control."""
    shown = table[:_MOST_ROWS]
    figure = _empty(width, 1.1 + 0.4 * max(1, len(shown)))
    left = figure.add_subplot(1, 2, 1)
    right = figure.add_subplot(1, 2, 2, sharey=left)
    labels = [f"{row.letters[:16]} ({row.name[:18]})\n{row.verdict}" for row in shown.itertuples(index=False)]
    places = np.arange(len(shown))
    for axes, side, title in (
        (left, "loss", f"needed? {unit} lost without it"),
        (right, "gain", f"enough? {unit} gained"),
    ):
        _points(axes, places - 0.15, shown, side, (f"{side}_low", f"{side}_high"), TOWARDS, "stretch")
        _points(axes, places + 0.15, shown, f"{side}_control", None, _GREY, "control")
        _rows(axes, labels, title)
    right.tick_params(labelleft=False)
    return figure


def along(
    table: pd.DataFrame, x: str, groups: tuple[str, ...], titles: tuple[str, str], width: float
) -> Figure:
    """Return effects along an axis with their intervals, a line per group, and the control where there is one."""
    import matplotlib as mpl

    figure, axes = _figure(width, 2.9)
    value = "interaction" if "interaction" in table else "effect"
    colours = mpl.colormaps["tab10"].colors  # type: ignore[attr-defined]  # a listed colormap has them
    for number, (key, rows) in enumerate(table.groupby(list(groups), sort=False)):
        colour = colours[number % len(colours)]
        axes.plot(
            rows[x],
            rows[value],
            color=colour,
            linewidth=1.2,
            label=" ".join(map(str, key if isinstance(key, tuple) else (key,))),
        )
        axes.fill_between(rows[x], rows["low"], rows["high"], color=colour, alpha=0.2, linewidth=0)
        if "control" in rows:
            axes.plot(rows[x], rows["control"], color=_GREY, linewidth=0.9, linestyle=":", label="control")
    axes.axhline(0, color=_GREY, linewidth=0.6)
    axes.set_xlabel(titles[0], fontsize=_SMALL)
    axes.set_ylabel(titles[1], fontsize=_SMALL)
    _plain(axes)
    axes.legend(fontsize=_SMALL - 1, frameon=False)
    return figure


def dependency_map(
    matrix: NDArray[np.float64],
    shared: NDArray[np.bool_],
    sequence: Sequence,
    start: int,
    unit: str,
    width: float,
) -> Figure:
    """Return the map of dependencies, letters on both axes, pairs in one token hatched.

    Parameters
    ----------
    matrix, shared
        (L, L) dependencies, and whether two bases lie in one token.
    sequence, start
        The sequence, and its base in the first row and column.
    unit
        Of the dependencies.
    width
        In inches.
    """
    figure, axes = _figure(width, width * 0.9)
    size = len(matrix)
    largest = float(np.nanmax(np.abs(matrix))) if np.isfinite(matrix).any() else 0.0
    image = axes.imshow(
        matrix, cmap="RdBu_r", vmin=-largest or -1, vmax=largest or 1, interpolation="nearest"
    )
    _hatched(axes, shared)
    if size <= _LETTERED:
        letters = sequence.bases[start : start + size]
        for axis, labels in ((axes.xaxis, axes.get_xticklabels), (axes.yaxis, axes.get_yticklabels)):
            axis.set_ticks(range(size), list(letters))
            for label, letter in zip(labels(), letters.upper(), strict=True):
                label.set(
                    color=BASE_COLORS.get(letter, BASE_COLORS["N"]),
                    fontsize=min(_SMALL, 360 / size),
                    weight="bold",
                )
        axes.tick_params(length=0)
    else:
        axes.tick_params(labelsize=_SMALL)
    axes.set_title(f"{window_name(sequence, start, size)}; hatched: in one token", fontsize=_SMALL + 1)
    bar = figure.colorbar(image, ax=axes, shrink=0.6)
    bar.set_label(f"dependency ({unit})", fontsize=_SMALL)
    bar.ax.tick_params(labelsize=_SMALL)
    return figure


def _empty(width: float, height: float) -> PaperFigure:
    figure = PaperFigure(figsize=(width, height), layout="constrained", facecolor="white")
    FigureCanvasAgg(figure)
    return figure


def _figure(width: float, height: float) -> tuple[PaperFigure, Axes]:
    figure = _empty(width, height)
    return figure, figure.add_subplot()


def _points(
    axes: Axes,
    places: NDArray[np.floating],
    table: pd.DataFrame,
    value: str,
    ends: tuple[str, str] | None,
    colour: str,
    label: str,
) -> None:
    values = table[value].to_numpy(float)
    bars: NDArray[np.float64] | None = None
    if ends is not None:
        low, high = (table[end].to_numpy(float) for end in ends)
        bars = np.nan_to_num([np.maximum(0, values - low), np.maximum(0, high - values)])
    axes.errorbar(
        values, places, xerr=bars, fmt="o", markersize=4, linewidth=1.2, color=colour, label=label, capsize=2
    )


def _rows(axes: Axes, labels: list[str], title: str) -> None:
    axes.axvline(0, color=_GREY, linewidth=0.6)
    axes.set_yticks(range(len(labels)), labels, fontsize=_SMALL)
    axes.set_ylim(len(labels) - 0.5, -0.5)
    axes.set_xlabel(title, fontsize=_SMALL)
    _plain(axes)
    axes.legend(fontsize=_SMALL - 1, frameon=False)


def _plain(axes: Axes) -> None:
    axes.tick_params(labelsize=_SMALL)
    axes.spines[["top", "right"]].set_visible(False)


def _hatched(axes: Axes, shared: NDArray[np.bool_]) -> None:
    """Hatch the pairs of bases that lie in one token."""
    squares = [Rectangle((j - 0.5, i - 0.5), 1, 1) for i, j in np.argwhere(shared)]
    axes.add_collection(
        PatchCollection(squares, facecolor="none", edgecolor=_GREY, hatch="////", linewidth=0)
    )
