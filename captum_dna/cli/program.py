"""The program and how it speaks: help that ends in examples, sentences for mistakes, exit codes."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import click

from captum_dna._version import __version__
from captum_dna.cli.options import debug_option


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
                warnings.showwarning = _warn
                return super().invoke(ctx)
        except BrokenPipeError:
            raise  # who reads the output has seen enough: click ends quietly
        except (ValueError, OSError, ImportError) as error:
            if ctx.meta.get("debug"):
                raise
            click.echo(f"Error: {_as_options(str(error))}", err=True)
            ctx.exit(1)
        except KeyboardInterrupt:
            click.echo("Interrupted: nothing was finished, so nothing was written.", err=True)
            ctx.exit(130)


def _warn(message: Warning | str, category: type[Warning], filename: str, *_: Any, **__: Any) -> None:
    """Show our own warnings as sentences; those of other packages are for programmers."""
    if issubclass(category, UserWarning) and Path(filename).is_relative_to(Path(__file__).parents[1]):
        click.echo(f"Warning: {_as_options(str(message))}", err=True)


@click.group(
    cls=Program,
    epilog="captum-dna demo",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="captum-dna", message="%(prog)s %(version)s")
@debug_option
def main() -> None:
    """Find out which nucleotides a model read, and whether that answer can be trusted."""


def _as_options(sentence: str) -> str:
    """Return a sentence that names Python's arguments with the options of the command line."""
    for argument, option in (
        ('on_invalid="skip"', "--skip-invalid"),
        ("window_length='auto'", "--window-length auto"),
        ("window_length=", "--window-length"),
        ("window_length", "--window-length"),
        ("label_column=", "--label-column"),
        ("name_column=", "--name-column"),
        ("column=", "--column"),
        ("split=", "--split"),
        ('Read it with captum_dna.read(path, genome="genome.fa")', "Name its file: --genome genome.fa"),
        ("genome=", "--genome"),
        ("length=", "--length"),
        ("centre=", "--centre "),
        ("target=", "--target"),
    ):
        sentence = sentence.replace(argument, option)
    return sentence
