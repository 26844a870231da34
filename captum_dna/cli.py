"""The command line: the same verbs as in Python, with sentences for mistakes.

Heavy packages are imported inside the commands, so that help comes at once. Exit codes: 0 done; 1 the
data or the model is wrong; 2 the command is; 130 stopped by Ctrl-C, with what was finished written.
"""

from __future__ import annotations

import contextlib
import logging
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from captum_dna._version import __version__
from captum_dna.cli_options import (
    PICTURE_CHOICES,
    data_options,
    debug_option,
    method_options,
    model_options,
    picture_options,
    sequence_options,
)
from captum_dna.cli_output import (
    RESULTS,
    TABLES,
    check_results,
    finish,
    headlines,
    open_in_browser,
    write_picture,
    write_results,
    write_table,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from captum_dna.attribution import Attributions
    from captum_dna.sequences import Sequence

_LONGEST_NAME = 80
PICTURES = (".html", ".htm", ".svg", ".png", ".pdf")


class WithExamples(click.Command):
    """A command whose help ends in examples, line by line as they are typed."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the examples."""
        with formatter.section("Examples"):
            for line in (self.epilog or "").splitlines():
                formatter.write(f"  {line}\n")


class Program(WithExamples, click.Group):
    """A group of commands whose users read sentences, not tracebacks."""

    command_class = WithExamples

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; turn what is wrong with data or model into a sentence and exit code 1."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("always", UserWarning)
                warnings.showwarning = _warn
                return super().invoke(ctx)
        except (ValueError, OSError, ImportError) as error:
            if ctx.meta.get("debug"):
                raise
            click.echo(f"Error: {_as_options(str(error))}", err=True)
            ctx.exit(1)
        except KeyboardInterrupt:
            click.echo("Interrupted: nothing was finished, so nothing was written.", err=True)
            ctx.exit(130)


def _warn(message: Warning | str, category: type[Warning], filename: str, *_: Any, **__: Any) -> None:
    """Show our own warnings as sentences; those of other packages are for programmers."""
    if issubclass(category, UserWarning) and Path(filename).is_relative_to(Path(__file__).parent):
        click.echo(f"Warning: {_as_options(str(message))}", err=True)


@click.group(
    cls=Program,
    epilog="captum-dna demo",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="captum-dna", message="%(prog)s %(version)s")
@debug_option
def main() -> None:
    """Find out which nucleotides a model read, and whether that answer can be trusted."""


@main.command(
    short_help="Explain the bundled sequences and show them in the viewer.",
    epilog="captum-dna demo\ncaptum-dna demo --out demo.html --no-open",
)
@click.option("--out", help="Write one page that needs nothing else, instead of the viewer.")
@click.option("--open/--no-open", "show", default=None, help="Open a browser; done on a terminal by default.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, show_default=True, help="0: any free one.")
@debug_option
def demo(out: str | None, show: bool | None, port: int) -> None:
    """Explain the bundled sequences with the bundled model, and show them in the viewer until Ctrl-C.

    Where nobody sits at a terminal, in a pipe or a job, it writes captum_dna_demo.html and ends.
    """
    if out is None and sys.stdout.isatty():
        _serve_demo(port, show=show is not False)
        return
    path = _checked_path(out or "captum_dna_demo.html", (".html", ".htm"))
    from captum_dna import demo as bundled

    results, stopped = _explain("demo", bundled.sequences(), {}, {})
    headlines(results)
    write_picture(results, path, {})
    finish(results, path, stopped)
    open_in_browser(path, show=sys.stdout.isatty() if show is None else show)


def _serve_demo(port: int, *, show: bool) -> None:
    """Serve the bundled sequences, explained, until Ctrl-C."""
    from captum_dna import demo as bundled
    from captum_dna.insights import Insights

    viewer = Insights("demo", bundled.sequences(), port=port, name="Demo sequences")
    with viewer.serve(open=show):
        click.echo(viewer.url)
        with contextlib.suppress(KeyboardInterrupt):
            headlines(viewer.explain())
            click.echo("Ctrl-C ends the viewer; results are kept.", err=True)
            viewer.wait()


@main.command(
    short_help="Score every nucleotide; write Parquet or a table.",
    epilog=(
        'captum-dna attribute demo promoters.fa --target "TATA promoter" --out run.parquet\n'
        "captum-dna attribute demo promoters.fa --out run/\n"
        "captum-dna attribute demo peaks.bed --genome genome.fa --length 251 --out scores.bw"
    ),
)
@click.argument("model")
@click.argument("data")
@click.option(
    "--out",
    required=True,
    help=".parquet keeps everything; a folder/ keeps it in shards and goes on there after an interruption; "
    ".tsv and .csv hold a row per base; .bw and .bedgraph are tracks of a genome, .bed its strongest stretches; "
    ".npz is NumPy's, .modisco the pair of TF-MoDISco; - is output.",
)
@click.option(
    "--table",
    type=click.Choice(["bases", "summary"]),
    default="bases",
    show_default=True,
    help="Rows of a table.",
)
@method_options
@sequence_options
@model_options
@debug_option
def attribute(model: str, data: str, out: str, table: str, **options: Any) -> None:
    """Score every nucleotide of DATA by what it did for MODEL's answer.

    MODEL is "demo", a folder or a hub name. DATA is a FASTA, CSV, TSV or Parquet file, a data set, a DNA
    string, or - for standard input; with --genome, a BED or narrowPeak file.
    """
    if out.endswith("/"):
        _attribute_to(model, data, out, options)
        return
    path = _checked_path(out, RESULTS) if out != "-" else None
    genome = options["genome"]
    sequences, model_choices, choices = _read(data, options)
    if path is not None:
        check_results(
            path,
            sequences,
            genome,
            way_out="explain BED with --genome, or write .parquet and export it with --sizes",
        )
    results, stopped = _explain(model, sequences, model_choices, choices)
    written = None
    if path is None:
        write_table(results, None, table)
    else:
        written = write_results(results, path, table, genome)
    finish(results, written, stopped)


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
    required=True,
    help=".bw and .bedgraph are tracks of the genome, .bed its strongest stretches; .tsv and .csv hold a row per "
    "base; .npz is NumPy's, .modisco the pair of TF-MoDISco.",
)
@click.option("--sizes", metavar="FILE", help="Of the chromosomes: a genome's FASTA, .fai or chrom.sizes.")
@click.option("--table", type=click.Choice(["bases", "summary"]), default="bases", show_default=True)
@debug_option
def export(source: str, out: str, sizes: str | None, table: str) -> None:
    """Turn RESULTS, a .parquet file or a folder of shards, into the file that --out names."""
    path = _checked_path(out, RESULTS)
    from captum_dna import Attributions

    results = Attributions.load(source)
    check_results(path, list(results), sizes, way_out="give them with --sizes")
    finish(results, write_results(results, path, table, sizes), stopped=False)


@main.command(
    short_help="Draw what a model read, as a page or a figure.",
    epilog=(
        "captum-dna visualize demo promoters.fa --out promoters.html\n"
        "captum-dna visualize run.parquet --window 150-190 --tokens --out box.svg"
    ),
)
@click.argument("source")
@click.argument("data", required=False)
@click.option("--out", required=True, help=".html is interactive and needs nothing else; .svg, .png, .pdf.")
@click.option("--open/--no-open", "show", default=False, help="Open what was written.")
@picture_options
@method_options
@sequence_options
@model_options
@debug_option
def visualize(source: str, data: str | None, out: str, show: bool, **options: Any) -> None:
    """Draw what a model read: SOURCE is a file of results, or a model with DATA to explain."""
    path = _checked_path(out, PICTURES)
    picture = {name: options.pop(name) for name in PICTURE_CHOICES}
    picture["window"] = _window(picture["window"])
    results, stopped = _results(source, data, options)
    write_picture(results, path, picture)
    finish(results, path, stopped)
    open_in_browser(path, show=show)


@main.command(
    short_help="Say in one file what a whole run found and how it was made.",
    epilog=(
        "captum-dna report run.parquet --out report.html\n"
        "captum-dna report demo promoters.fa --out report.html --pictures 5"
    ),
)
@click.argument("source")
@click.argument("data", required=False)
@click.option("--out", required=True, help="The .html file to write; it needs nothing but itself.")
@click.option("--title", default="What the model read", show_default=True, help="Heading of the report.")
@click.option("--pictures", type=click.IntRange(0), default=10, show_default=True, help="Sequences drawn.")
@click.option("--rows", type=click.IntRange(0), default=10_000, show_default=True, help="Sequences listed.")
@click.option("--open/--no-open", "show", default=False, help="Open what was written.")
@method_options
@sequence_options
@model_options
@debug_option
def report(
    source: str, data: str | None, out: str, title: str, pictures: int, rows: int, show: bool, **options: Any
) -> None:
    """Report on a run: SOURCE is a file or folder of results, or a model with DATA to explain."""
    path = _checked_path(out, (".html", ".htm"))
    results, stopped = _results(source, data, options)
    from captum_dna import report as write_report

    write_report(results, path, title=title, pictures=pictures, rows=rows)
    finish(results, path, stopped)
    open_in_browser(path, show=show)


@main.command(
    short_help="Find stretches that stand out, and name them by known motifs.",
    epilog=(
        "captum-dna motifs run.parquet --database motifs.meme --out seqlets.tsv --track named.parquet\n"
        "captum-dna motifs run.parquet --database motifs.meme --scan --out matches.tsv"
    ),
)
@click.argument("source")
@click.option("--out", required=True, help="A .tsv or .csv table.")
@click.option("--database", metavar="FILE", help="Known motifs in MEME format, to name what is found.")
@click.option("--scan", "scanning", is_flag=True, help="Look for the motifs by their letters (FIMO) instead.")
@click.option(
    "--threshold", type=click.FloatRange(0, 1, min_open=True), help="Largest p-value; what is usual."
)
@click.option(
    "--track", metavar="FILE", help="Write the results with a track of what was found, as .parquet."
)
@click.option("--modisco", "folder", metavar="FOLDER", help="Discover motifs with TF-MoDISco as well.")
@debug_option
def motifs(
    source: str,
    out: str,
    database: str | None,
    scanning: bool,
    threshold: float | None,
    track: str | None,
    folder: str | None,
) -> None:
    """Find the stretches of SOURCE, a file or folder of results, whose scores stand out."""
    if scanning and database is None:
        raise click.UsageError("--scan looks for known motifs, so give a file of them with --database.")
    path = _checked_path(out, TABLES)
    tracked = None if track is None else _checked_path(track, (".parquet",))
    from captum_dna.cli_motifs import write_motifs

    results, _ = _results(source, None, {})
    write_motifs(
        results, path, database, scanning=scanning, threshold=threshold, track=tracked, folder=folder
    )


@main.command(
    short_help="Compare what a model reads with and without variants.",
    epilog=(
        "captum-dna variants demo variants.vcf --genome genome.fa --out effects.tsv\n"
        "captum-dna variants demo variants.vcf --genome genome.fa --strands both --out effects.html"
    ),
)
@click.argument("model")
@click.argument("vcf")
@click.option("--genome", required=True, help="FASTA file of the reference, plain or compressed with bgzip.")
@click.option(
    "--out", required=True, help=".tsv, .csv and .parquet are tables; .html, .svg, .png, .pdf pictures."
)
@click.option("--length", type=click.IntRange(1), metavar="BASES", help="Bases around a variant; what fits.")
@click.option("--skip-invalid", is_flag=True, help="Leave bad variants out, with a warning.")
@click.option("--open/--no-open", "show", default=False, help="Open what was written.")
@picture_options
@method_options
@model_options
@debug_option
def variants(model: str, vcf: str, out: str, show: bool, **options: Any) -> None:
    """Compare MODEL's answers, and what it reads, with and without each variant of the file VCF."""
    path = _checked_path(out, (*TABLES, ".parquet", *PICTURES))
    picture = {name: options.pop(name) for name in PICTURE_CHOICES}
    picture["window"] = _window(picture["window"])
    from captum_dna.cli_variants import explain_variants

    explain_variants(model, vcf, path, picture, options)
    open_in_browser(path, show=show)


@main.command(
    short_help="Train a model on labelled sequences.",
    epilog=(
        "captum-dna finetune armheb/DNA_bert_6 train.csv --out my_model\n"
        "captum-dna finetune demo promoter=p.fa other=n.fa --validation 0.2 --out my_model"
    ),
)
@click.argument("model")
@click.argument("data", nargs=-1, required=True)
@click.option("--out", required=True, help="Folder for the trained model.")
@click.option("--validation", default="0.15", show_default=True, help="Share to keep aside, or a file.")
@click.option("--epochs", type=click.FloatRange(0, min_open=True), default=10, show_default=True)
@click.option("--batch-size", type=click.IntRange(1), default=32, show_default=True)
@click.option("--learning-rate", type=click.FloatRange(0, min_open=True), help="Peak rate; what is usual.")
@click.option("--metric", default="loss", show_default=True, help="What the best epoch is chosen by.")
@click.option("--patience", type=click.IntRange(1), help="Stop after so many epochs without gain.")
@click.option("--precision", default="auto", show_default=True, help="float32, bfloat16 or float16.")
@click.option("--resume", is_flag=True, help="Go on from the last checkpoint in the folder.")
@click.option("--seed", type=int, default=0, show_default=True)
@data_options
@model_options
@debug_option
def finetune(model: str, data: tuple[str, ...], out: str, validation: str, **options: Any) -> None:
    """Train MODEL on labelled sequences: one file with labels, or CLASS=FILE for each class."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr)
    logging.getLogger("captum_dna").setLevel(logging.INFO)
    source = _labelled(data)
    try:
        held_out: Any = float(validation)
    except ValueError:
        held_out = validation
    from captum_dna import finetune as train

    try:
        trained = train(
            model, source, validation=held_out, output=out, progress=sys.stderr.isatty(), **options
        )
    except KeyboardInterrupt:
        click.echo(
            "Interrupted: go on from the last checkpoint with the same command and --resume.", err=True
        )
        click.get_current_context().exit(130)
    for name, number in trained.metrics.items():
        click.echo(f"{name}\t{number:.4g}")
    click.echo(
        f"The model is in {trained.folder}: captum-dna visualize {trained.folder} DATA --out x.html", err=True
    )


@main.command(short_help="List known families, or say how a model is read.", epilog="captum-dna models demo")
@click.argument("model", required=False)
@model_options
@debug_option
def models(model: str | None, revision: str | None, trust_remote_code: bool) -> None:
    """List the families that are known, or say how MODEL will be read."""
    from captum_dna.families import FAMILIES, describe

    if model is None:
        for family in FAMILIES:
            click.echo(f"{family.name}: {family.tokens}; such as {', '.join(family.examples)}")
            click.echo(f"    proved on {', '.join(family.proved)}; to mind: {family.remark}.")
        click.echo(
            "Other sequence classifiers are read by the same rules: captum-dna models MODEL tells how."
        )
        return
    from captum_dna import load

    topics = describe(load(model, revision=revision, trust_remote_code=trust_remote_code))
    widest = max(map(len, topics))
    for topic, words in topics.items():
        click.echo(f"{topic:<{widest}}  {words}")


@main.command(
    short_help="Look at sequences and scores in a page on this machine.",
    epilog=(
        "captum-dna serve demo promoters.fa\n"
        "captum-dna serve before=demo after=my_model promoters.fa --port 8000 --open"
    ),
)
@click.argument("models", nargs=-1, required=True, metavar="MODEL...")
@click.argument("data")
@click.option("--port", type=click.IntRange(0, 65535), default=0, show_default=True, help="0: any free one.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen.")
@click.option("--open/--no-open", "show", default=False, help="Open the page in a browser.")
@click.option("--store", type=click.Path(file_okay=False), help="Folder of results; one of your cache.")
@click.option("--no-token", is_flag=True, help="Let every user of this machine in.")
@sequence_options
@model_options
@debug_option
def serve(
    models: tuple[str, ...],
    data: str,
    port: int,
    host: str,
    show: bool,
    store: str | None,
    no_token: bool,
    **options: Any,
) -> None:
    """Show what a model reads in DATA, in a page that asks this machine only; Ctrl-C ends it.

    MODEL is as for attribute; give several as NAME=MODEL to compare them.
    """
    genome = options["genome"]
    sequences, model_choices, _ = _read(data, options | {"own": {}})
    from captum_dna import load
    from captum_dna.insights import Insights

    named = [(name, model or name) for name, _, model in (one.partition("=") for one in models)]
    loaded = {name: load(model, **model_choices) for name, model in named}
    name = Path(data).name if len(data) < _LONGEST_NAME else "Sequences"
    viewer = Insights(
        loaded,
        sequences,
        store=store,
        host=host,
        port=port,
        token=False if no_token else None,
        name=name,
        sizes=genome,
    )
    with viewer.serve(open=show):
        click.echo(viewer.url)
        click.echo("Ctrl-C ends the viewer; results are kept.", err=True)
        with contextlib.suppress(KeyboardInterrupt):
            viewer.wait()


# --- what the commands share -----------------------------------------------------------------------


def _checked_path(out: str, suffixes: Iterable[str]) -> Path:
    """Return the path to write, once it is known that it can be."""
    path = Path(out).expanduser()
    if path.suffix.lower() not in suffixes:
        raise click.UsageError(f"--out {out}: the name must end in {', '.join(suffixes)}.")
    from captum_dna.io.files import check_writable

    check_writable(path)
    return path


def _read(data: str, options: dict[str, Any]) -> tuple[list[Sequence], dict[str, Any], dict[str, Any]]:
    """Return the sequences, the options of the model and those of the method; all input is checked here."""
    from captum_dna import read

    where = {name: options.pop(name) for name in ("column", "label_column", "name_column", "split", "origin")}
    where |= {name: options.pop(name) for name in ("genome", "length", "centre")}
    on_invalid: Literal["raise", "skip"] = "skip" if options.pop("skip_invalid") else "raise"
    model = {name: options.pop(name) for name in ("revision", "trust_remote_code")}
    sequences = list(read(data, **where, on_invalid=on_invalid))
    return sequences, model, options | options.pop("own") | {"on_invalid": on_invalid}


def _as_options(sentence: str) -> str:
    """Return a sentence that names Python's arguments with the options of the command line."""
    for argument, option in (
        ('on_invalid="skip"', "--skip-invalid"),
        ("window_length='auto'", "--window-length auto"),
        ("window_length=", "--window-length"),
        ("window_length", "--window-length"),
        ("label_column=", "--label-column"),
        ("name_column=", "--name-column"),
        ("column=", "--column"),
        ("split=", "--split"),
        ('Read it with captum_dna.read(path, genome="genome.fa")', "Name its file: --genome genome.fa"),
        ("genome=", "--genome"),
        ("length=", "--length"),
        ("centre=", "--centre "),
        ("target=", "--target"),
    ):
        sentence = sentence.replace(argument, option)
    return sentence


def _results(source: str, data: str | None, options: dict[str, Any]) -> tuple[Attributions, bool]:
    """Return results that are loaded or made now, and whether Ctrl-C stopped them early."""
    if data is not None:
        return _explain(source, *_read(data, options))
    if not source.lower().endswith(".parquet") and not (Path(source) / "run.json").is_file():
        raise click.UsageError(f"{source} is no .parquet file of results, so give DATA for it to explain.")
    from captum_dna import Attributions

    return Attributions.load(source), False


def _explain(
    model: str, sequences: list[Sequence], model_options: dict[str, Any], options: dict[str, Any]
) -> tuple[Attributions, bool]:
    """Return the results, and whether Ctrl-C stopped them early."""
    from captum_dna import Interrupted, load
    from captum_dna import attribute as explain

    classifier = load(model, **model_options)
    try:
        return explain(classifier, sequences, **options), False
    except Interrupted as stop:
        if not stop.finished:
            raise
        return stop.finished, True


def _attribute_to(model: str, data: str, folder: str, options: dict[str, Any]) -> None:
    """Explain into a folder of shards, and say what is there."""
    from captum_dna import attribute_to, load

    sequences, model_options, choices = _read(data, options)
    attribute_to(folder, load(model, **model_options), sequences, **choices)
    click.echo(f"Wrote {len(sequences)} sequences to {folder}", err=True)


def _labelled(data: tuple[str, ...]) -> Any:
    """Return one source, or a mapping of classes to sources."""
    if len(data) == 1 and ("=" not in data[0] or Path(data[0]).exists()):
        return data[0]
    if any("=" not in one for one in data):
        raise click.UsageError("Give one file with labels, or CLASS=FILE for each class.")
    return dict(one.split("=", 1) for one in data)


def _window(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    try:
        start, end = text.split("-")
        return int(start), int(end)
    except ValueError:
        raise click.BadParameter(
            f"{text!r} is not START-END, such as 150-190.", param_hint="--window"
        ) from None
