"""What the verbs share: reading what is given, explaining it, and checking where to write."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click
from click.core import ParameterSource

from captum_dna.cli.options import MODEL_CHOICES
from captum_dna.cli.output import say
from captum_dna.core.options import ALL
from captum_dna.core.paths import at_home

if TYPE_CHECKING:
    from collections.abc import Iterable

    from captum_dna.core.sequences import Sequence
    from captum_dna.io.reading import Reading
    from captum_dna.model.classifier import Classifier
    from captum_dna.results import Attributions

_WINDOW = re.compile("([0-9]{1,18})-([0-9]{1,18})")
_NOT_READ = ("out", "track", "folder", "title")
"""Parameters that name what a command writes, or no file at all."""


def checked_path(out: str, suffixes: Iterable[str], option: str = "--out") -> Path:
    """Return the path to write, once it is known that it can be."""
    path = at_home(out)
    if not path.name.lower().endswith(tuple(suffixes)):
        raise click.UsageError(f"{option} {out}: the name must end in {', '.join(suffixes)}.")
    from captum_dna.io.writing import check_writable

    check_writable(path)
    refuse_input(path, option)
    return path


def path_of(out: str, *kinds: str) -> Path:
    """Return the path to write, once it is known that files of these kinds have such a name."""
    from captum_dna.render.exporters import suffixes

    path = at_home(out)
    if not is_own_folder(path):
        return checked_path(out, suffixes(*kinds))
    refuse_input(path, "--out")
    return path


def is_own_folder(path: Path) -> bool:
    """Tell whether a name is that of a kind of results that is a folder of files."""
    from captum_dna.render.exporters import exporters

    return any(path.suffix.lower() in one.suffixes for one in exporters() if one.folder)


def read_data(data: str, options: dict[str, Any]) -> tuple[list[Sequence], dict[str, Any], dict[str, Any]]:
    """Return the sequences, the options of the model and those of the method; all input is checked here."""
    from captum_dna.io.readers import read_as

    reading, model, choices = choices_of(options)
    return list(read_as(data, reading, choices["on_invalid"])), model, choices


def choices_of(options: dict[str, Any]) -> tuple[Reading, dict[str, Any], dict[str, Any]]:
    """Return the options of reading, those of the model and those of the method."""
    from captum_dna.io.reading import Reading

    reading, options = Reading.apart(options)
    on_invalid: Literal["raise", "skip"] = "skip" if options.pop("skip_invalid") else "raise"
    model = {name: options.pop(name) for name in MODEL_CHOICES}
    return reading, model, options | options.pop("own") | {"on_invalid": on_invalid}


def results_of(
    source: str, data: str | None, options: dict[str, Any], out: Path
) -> tuple[Attributions, Path | None]:
    """Return results that are loaded, or made now as :func:`explain` says, for a file to be written."""
    if data is not None:
        return explain(source, *read_data(data, options), out)
    if not source.lower().endswith(".parquet") and not Path(source).is_dir():
        raise click.UsageError(
            f"{source} is not a .parquet file of results. To explain sequences with a model, give DATA as well."
        )
    from captum_dna import Attributions

    return Attributions.load(source), None


def explain(
    model: str,
    sequences: list[Sequence],
    model_options: dict[str, Any],
    options: dict[str, Any],
    out: Path | None = None,
) -> tuple[Attributions, Path | None]:
    """Return the results, and the file beside ``out`` in which Ctrl-C kept those of an earlier try.

    What an earlier try finished is reused. Ctrl-C keeps what is finished there, and leaves ``out`` as it was.
    """
    from captum_dna import Attributions, Interrupted, load
    from captum_dna import attribute as explain

    classifier = load(model, **model_options)
    # What is kept is known by the name of its sequence, of which there is one result only.
    kept = None if out is None or options.get("target") == ALL else _kept(out, classifier, sequences, options)
    done = {one.name: one for one in Attributions.load(kept)} if kept is not None and kept.is_file() else {}
    rest = [one for one in sequences if one.name not in done]
    try:
        results = explain(classifier, rest, **options) if rest else Attributions()
    except Interrupted as stop:
        finished = Attributions([*done.values(), *stop.finished])
        if kept is None or not finished:
            raise
        finished.save(kept)
        say(
            f"Interrupted: {len(finished)} of {len(sequences)} sequences are finished and kept in {kept}. Repeat the "
            "command to resume."
        )
        click.get_current_context().exit(130)
    if not done:
        return results, kept
    done |= {one.name: one for one in results}
    return Attributions([done[one.name] for one in sequences if one.name in done]), kept


def _kept(out: Path, classifier: Classifier, sequences: list[Sequence], options: dict[str, object]) -> Path:
    """Return the file beside an output that keeps what is finished of the very same run."""
    identity = (
        classifier.fingerprint,
        classifier.encoder.fingerprint,
        sorted(options.items(), key=lambda item: item[0]),
        [(s.name, s.bases, s.label, str(s.interval), s.origin) for s in sequences],
    )
    digest = hashlib.sha256(repr(identity).encode()).hexdigest()[:8]
    return out.with_name(f"{out.name}.{digest}.unfinished.parquet")


def refuse_input(path: Path, option: str) -> None:
    """Say so where the file or folder to write is one that the command reads, or holds one.

    Whatever else was given counts as read: a file that is named twice is never meant to be lost.
    """
    ctx = click.get_current_context(silent=True)
    if ctx is None or not path.exists():
        return
    given = [value for name, value in ctx.params.items() if name not in _NOT_READ]
    texts = [one for value in given for one in (value if isinstance(value, tuple) else (value,))]
    for text in texts:
        if isinstance(text, str) and any(_holds(path, one) for one in (text, text.partition("=")[2])):
            raise click.UsageError(f"{option} {path} is an input of this command. Choose another file.")


def _holds(path: Path, text: str) -> bool:
    """Tell whether a text names a file, and a path is that file or a folder around it."""
    try:
        other = at_home(text).resolve(strict=True)
        return bool(text) and (path.samefile(other) or other.is_relative_to(path.resolve()))
    except (OSError, RuntimeError, ValueError):  # letters, or no such file
        return False


def refuse_idle(out: str | Path, names: Iterable[str], taken: Iterable[str]) -> None:
    """Say so where an option was typed that does nothing for the kind of file that is written."""
    ctx = click.get_current_context()
    for option in ctx.command.params:
        typed = ctx.get_parameter_source(str(option.name)) is ParameterSource.COMMANDLINE
        if typed and option.name in names and option.name not in taken:
            raise click.UsageError(f"{option.opts[0]} does nothing for --out {out}. Leave it out.")


def window_of(text: str | None, option: str = "--window") -> tuple[int, int] | None:
    """Return the two numbers that an option such as --window asks for."""
    if text is None:
        return None
    found = _WINDOW.fullmatch(text)
    if found is None:
        raise click.BadParameter(
            f"{text!r} is not two numbers with - between them, such as 150-190.", param_hint=option
        )
    return int(found[1]), int(found[2])
