"""The verb ``browse``: a run on its genome, in the viewer or as files for other genome browsers."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import click

from captum_dna.cli.numbers import Whole
from captum_dna.cli.options import debug_option, model_options
from captum_dna.cli.output import as_json, put_json, put_url, say
from captum_dna.cli.program import main
from captum_dna.core.paths import at_home
from captum_dna.core.signals import sigterm_interrupts

if TYPE_CHECKING:
    from pathlib import Path


@main.command(
    short_help="Show a run on its genome, beside genes and other tracks.",
    epilog=(
        "captum-dna browse run/ --genome genome.fa\n"
        "captum-dna browse run/ --genome genome.fa --genes genes.gff3 --tracks peaks.bed --open\n"
        "captum-dna browse run/ --genome genome.fa --genes genes.gff3 --assembly hg38 --out hub/"
    ),
)
@click.argument("run", metavar="RUN")
@click.option("--genome", required=True, metavar="FASTA", help="The genome that was explained.")
@click.option("--genes", metavar="FILE", help="Annotation: GFF3, GTF or BED.")
@click.option(
    "--tracks",
    multiple=True,
    metavar="FILE",
    help="Another track: BED, narrowPeak, GFF3, VCF, bigWig or bigBed. May be repeated.",
)
@click.option(
    "--model", metavar="MODEL", help="The model that was explained. Default: the name that RUN keeps."
)
@click.option(
    "--out", metavar="FOLDER", help="Write files for igv.js, UCSC, JBrowse and pyGenomeTracks, and end."
)
@click.option(
    "--assembly",
    metavar="NAME",
    help="Name of the genome in these files, such as hg38. Default: the FASTA's.",
)
@click.option("--port", type=Whole(0, 65535), default=0, show_default=True, help="0 takes any free one.")
@click.option("--open/--no-open", "show", default=False, help="Open the page in a browser.")
@click.option(
    "--store", type=click.Path(file_okay=False), help="Folder that keeps the results. Default: in your cache."
)
@model_options
@debug_option
@sigterm_interrupts()
def browse(
    run: str,
    genome: str,
    genes: str | None,
    tracks: tuple[str, ...],
    model: str | None,
    out: str | None,
    assembly: str | None,
    port: int,
    show: bool,
    store: str | None,
    **options: Any,
) -> None:
    """Show RUN, a folder that genome or attribute wrote, on its genome, on a page served by this machine. Ctrl-C ends it.

    A click on a base of the scores opens the picture of its window, with everything that serve offers.
    """
    others = [*([genes] if genes else []), *tracks]
    if out is not None:
        _write(run, genome, others, at_home(out), assembly)
        return
    if assembly is not None:
        raise click.UsageError("--assembly is for the files that --out writes.")
    if model is None and any(value is not None and value is not False for value in options.values()):
        raise click.UsageError("Options of the model need its name. Give --model.")
    say("Reading the run ...")
    from captum_dna.insights.browse import browse as open_run

    loaded = None
    if model is not None:
        from captum_dna import load

        loaded = load(model, **options)
    viewer = open_run(run, genome, others, model=loaded, store=store, port=port)
    with viewer.serve(open=show), contextlib.suppress(KeyboardInterrupt):
        say("Ctrl-C ends the viewer; results are kept.")
        put_url(viewer.url)
        viewer.wait()


def _write(run: str, genome: str, others: list[str], folder: Path, assembly: str | None) -> None:
    """Write the files of other browsers."""
    from captum_dna.pipeline.run_tracks import write_for_browsers

    written = write_for_browsers(run, genome, others, folder, assembly=assembly)
    if as_json():
        put_json({"folder": str(folder), "files": [str(one) for one in written]})
    say(f"Wrote {', '.join(one.name for one in written)} and the tracks to {folder}")
