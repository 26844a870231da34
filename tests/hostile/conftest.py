"""What all attacks share; ``CAPTUM_DNA_HOSTILE=long`` tries more of each kind, for hours, ``=8`` eight times as many."""

from __future__ import annotations

import os

import pytest

import captum_dna

_ASKED = os.environ.get("CAPTUM_DNA_HOSTILE", "1")
_MORE = float("inf") if _ASKED == "long" else int(_ASKED)


def times(short: int, long: int) -> int:
    """Return how often something is tried."""
    return int(min(long, short * _MORE))


@pytest.fixture(scope="session")
def model():
    return captum_dna.load("demo")
