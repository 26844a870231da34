"""The options that commands of the command line share, in the order of their help."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING

import click

from captum_dna.cli.choices import choice_option, over_option, own_option
from captum_dna.cli.numbers import Integer, Number, Whole
from captum_dna.core.options import EXPERIMENT_CHOICES, defaults

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from captum_dna.cli.choices import Command, Decorator


AS_FLAGS: dict[tuple[str, str | None], str] = {
    ("on_invalid", "skip"): "--skip-invalid",
    ("logits", "True"): "--logits",
    ("logits", "False"): "--probabilities",
}
"""Values of Python's options that are flags here."""

RENAMED = {"output": "out"}
"""Python's names of options that some commands call otherwise."""


def _options(*options: Decorator) -> Decorator:
    """Return one decorator for several options, in the order of the help."""

    def decorate(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


def _verbose(_: click.Context, __: click.Parameter, value: bool) -> None:
    if value:
        logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s", stream=sys.stderr)
        logging.getLogger("captum_dna").setLevel(logging.DEBUG)


def _debug(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    if value:
        ctx.meta["debug"] = True


debug_option = click.option(
    "--debug", is_flag=True, expose_value=False, callback=_debug, help="Show the traceback of an error."
)

verbose_option = click.option(
    "-v",
    "--verbose",
    is_flag=True,
    expose_value=False,
    callback=_verbose,
    help="Log every step, with the tracebacks of failed jobs.",
)


def _names_of_classes(_: click.Context, __: click.Parameter, text: str | None) -> list[str] | None:
    return None if text is None else [name.strip() for name in text.split(",")]


def _source_options(stride: str) -> Decorator:
    """Return the options of a model's source; ``stride`` is what the stride of its k-mers is called."""
    return _options(
        click.option(
            "--tokenizer",
            metavar="NAME",
            help="Folder or hub name of the tokenizer. Default: the model's own.",
        ),
        click.option(
            "--base", metavar="NAME", help="Folder or hub name of the model that an adapter was trained on."
        ),
        click.option("--revision", metavar="COMMIT", help="Commit, tag or branch of a model on a hub."),
        click.option(
            "--trust-remote-code", is_flag=True, help="Run the code that comes with the model. Read it first."
        ),
        click.option(
            stride,
            "stride",
            type=Whole(1),
            metavar="BASES",
            help="Bases from one k-mer to the next: 1 if they overlap, k if not. Default: what the model states.",
        ),
        click.option("--separator", metavar="TEXT", help="Text that the tokenizer expects between words."),
    )


def _model_options(stride: str = "--stride") -> Decorator:
    return _options(
        _source_options(stride),
        click.option(
            "--adapter",
            metavar="FOLDER",
            help="Adapter of PEFT, such as LoRA, to put onto MODEL. It is merged.",
        ),
        click.option(
            "--labels",
            metavar="NAMES",
            callback=_names_of_classes,
            help="Names of the classes in their order, with commas between. Default: the model's own.",
        ),
        click.option("--device", metavar="NAME", help="Where the model runs, such as cpu or cuda:1."),
        click.option(
            "--dtype",
            type=click.Choice(["float32", "float64", "bfloat16", "float16"]),
            help="Number format of the weights. Default: float32.",
        ),
        click.option(
            "--head",
            type=click.Choice(["single_label", "multi_label", "regression"]),
            help="What the outputs are. Default: what the model states.",
        ),
        click.option(
            "--logits/--probabilities", default=None, help="What the outputs are. Default: found by trying."
        ),
    )


source_options = _source_options("--stride")
model_options = _model_options()

MODEL_CHOICES = (
    "adapter",
    "labels",
    "device",
    "dtype",
    "tokenizer",
    "base",
    "revision",
    "trust_remote_code",
    "head",
    "logits",
    "stride",
    "separator",
)

reading_options = _options(
    click.option(
        "--column", metavar="NAME", help="Column of the sequences. Default: seq, sequence, dna or bases."
    ),
    click.option(
        "--label-column", metavar="NAME", help="Column of the true classes. Default: label, class or y."
    ),
    click.option("--split", metavar="SPLIT", help="Split of a data set, such as 'test[:100]'."),
    click.option("--name-column", metavar="NAME", help="Column of the names. Default: name or id."),
    click.option(
        "--origin", type=Integer(), metavar="BASE", help="Index of the base to number as 0. Counted from 0."
    ),
    click.option("--genome", metavar="FASTA", help="Genome of the intervals in a BED file."),
    click.option("--length", type=Whole(1), metavar="BASES", help="Bases per interval."),
    click.option(
        "--centre",
        type=click.Choice(["middle", "summit"]),
        default="middle",
        show_default=True,
        help="Where to centre them, with --length. Only narrowPeak has summits.",
    ),
)

sequence_options = _options(
    reading_options,
    click.option("--skip-invalid", is_flag=True, help="Skip invalid sequences, with a warning."),
)

_TARGETS = {
    "genome": "Class to explain in all windows, by name or index. Needed where the model has several.",
    "variants": "Class to explain, by name or index. Default: the predicted class of each reference.",
    "experiment": "Class to explain, by name or index. Default: the predicted class; with motifs planted, the class "
    "predicted most often.",
    "evaluation": "Class to explain, by name or index. Default: the predicted class.",
}
"""What each command that takes no 'all' says of its class."""


def _choices(names: Iterable[str], target: str | None = None) -> Iterator[Decorator]:
    """Yield the options of choices, with other words for the class."""
    return (choice_option(name, target if name == "target" else None) for name in names)


def _method_options(target: str | None = None) -> Decorator:
    names = [name for name in defaults() if name not in ("on_invalid", "over")]
    return _options(*_choices(names, target), over_option, own_option)


method_options = _method_options()
variant_options = _method_options(_TARGETS["variants"])

_OF_SEQUENCES = ("on_invalid", "over", "window_length", "overlap")
"""Choices of a call that windows of a genome do not have."""

genome_options = _options(
    *_choices((name for name in defaults() if name not in _OF_SEQUENCES), _TARGETS["genome"]),
    own_option,
    _model_options(stride="--kmer-stride"),
)
"""What windows of a genome are explained with: as sequences are, in windows that are laid already."""

values_option = click.option(
    "--values",
    metavar="NAME",
    help="What a track shows: score, or, with --over, mean, sd or same_sign.",
)

out_option = click.option(
    "--out",
    multiple=True,
    metavar="FILE",
    help="Write the table (.tsv, .csv, .parquet) or the picture (.svg, .png, .pdf). May be repeated.",
)

negatives_option = click.option(
    "--negatives", metavar="DATA", help="Real sequences of another class, to compare with."
)

experiment_options = _options(
    out_option,
    *_choices(EXPERIMENT_CHOICES, _TARGETS["experiment"]),
    reading_options,
    model_options,
    debug_option,
)
"""What every experiment takes beside its question."""

evaluation_options = _options(
    *_choices(("target", "output", "baseline", "layer", "batch_size", "seed"), _TARGETS["evaluation"])
)

background_options = _options(
    click.option("--shuffle", metavar="HOW", help="Shuffle BACKGROUNDS: dinucleotide_shuffle or gc_random."),
    click.option("--count", type=Whole(1), help="Number of shuffles. Default: 100."),
    negatives_option,
    experiment_options,
)
"""What every experiment takes that plants into backgrounds."""

picture_options = _options(
    click.option(
        "--colors", type=click.Choice(["bases", "sign"]), default="bases", help="Colours of a page."
    ),
    click.option("--same-scale", is_flag=True, help="One y scale for all sequences of a page."),
    click.option("--tokens", is_flag=True, help="Also draw the tokens (figures)."),
    click.option("--whiskers", is_flag=True, help="Also draw the error bars of --over (figures)."),
    click.option("--window", metavar="START-END", help="Draw only these bases, counted from 0 (figures)."),
    click.option(
        "--style",
        type=click.Choice(["logo", "profile"]),
        default="logo",
        help="Letters or a curve (figures).",
    ),
    click.option("--rows", type=Whole(1), help="Rows to wrap a sequence onto (figures)."),
    click.option(
        "--width", type=Number(2), default=7.2, show_default=True, help="Width in inches (figures)."
    ),
)

PICTURE_CHOICES = ("colors", "same_scale", "tokens", "whiskers", "window", "style", "rows", "width")
