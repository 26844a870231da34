"""The options that commands of the command line share, in the order of their help."""

from __future__ import annotations

import contextlib
import logging
import sys
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from captum_dna.core.baselines import BASELINES
from captum_dna.core.errors import UserError
from captum_dna.core.json_text import from_json
from captum_dna.core.options import (
    EXPERIMENT_CHOICES,
    HELP,
    LAYERS,
    NUMBERS,
    OUTPUTS,
    PRECISIONS,
    PROJECTIONS,
    RULES,
    STRANDS,
    check_option,
    defaults,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Decorator = Callable[[Any], Any]


AS_FLAGS: dict[tuple[str, str | None], str] = {
    ("on_invalid", "skip"): "--skip-invalid",
    ("logits", "True"): "--logits",
    ("logits", "False"): "--probabilities",
}
"""Values of Python's options that are flags here."""


def _options(*options: Decorator) -> Decorator:
    """Return one decorator for several options, in the order of the help."""

    def decorate(command: object) -> Any:
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


def named_values(_: click.Context, __: click.Parameter, pairs: tuple[str, ...]) -> dict[str, Any]:
    """Return NAME=VALUE pairs as options; numbers, true, false and null are read as such."""
    values: dict[str, Any] = {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if not equals:
            raise click.BadParameter(f"{pair!r} is not NAME=VALUE.")
        try:
            values[name.replace("-", "_")] = from_json(text)
        except ValueError:
            values[name.replace("-", "_")] = text
    return values


def _over(_: click.Context, parameter: click.Parameter, given: tuple[str, ...]) -> Any:
    """Return what to repeat an explanation over, once it is known to be something."""
    if not given:
        return None
    values: dict[str, Any] = {}
    for one in given:
        cause, equals, text = one.partition("=")
        if cause in values:
            raise click.BadParameter(f"{cause} is given twice. Write all of its values behind one =.")
        values[cause] = text if equals else True
    try:
        return check_option("over", values)
    except UserError as error:
        raise click.BadParameter(error.spelled(lambda *_: parameter.opts[0])) from None


class Listing(click.Option):
    """An option whose help ends in names that are looked up when help is asked for.

    Parameters
    ----------
    names
        Returns them; ``None`` where there are none to list.
    """

    def __init__(
        self, *declarations: Any, names: Callable[[], Iterable[str]] | None = None, **attributes: Any
    ) -> None:
        super().__init__(*declarations, **attributes)
        self._words, self._names = self.help, names

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Return the names that begin so, for the completion of a shell."""
        if self._names is None or self.name == "out":
            return super().shell_complete(ctx, incomplete)
        return [CompletionItem(name) for name in self._names() if name.startswith(incomplete)]

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """Return the option and its help."""
        if self._names is not None:
            self.help = f"{self._words} {', '.join(self._names())}."
        return super().get_help_record(ctx)


def known_methods() -> Iterable[str]:
    """Return the names of all methods."""
    from captum_dna.methods import METHODS

    return METHODS


_NAMES: dict[str, Callable[[], Iterable[str]]] = {
    "method": known_methods,
    "output": lambda: OUTPUTS,
    "baseline": lambda: BASELINES,
    "layer": lambda: LAYERS,
    "rule": lambda: RULES,
    "precision": lambda: PRECISIONS,
    "projection": lambda: PROJECTIONS,
    "strands": lambda: STRANDS,
}
_METAVARS = {
    "target": "CLASS",
    "n_steps": "N",
    "window_length": "BASES",
    "overlap": "BASES",
    "devices": "NAMES",
}


def _read(_: click.Context, parameter: click.Parameter, text: str | None) -> Any:
    """Return what was typed as the library takes it, once the library has checked it."""
    if text is None:
        return None
    name = str(parameter.name)
    given: Any = text.split(",") if name == "devices" else text
    if name in NUMBERS:
        with contextlib.suppress(ValueError):
            given = from_json(text)
    try:
        return check_option(name, given)
    except UserError as error:
        raise click.BadParameter(error.spelled(lambda *_: parameter.opts[0])) from None


def _method_option(name: str) -> Decorator:
    """Return one of the choices of a call, with the library's own default, words and check."""
    default = defaults()[name]
    return click.option(
        f"--{name.replace('_', '-')}",
        name,
        cls=Listing,
        names=_NAMES.get(name),
        metavar=_METAVARS.get(name),
        default=None if default is None else str(default),
        show_default=default is not None,
        callback=_read,
        help=f"{HELP[name]} Names:" if name in _NAMES else HELP[name],
    )


def kinds_of_files(*kinds: str) -> Callable[[], Iterable[str]]:
    """Return what returns the suffixes of these kinds of files, each with what it holds."""

    def names() -> Iterable[str]:
        from captum_dna.render.exporters import exporters

        return [f"{one.suffixes[0]} ({one.words})" for one in exporters(*kinds)]

    return names


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

json_option = click.option("--json", "as_json", is_flag=True, help="Write JSON to standard output.")


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
            type=click.IntRange(1),
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
        "--origin", type=int, metavar="BASE", help="Index of the base to number as 0. Counted from 0."
    ),
    click.option("--genome", metavar="FASTA", help="Genome of the intervals in a BED file."),
    click.option("--length", type=click.IntRange(1), metavar="BASES", help="Bases per interval."),
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

_own_option = click.option(
    "--option",
    "own",
    multiple=True,
    metavar="NAME=VALUE",
    callback=named_values,
    help="One of the method's own options. May be repeated.",
)

method_options = _options(
    *(_method_option(name) for name in defaults() if name not in ("on_invalid", "over")),
    click.option(
        "--over",
        multiple=True,
        default=None,
        metavar="CAUSE=VALUES",
        callback=_over,
        help=f"{HELP['over']} May be repeated: baseline=zero,dinucleotide_shuffle*5, strand, phase=1-5, "
        "model=FOLDER,FOLDER, method=deeplift.",
    ),
    _own_option,
)

_OF_SEQUENCES = ("on_invalid", "over", "window_length", "overlap")
"""Choices of a call that windows of a genome do not have."""

genome_options = _options(
    *(_method_option(name) for name in defaults() if name not in _OF_SEQUENCES),
    _own_option,
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
    json_option,
    *(_method_option(name) for name in EXPERIMENT_CHOICES),
    reading_options,
    model_options,
    debug_option,
)
"""What every experiment takes beside its question."""

evaluation_options = _options(
    *(_method_option(name) for name in ("target", "output", "baseline", "layer", "batch_size", "seed"))
)

background_options = _options(
    click.option("--shuffle", metavar="HOW", help="Shuffle BACKGROUNDS: dinucleotide_shuffle or gc_random."),
    click.option("--count", type=click.IntRange(1), help="Number of shuffles. Default: 100."),
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
    click.option("--rows", type=click.IntRange(1), help="Rows to wrap a sequence onto (figures)."),
    click.option(
        "--width", type=click.FloatRange(2), default=7.2, show_default=True, help="Width in inches (figures)."
    ),
)

PICTURE_CHOICES = ("colors", "same_scale", "tokens", "whiskers", "window", "style", "rows", "width")
