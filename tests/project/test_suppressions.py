"""Whatever silences a tool, or leaves out a test, says why."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("captum_dna", "tests", "benchmarks", "examples", "docs", "static")
FILES = [
    path
    for folder in FOLDERS
    for path in (ROOT / folder).rglob("*.*")
    if path.suffix in (".py", ".js", ".ts") and "node_modules" not in path.parts and path != Path(__file__)
]
SILENCES = re.compile(
    r"#\s*(?:ruff: )?noqa|#\s*type: ?ignore|#\s*pyright:|pragma: no cover|biome-ignore|@ts-|eslint-"
)
EXPLAINED = re.compile(
    r"noqa: [A-Z0-9, ]+ - \S"
    r"|type: ignore\[[a-z, -]+\]\s+# (?!noqa)\S"
    r"|biome-ignore [\w/]+: \S"
    r"|@ts-expect-error \S"
)
NOT_RUN = ("skip", "skipif", "xfail", "importorskip")


def unexplained(text):
    return [
        line.strip() for line in text.splitlines() if SILENCES.search(line) and not EXPLAINED.search(line)
    ]


def says_why(call):
    """Tell whether a call that leaves a test out has a reason: its only text, or the one called so."""
    if any(word.arg == "reason" for word in call.keywords):
        return True
    return getattr(call.func, "attr", "") == "skip" and bool(call.args)


def left_out(text):
    """Return the lines that leave a test out without a reason."""
    tree = ast.parse(text)
    explained = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call) and says_why(node)}
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr in NOT_RUN
        and ast.unparse(node.value) in ("pytest", "pytest.mark")
        and id(node) not in explained
    ]


def test_what_silences_a_tool_names_the_rule_and_the_reason():
    assert len(FILES) > 500
    assert {
        str(path.relative_to(ROOT)): found for path in FILES if (found := unexplained(path.read_text()))
    } == {}


def test_a_test_that_is_left_out_says_why():
    tests = [path for path in FILES if path.suffix == ".py" and ROOT / "tests" in path.parents]
    assert {
        str(path.relative_to(ROOT)): found for path in tests if (found := left_out(path.read_text()))
    } == {}


@pytest.mark.parametrize(
    ("line", "is_told"),
    [
        ("x = 1  # noqa", False),
        ("x = 1  # noqa: S101", False),
        ("x = 1  # noqa: S101 - of a test", True),
        ("x = 1  # type: ignore", False),
        ("x = 1  # type: ignore[misc]", False),
        ("x = 1  # type: ignore[misc]  # mypy knows no default of a lambda", True),
        ("// biome-ignore lint/style/useConst: it changes", True),
        ("// @ts-ignore", False),
    ],
)
def test_such_a_line_would_be_found(line, is_told):
    assert unexplained(line) == ([] if is_told else [line])


@pytest.mark.parametrize(
    ("line", "is_told"),
    [
        ("pytest.skip()", False),
        ("pytest.skip('needs a disk')", True),
        ("pytest.importorskip('peft')", False),
        ("pytest.importorskip('pty', reason='no terminals')", True),
        ("mark = pytest.mark.skipif(True)", False),
        ("mark = pytest.mark.skipif(True, reason='no fork')", True),
        ("mark = pytest.mark.skip", False),
    ],
)
def test_such_a_skip_would_be_found(line, is_told):
    assert left_out(line) == ([] if is_told else [1])
