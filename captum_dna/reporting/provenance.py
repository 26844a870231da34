"""The Python lines that make scores again."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from captum_dna.core.attribution import Run
    from captum_dna.results import Attributions

_MOST_WRITTEN = 5
"""Sequences written out in full; more are read from a file of the user's."""
_FILE = "sequences.fa"


def recipe(results: Attributions) -> str:
    """Return a script that makes these scores again, as far as the results know how.

    Every text of the user's is written as a Python literal, so that it cannot become code.
    """
    run = results[0].run
    lines = ["import captum_dna", "", f"model = captum_dna.load({run.model!a})  # or your own path to it"]
    if len(results) <= _MOST_WRITTEN:
        rows = [
            f"    captum_dna.Sequence({item.name!a}, {item.sequence!a}, origin={item.origin}),"
            for item in results
        ]
        lines += ["sequences = [", *rows, "]"]
    else:
        lines += [
            f"sequences = list(captum_dna.read({_FILE!a}))  # the {len(results)} sequences of this report"
        ]
    choices = _choices(run, results)
    lines += ["results = captum_dna.attribute(", "    model,", "    sequences,"]
    lines += [f"    {name}={value!a}," for name, value in choices.items()]
    return "\n".join([*lines, ")", 'captum_dna.report(results, "report.html")', ""])


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
    return {name: value for name, value in choices.items() if value is not None}
