"""The verb ``variants``: effects computed, and written as what the suffix asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from captum_dna.cli.inputs import checked_path, window_of
from captum_dna.cli.numbers import Whole
from captum_dna.cli.options import (
    MODEL_CHOICES,
    PICTURE_CHOICES,
    debug_option,
    model_options,
    picture_options,
    variant_options,
)
from captum_dna.cli.output import as_json, open_in_browser, put_json, rows_of, say
from captum_dna.cli.program import main
from captum_dna.core.words import counted
from captum_dna.io.exporters import SEPARATORS

if TYPE_CHECKING:
    from pathlib import Path

    from captum_dna.variants.effects import VariantEffects


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
@click.option("--length", type=Whole(1), metavar="BASES", help="Bases around a variant. Default: what fits.")
@click.option("--skip-invalid", is_flag=True, help="Skip invalid variants, with a warning.")
@click.option("--open/--no-open", "show", default=False, help="Open what was written.")
@picture_options
@variant_options
@model_options
@debug_option
def variants(model: str, vcf: str, out: str, show: bool, **options: Any) -> None:
    """Compare MODEL's output and scores with and without each variant of the file VCF."""
    from captum_dna.render.view import FIGURE_SUFFIXES, PAGE_SUFFIXES

    path = checked_path(out, (*SEPARATORS, ".parquet", *PAGE_SUFFIXES, *FIGURE_SUFFIXES))
    picture = {name: options.pop(name) for name in PICTURE_CHOICES}
    picture["window"] = window_of(picture["window"])
    _explain_variants(model, vcf, path, picture, options)
    open_in_browser(path, show=show)


def _explain_variants(
    model: str, vcf: str, path: Path, picture: dict[str, Any], options: dict[str, Any]
) -> None:
    """Explain the variants of a file and write them; exit with 130 after Ctrl-C, with what was finished."""
    from captum_dna import load, variant_effect
    from captum_dna.variants.variant_effect import VariantsInterrupted

    classifier = load(model, **{name: options.pop(name) for name in MODEL_CHOICES})
    on_invalid = "skip" if options.pop("skip_invalid") else "raise"
    chosen = options | options.pop("own") | {"on_invalid": on_invalid}
    stopped = False
    try:
        effects = variant_effect(classifier, vcf, **chosen)
    except VariantsInterrupted as stop:
        if not stop.finished:
            raise
        effects, stopped = stop.finished, True
    if stopped:
        path = path.with_name(
            f"{path.stem}.unfinished{path.suffix}"
        )  # a complete older file is not made worse
    _write(effects, path, picture)
    if as_json():
        put_json({"files": [str(path)], "table": rows_of(effects.to_frame())})
    if stopped:
        say(f"Interrupted: the {len(effects)} variants that were finished are in {path}.")
        click.get_current_context().exit(130)
    say(f"Wrote {counted(len(effects), 'variant')} to {path}")


def _write(effects: VariantEffects, path: Path, picture: dict[str, Any]) -> None:
    """Write a table or a picture, with the options that it has."""
    from captum_dna.render.view import FIGURE_SUFFIXES, PAGE_SUFFIXES

    suffix = path.suffix.lower()
    page = {name: picture.pop(name) for name in ("colors", "same_scale")}
    if suffix in PAGE_SUFFIXES:
        effects.view(**page).save(path)
    elif suffix in FIGURE_SUFFIXES:
        effects.figure(**picture).savefig(path)
    else:
        effects.save(path)
