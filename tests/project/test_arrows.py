"""The order of folders also where modules are named in strings, which import-linter does not read."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NAMED = re.compile(r"captum_dna\.(\w+)(?:\.\w+)*(?::\w+)?")
_LAYERS = re.search(
    r"^layers = \[\n(.*?)^\]", (ROOT / "pyproject.toml").read_text(), re.MULTILINE | re.DOTALL
)
assert _LAYERS is not None
RANK = {
    folder: rank
    for rank, row in enumerate(reversed(re.findall(r'"(.*)"', _LAYERS[1])))
    for folder in row.split(" | ")
}

SOURCES: dict[str, list[Path]] = {folder: [] for folder in RANK}
for path in sorted((ROOT / "captum_dna").rglob("*.py")):
    first = path.relative_to(ROOT / "captum_dna").parts[0].removesuffix(".py")
    if first in RANK:
        SOURCES[first].append(path)


def docstrings(tree):
    return {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef))
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }


def named_above(folder, text):
    """Return the places of ours that strings of a source name although they stand above or beside its folder."""
    tree = ast.parse(text)
    told = docstrings(tree)
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told:
            match = NAMED.fullmatch(node.value)
            other = match and match[1]
            if other in RANK and other != folder and RANK[other] >= RANK[folder]:
                found.append(node.value)
        if isinstance(node, ast.JoinedStr) and isinstance(first := node.values[0], ast.Constant):
            found += [first.value] if re.fullmatch(r"captum_dna\.([\w.:]*[.:])?", str(first.value)) else []
    return found


def test_the_order_is_that_of_the_import_rules():
    assert RANK["core"] == 0
    assert RANK["core"] < RANK["io"] < RANK["results"] < RANK["insights"] < RANK["cli"]
    assert all(SOURCES.values())


@pytest.mark.parametrize("folder", [*RANK])
def test_no_string_names_a_module_that_its_folder_may_not_import(folder):
    for path in SOURCES[folder]:
        assert not named_above(folder, path.read_text()), path


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('import_module("captum_dna.results").Attributions', ["captum_dna.results"]),
        ('HERE = "captum_dna.render.pictures:PAGE"', ["captum_dna.render.pictures:PAGE"]),
        ('import_module(f"captum_dna.{name}")', ["captum_dna."]),
        ('def f():\n    "captum_dna.results"', []),
        ('BELOW = "captum_dna.core.run"', []),
        ('WORDS = "captum_dna.methods of another package", f"captum_dna.load({model})"', []),
    ],
)
def test_such_a_string_would_be_found(text, found):
    assert named_above("io", text) == found
