"""What the command line writes: tables, pictures, the headline table, and whether to trust them."""

from __future__ import annotations

import json
import math
import os
import sys
import webbrowser
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from captum_dna.cli.spelling import as_typed
from captum_dna.core.numbers import fine_percent
from captum_dna.core.words import counted, visible
from captum_dna.io.writing import OutputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    import pandas as pd

    from captum_dna.core.attribution import Attribution
    from captum_dna.core.sequences import Sequence as DnaSequence
    from captum_dna.experiments.result import Experiment
    from captum_dna.results import Attributions

_SHOWN = 20
"""Rows of the headline table."""
_SHORT = {"f(baseline)": "f(base)", "peak base": "peak", "its k-mer": "k-mer"}
_NUMBERS = ("f(x)", "f(baseline)", "delta", "error", "peak base")
"""Columns as a terminal of 80 letters has room for them."""


def say(sentence: str) -> None:
    """Write to standard error, unless the command is to be quiet."""
    ctx = click.get_current_context(silent=True)
    if ctx is None or not ctx.meta.get("quiet"):
        say_error(sentence)


def say_error(sentence: str) -> None:
    """Write to standard error; control characters, which a name may have, do nothing to a terminal."""
    click.echo(visible(sentence), err=True)


def as_json() -> bool:
    """Tell whether JSON is asked for, in place of sentences and tables for a reader."""
    ctx = click.get_current_context(silent=True)
    return ctx is not None and bool(ctx.meta.get("json"))


def put_url(url: str) -> None:
    """Write an address to standard output."""
    if as_json():
        put_json({"url": url})
    else:
        put(url)


def put_json(value: object) -> None:
    """Write to standard output as JSON; numbers that are none are null."""
    put(json.dumps(_plain(value), ensure_ascii=False, indent=2))


