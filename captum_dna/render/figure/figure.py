"""Static figures for papers: letters as outlines, an axis in units, and the words needed to read them.

No global state: the figures know nothing of pyplot, and the same results give the same file.
"""

from __future__ import annotations

import os
import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypedDict

import matplotlib as mpl
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from captum_dna.core.attribution import Attribution
from captum_dna.core.slips import names_slips
from captum_dna.io.writing import unfinished
from captum_dna.render.figure.block import GAP, LINE, TOP, Block, Sheet, columns_of
from captum_dna.render.figure.words import meaning

if TYPE_CHECKING:
    from collections.abc import Iterable

    Results = Attribution | Iterable[Attribution]

MOST_INCHES = 200
"""Inches of a figure's width: what a picture of 300 dots per inch and a printer can take."""
MOST_SEQUENCES = 100


class FigureOptions(TypedDict, total=False):
    """The options of :func:`figure` as keywords of a call that draws one."""

    width: float
    rows: int | None
    window: tuple[int, int] | None
    style: Literal["logo", "profile"]
    tokens: bool
    whiskers: bool
    caption: bool


class PaperFigure(Figure):
    """A figure whose files depend on nothing but its content: no date, no random identifiers."""

    def savefig(self, fname: Any, **options: Any) -> None:
        """Write the figure; text becomes outlines in SVG, and stays text in an embedded font in PDF."""
        kind = str(options.get("format") or fname).lower().rsplit(".", 1)[-1]
        undated = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}.get(kind, {})
        options["metadata"] = undated | dict(options.get("metadata") or {})
        options = {"dpi": 300, "format": kind, **options}
        with mpl.rc_context({"svg.hashsalt": "captum_dna", "svg.fonttype": "path", "pdf.fonttype": 42}):
            if not isinstance(fname, str | os.PathLike):
                super().savefig(fname, **options)
                return
            with unfinished(Path(fname)) as part:
                super().savefig(part, **options)


@names_slips
def figure(
    attributions: Results | Mapping[str, Results],
    *,
    width: float = 7.2,
    rows: int | None = None,
    window: tuple[int, int] | None = None,
    style: Literal["logo", "profile"] = "logo",
    tokens: bool = False,
    whiskers: bool = False,
    aligned: bool = False,
    caption: bool = True,
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
    whiskers
        Whether to draw the standard deviation of each score, where explanations were repeated. Letters whose sign is
        not stable are pale in any case.
    aligned
        Whether the layers are of different sequences that are aligned, with ``-`` at gaps.
    caption
        Whether the facts about each layer, what to know of it, and what up and down mean stand on the figure.

    Returns
    -------
    ``matplotlib.figure.Figure``; write it with its ``savefig``.

    Raises
    ------
    ValueError
        Nothing to draw or too much of it, a window outside a sequence, or layers of other sequences.
    """
    if style not in ("logo", "profile"):
        raise ValueError(f"There is no style {style!r}. Choose 'logo' or 'profile'.")
    if not 0 < width <= MOST_INCHES:
        raise ValueError(f"`width` must be a number of inches, at most {MOST_INCHES}, not {width}.")
    if rows is not None and rows < 1:
        raise ValueError(f"`rows` must be at least 1, not {rows}.")
    pictures = _by_sequence(attributions, aligned=aligned)
    if len(pictures) > MOST_SEQUENCES:
        raise ValueError(
            f"A figure of {len(pictures):,} sequences is too tall. Draw up to {MOST_SEQUENCES} of "
            "them, or save all as a page (.html)."
        )
    blocks = [
        Block(layers, window, rows, style, tokens, width, whiskers=whiskers, caption=caption)
        for layers in pictures
    ]
    layers = [layer for block in blocks for layer in block.layers.values()]
    legend = textwrap.wrap(meaning(layers, tokens=tokens), columns_of(width)) if caption else []
    height = sum(block.height + GAP for block in blocks) + TOP + len(legend) * LINE
    drawing = PaperFigure(figsize=(width, height), facecolor="white")
    FigureCanvasAgg(drawing)
    sheet = Sheet(drawing, width, height)
    sheet.skip(TOP)
    for block in blocks:
        block.draw(sheet)
        sheet.skip(GAP)
    sheet.lines(legend)
    return drawing


def _by_sequence(
    attributions: Results | Mapping[str, Results], *, aligned: bool
) -> list[dict[str, Attribution]]:
    """Return the layers of each sequence by their names; a single layer has the name ''."""
    given = attributions if isinstance(attributions, Mapping) else {"": attributions}
    named = {
        str(name): [items] if isinstance(items, Attribution) else list(items) for name, items in given.items()
    }
    counts = {name: len(items) for name, items in named.items()}
    if not sum(counts.values()):
        raise ValueError("There is nothing to draw. Give at least one result.")
    if len(set(counts.values())) > 1:
        raise ValueError(f"Layers must explain the same sequences, but their numbers differ: {counts}.")
    pictures = [dict(zip(named, layers, strict=True)) for layers in zip(*named.values(), strict=True)]
    for place, picture in enumerate(pictures, start=1):
        first, *others = picture.values()
        if any(
            len(other) != len(first) or (other.sequence.upper() != first.sequence.upper() and not aligned)
            for other in others
        ):
            raise ValueError(
                f"Sequence {place} ('{first.name}') has other letters in another layer: "
                "layers must explain the same sequences in the same order."
            )
    return pictures
