"""The Python lines that make the scores on the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from captum_dna.insights.datasets import Dataset
    from captum_dna.insights.request import How

_MOST_WRITTEN = 20
"""Sequences written out in full; more are read from the data set's file."""


def recipe(data: Dataset, rows: list[int], how: How) -> str:
    """Return a script that explains the same rows in the same way.

    Every text of the user's is written as a Python literal, so that it cannot become code.
    """
    chosen = rows or list(range(min(len(data), _MOST_WRITTEN)))
    lines = [
        "import captum_dna",
        "",
        f"model = captum_dna.load({how.model!a})  # the name that it has in the viewer, or your own path",
    ]
    if len(chosen) <= _MOST_WRITTEN:
        written = ((data.sequences[row].name, data.sequences[row].bases) for row in chosen)
        lines += ["sequences = {", *(f"    {name!a}: {bases!a}," for name, bases in written), "}"]
    else:
        lines += [
            f"every = list(captum_dna.read({data.name!a}))  # the name that it has in the viewer, or your own path",
            f"sequences = [every[row] for row in {chosen!r}]",
        ]
    lines += ["results = captum_dna.attribute(", "    model,", "    sequences,"]
    lines += [f"    {name}={value!a}," for name, value in how.choices().items() if value is not None]
    lines += [")", 'captum_dna.visualize(results).save("report.html")', ""]
    return "\n".join(lines)
