"""Every way in works with every verb, or is refused with a sentence; the docs show which."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.tables import TABLE
from benchmarks.ways_in import DATA, MODELS, VERBS, tried

DOCS = Path(__file__).parents[2] / "docs"


def shown(page: str, what: str) -> dict[str, list[str]]:
    """Return the rows of a table in the docs, by their first cell."""
    for found in TABLE.finditer((DOCS / page).read_text()):
        if found[2] == f"benchmarks.ways_in {what}":
            rows = [line.strip("| ").split(" | ") for line in found[0].splitlines() if line.startswith("| ")]
            return {row[0]: row[1:] for row in rows}
    raise AssertionError(f"{page} has no table of ways in of {what}.")


@pytest.mark.parametrize("way", DATA)
def test_sequences_come_in(way):
    assert list(tried(DATA[way], "data").values()) == shown("input.md", "data")[way]


@pytest.mark.parametrize("way", MODELS)
def test_models_come_in(way):
    assert list(tried(MODELS[way], "models").values()) == shown("families.md", "models")[way]


def test_the_docs_show_no_other_ways():
    assert [*shown("input.md", "data")] == ["data", *DATA]
    assert [*shown("families.md", "models")] == ["models", *MODELS]
    assert shown("input.md", "data")["data"] == list(VERBS)
