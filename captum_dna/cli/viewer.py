"""The verbs that end in a page on this machine: ``demo`` and ``serve``."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path
from typing import Any

import click

from captum_dna.cli.inputs import explain, path_of, read_data
from captum_dna.cli.numbers import Whole
from captum_dna.cli.options import (
    debug_option,
    model_options,
    sequence_options,
)
from captum_dna.cli.output import (
    finish,
    headlines,
    open_in_browser,
    put_url,
    say,
    say_caveats,
    write_results,
)
from captum_dna.cli.program import main
from captum_dna.core.signals import sigterm_interrupts

_LONGEST_NAME = 80


@main.command(
    short_help="Explain the bundled sequences and show them in the viewer.",
    epilog="captum-dna demo\ncaptum-dna demo --out demo.html --no-open",
)
@click.option("--out", help="Write one self-contained page instead of opening the viewer.")
@click.option("--open/--no-open", "show", default=None, help="Open a browser. Default: on a terminal.")
@click.option("--port", type=Whole(0, 65535), default=0, show_default=True, help="0 takes any free port.")
@debug_option
@sigterm_interrupts()
def demo(out: str | None, show: bool | None, port: int) -> None:
    """Explain the bundled sequences with the bundled model, and show them in the viewer until Ctrl-C.

    Without a terminal, in a pipe or a job, it writes captum_dna_demo.html and ends.
    """
    if out is None and sys.stdout.isatty():
        _serve_demo(port, show=show is not False)
        return
    path = path_of(out or "captum_dna_demo.html", "page")
    from captum_dna import demo as bundled

    results, kept = explain("demo", bundled.sequences(), {}, {}, path)
    headlines(results)
    finish(results, write_results(results, path, {}), kept)
    open_in_browser(path, show=sys.stdout.isatty() if show is None else show)


def _serve_demo(port: int, *, show: bool) -> None:
    """Serve the bundled sequences, explained, until Ctrl-C."""
    say("Loading the bundled model ...")
    from captum_dna import demo as bundled
    from captum_dna.insights import Insights

    viewer = Insights("demo", bundled.sequences(), port=port, name="Demo sequences")
    with viewer.serve(open=show), contextlib.suppress(KeyboardInterrupt):
        put_url(viewer.url)
        results = viewer.explain()
        headlines(results)
        say_caveats(results)
        say("Ctrl-C ends the viewer; results are kept.")
        viewer.wait()


@main.command(
    short_help="Look at sequences and scores in a page on this machine.",
    epilog=(
        "captum-dna serve demo promoters.fa\n"
        "captum-dna serve before=demo after=my_model promoters.fa --port 8000 --open"
    ),
)
@click.argument("models", nargs=-1, metavar="MODEL...")
@click.argument("data")
@click.option("--port", type=Whole(0, 65535), default=0, show_default=True, help="0 takes any free port.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--open/--no-open", "show", default=False, help="Open the page in a browser.")
@click.option(
    "--store", type=click.Path(file_okay=False), help="Folder that keeps the results. Default: in your cache."
)
@click.option(
    "--allowed-host",
    "hosts",
    multiple=True,
    metavar="NAME",
    help="Another host name to accept, such as that of a proxy. May be repeated.",
)
@click.option("--base-path", default="", metavar="PATH", help="Path under which a proxy shows the viewer.")
@click.option("--no-token", is_flag=True, help="Ask for no token: every user of this machine gets in.")
@sequence_options
@model_options
@debug_option
@sigterm_interrupts()
def serve(
    models: tuple[str, ...],
    data: str,
    port: int,
    host: str,
    show: bool,
    store: str | None,
    hosts: tuple[str, ...],
    base_path: str,
    no_token: bool,
    **options: Any,
) -> None:
    """Show what a model reads in DATA, on a page served by this machine. Ctrl-C ends it.

    MODEL is as for attribute; give several as NAME=MODEL to compare them.
    """
    if not models:
        example = data if Path(data).exists() else "promoters.fa"
        raise click.UsageError(f"Name a model and its sequences, such as: captum-dna serve demo {example}")
    named = _named(models)
    say(f"Loading {' and '.join(models)} ...")
    genome = options["genome"]
    sequences, model_choices, _ = read_data(data, options | {"own": {}})
    from captum_dna import load
    from captum_dna.insights import Insights

    loaded = {name: load(model, **model_choices) for name, model in named.items()}
    name = Path(data).name if len(data) < _LONGEST_NAME else "Sequences"
    viewer = Insights(
        loaded,
        sequences,
        store=store,
        host=host,
        port=port,
        token=False if no_token else None,
        hosts=hosts,
        base_path=base_path,
        name=name,
        sizes=genome,
    )
    with viewer.serve(open=show), contextlib.suppress(KeyboardInterrupt):
        say("Ctrl-C ends the viewer; results are kept.")
        put_url(viewer.url)
        viewer.wait()


def _named(models: tuple[str, ...]) -> dict[str, str]:
    """Return models by the names to show; ``NAME=MODEL`` gives a name, unless a folder is called so."""
    named: dict[str, str] = {}
    for one in models:
        name, equals, model = (one, "", one) if Path(one).exists() else one.partition("=")
        if not name.strip() or (equals and not model.strip()):
            raise click.UsageError(f"{one!r} is not a model. Write MODEL, or NAME=MODEL to give it a name.")
        if name in named:
            raise click.UsageError(
                f"Two models are called {name!r}. Give each a name of its own, such as: captum-dna serve before={name} "
                f"after={model or name} DATA"
            )
        named[name] = model or name
    return named
