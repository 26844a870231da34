"""A name that a spreadsheet would take for a formula is a text there."""

from __future__ import annotations

import csv

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from captum_dna.io.exporters import SEPARATORS
from captum_dna.io.frames import without_formulas, write_frame

EVIL = [
    "=HYPERLINK(1)",
    "+1+cmd",
    "-2+3",
    "@SUM(A1)",
    "\tx",
    "\n=x",
    "-1_0",
    "\uff1dx",
    "\uff0b1",
    "\uff20x",
    "-x",
]
GOOD = ["chr1:1-2(+)", "+", "-", "-1.5", "1e-3", "a=b", "", "NaN", "-inf"]


@pytest.mark.parametrize("suffix", SEPARATORS)
def test_cells_of_tables_are_no_formulas(tmp_path, suffix):
    path = tmp_path / f"table{suffix}"
    write_frame(pd.DataFrame({"name": EVIL + GOOD, "score": [-1.0] * len(EVIL + GOOD), "=x": 1}), path)
    with path.open(newline="", encoding="utf-8") as file:
        header, *rows = csv.reader(file, delimiter=SEPARATORS[suffix])
    assert header == ["name", "score", "'=x"]
    assert [row[0] for row in rows] == [f"'{cell}" for cell in EVIL] + GOOD
    assert {row[1] for row in rows} == {"-1.0"}


@given(st.lists(st.text(max_size=6)))
def test_no_text_is_a_formula(texts):
    for before, after in zip(
        texts, without_formulas(pd.DataFrame({"x": texts}, dtype=object))["x"], strict=True
    ):
        assert after in (before, f"'{before}")
        formula = len(after) > 1 and after[0] in "=@\t\r\n\uff1d\uff0b\uff0d\uff20"
        assert not formula
