"""What the verbs share: reading what is given, explaining it, and checking where to write."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from captum_dna.cli.options import MODEL_CHOICES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from captum_dna.core.sequences import Sequence
    from captum_dna.results import Attributions


def checked_path(out: str, suffixes: Iterable[str], option: str = "--out") -> Path:
    """Return the path to write, once it is known that it can be."""
    path = Path(out).expanduser()
    if path.suffix.lower() not in suffixes:
        raise click.UsageError(f"{option} {out}: the name must end in {', '.join(suffixes)}.")
    from captum_dna.io.writing import check_writable

    check_writable(path)
    return path


def path_of(out: str, *kinds: str) -> Path:
    """Return the path to write, once it is known that files of these kinds have such a name."""
    from captum_dna.render.exporters import suffixes

    return checked_path(out, suffixes(*kinds))


def read_data(data: str, options: dict[str, Any]) -> tuple[list[Sequence], dict[str, Any], dict[str, Any]]:
    """Return the sequences, the options of the model and those of the method; all input is checked here."""
    from captum_dna.io.readers import read_as
    from captum_dna.io.reading import Reading

    reading, options = Reading.apart(options)
    on_invalid: Literal["raise", "skip"] = "skip" if options.pop("skip_invalid") else "raise"
    model = {name: options.pop(name) for name in MODEL_CHOICES}
    sequences = list(read_as(data, reading, on_invalid))
    return sequences, model, options | options.pop("own") | {"on_invalid": on_invalid}


def results_of(source: str, data: str | None, options: dict[str, Any]) -> tuple[Attributions, bool]:
    """Return results that are loaded or made now, and whether Ctrl-C stopped them early."""
    if data is not None:
        return explain(source, *read_data(data, options))
    if not source.lower().endswith(".parquet") and not (Path(source) / "run.json").is_file():
        raise click.UsageError(f"{source} is no .parquet file of results, so give DATA for it to explain.")
    from captum_dna import Attributions

    return Attributions.load(source), False


def explain(
    model: str, sequences: list[Sequence], model_options: dict[str, Any], options: dict[str, Any]
) -> tuple[Attributions, bool]:
    """Return the results, and whether Ctrl-C stopped them early."""
    from captum_dna import Interrupted, load
    from captum_dna import attribute as explain

    classifier = load(model, **model_options)
    try:
        return explain(classifier, sequences, **options), False
    except Interrupted as stop:
        if not stop.finished:
            raise
        return stop.finished, True


def window_of(text: str | None) -> tuple[int, int] | None:
    """Return the stretch of bases that --window asks for."""
    if text is None:
        return None
    try:
        start, end = text.split("-")
        return int(start), int(end)
    except ValueError:
        raise click.BadParameter(
            f"{text!r} is not START-END, such as 150-190.", param_hint="--window"
        ) from None
