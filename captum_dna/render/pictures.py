"""Pictures of results as files: interactive pages, and figures for papers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from captum_dna.io.exporters import Exporter
from captum_dna.render.view import FIGURE_SUFFIXES, PAGE_SUFFIXES, View

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from captum_dna.render.figure.figure import FigureOptions
    from captum_dna.render.view import Results


def _save_page(results: Results, path: str | Path, **options: Any) -> Path:
    return View(results, **options).save(path)


def _save_figure(results: Results, path: str | Path, **options: Unpack[FigureOptions]) -> Path:
    from captum_dna.render.figure.figure import figure

    figure(results, **options).savefig(path)
    return Path(path)


PAGE = Exporter(
    "page",
    "HTML",
    "an interactive page that needs nothing else",
    PAGE_SUFFIXES,
    _save_page,
    options=("colors", "same_scale", "theme"),
    kind="page",
    media_type="text/html",
)
FIGURE = Exporter(
    "figure",
    "SVG, PNG or PDF",
    "a figure for a paper",
    FIGURE_SUFFIXES,
    _save_figure,
    options=("tokens", "whiskers", "window", "style", "rows", "width"),
    kind="figure",
    media_type="image/svg+xml",
)
