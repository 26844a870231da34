"""A method whose answers come when a test lets them: no test wins a race by being slow."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, ClassVar

import pytest

from captum_dna.methods import METHODS
from captum_dna.methods.integrated_gradients import IntegratedGradients

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENCE = 240
"""Seconds that a test waits for what must happen at all; none waits that long where all is well."""


class Gate:
    """Lets so many answers through as a test allows, and tells how many have come to it."""

    def __init__(self) -> None:
        self._news = threading.Condition()
        self.shut()

    def shut(self) -> None:
        """Begin again, with nothing allowed."""
        with self._news:
            self.come, self.passed, self.allowed = 0, 0, 0.0

    def allow(self, answers: float = 1) -> None:
        """Let some more through."""
        with self._news:
            self.allowed += answers
            self._news.notify_all()

    def open(self) -> None:
        """Let all through from now on."""
        self.allow(float("inf"))

    def until_come(self, answers: int) -> None:
        """Wait until so many have come, let through or not."""
        with self._news:
            assert self._news.wait_for(lambda: self.come >= answers, PATIENCE), f"only {self.come} came"

    def step(self) -> None:
        """Come to the gate and wait to be let through."""
        with self._news:
            self.come += 1
            self._news.notify_all()
            self._news.wait_for(lambda: self.passed < self.allowed)
            self.passed += 1


GATE = Gate()


class Held(IntegratedGradients):
    """Integrated gradients, each answer of which waits for a test."""

    name: ClassVar[str] = "held"

    def explain(self, classifier, questions, settings) -> Iterator:
        """Answer each question once it may be answered."""
        for question in questions:
            GATE.step()
            yield from super().explain(classifier, [question], settings)


def register() -> None:
    """Make the method known in this process, as a package that brings one would."""
    METHODS._own["held"] = Held


@pytest.fixture
def held():
    """Return the gate of the method ``"held"``, shut."""
    register()
    GATE.shut()
    yield GATE
    GATE.open()
    del METHODS._own["held"]
    METHODS._loaded.pop("held", None)
