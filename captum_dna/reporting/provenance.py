"""The Python lines that make scores again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from captum_dna.core.sequences import Sequence

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Sequence as SequenceABC

    from captum_dna.core.attribution import Attribution, Run
    from captum_dna.results import Attributions

MOST_WRITTEN = 20
"""Sequences written out in full; more are read from a file of the user's."""
_FILE = "sequences.fa"


def script(
    model: str,
    sequences: SequenceABC[Sequence | Attribution],
    choices: Mapping[str, object],
    source: SequenceABC[str],
    last: str = 'captum_dna.visualize(results).save("report.html")',
) -> str:
    """Return a script that explains sequences in one way.

    Every text of the user's is written as a Python literal, so that it cannot become code.

    Parameters
    ----------
    model
        What to load.
    sequences
        What to explain; written out if there are at most :data:`MOST_WRITTEN`.
    choices
        Options of :func:`captum_dna.attribute`; those that are ``None`` are left out.
    source
        Lines that read the sequences where there are more.
    last
        What to do with the results.
    """
    lines = ["import captum_dna", "", f"model = captum_dna.load({model!a})  # or your own path to it"]
    lines += _sequences(sequences, source)
    return "\n".join([*lines, *_attributed("results", "model", choices), last, ""])


def script_of_many(
    ways: Mapping[str, tuple[str, Mapping[str, object]]],
    sequences: SequenceABC[Sequence | Attribution],
    source: SequenceABC[str],
) -> str:
    """Return a script that explains sequences in several ways and shows them as tracks.

    Parameters
    ----------
    ways
        The model and the options of each track, by its name.
    sequences, source
        As for :func:`script`.
    """
    lines = ["import captum_dna", ""]
    models = list(dict.fromkeys(model for model, _ in ways.values()))
    loaded = {
        model: "model" if len(models) == 1 else f"model_{number}"
        for number, model in enumerate(models, start=1)
    }
    lines += [
        f"{name} = captum_dna.load({model!a})  # or your own path to it" for model, name in loaded.items()
    ]
    lines += _sequences(sequences, source)
    for number, (model, choices) in enumerate(ways.values(), start=1):
        lines += _attributed(f"track_{number}", loaded[model], choices)
    named = ", ".join(f"{name!a}: track_{number}" for number, name in enumerate(ways, start=1))
    return "\n".join([*lines, f'captum_dna.visualize({{{named}}}).save("report.html")', ""])


def _sequences(sequences: SequenceABC[Sequence | Attribution], source: SequenceABC[str]) -> list[str]:
    """Return the lines that make the sequences."""
    if len(sequences) > MOST_WRITTEN:
        return list(source)
    return ["sequences = [", *(f"    {_written(s)}," for s in sequences), "]"]


def _attributed(name: str, model: str, choices: Mapping[str, object]) -> list[str]:
    """Return the lines that explain the sequences in one way."""
    options = [f"    {option}={value!a}," for option, value in choices.items() if value is not None]
    return [f"{name} = captum_dna.attribute(", f"    {model},", "    sequences,", *options, ")"]


def recipe(results: Attributions) -> str:
    """Return a script that makes these scores again, as far as the results know how."""
    run = results[0].run
    source = [f"sequences = list(captum_dna.read({_FILE!a}))  # the {len(results)} sequences of this report"]
    last = 'captum_dna.report(results, "report.html")'
    return script(run.model, results, _choices(run, results), source, last)


def letters_in_python(sequences: SequenceABC[Sequence | Attribution]) -> str:
    """Return the Python expression of a list of sequences, with their letters."""
    return f"[{', '.join(map(_written, sequences))}]"


def _written(sequence: Sequence | Attribution) -> str:
    letters = sequence.bases if isinstance(sequence, Sequence) else sequence.sequence
    return f"captum_dna.Sequence({sequence.name!a}, {letters!a}, origin={sequence.origin})"


def _choices(run: Run, results: Attributions) -> dict[str, object]:
    names = ("method", "output", "baseline", "layer", "projection", "precision", "strands", "seed")
    choices: dict[str, object] = {name: getattr(run, name) for name in names}
    choices["tolerance"] = "preview" if run.tolerance is None else run.tolerance
    own = dict(run.method_options)
    if own.get("n_steps") is None:
        own = {name: value for name, value in own.items() if name not in ("n_steps", "rule")}
    choices |= own
    targets = {item.target for item in results}
    if any(item.target != item.predicted for item in results) and len(targets) == 1:
        choices["target"] = targets.pop()
    return choices
