"""What all attacks share; ``CAPTUM_DNA_HOSTILE=long`` tries more of each kind, which takes minutes."""

from __future__ import annotations

import os

import pytest

import captum_dna

LONG = os.environ.get("CAPTUM_DNA_HOSTILE") == "long"


def times(short: int, long: int) -> int:
    """Return how often something is tried."""
    return long if LONG else short


@pytest.fixture(scope="session")
def model():
    return captum_dna.load("demo")
