"""The verb ``evaluate``: methods compared by experiments on the model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from captum_dna.cli.choices import Listing, known_methods
from captum_dna.cli.inputs import checked_path
from captum_dna.cli.options import (
    MODEL_CHOICES,
    debug_option,
    evaluation_options,
    model_options,
    reading_options,
)
from captum_dna.cli.output import as_json, put, put_json, rows_of, say
from captum_dna.cli.program import main

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from captum_dna.evaluation.result import Evaluation

_TABLES = {".tsv": "\t", ".csv": ","}
_FIGURES = (".svg", ".png", ".pdf")
_SUFFIXES = (*_TABLES, ".md", *_FIGURES)


def _measures() -> Iterable[str]:
    from captum_dna.evaluation.measures import MEASURES

    return MEASURES


@main.command(
    short_help="Compare methods by experiments on the model.",
    epilog=(
        "captum-dna evaluate demo promoters.fa --method deeplift --method saliency\n"
        "captum-dna evaluate demo promoters.fa --method deeplift --measure removal --out methods.tsv --out methods.pdf"
    ),
)
@click.argument("model")
@click.argument("data")
@click.option(
    "--method",
    "methods",
    cls=Listing,
    names=known_methods,
    multiple=True,
    metavar="NAME",
    help="A method to compare. May be repeated. Default: five of them. Names:",
)
@click.option(
    "--measure",
    "measures",
    cls=Listing,
    names=_measures,
    multiple=True,
    metavar="NAME",
    help="What to measure. May be repeated. Default: all but sensitivity. Names:",
)
@click.option(
    "--hide",
    type=click.Choice(["substitute", "mask"]),
    default="substitute",
    show_default=True,
    help="How bases are removed.",
)
@click.option(
    "--out",
    multiple=True,
    metavar="FILE",
    help="Write the table (.tsv, .csv, .md) or the figure (.svg, .png, .pdf). May be repeated.",
)
@evaluation_options
@reading_options
@model_options
@debug_option
def evaluate(model: str, data: str, out: tuple[str, ...], **options: Any) -> None:
    """Compare methods on DATA: replace the bases that they score highest, and measure how MODEL's output changes.

    MODEL and DATA are as for attribute.
    """
    paths = [checked_path(one, _SUFFIXES) for one in out]
    named: dict[str, Any] = {name: options.pop(name) or None for name in ("methods", "measures")}
    from captum_dna import evaluate as compare
    from captum_dna import load

    classifier = load(model, **{name: options.pop(name) for name in MODEL_CHOICES})
    found = compare(classifier, data, **named, **options)
    for path in paths:
        _write(found, path)
        say(f"Wrote {path}")
    if as_json():
        files = [str(path) for path in paths]
        put_json(
            {"files": files, "about": found.about, "table": rows_of(found.table.reset_index(names="method"))}
        )
    else:
        put(found.to_markdown())


def _write(found: Evaluation, path: Path) -> None:
    from captum_dna.io.writing import write_text

    suffix = path.suffix.lower()
    if suffix in _FIGURES:
        found.figure().savefig(path, bbox_inches="tight")
    elif suffix == ".md":
        write_text(path, found.to_markdown() + "\n")
    else:
        write_text(path, found.table.to_csv(sep=_TABLES[suffix], float_format="%.6g", lineterminator="\n"))
