"""What the command line writes: tables, pictures, the headline table, and whether to trust them."""

from __future__ import annotations

import sys
import webbrowser
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from captum_dna.core.attribution import Attribution
    from captum_dna.core.sequences import Sequence as DnaSequence
    from captum_dna.results import Attributions

PAGES = (".html", ".htm")
FIGURES = (".svg", ".png", ".pdf")
PICTURES = (*PAGES, *FIGURES)
TABLES = {".tsv": "\t", ".csv": ","}
BIGWIGS = (".bw", ".bigwig")
BEDGRAPHS = (".bedgraph", ".bdg")
TRACKS = (*BIGWIGS, *BEDGRAPHS, ".bed")
RESULTS = (".parquet", *TABLES, *TRACKS, ".npz", ".modisco")
"""Suffixes of the files that hold results; each asks for its own kind of file."""
_SHOWN = 20
"""Rows of the headline table."""
_SHORT = {"f(baseline)": "f(base)", "peak base": "peak", "its k-mer": "k-mer"}
_NUMBERS = ("f(x)", "f(baseline)", "delta", "peak base")
"""Columns as a terminal of 80 letters has room for them."""


def write_table(results: Attributions, path: Path | None, table: str) -> None:
    """Write a table to a file, all or nothing, or to standard output."""
    from captum_dna.io.frames import base_frame, summary_frame
    from captum_dna.io.writing import unfinished

    frame = base_frame(results) if table == "bases" else summary_frame(results)
    if path is None:
        click.echo(frame.to_csv(sep="\t", index=False, lineterminator="\n"), nl=False)
        return
    with unfinished(path) as part:
        frame.to_csv(part, sep=TABLES[path.suffix.lower()], index=False, lineterminator="\n")


def check_results(
    path: Path, items: list[DnaSequence] | list[Attribution], sizes: str | None, way_out: str
) -> None:
    """Say why a file of results could not be written, before any model runs for it."""
    suffix = path.suffix.lower()
    if suffix in BIGWIGS and sizes is None:
        raise click.UsageError(
            f"--out {path.name}: bigWig begins with the sizes of the chromosomes, so {way_out}."
        )
    if suffix in TRACKS:
        from captum_dna.io.genome import chromosome_sizes
        from captum_dna.io.tracks import check_places

        check_places(items, chromosome_sizes(sizes) if sizes is not None and suffix in BIGWIGS else None)
    if suffix == ".modisco":
        from captum_dna.io.arrays import check_one_length

        check_one_length(items)


def write_results(results: Attributions, path: Path, table: str, sizes: str | None) -> str:
    """Write results to the kind of file that the suffix asks for; return what was written."""
    suffix = path.suffix.lower()
    if suffix in TABLES:
        write_table(results, path, table)
    elif suffix in BIGWIGS and sizes is not None:
        results.to_bigwig(path, sizes)
    elif suffix in BEDGRAPHS:
        results.to_bedgraph(path)
    elif suffix == ".bed":
        results.to_bed(path)
    elif suffix == ".npz":
        results.to_npz(path)
    elif suffix == ".modisco":
        return " and ".join(map(str, results.to_modisco(path.with_suffix(""))))
    else:
        results.save(path)
    return str(path)


def write_picture(results: Attributions, path: Path, picture: dict[str, Any]) -> None:
    """Write a page or a figure, whichever the suffix asks for, with the options that it has."""
    if path.suffix.lower() in PAGES:
        from captum_dna import visualize as draw

        draw(results, **{k: v for k, v in picture.items() if k in ("colors", "same_scale")}).save(path)
    else:
        from captum_dna.render.figure.figure import figure

        chosen = {k: v for k, v in picture.items() if k not in ("colors", "same_scale")}
        figure(results, **chosen).savefig(path)


def finish(results: Attributions, path: Path | str | None, stopped: bool) -> None:
    """Say what was written; exit with 130 after Ctrl-C."""
    where = path or "standard output"
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
    _rich_table(header, rows, hidden=_same_for_all(results))


def _same_for_all(results: Attributions) -> dict[str, str]:
    """Return the columns that would say the same in every row, and what they say."""
    same = {}
    if all(item.true_label is None for item in results):
        same["true"] = "The true classes are unknown."
    if all(item.target == item.predicted for item in results):
        same["explained"] = "Explained is the predicted class."
    return same


def _rich_table(header: tuple[str, ...], rows: Sequence[tuple[str, ...]], hidden: dict[str, str]) -> None:
    """Print rows to a terminal, one line each; what is hidden is said below."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    caption = " ".join([*hidden.values(), "Peak: the base with the largest score, from 1."])
    table = Table(
        box=box.SIMPLE_HEAD, expand=True, padding=(0, 1, 0, 0), caption=caption, caption_justify="left"
    )
    shown = [i for i, name in enumerate(header) if name not in hidden]
    for i in shown:
        is_name = header[i] == "name"
        title = _SHORT.get(header[i], header[i])
        table.add_column(
            title,
            justify="right" if header[i] in _NUMBERS else "left",
            no_wrap=True,
            overflow="ellipsis",
            ratio=1 if is_name else None,
            min_width=12 if is_name else max(len(title), *(len(row[i]) for row in rows)),
        )
    for row in rows:
        table.add_row(*(Text(row[i]) for i in shown))
    Console().print(table)


def open_in_browser(path: Path, *, show: bool) -> None:
    """Open a file in the user's browser, or say that there is none."""
    if show and not webbrowser.open(path.resolve().as_uri()):
        click.echo(f"No browser could be opened: open {path} in one.", err=True)
