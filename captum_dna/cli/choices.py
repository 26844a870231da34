"""The library's own choices as options: each has the default, the words, the names and the check that Python has."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import click
from click.shell_completion import CompletionItem

from captum_dna.core.baselines import BASELINES
from captum_dna.core.errors import UserError
from captum_dna.core.json_text import from_json
from captum_dna.core.options import (
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

    Command = TypeVar("Command", bound=Callable[..., object] | click.Command)

    class Decorator(Protocol):
        """Adds one option or several to a command."""

        def __call__(self, command: Command, /) -> Command:
            """Return the command with them."""


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


def _read(_: click.Context, parameter: click.Parameter, text: str | None) -> object:
    """Return what was typed as the library takes it, once the library has checked it."""
    if text is None:
        return None
    name = str(parameter.name)
    given: object = text.split(",") if name == "devices" else text
    if name in NUMBERS:
        with contextlib.suppress(ValueError):
            given = from_json(text)
    try:
        return check_option(name, given)
    except UserError as error:
        raise click.BadParameter(error.spelled(lambda *_: parameter.opts[0])) from None


def choice_option(name: str, words: str | None = None) -> Decorator:
    """Return one of the choices of a call, with the library's own default, words (unless others are given) and check."""
    words = HELP[name] if words is None else words
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
        help=f"{words} Names:" if name in _NAMES else words,
    )


def kinds_of_files(*kinds: str) -> Callable[[], Iterable[str]]:
    """Return what returns the suffixes of these kinds of files, each with what it holds."""

    def names() -> Iterable[str]:
        from captum_dna.render.exporters import exporters

        return [f"{one.suffixes[0]} ({one.words})" for one in exporters(*kinds)]

    return names


def named_values(_: click.Context, __: click.Parameter, pairs: tuple[str, ...]) -> dict[str, object]:
    """Return NAME=VALUE pairs as options; numbers, true, false and null are read as such."""
    values: dict[str, object] = {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if not equals:
            raise click.BadParameter(f"{pair!r} is not NAME=VALUE.")
        try:
            values[name.replace("-", "_")] = from_json(text)
        except ValueError:
            values[name.replace("-", "_")] = text
    return values


def _over(_: click.Context, parameter: click.Parameter, given: tuple[str, ...]) -> object:
    """Return what to repeat an explanation over, once it is known to be something."""
    if not given:
        return None
    values: dict[str, str | bool] = {}
    for one in given:
        cause, equals, text = one.partition("=")
        if cause in values:
            raise click.BadParameter(f"{cause} is given twice. Write all of its values behind one =.")
        values[cause] = text if equals else True
    try:
        return check_option("over", values)
    except UserError as error:
        raise click.BadParameter(error.spelled(lambda *_: parameter.opts[0])) from None


over_option = click.option(
    "--over",
    multiple=True,
    default=None,
    metavar="CAUSE=VALUES",
    callback=_over,
    help=f"{HELP['over']} May be repeated: baseline=zero,dinucleotide_shuffle*5, strand, phase=1-5, "
    "model=FOLDER,FOLDER, method=deeplift.",
)

own_option = click.option(
    "--option",
    "own",
    multiple=True,
    metavar="NAME=VALUE",
    callback=named_values,
    help="One of the method's own options. May be repeated.",
)
