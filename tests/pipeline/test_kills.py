"""Processes killed at random moments lose and double nothing; ``CAPTUM_DNA_KILLS`` says how many, five by default."""

from __future__ import annotations

import os

import pytest

from tests.hostile.tally import count
from tests.told import told_by


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes cannot be forked on this system")
def test_killed_runs_end_as_if_nothing_had_happened():
    kills = int(os.environ.get("CAPTUM_DNA_KILLS", "5"))
    told, said = told_by("tests.pipeline.kills", str(kills))
    count(
        "runs into folders killed at random moments",
        told["killed"],
        lost=told["lost"],
        doubled=told["doubled"],
        silent=told["changed"],
        tracebacks=told["failed"],
    )
    assert told["killed"] >= kills
    assert {what: told[what] for what in ("lost", "doubled", "changed", "failed")} == {
        "lost": 0, "doubled": 0, "changed": 0, "failed": 0,
    }, said  # fmt: skip