def _plain(value: Any) -> object:
    """Return what JSON knows of a value."""
    if isinstance(value, Mapping):
        return {str(name): _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if value is None or isinstance(value, str | bool | int):
        return value
    if hasattr(value, "tolist"):  # NumPy's numbers and arrays
        return _plain(value.tolist())
    try:
        return float(value) if math.isfinite(value) else None
    except TypeError:
        return str(value)


def rows_of(table: pd.DataFrame) -> list[dict[str, object]]:
    """Return the rows of a table as :func:`put_json` takes them, numbers with all their digits; what is missing is null."""
    known = table.astype(object).where(table.notna(), None)
    return [{str(name): _plain(one) for name, one in row.items()} for row in known.to_dict(orient="records")]


def put(text: str, *, end: str = "\n") -> None:
    """Write to standard output, control characters written out.

    Raises
    ------
    OutputError
        It cannot be written to, as on a full disk.
    """
    try:
        click.echo(visible(text) + end, nl=False)
    except BrokenPipeError:
        raise  # who reads has seen enough
    except OSError as error:
        raise OutputError(cannot_print(error)) from error


def cannot_print(error: OSError) -> str:
    """Return the sentence for standard output that cannot be written to, which is not tried again at the end."""
    with open(os.devnull, "w") as nothing:  # noqa: PTH123 - a device
        os.dup2(nothing.fileno(), 1)
    return f"Standard output cannot be written: {error.strerror or error}. Free some space, or name a file."


def print_table(results: Attributions, table: str) -> None:
    """Write a table to standard output, and what a reader has to know beside it."""
    from captum_dna.io.frames import TABLES

    if as_json():
        put_json({"table": rows_of(TABLES[table](results)), "caveats": caveats_of(results)})
        return
    put(TABLES[table](results).to_csv(sep="\t", index=False, lineterminator="\n"), end="")
    say_caveats(results)


def check_results(
    path: Path, items: list[DnaSequence] | list[Attribution], choices: Mapping[str, object], way_out: str
) -> None:
    """Say why a file of results could not be written, before any model runs for it."""
    from captum_dna.render.exporters import check_export, exporter_of

    missing = exporter_of(path).missing(choices)
    if missing is not None:
        raise click.UsageError(f"--out {path.name}: {missing}, so {way_out}.")
    check_export(items, path, choices)


def write_results(results: Attributions, path: Path, choices: Mapping[str, object]) -> tuple[Path, ...]:
    """Write results or pictures to the kind of file that the suffix asks for; return the files written."""
    from captum_dna.render.exporters import export, exporter_of

    return export(results, path, exporter_of(path).taken(choices))


def finish(results: Attributions, files: Iterable[Path], kept: Path | None = None) -> None:
    """Say what was written, and what a reader has to know; what was kept of an earlier try has served its turn."""
    if kept is not None:
        kept.unlink(missing_ok=True)
    if as_json():
        summary = rows_of(results.to_frame("sequence"))
        put_json({"files": [str(one) for one in files], "sequences": summary, "caveats": caveats_of(results)})
        return
    say_caveats(results)
    say(f"Wrote {counted(len(results), 'sequence')} to {' and '.join(map(str, files))}")


def caveats_of(found: Attributions | Experiment) -> list[dict[str, str]]:
    """Return what a reader of results has to know, as JSON takes it."""
    return [{"severity": one.severity, "code": one.code, "text": as_typed(one.text)} for one in found.caveats]


def headlines(results: Attributions) -> None:
    """Print a row per sequence: a table on a terminal, tab-separated words in a pipe, nothing beside JSON."""
    if as_json():
        return
    header = (
        "name",
        "true",
        "predicted",
        "explained",
        "f(x)",
        "f(baseline)",
        "delta",
        "error",
        "peak base",
        "its k-mer",
    )
    frame = results[:_SHOWN].to_frame()
    rows = [
        (
            item.name,
            item.true_label or "unknown",
            f"{item.probability:.4g}" if item.regression else f"{item.predicted} ({item.probability:.3g})",
            item.explained,
            f"{item.f_input:.3g}",
            f"{item.f_baseline:.3g}",
            *_errors(item),
            str(peak),
            str(kmer),
        )
        for item, peak, kmer in zip(results, frame["peak_position"], frame["strongest_kmer"], strict=False)
    ]
    printed = [tuple(visible(cell, one_line=True) for cell in row) for row in rows]
    if sys.stdout.isatty():
        _rich_table(header, printed, hidden=_same_for_all(results))
    else:
        for row in (header, *printed):
            put("\t".join(row))


def say_caveats(results: Attributions) -> None:
    """Say what a reader of the results has to know, but for warnings that were shown while they were made."""
    shown = click.get_current_context().meta.get("shown", ())
    for remark in results.caveats:
        if remark.text not in shown:
            say(f"{remark.severity.capitalize()}: {as_typed(remark.text)}")


def _has(item: Attribution, code: str) -> bool:
    return any(remark.code == code for remark in item.caveats)


def _errors(item: Attribution) -> tuple[str, str]:
    """Return what the sum of the scores is off by, and what they are; the one that decides is marked if that is too much."""
    delta, error = f"{item.delta:.1g}", fine_percent(item.relative_error)
    mark = " NOT CONVERGED" if _has(item, "not_converged") else ""
    return (delta + mark, error) if math.isnan(item.relative_error) else (delta, error + mark)


def _same_for_all(results: Attributions) -> dict[str, str]:
    """Return the columns that are left out on a terminal, and what they would say in every row, if anything."""
    same = {}
    # The error of the scores says more than that of their sum, and there is room for one of them at most.
    errors = [item.relative_error for item in results]
    same["error" if all(map(math.isnan, errors)) else "delta"] = ""
    if not any(map(math.isnan, errors)) and not any(_has(item, "not_converged") for item in results):
        same["error"] = f"The scores may be off by up to {fine_percent(max(errors))}."
    if all(item.true_label is None for item in results):
        same["true"] = "The true values are unknown."
    if all(item.regression for item in results):
        same["explained"] = "The output is explained."
    elif all(item.target == item.predicted for item in results):
        same["explained"] = "The predicted class is explained."
    return same


def _rich_table(header: tuple[str, ...], rows: Sequence[tuple[str, ...]], hidden: dict[str, str]) -> None:
    """Print rows to a terminal, one line each; what is hidden is said below."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    caption = " ".join(
        [*filter(None, hidden.values()), "Peak: the base with the largest score, counted from 1."]
    )
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
    try:
        Console().print(table)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputError(cannot_print(error)) from error


def open_in_browser(path: Path, *, show: bool) -> None:
    """Open a file in the user's browser, or say that there is none."""
    if show and not webbrowser.open(path.resolve().as_uri()):
        say(f"No browser was found. Open {path} in one.")
