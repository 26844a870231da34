"""The verb ``report``: one file that says what a whole run found and how it was made."""

from __future__ import annotations

import click

from captum_dna.cli.inputs import path_of, results_of
from captum_dna.cli.numbers import Whole
from captum_dna.cli.options import (
    debug_option,
    method_options,
    model_options,
    sequence_options,
)
from captum_dna.cli.output import (
    finish,
    open_in_browser,
)
from captum_dna.cli.program import main


@main.command(
    short_help="Write the findings and the methods of a run as one page.",
    epilog=(
        "captum-dna report run.parquet --out report.html\n"
        "captum-dna report demo promoters.fa --out report.html --pictures 5"
    ),
)
@click.argument("source")
@click.argument("data", required=False)
@click.option("--out", required=True, help="The .html file to write. It is self-contained.")
@click.option("--title", default="What the model read", show_default=True, help="Heading of the report.")
@click.option("--pictures", type=Whole(0), default=10, show_default=True, help="Sequences drawn.")
@click.option("--rows", type=Whole(0), default=10_000, show_default=True, help="Sequences listed.")
@click.option("--open/--no-open", "show", default=False, help="Open what was written.")
@method_options
@sequence_options
@model_options
@debug_option
def report(
    source: str,
    data: str | None,
    out: str,
    title: str,
    pictures: int,
    rows: int,
    show: bool,
    **options: object,
) -> None:
    """Report on a run: SOURCE is a file or folder of results, or a model with DATA to explain."""
    path = path_of(out, "page")
    results, kept = results_of(source, data, options, path)
    from captum_dna import report as write_report

    write_report(results, path, title=title, pictures=pictures, rows=rows)
    finish(results, [path], kept)
    open_in_browser(path, show=show)
