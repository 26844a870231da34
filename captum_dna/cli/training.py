"""The verb ``finetune``."""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import Any

import click

from captum_dna.cli.options import (
    debug_option,
    model_options,
    reading_options,
)
from captum_dna.cli.program import main


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
@reading_options
@model_options
@debug_option
def finetune(model: str, data: tuple[str, ...], out: str, validation: str, **options: Any) -> None:
    """Train MODEL on labelled sequences: one file with labels, or CLASS=FILE for each class."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr)
    logging.getLogger("captum_dna").setLevel(logging.INFO)
    source = labelled(data)
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


def labelled(data: tuple[str, ...]) -> Any:
    """Return one source, or a mapping of classes to sources."""
    if len(data) == 1 and ("=" not in data[0] or Path(data[0]).exists()):
        return data[0]
    if any("=" not in one for one in data):
        raise click.UsageError("Give one file with labels, or CLASS=FILE for each class.")
    return dict(one.split("=", 1) for one in data)
