"""Processes killed at random moments lose and double nothing; ``CAPTUM_DNA_KILLS`` says how many, five by default."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes cannot be forked on this system")
def test_killed_runs_end_as_if_nothing_had_happened():
    count = int(os.environ.get("CAPTUM_DNA_KILLS", "5"))
    done = subprocess.run(
        [sys.executable, "-m", "tests.pipeline.kills", str(count)],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["killed"] >= count
    assert {what: told[what] for what in ("lost", "doubled", "changed", "failed")} == {
        "lost": 0, "doubled": 0, "changed": 0, "failed": 0,
    }, done.stderr  # fmt: skip
