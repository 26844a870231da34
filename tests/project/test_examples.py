"""The notebook and the scripts in ``examples/`` run, and show what they say."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

EXAMPLES = Path(__file__).parents[2] / "examples"


def executed(name, folder):
    """Return a notebook of the examples as a kernel that starts in a folder leaves it."""
    book = nbformat.read(EXAMPLES / name, as_version=4)
    return NotebookClient(book, timeout=600, resources={"metadata": {"path": folder}}).execute()


@pytest.fixture(scope="module")
def notebook(tmp_path_factory):
    return executed("dnabert_revisited.ipynb", tmp_path_factory.mktemp("nb"))


def outputs(book, text):
    """Return the outputs of the first code cell whose source holds the text."""
    return next(cell.outputs for cell in book.cells if cell.cell_type == "code" and text in cell.source)


def printed(book, text):
    return "".join(o.get("text", "") for o in outputs(book, text) if o.get("name") == "stdout")


@pytest.mark.slow
def test_the_notebook_runs_and_says_what_the_usual_forward_function_gets_wrong(notebook):
    wrong, right = printed(notebook, "one_number_for_all_steps(input_ids)").splitlines()
    total, _, difference = wrong.partition(": scores sum to ")[2].partition(", f(x) - f(baseline) is ")
    assert abs(float(total)) < 0.2 * abs(float(difference))
    total, _, difference = right.partition(": scores sum to ")[2].partition(", f(x) - f(baseline) is ")
    assert abs(float(total) - float(difference)) < 0.01
    assert "It must return one row per sequence" in printed(notebook, "except ValueError")
    assert float(printed(notebook, "ours = cd.attribute").split(": ")[1]) < 1e-5


@pytest.mark.slow
def test_the_notebook_shows_each_picture_once(notebook):
    for text in ("cd.visualize(results[:3])", 'cd.visualize({"before"'):
        pictures = [o for o in outputs(notebook, text) if "text/html" in o.get("data", {})]
        assert len(pictures) == 1
        assert {"text/html", "text/plain", "image/png"} <= set(pictures[0].data)


def test_the_notebook_of_ten_minutes_has_the_cells_of_its_page():
    page = (EXAMPLES.parent / "docs" / "ten-minutes.md").read_text()
    cells = [
        "\n".join(f"!{line}" for line in code.splitlines()) if language == "sh" else code.rstrip()
        for language, code in re.findall(r"```(python|sh)\n(.*?)```", page, re.DOTALL)
    ]
    book = nbformat.read(EXAMPLES / "ten_minutes.ipynb", as_version=4)
    nbformat.validate(book)
    assert [cell.source for cell in book.cells if cell.cell_type == "code"] == cells


@pytest.mark.slow
def test_the_notebook_of_ten_minutes_trains_explains_and_keeps(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    book = executed("ten_minutes.ipynb", tmp_path)
    assert float(printed(book, "trained = cd.finetune(")) > 0.9
    assert {"text/html", "image/png"} <= set(outputs(book, "cd.visualize(results)")[0].data)
    assert "integrated_gradients" in printed(book, "methods = [")
    assert "without TATAAAAG at 16..23" in printed(book, "cd.ablate(")
    assert "Wrote 100 sequences to none.parquet" in printed(book, "!captum-dna attribute")
    for name in ("run.parquet", "box.html", "none.parquet", "bases.tsv.gz", "box.svg"):
        assert (tmp_path / name).stat().st_size > 1000
