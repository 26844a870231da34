"""Print what the registries have as tables for the docs.

    python -m benchmarks.registries methods|formats|exporters|measures|baselines

Nothing is measured here; ``python -m benchmarks.tables`` puts these tables in their places, too.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from captum_dna.core.baselines import BASELINES
from captum_dna.evaluation.measures import MEASURES
from captum_dna.io.formats import READERS
from captum_dna.methods import METHODS
from captum_dna.methods.choice import default_options, words_of
from captum_dna.render.exporters import EXPORTERS

if TYPE_CHECKING:
    from collections.abc import Iterable


def methods() -> str:
    """Return the methods with what each says of itself."""
    rows = (
        (
            f"`{name}`",
            words_of(method),
            f"{method.scores}{'' if method.signed else ', unsigned'}",
            "yes" if method.complete else "no",
            method.cost,
            ", ".join(f"`{option}`" for option in default_options(method)),
            method.citation,
        )
        for name, method in METHODS.items()
    )
    return _table(
        ("method", "what it computes", "scores", "complete", "cost", "own options", "citation"), rows
    )


def formats() -> str:
    """Return the formats that are read."""
    rows = ((one.words, ", ".join(f"`{suffix}`" for suffix in one.suffixes)) for one in READERS.values())
    return _table(("format", "suffixes"), rows)


def exporters() -> str:
    """Return the kinds of files that are written."""
    rows = (
        (
            ", ".join(f"`{suffix}`" for suffix in one.suffixes),
            one.title,
            one.words,
            ", ".join(f"`{option}`" for option in one.options),
        )
        for one in EXPORTERS.values()
    )
    return _table(("suffixes", "format", "what it holds", "options"), rows)


def measures() -> str:
    """Return the measures of ``evaluate()``."""
    rows = (
        (
            f"`{name}`",
            ", ".join(f"{column} ({way})" for column, way in one.columns.items()),
            one.words,
            one.citation,
        )
        for name, one in MEASURES.items()
    )
    return _table(("measure", "columns (better)", "what it tells", "citation"), rows)


def baselines() -> str:
    """Return the baselines."""
    return _table(("baseline", "what it does"), ((f"`{name}`", one.words) for name, one in BASELINES.items()))


TABLES = {
    "methods": methods,
    "formats": formats,
    "exporters": exporters,
    "measures": measures,
    "baselines": baselines,
}


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = ["| " + " | ".join(cells).rstrip() + " |" for cells in (head, *rows)]
    return "\n".join([lines[0], "|" + "---|" * len(head), *lines[1:]]) + "\n"


if __name__ == "__main__":
    print(TABLES[sys.argv[1]](), end="")
