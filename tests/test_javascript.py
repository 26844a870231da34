"""The pure logic of the pictures, tested by Node's own runner."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent / "js"


@pytest.mark.skipif(shutil.which("node") is None, reason="needs Node 20 or later for the JavaScript tests")
def test_the_modules_pass_their_own_tests():
    done = subprocess.run(
        ["node", "--test", "."], check=False, cwd=FOLDER, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
