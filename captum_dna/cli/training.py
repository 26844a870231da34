"""The verb ``finetune``."""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import Any

import click

from captum_dna.cli.choices import named_values
from captum_dna.cli.numbers import Number, Whole
from captum_dna.cli.options import (
    debug_option,
    reading_options,
    source_options,
)
from captum_dna.cli.output import as_json, put, put_json, say
from captum_dna.cli.program import main
from captum_dna.core.written import number

HEADS = ("single_label", "multi_label", "regression")
"""As ``captum_dna.training.tasks`` has them, which needs torch."""


@main.command(
    short_help="Train a model on labelled sequences.",
    epilog=(
        "captum-dna finetune armheb/DNA_bert_6 train.csv --out my_model\n"
        'captum-dna finetune demo "TATA promoter=p.fa" other=n.fa --validation 0.2 --out my_model'
    ),
)
@click.argument("model")
@click.argument("data", nargs=-1, required=True)
@click.option("--out", required=True, help="Folder for the trained model.")
@click.option(
    "--validation",
    default="own",
    show_default=True,
    help=(
        "Validation data, which choose the best epoch: a share, a file or none. own: the split of the "
        "data, else 0.15."
    ),
)
@click.option(
    "--test", default="own", show_default=True, help="Data for the final metrics: a share, a file or none."
)
@click.option("--task", type=click.Choice(HEADS), help="What to learn. Default: what the head is made for.")
@click.option("--epochs", type=Number(0, min_open=True), default=10, show_default=True)
@click.option("--batch-size", type=Whole(1), default=32, show_default=True)
@click.option("--accumulate", type=Whole(1), default=1, show_default=True, help="Batches per step.")
@click.option(
    "--learning-rate",
    type=Number(0, min_open=True),
    help="Peak rate. Default: what suits the model.",
)
@click.option("--metric", default="loss", show_default=True, help="Metric that chooses the best epoch.")
@click.option("--patience", type=Whole(1), help="Stop after this many epochs without improvement.")
@click.option("--precision", default="auto", show_default=True, help="float32, bfloat16 or float16.")
@click.option(
    "--lora/--no-lora",
    default=None,
    help="Train an adapter (LoRA) in place of all weights; --no-lora merges the one that MODEL has, and trains all.",
)
@click.option(
    "--argument",
    "arguments",
    multiple=True,
    metavar="NAME=VALUE",
    callback=named_values,
    help="A setting of Transformers' Trainer, such as max_grad_norm=0.5. May be repeated.",
)
@click.option(
    "--report-to",
    multiple=True,
    metavar="NAME",
    help="A tracker to report to: tensorboard, mlflow, wandb. May be repeated. Default: none.",
)
@click.option("--resume", is_flag=True, help="Resume from the last checkpoint in the folder.")
@click.option("--seed", type=Whole(0), default=0, show_default=True)
@click.option(
    "--replicas",
    type=Whole(1),
    help="Train this many times with different seeds, into replica-1 and so on. Pass the folder to attribute as "
    "--over model=FOLDER.",
)
@reading_options
@source_options
@debug_option
def finetune(model: str, data: tuple[str, ...], out: str, validation: str, test: str, **options: Any) -> None:
    """Train MODEL on labelled sequences: one file with labels, or CLASS=FILE for each class."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr)
    quiet = click.get_current_context().meta.get("quiet")
    logging.getLogger("captum_dna").setLevel(logging.WARNING if quiet else logging.INFO)
    source = labelled(data)
    from captum_dna import finetune as train
    from captum_dna.training.labelled import UnlabelledError

    try:
        trained = train(
            model,
            source,
            validation=kept_aside(validation),
            test=kept_aside(test),
            output=out,
            progress=None,
            **options,
        )
    except UnlabelledError as error:
        raise click.ClickException(
            f"{error.fact}. Give CLASS=FILE for each class, or a table with a column called label, or name the column of "
            "the labels with --label-column."
        ) from error
    except KeyboardInterrupt:
        say("Interrupted. Resume from the last checkpoint with the same command and --resume.")
        click.get_current_context().exit(130)
    if as_json():
        put_json(
            {"folder": str(trained.folder), "metrics": trained.metrics, "test_metrics": trained.test_metrics}
        )
        return
    for name, value in trained.metrics.items():
        put(f"{name}\t{value:.4g}")
    for name, value in trained.test_metrics.items():
        put(f"test {name}\t{value:.4g}")
    if trained.metrics and not trained.test_metrics:
        say(
            "The validation sequences were used to choose the epoch, so these metrics are optimistic. Add "
            "--test 0.15 to measure on "
            "new sequences."
        )
    say(f"The model is in {trained.folder}: captum-dna visualize {trained.folder} DATA --out x.html")


def kept_aside(text: str) -> str | float | None:
    """Return a share, ``None``, or the name of a source."""
    if text.lower() == "none":
        return None
    share = number(text)
    return text if share is None else share


def labelled(data: tuple[str, ...]) -> str | dict[str, str]:
    """Return one source, or a mapping of classes to sources."""
    if len(data) == 1 and ("=" not in data[0] or Path(data[0]).exists()):
        return data[0]
    if any("=" not in one for one in data):
        raise click.UsageError("Give one file with labels, or CLASS=FILE for each class.")
    return dict(one.split("=", 1) for one in data)
