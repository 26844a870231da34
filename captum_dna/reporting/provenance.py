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
    if len(sequences) <= MOST_WRITTEN:
        rows = [
            f"    captum_dna.Sequence({s.name!a}, {_letters(s)!a}, origin={s.origin})," for s in sequences
        ]
        lines += ["sequences = [", *rows, "]"]
    else:
        lines += source
    lines += ["results = captum_dna.attribute(", "    model,", "    sequences,"]
    lines += [f"    {name}={value!a}," for name, value in choices.items() if value is not None]
    return "\n".join([*lines, ")", last, ""])


def recipe(results: Attributions) -> str:
    """Return a script that makes these scores again, as far as the results know how."""
    run = results[0].run
    source = [f"sequences = list(captum_dna.read({_FILE!a}))  # the {len(results)} sequences of this report"]
    last = 'captum_dna.report(results, "report.html")'
    return script(run.model, results, _choices(run, results), source, last)


def _letters(sequence: Sequence | Attribution) -> str:
    return sequence.bases if isinstance(sequence, Sequence) else sequence.sequence


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
