"""What an evaluation found: tables, words and a figure."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from captum_dna.core.agreement import correlation
from captum_dna.core.numbers import percent
from captum_dna.core.options import UNITS
from captum_dna.core.slips import names_slips
from captum_dna.evaluation.measures import MEASURES

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from captum_dna.evaluation.curves import Curves
    from captum_dna.results import Attributions


def better() -> dict[str, str]:
    """Return the columns of the table, in order, and in which direction each is better."""
    measured: dict[str, str] = {
        name: way for measure in MEASURES.values() for name, way in measure.columns.items()
    }
    return measured | {"seconds": "lower", "evaluations": "lower"}


_SMALL = 7


@dataclass(frozen=True, repr=False)
class Evaluation:
    """Methods side by side.

    Parameters
    ----------
    explained
        The results of each method, by its label.
    rows
        Measures by (label, sequence); ``"(random order)"`` is what scores that know nothing would give.
    drawn
        Label, name of the sequence and curves, one by one.
    signed
        Whether the scores of each method have a sign.
    about
        The choices made.
    """

    explained: dict[str, Attributions]
    rows: dict[tuple[str, str], dict[str, float]]
    drawn: list[tuple[str, str, Curves]]
    signed: dict[str, bool]
    about: dict[str, Any]

    def __repr__(self) -> str:
        methods = ", ".join(self.explained)
        return f"<Evaluation of {methods} on {self.about['sequences']} sequences. See .table, .per_sequence and .figure()>"

    @cached_property
    def per_sequence(self) -> pd.DataFrame:
        """One row per method and sequence, one column per measure."""
        frame = pd.DataFrame.from_dict(self.rows, orient="index")
        frame.index = pd.MultiIndex.from_tuples(self.rows, names=["method", "sequence"])
        ordered: pd.DataFrame = frame.reindex(columns=[column for column in better() if column in frame])
        return ordered

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row per method: means over the sequences, NaN where a measure does not apply."""
        means: pd.DataFrame = self.per_sequence.groupby(level="method", sort=False).mean()
        means.insert(0, "signed", [self.signed.get(str(label), False) for label in means.index])
        order = [*self.explained, *(label for label in means.index if label not in self.explained)]
        ordered: pd.DataFrame = means.loc[order]
        return ordered

    @cached_property
    def agreement(self) -> pd.DataFrame:
        """Pearson's r between the base scores of each two methods, averaged over the sequences.

        The sizes of the scores are compared where one of the two has no sign.
        """
        labels = list(self.explained)
        matrix = np.eye(len(labels))
        for i, one in enumerate(labels):
            for j, other in enumerate(labels[:i]):
                both = self.signed[one] and self.signed[other]
                pairs = zip(self.explained[one], self.explained[other], strict=True)
                found = [correlation(a.base_scores, b.base_scores, signed=both) for a, b in pairs]
                known = [r for r in found if np.isfinite(r)]
                matrix[i, j] = matrix[j, i] = np.mean(known) if known else np.nan
        frame: pd.DataFrame = pd.DataFrame(matrix, index=labels, columns=labels)
        return frame

    @cached_property
    def curves(self) -> pd.DataFrame:
        """Mean curves: columns method, share, deletion, insertion and tokens (share of tokens changed)."""
        frames = [
            pd.DataFrame(
                {
                    "method": label,
                    "share": found.shares,
                    "deletion": found.deletion,
                    "insertion": found.insertion,
                    "tokens": found.tokens,
                }
            )
            for label, _, found in sorted(self.drawn, key=lambda one: one[0] not in self.explained)
        ]
        if not frames:
            empty: pd.DataFrame = pd.DataFrame(columns=["method", "share", "deletion", "insertion", "tokens"])
            return empty
        means: pd.DataFrame = pd.concat(frames).groupby(["method", "share"], sort=False).mean()
        flat: pd.DataFrame = means.reset_index()
        return flat

    @names_slips
    def to_markdown(self, digits: int = 3) -> str:
        """Return the table as Markdown, with the direction of each measure and what it was made from."""
        frame = self.table
        columns = [column for column in frame.columns if column != "signed"]
        arrows, ways = {"higher": "↑", "lower": "↓"}, better()
        head = ["method", *(f"{column} {arrows[ways[column]]}" for column in columns)]
        lines = [_line(head), _line(["---", *("---:" for _ in columns)])]
        for label, row in frame.iterrows():
            unsigned = "" if self.signed.get(str(label), True) else " (unsigned)"
            lines.append(
                _line([f"{label}{unsigned}", *(_number(float(row[column]), digits) for column in columns)])
            )
        return "\n".join([*lines, "", self.note()])

    def note(self) -> str:
        """Return the sentence under the table: how many sequences, and how bases were removed."""
        about = self.about
        shares = ", ".join(f"{100 * share:g}" for share in about["top"])
        note = (
            f"{about['sequences']} sequences ({about['sequences with known stretches']} with known stretches), "
            f"model {about['model']}, output {about['output']}; "
            f"bases removed by {'masking' if about['hide'] == 'mask' else 'substitution'}, top {shares} %"
        )
        tenth = self.curves[np.isclose(self.curves["share"].astype(float), 0.1)]
        if len(tenth):
            least, most = tenth["tokens"].min(), tenth["tokens"].max()
            note += f"; removing 10 % of the bases changes {percent(least)} to {percent(most)} of the tokens"
        return note + "."

    @names_slips
    def figure(self, width: float = 7.2) -> Figure:
        """Return a figure of the mean deletion and insertion curves, and of how the methods agree.

        Parameters
        ----------
        width
            In inches.
        """
        return _figure(self, width)

    def _repr_markdown_(self) -> str:
        return self.to_markdown()


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _number(value: float, digits: int) -> str:
    return "" if np.isnan(value) else f"{value:.{digits}g}"


def _figure(evaluation: Evaluation, width: float) -> Figure:
    """Return deletion and insertion side by side, if they were measured, over the agreement matrix."""
    from captum_dna.render.figure.figure import PaperFigure

    below = 0.9 + 0.28 * len(evaluation.explained)
    above = 2.9 if evaluation.drawn else 0.0
    figure = PaperFigure(figsize=(width, below + above), layout="constrained")
    grid = figure.add_gridspec(2 if above else 1, 2, height_ratios=[above, below] if above else [below])
    if above:
        left = figure.add_subplot(grid[0, 0])
        right = figure.add_subplot(grid[0, 1], sharey=left)
        _curves(left, evaluation, "deletion", "share of bases removed, top-scoring first")
        _curves(right, evaluation, "insertion", "share of bases kept, top-scoring first")
        left.set_ylabel(f"f(x), {UNITS[evaluation.about['output']]}", fontsize=_SMALL)
        right.legend(fontsize=_SMALL - 1, frameon=False)
    _agreement(figure.add_subplot(grid[-1, :]), evaluation)
    return figure


def _curves(axes: Axes, evaluation: Evaluation, kind: str, words: str) -> None:
    import matplotlib as mpl

    pairs = mpl.colormaps["tab20"].colors  # type: ignore[attr-defined]  # a listed colormap has them
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
