"""The program and how it speaks: help that ends in examples, sentences for mistakes, exit codes."""

from __future__ import annotations

import warnings
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from captum_dna._version import __version__
from captum_dna.cli.options import AS_FLAGS, debug_option, verbose_option
from captum_dna.core.errors import spelled

if TYPE_CHECKING:
    from captum_dna.core.errors import Speller


class WithExamples(click.Command):
    """A command whose help ends in examples, line by line as they are typed."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's
        """Write the examples."""
        with formatter.section("Examples"):
            for line in (self.epilog or "").splitlines():
                formatter.write(f"  {line}\n")


class Program(WithExamples, click.Group):
    """A group of commands whose users read sentences, not tracebacks."""

    command_class = WithExamples

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; turn what is wrong with data or model into a sentence and exit code 1."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("always", UserWarning)
                warnings.showwarning = partial(_warn, ctx)
                return super().invoke(ctx)
        except BrokenPipeError:
            raise  # who reads the output has seen enough: click ends quietly
        except (ValueError, OSError, ImportError) as error:
            if ctx.meta.get("debug"):
                raise
            click.echo(f"Error: {spelled(str(error), _speller(ctx))}", err=True)
            ctx.exit(1)
        except KeyboardInterrupt:
            click.echo("Interrupted: nothing was finished, so nothing was written.", err=True)
            ctx.exit(130)


def _warn(
    ctx: click.Context,
    message: Warning | str,
    category: type[Warning],
    filename: str,
    *_: Any,
    **__: Any,
) -> None:
    """Show our own warnings as sentences; those of other packages are for programmers."""
    if issubclass(category, UserWarning) and Path(filename).is_relative_to(Path(__file__).parents[1]):
        ctx.meta.setdefault("shown", set()).add(str(message))
        click.echo(f"Warning: {spelled(str(message), _speller(ctx))}", err=True)


def _speller(ctx: click.Context) -> Speller:
    """Return what writes an option in a sentence as the command that runs has it, or says that only Python has it."""
    command = main.get_command(ctx, ctx.invoked_subcommand or "")
    options = command.params if command is not None else []
    flags = {option.name: option.opts[0] for option in options}
    words = {word for option in options for word in (*option.opts, *option.secondary_opts)}

    def write(name: str, value: str | None) -> str:
        if (name, value) in AS_FLAGS and AS_FLAGS[name, value] in words:
            return AS_FLAGS[name, value]
        if name in flags:
            return f"{flags[name]} {value}" if value else flags[name]
        return f"{name}{'' if value is None else f'={value}'} (in Python)"

    return write


@click.group(
    cls=Program,
    epilog="captum-dna demo",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="captum-dna", message="%(prog)s %(version)s")
@debug_option
@verbose_option
def main() -> None:
    """Find out which nucleotides a model read, and whether that answer can be trusted."""
