"""Runs whose numbers are looked at, and not how sure they are."""

from __future__ import annotations

import pytest

from captum_dna.training import card


@pytest.fixture(scope="module", autouse=True)
def few_resamples():
    """Draw families of relatives ten times for an interval: 200 times take most of the time of a tiny run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(card, "_RESAMPLES", 10)
        yield
