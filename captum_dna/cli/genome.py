"""The verbs of whole genomes: ``genome`` explains one window by window, and ``merge`` makes tracks of the windows."""

from __future__ import annotations

from typing import Any

import click

from captum_dna.cli.inputs import checked_path, choices_of
from captum_dna.cli.numbers import Whole
from captum_dna.cli.options import debug_option, genome_options
from captum_dna.cli.output import as_json, put_json, say
from captum_dna.cli.program import main
from captum_dna.cli.runs import part_of, say_finished, stops_as_ctrl_c
from captum_dna.core.words import counted
from captum_dna.core.written import digits


def _window(_: click.Context, __: click.Parameter, text: str) -> int | str:
    """Return the bases of a window."""
    size = digits(text)
    if text != "auto" and not size:
        raise click.BadParameter(f"{text!r} is neither auto nor a number of bases.")
    return size or text


@main.command(
    short_help="Explain a genome, or regions of it, window by window.",
    epilog=(
        'captum-dna genome demo genome.fa --target "TATA promoter" --method deeplift --window 251 --out run/\n'
        'captum-dna genome demo genome.fa peaks.bed --target "TATA promoter" --strands both --window 251 --out run/\n'
        "captum-dna merge run/ --out scores.bw"
    ),
)
@click.argument("model")
@click.argument("fasta", metavar="GENOME")
@click.argument("regions", required=False)
@click.option(
    "--out",
    required=True,
    metavar="FOLDER",
    help="Folder of shards to write to. It can be resumed and shared.",
)
@click.option(
    "--window",
    default="auto",
    show_default=True,
    metavar="BASES",
    callback=_window,
    help="Bases of a window, or auto for as many as fit the model.",
)
@click.option(
    "--stride",
    "window_stride",
    type=Whole(1),
    metavar="BASES",
    help="Bases from one window to the next. Default: three quarters of a window.",
)
@click.option("--shard-size", type=Whole(1), default=500, show_default=True, help="Windows per shard.")
@click.option(
    "--part",
    metavar="I/N",
    callback=part_of,
    help="Compute part I of N, counted from 0. Any number of processes may share a folder.",
)
@genome_options
@debug_option
def genome(
    model: str,
    fasta: str,
    regions: str | None,
    out: str,
    window: int | str,
    window_stride: int | None,
    shard_size: int,
    part: tuple[int, int] | None,
    **options: Any,
) -> None:
    """Explain GENOME, a FASTA file, in overlapping windows; REGIONS is a BED file of the places to explain.

    No window has a gap of the assembly (10 N or more) in it. What is skipped is said, and all letters are checked before
    the model runs. The strands of REGIONS are not looked at: --strands both averages both everywhere.
    """
    from captum_dna import load
    from captum_dna.pipeline.whole_genome import attribute_genome

    _, model_options, choices = choices_of(options | {"skip_invalid": False})
    stops_as_ctrl_c()
    attribute_genome(
        out,
        load(model, **model_options),
        fasta,
        regions,
        window=window,  # type: ignore[arg-type]  # a number, or the one word that the callback lets pass
        window_stride=window_stride,
        shard_size=shard_size,
        part=part,
        **choices,
    )
    say_finished(out, part, "window")


@main.command(
    short_help="Join the windows of a run into tracks (bigWig).",
    epilog="captum-dna merge run/ --out scores.bw",
)
@click.argument("folder", metavar="RUN")
@click.option("--out", required=True, metavar="FILE", help="The bigWig file of the scores (.bw).")
@click.option(
    "--sizes",
    metavar="FILE",
    help="Chromosome sizes: a genome's FASTA, .fai or chrom.sizes. Default: those of the genome explained.",
)
@debug_option
def merge(folder: str, out: str, sizes: str | None) -> None:
    """Join the windows of RUN, a folder of shards, into tracks without seams, in bounded memory.

    The scores go to FILE; prediction and estimated error go to files beside it, and so do the scores of either strand
    where both were explained.
    """
    path = checked_path(out, (".bw", ".bigwig"))
    from captum_dna.pipeline.merging import merge as join

    found = join(folder, path, sizes)
    if as_json():
        files = {name: str(one) for name, one in found.paths.items()}
        put_json({"files": files, "windows": found.windows, "bases": found.bases, "target": found.target})
    has = "has" if found.bases == 1 else "have"
    names = ", ".join(one.name for one in found.paths.values())
    say(
        f"Joined {counted(found.windows, 'window')}: {counted(found.bases, 'base')} {has} a score. Wrote {names}."
    )
