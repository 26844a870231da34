"""How we write: no text has a phrase that the list in CONTRIBUTING puts on the right."""

from __future__ import annotations

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
