"""How we write: no text has an unwanted phrase of CONTRIBUTING, and advice has a sentence of its own."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WORDS = re.compile(r"^\| write \| not \|\n\|---\|---\|\n((?:\|.*\|\n)+)", re.MULTILINE)
FOLDERS = {"captum_dna": "*.py", "static": "*.js", "templates": "*.html", "docs": "*.md", "examples": "*.py"}
JOINED = re.compile(r"[\"']\s*\n\s*f?[\"']")
"""Where a sentence goes on in the next line of a source."""


def unwanted() -> list[str]:
    table = WORDS.search((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"))
    assert table is not None
    rows = [line.strip("|\n").split("|") for line in table[1].splitlines()]
    return [phrase.strip() for _, phrases in rows for phrase in phrases.split(",")]


def sources() -> list[Path]:
    found = [path for folder, names in FOLDERS.items() for path in (ROOT / folder).rglob(names)]
    return [*found, ROOT / "README.md", ROOT / "CHANGELOG.md"]


def unwanted_in(text: str, phrases: list[str]) -> list[str]:
    plain = re.sub(r"\s+", " ", JOINED.sub("", text))
    any_of_them = "|".join(re.escape(phrase) for phrase in phrases)
    return re.findall(rf"(?<!\bthere )\b(?:{any_of_them})\b", plain, re.IGNORECASE)


VERBS = (
    "add", "ask", "check", "choose", "compare", "correct", "do not", "give", "install", "leave", "load", "look", "make",
    "name", "pass", "put", "read", "remove", "repeat", "run", "say", "see", "set", "take", "trust", "try", "use", "write",
)  # fmt: skip
ADVICE = re.compile(rf"\b[a-z]+ [^.:!?|]*[a-z0-9)\]'\"`}}]: (?:{'|'.join(VERBS)})\b")
"""Advice that hangs on a clause by a colon; a colon after one word alone is a heading."""
INVERTED = re.compile(
    r"(?:^|[.:;] )(?:Of|To|In) (?:these|those|them|it|all)\b[^.,]{0,12} (?:is|are|has|have)\b"
    r"|\b[Nn]or (?:is|are|does|do|has|have|can|may)\b"
)
"""A verb before its subject."""
LITERAL = re.compile(r"""(?<![\w"'`])(?:"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`)""")


def python_texts(path: Path) -> list[str]:
    """Return the texts of a source that are no docstrings, with "{}" where a value comes in."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    parts = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            found.append(
                "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)
            )
        elif (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in docstrings | parts
        ):
            found.append(node.value)
    return found


def script_texts(path: Path) -> list[str]:
    lines = [
        line
        for line in path.read_text(encoding="utf-8").splitlines()
        if not re.match(r"\s*(?:\*|/[/*])", line)
    ]
    return [plain or template for plain, template in LITERAL.findall("\n".join(lines))]


def page_texts(path: Path) -> list[str]:
    text = re.sub(r"^```.*?^```$", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    return [re.sub(r"\s+", " ", part) for part in re.split(r"\n\s*\n|\n(?=[-|#])", text)]


READERS = {".py": python_texts, ".js": script_texts, ".md": page_texts, ".html": page_texts}


def stilted_in(texts: list[str]) -> list[str]:
    return [text for text in texts for rule in (ADVICE, INVERTED) if rule.search(text)]


def test_advice_has_a_sentence_of_its_own_and_verbs_follow_their_subjects():
    found = {str(path.relative_to(ROOT)): stilted_in(READERS[path.suffix](path)) for path in sources()}
    assert {path: texts for path, texts in found.items() if texts} == {}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.py", 'raise ValueError(f"There is no layer {name}: choose one of {names}.")'),
        ("a.py", 'x = (\n    "The file has no sequences: "\n    "give another one."\n)'),
        ("a.js", "const words = `The list has ${n} rows: remove some.`;"),
        ("a.md", "Scores of this kind\nare noisy: do not trust them."),
        ("a.md", "It is not a class. Nor is it a label."),
    ],
)
def test_advice_on_a_colon_and_inversions_are_found(tmp_path, name, text):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    assert len(stilted_in(READERS[path.suffix](path))) == 1


def test_no_source_and_no_page_has_an_unwanted_phrase():
    phrases = unwanted()
    texts = {path: path.read_text(encoding="utf-8") for path in sources()}
    found = {str(path.relative_to(ROOT)): unwanted_in(text, phrases) for path, text in texts.items()}
    assert {path: words for path, words in found.items() if words} == {}


@pytest.mark.parametrize(
    "text", ["It was made anew.", "x = (\n    'These are made '\n    'anew.'\n)", "Made\nANEW."]
)
def test_a_phrase_is_found_wherever_a_line_ends(text):
    assert len(unwanted_in(text, ["anew", "best bases"])) == 1
