"""What a module of the tests tells that runs as a process of its own, because it kills what it starts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path


def told_by(module: str, *words: str) -> tuple[dict, str]:
    """Return the JSON in the last line that the module prints, and its standard error; it must end well."""
    done = subprocess.run(
        [sys.executable, "-m", module, *words],
        cwd=Path(__file__).parents[1],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1]), done.stderr
