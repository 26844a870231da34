"""The program and how it speaks: help that ends in examples, sentences for mistakes, exit codes."""

from __future__ import annotations

import warnings
from functools import partial
from pathlib import Path
from typing import Any

import click

from captum_dna._version import __version__
from captum_dna.cli.completion import FILE_NAME, names_a_file
from captum_dna.cli.inputs import refuse_input
from captum_dna.cli.options import debug_option, verbose_option
from captum_dna.cli.output import cannot_print, put, say, say_error
from captum_dna.cli.presets import (
    apply_preset,
    check_environment,
    path_at_home,
    save_preset,
    variable_of,
)
from captum_dna.cli.spelling import speller_of
from captum_dna.core.errors import spelled
from captum_dna.core.garbage import collect_rarely
from captum_dna.core.paths import at_home
from captum_dna.core.progress import without_bars

_OURS = 70
"""Exit code of an internal error, as sysexits.h has it."""


def _preset(ctx: click.Context, parameter: click.Parameter, text: str | None) -> None:
    path = path_at_home(ctx, parameter, text)
    if path is not None:
        apply_preset(ctx, path)


def _quiet(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    if value:
        ctx.meta["quiet"] = True
        ctx.with_resource(without_bars())


def _json(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    if value:
        ctx.meta["json"] = True


def _common() -> list[click.Option]:
    """Return the options that every command has."""
    return [
        click.Option(
            ["--config"],
            metavar="FILE",
            is_eager=True,
            expose_value=False,
            callback=_preset,
            help="Take options from a TOML file. The command line comes first, then the environment.",
        ),
        click.Option(
            ["--save-config"],
            metavar="FILE",
            expose_value=False,
            help="Write the options given here to a TOML file for --config.",
        ),
        click.Option(
            ["-q", "--quiet"],
            is_flag=True,
            is_eager=True,
            expose_value=False,
            callback=_quiet,
            help="Show errors only: no progress, no warnings, no remarks.",
        ),
        click.Option(
            ["--json", "as_json"],
            is_flag=True,
            is_eager=True,
            expose_value=False,
            callback=_json,
            help="Write JSON to standard output.",
        ),
    ]


class WithExamples(click.Command):
    """A command whose help ends in examples, line by line as they are typed, and whose options may stand in a file."""

    def __init__(self, *arguments: Any, **attributes: Any) -> None:
        super().__init__(*arguments, **attributes)
        if isinstance(self, click.Group):
            return
        self.params = [*self.params, *_common()]
        for one in self.params:
            if isinstance(one, click.Option):
                one.envvar = variable_of(self, one)
            if one.type is click.STRING and names_a_file(one):
                one.type = FILE_NAME

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the words that were typed, and write the options among them to the file of ``--save-config``."""
        if not ctx.resilient_parsing and not isinstance(self, click.Group):
            check_environment(self)
        typed, _, _ = (
            self.make_parser(ctx).parse_args(list(args))
            if "--save-config" in " ".join(args)
            else ({}, [], [])
        )
        try:
            rest = super().parse_args(ctx, args)  # which prints the help and the version
        except OSError as error:
            if error.filename or isinstance(error, BrokenPipeError):
                raise
            raise click.ClickException(cannot_print(error)) from error
        if typed.get("save_config"):
            path = at_home(typed["save_config"])
            refuse_input(path, "--save-config")
            save_preset(path, self, {**(ctx.default_map or {}), **typed})
        return rest

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's
        """Write the examples."""
        with formatter.section("Examples"):
            for line in (self.epilog or "").splitlines():
                formatter.write(f"  {line}\n")


class Program(WithExamples, click.Group):
    """A group of commands whose users read sentences, not tracebacks."""

    command_class = WithExamples

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; turn every failure into a sentence and an exit code.

        1 means that data, model or files are not right, 2 that the command is not, 70 that the mistake is ours, and
        130 that Ctrl-C ended it.
        """
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("always", UserWarning)
                warnings.showwarning = partial(_warn, ctx)
                return super().invoke(ctx)
        except BrokenPipeError:
            raise  # who reads the output has seen enough: click ends quietly
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except KeyboardInterrupt as stop:
            own = type(stop) is KeyboardInterrupt and str(stop)
            say_error(own or "Interrupted: nothing was written.")
            ctx.exit(130)
        except Exception as error:
            if ctx.meta.get("debug"):
                raise
            known = isinstance(error, ValueError | OSError | ImportError)
            say_error(f"Error: {spelled(_sentence(error, known=known), speller_of(ctx))}")
            ctx.exit(1 if known else _OURS)


def _sentence(error: Exception, *, known: bool) -> str:
    """Return what to say of an error; one that nobody foresaw is named, and how to see more of it."""
    if isinstance(error, OSError) and error.strerror:
        return f"{f'{error.filename}: ' if error.filename else ''}{error.strerror}."
    said = " ".join(str(error).split()) if not known else str(error)
    if known and said:
        return said
    return f"{type(error).__name__}{f': {said[:300]}' if said else ''}. Add --debug to see where."


def _warn(
    ctx: click.Context,
    message: Warning | str,
    category: type[Warning],
    filename: str,
    *_: object,
    **__: object,
) -> None:
    """Show our own warnings as sentences; those of other packages are for programmers."""
    if issubclass(category, UserWarning) and Path(filename).is_relative_to(Path(__file__).parents[1]):
        ctx.meta.setdefault("shown", set()).add(str(message))
        say(f"Warning: {spelled(str(message), speller_of(ctx))}")


@click.group(
    cls=Program,
    epilog="captum-dna demo",
    invoke_without_command=True,
    context_settings={
        "help_option_names": ["-h", "--help"],
        "max_content_width": 100,
        "auto_envvar_prefix": "CAPTUM_DNA",
    },
)
@click.version_option(__version__, prog_name="captum-dna", message="%(prog)s %(version)s")
@debug_option
@verbose_option
@click.pass_context
def main(ctx: click.Context) -> None:
    """Show which nucleotides a model reads, and whether the explanation can be trusted."""
    if ctx.invoked_subcommand is None:
        put(ctx.get_help())


def run() -> None:
    """Be the program: the process is its own."""
    collect_rarely()
    main()
