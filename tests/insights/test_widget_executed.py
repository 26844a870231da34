"""What a notebook keeps of the widget where a program executes it with nobody watching."""

from __future__ import annotations

import subprocess
import sys

import pytest

from captum_dna.insights import Insights
from captum_dna.insights.widget import executed_unseen

WIDGET = "application/vnd.jupyter.widget-view+json"


@pytest.fixture
def parent(monkeypatch):
    """Return a function that makes a process with a name the parent of this kernel, as it is told."""
    made = []

    def start(name: str) -> None:
        words = [sys.executable, "-c", "print('started', flush=True); input()", name]
        made.append(subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE))
        made[-1].stdout.readline()
        monkeypatch.setenv("JPY_PARENT_PID", str(made[-1].pid))

    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    yield start
    for process in made:
        process.communicate(b"\n")


def test_nbconvert_execute_gets_the_picture_alone(parent):
    parent("jupyter-nbconvert")
    with Insights("demo", {"a": "GCGCCTATAAAAGGCGGCACGTTGCA" * 2}, store=False) as viewer:
        bundle, _ = viewer.render()._repr_mimebundle_()
    assert WIDGET not in bundle
    assert "<dna-view>" in bundle["text/html"]
    assert "image/png" in bundle


def test_a_server_with_a_person_gets_the_widget(parent, monkeypatch):
    parent("jupyter-lab")
    assert not executed_unseen()
    parent("jupyter-nbconvert")
    assert executed_unseen()
    monkeypatch.setenv("JPY_SESSION_NAME", "person.ipynb")
    assert not executed_unseen()
