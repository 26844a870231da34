"""What the command line writes: tables, pictures, the headline table, and whether to trust them."""

from __future__ import annotations

import os
import sys
import webbrowser
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from pathlib import Path

    from captum_dna.attribution import Attributions

TABLES = {".tsv": "\t", ".csv": ","}
_SHOWN = 20
"""Rows of the headline table."""


def write_table(results: Attributions, path: Path | None, table: str) -> None:
    """Write a table to a file, all or nothing, or to standard output."""
    from captum_dna.io.tables import base_frame, summary_frame

    frame = base_frame(results) if table == "bases" else summary_frame(results)
    if path is None:
        click.echo(frame.to_csv(sep="\t", index=False, lineterminator="\n"), nl=False)
        return
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        frame.to_csv(unfinished, sep=TABLES[path.suffix.lower()], index=False, lineterminator="\n")
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def write_picture(results: Attributions, path: Path, picture: dict[str, Any]) -> None:
    """Write a page or a figure, whichever the suffix asks for, with the options that it has."""
    if path.suffix.lower() in (".html", ".htm"):
        from captum_dna import visualize as draw

        draw(results, **{k: v for k, v in picture.items() if k in ("colors", "same_scale")}).save(path)
    else:
        from captum_dna.render.figure import figure

        chosen = {k: v for k, v in picture.items() if k not in ("colors", "same_scale")}
        figure(results, **chosen).savefig(path)


def finish(results: Attributions, path: Path | None, stopped: bool) -> None:
    """Say what was written and whether it can be trusted; exit with 130 after Ctrl-C."""
    where = path or "standard output"
    open_ends = [item.name for item in results if item.run.complete and not item.converged]
    if open_ends:
        names = ", ".join(open_ends[:5]) + (", ..." if len(open_ends) > 5 else "")
        click.echo(f"Warning: {len(open_ends)} of {len(results)} did not converge: {names}", err=True)
    if stopped:
        click.echo(f"Interrupted: the {len(results)} sequences that were finished are in {where}.", err=True)
        click.get_current_context().exit(130)
    if path is not None:
        click.echo(
            f"Wrote {len(results)} {'sequence' if len(results) == 1 else 'sequences'} to {path}", err=True
        )


def headlines(results: Attributions) -> None:
    """Print a row per sequence: a table on a terminal, tab-separated words in a pipe."""
    header = (
        "name",
        "true",
        "predicted",
        "explained",
        "f(x)",
        "f(baseline)",
        "delta",
        "peak base",
        "its k-mer",
    )
    frame = results[:_SHOWN].to_frame()
    rows = [
        (
            item.name,
            item.true_label or "unknown",
            f"{item.predicted} ({item.probability:.3g})",
            item.target,
            f"{item.f_input:.3g}",
            f"{item.f_baseline:.3g}",
            f"{item.delta:.1g}" + ("" if item.converged else " NOT CONVERGED"),
            str(peak),
            str(kmer),
        )
        for item, peak, kmer in zip(results, frame["peak_position"], frame["strongest_kmer"], strict=False)
    ]
    if not sys.stdout.isatty():
        for row in (header, *rows):
            click.echo("\t".join(row))
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(*header, caption="Scores are log-odds of the class explained; bases are counted from 1.")
    for row in rows:
        table.add_row(*map(Text, row))
    Console().print(table)


def open_in_browser(path: Path, *, show: bool) -> None:
    """Open a file in the user's browser, or say that there is none."""
    if show and not webbrowser.open(path.resolve().as_uri()):
        click.echo(f"No browser could be opened: open {path} in one.", err=True)
