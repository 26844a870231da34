"""The figure of an evaluation: curves over the share of bases, and the agreement of methods."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib as mpl
import numpy as np

from captum_dna.render.figure import PaperFigure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from captum_dna.faithfulness.result import Evaluation

_OUTPUTS = {"log_odds": "log-odds", "logit": "logit", "probability": "probability"}
_SMALL = 7


def evaluation_figure(evaluation: Evaluation, width: float) -> Figure:
    """Return deletion and insertion side by side, if they were measured, over the agreement matrix."""
    below = 0.9 + 0.28 * len(evaluation.explained)
    above = 2.9 if evaluation.drawn else 0.0
    figure = PaperFigure(figsize=(width, below + above), layout="constrained")
    grid = figure.add_gridspec(2 if above else 1, 2, height_ratios=[above, below] if above else [below])
    if above:
        left = figure.add_subplot(grid[0, 0])
        right = figure.add_subplot(grid[0, 1], sharey=left)
        _curves(left, evaluation, "deletion", "share of bases removed, best first")
        _curves(right, evaluation, "insertion", "share of bases kept, best first")
        left.set_ylabel(f"f(x), {_OUTPUTS[evaluation.about['output']]}", fontsize=_SMALL)
        right.legend(fontsize=_SMALL - 1, frameon=False)
    _agreement(figure.add_subplot(grid[-1, :]), evaluation)
    return figure


def _curves(axes: Axes, evaluation: Evaluation, kind: str, words: str) -> None:
    pairs = mpl.colormaps["tab20"].colors  # type: ignore[attr-defined]
    colours = (*pairs[::2], *pairs[1::2])
    for number, (label, curve) in enumerate(evaluation.curves.groupby("method", sort=False)):
        known = label in evaluation.explained
        axes.plot(
            curve["share"],
            curve[kind],
            label=str(label),
            color=colours[number % len(colours)] if known else "#59636e",
            linestyle="-" if known else ":",
            linewidth=1.2,
        )
    axes.set_xlabel(words, fontsize=_SMALL)
    axes.set_title(kind, fontsize=_SMALL + 1)
    axes.tick_params(labelsize=_SMALL)
    axes.spines[["top", "right"]].set_visible(False)


def _agreement(axes: Axes, evaluation: Evaluation) -> None:
    matrix = evaluation.agreement
    labels = [label if evaluation.signed[label] else f"{label} (unsigned)" for label in evaluation.explained]
    axes.imshow(matrix.to_numpy(), vmin=-1, vmax=1, cmap="RdBu_r", aspect="auto")
    axes.set_xticks(range(len(labels)), labels, rotation=30, ha="right", fontsize=_SMALL)
    axes.set_yticks(range(len(labels)), labels, fontsize=_SMALL)
    for (i, j), r in np.ndenumerate(matrix.to_numpy()):
        axes.text(
            j,
            i,
            f"{r:.2f}",
            ha="center",
            va="center",
            fontsize=_SMALL - 1,
            color="w" if abs(r) > 0.6 else "k",
        )
    axes.set_title("agreement of base scores (Pearson's r, mean over sequences)", fontsize=_SMALL + 1)
