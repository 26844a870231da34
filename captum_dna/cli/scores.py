"""The verbs that score and draw: ``attribute``, ``export`` and ``visualize``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from captum_dna.cli.choices import Listing, kinds_of_files
from captum_dna.cli.inputs import (
    explain,
    is_own_folder,
    path_of,
    read_data,
    refuse_idle,
    results_of,
    window_of,
)
from captum_dna.cli.numbers import Whole
from captum_dna.cli.options import (
    PICTURE_CHOICES,
    debug_option,
    method_options,
    model_options,
    picture_options,
    sequence_options,
    values_option,
)
from captum_dna.cli.output import check_results, finish, open_in_browser, print_table, write_results
from captum_dna.cli.program import main
from captum_dna.cli.runs import attribute_into, cluster_options, part_of

_OF_FILES = ("table", "values")
_OF_SHARDS = ("shard_size", "workers", "gpus_per_worker", "address")
"""Options that say how results are written, to a file and to a folder of shards."""


@main.command(
    short_help="Score every nucleotide. Write Parquet or a table.",
    epilog=(
        'captum-dna attribute demo promoters.fa --target "TATA promoter" --out run.parquet\n'
        "captum-dna attribute demo promoters.fa --out run/\n"
        "captum-dna attribute demo promoters.fa --out run/ --part 3/64\n"
        "captum-dna attribute demo promoters.fa --out run/ --engine ray --address auto\n"
        "captum-dna attribute demo peaks.bed --genome genome.fa --length 251 --out scores.bw\n"
        "captum-dna attribute demo promoters.fa --over baseline=zero,gc_random*3 --over strand --out bars.parquet"
    ),
)
@click.argument("model")
@click.argument("data")
@click.option(
    "--out",
    cls=Listing,
    names=kinds_of_files("results"),
    required=True,
    help="The file to write, - for a table on standard output, or a folder/ of shards, which can be resumed. The "
    "suffix sets the format:",
)
@click.option(
    "--table",
    type=click.Choice(["bases", "tokens", "summary"]),
    default="bases",
    show_default=True,
    help="What a row of a table is.",
)
@values_option
@click.option(
    "--shard-size",
    type=Whole(1),
    default=500,
    show_default=True,
    help="Sequences per shard.",
)
@click.option(
    "--part",
    metavar="I/N",
    callback=part_of,
    help="Compute part I of N, counted from 0. Any number of processes may share a folder.",
)
@cluster_options
@method_options
@sequence_options
@model_options
@debug_option
def attribute(
    model: str,
    data: str,
    out: str,
    table: str,
    values: str | None,
    shard_size: int,
    part: tuple[int, int] | None,
    engine: str,
    workers: int | None,
    gpus_per_worker: float | None,
    address: str | None,
    **options: Any,
) -> None:
    """Score every nucleotide of DATA by its share of MODEL's output.

    MODEL is "demo", a folder or a hub name. DATA is a FASTA, CSV, TSV or Parquet file, a data set, a DNA
    string, or - for standard input; with --genome, a BED or narrowPeak file.
    """
    if is_folder_of_shards(out):
        refuse_idle(out, _OF_FILES, ())
        where = {"engine": engine, "workers": workers, "gpus_per_worker": gpus_per_worker, "address": address}
        attribute_into(out, model, data, part, shard_size, where, options)
        return
    if part is not None or engine != "local":
        asked = "--part" if part is not None else "--engine"
        raise click.UsageError(f"{asked} is for a folder of shards: --out {out}/ names one.")
    path = path_of(out, "results") if out != "-" else None
    refuse_idle(out, (*_OF_FILES, *_OF_SHARDS), _taken(path))
    written = {"sizes": options["genome"], "table": table, "values": values}
    sequences, model_choices, choices = read_data(data, options)
    if path is not None:
        check_results(
            path,
            sequences,
            written,
            way_out="explain BED with --genome, or write .parquet and export it with --sizes",
        )
    results, kept = explain(model, sequences, model_choices, choices, path)
    if path is None:
        print_table(results, table)
    else:
        finish(results, write_results(results, path, written), kept)


def _taken(path: Path | None) -> tuple[str, ...]:
    """Return the options that a kind of file takes; standard output has a table."""
    from captum_dna.render.exporters import exporter_of

    return ("table",) if path is None else tuple(exporter_of(path).options)


def is_folder_of_shards(out: str) -> bool:
    """Tell whether a name is that of a folder to fill with shards, as one without a suffix is."""
    path = Path(out)
    is_file = out == "-" or is_own_folder(path) or (bool(path.suffix) and not path.is_dir())
    return out.endswith("/") or not is_file


@main.command(
    short_help="Turn stored results into tracks, tables and arrays.",
    epilog=(
        "captum-dna export run.parquet --out scores.bw --sizes genome.fa\n"
        "captum-dna export run.parquet --out strongest.bed"
    ),
)
@click.argument("source", metavar="RESULTS")
@click.option(
    "--out",
    cls=Listing,
    names=kinds_of_files("results"),
    required=True,
    help="The file to write, or - for a table on standard output. The suffix sets the format:",
)
@click.option("--sizes", metavar="FILE", help="Chromosome sizes: a genome's FASTA, .fai or chrom.sizes.")
@click.option(
    "--table", type=click.Choice(["bases", "tokens", "summary"]), default="bases", show_default=True
)
@values_option
@debug_option
def export(source: str, out: str, sizes: str | None, table: str, values: str | None) -> None:
    """Turn RESULTS, a .parquet file or a folder of shards, into the file that --out names."""
    path = path_of(out, "results") if out != "-" else None
    refuse_idle(out, (*_OF_FILES, "sizes"), _taken(path))
    from captum_dna import Attributions

    results = Attributions.load(source)
    if path is None:
        print_table(results, table)
        return
    choices = {"sizes": sizes, "table": table, "values": values}
    check_results(path, list(results), choices, way_out="give them with --sizes")
    finish(results, write_results(results, path, choices))


@main.command(
    short_help="Draw what a model read, as a page or a figure.",
    epilog=(
        "captum-dna visualize demo promoters.fa --out promoters.html\n"
        "captum-dna visualize run.parquet --window 150-190 --tokens --out box.svg"
    ),
)
@click.argument("source")
@click.argument("data", required=False)
@click.option("--out", required=True, help="The file to write: .html (interactive), .svg, .png or .pdf.")
@click.option("--open/--no-open", "show", default=False, help="Open what was written.")
@picture_options
@method_options
@sequence_options
@model_options
@debug_option
def visualize(source: str, data: str | None, out: str, show: bool, **options: Any) -> None:
    """Draw what a model read: SOURCE is a file of results, or a model with DATA to explain."""
    path = path_of(out, "page", "figure")
    refuse_idle(out, PICTURE_CHOICES, _taken(path))
    picture = {name: options.pop(name) for name in PICTURE_CHOICES}
    picture["window"] = window_of(picture["window"])
    results, kept = results_of(source, data, options, path)
    finish(results, write_results(results, path, picture), kept)
    open_in_browser(path, show=show)
