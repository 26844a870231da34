"""What a sentence says to do can be done: every option in backticks is one of the calls that say it."""

from __future__ import annotations

import ast
import inspect
from dataclasses import fields
from pathlib import Path

import pytest

import captum_dna
from captum_dna.core.errors import options_in
from captum_dna.core.options import Options, defaults
from captum_dna.io.reading import Reading

PACKAGE = Path(captum_dna.__file__).parent
CHOICES = {*defaults(), "on_invalid"}
READING = {field.name for field in fields(Reading)}


def taken_by(call):
    return set(inspect.signature(call).parameters)


MODEL = taken_by(captum_dna.load) | taken_by(captum_dna.Classifier)
"""Said of a model: by load(), or by the class that takes one apart."""
GENOME = taken_by(captum_dna.attribute_genome)
KNOWN = {
    "core": CHOICES | READING | MODEL,
    "io": CHOICES | READING | {"pad", "hypothetical", "share", "shortest", "sizes"} | GENOME,
    "model": CHOICES | MODEL,
    "engine": CHOICES,
    "methods": CHOICES | READING,
    "pipeline": CHOICES | MODEL | GENOME | taken_by(captum_dna.attribute_to) | taken_by(captum_dna.merge),
    "variants": CHOICES | READING | taken_by(captum_dna.variant_effect),
    "evaluation": CHOICES | taken_by(captum_dna.evaluate),
}


def sentences(path):
    """Yield the constant texts of a file that are not docstrings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        for child in ast.iter_child_nodes(node):
            if (
                isinstance(child, ast.Constant)
                and isinstance(child.value, str)
                and not isinstance(node, ast.Expr)
            ):
                yield child.value


@pytest.mark.parametrize("folder", KNOWN)
def test_options_that_sentences_name_are_options_of_the_calls_that_say_them(folder):
    named = {
        (path.name, name)
        for path in sorted((PACKAGE / folder).rglob("*.py"))
        for text in sentences(path)
        for name, _ in options_in(text)
    }
    assert [(path, name) for path, name in named if name not in KNOWN[folder]] == []


def test_values_that_sentences_recommend_are_taken():
    for folder in ("io", "model", "engine", "pipeline", "variants"):
        for path in (PACKAGE / folder).rglob("*.py"):
            for text in sentences(path):
                for name, value in options_in(text):
                    if value and name in defaults():
                        Options.of(**{name: value})


def test_calls_that_read_take_the_options_of_read():
    for call in (
        captum_dna.attribute,
        captum_dna.attribute_to,
        captum_dna.evaluate,
        captum_dna.Classifier.predict,
    ):
        assert any(p.kind is p.VAR_KEYWORD for p in inspect.signature(call).parameters.values())
    [result] = captum_dna.attribute("demo", "ACGTTGCATATAAAAGG" * 3, origin=5, method="saliency")
    assert result.origin == 5
