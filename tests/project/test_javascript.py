"""The pure logic of the pictures, tested by Node's own runner."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[1] / "js"


def test_the_modules_pass_their_own_tests():
    if shutil.which("node") is None:
        sentence = "The JavaScript tests need Node 20 or later."
        if os.environ.get("CAPTUM_DNA_REQUIRE_NODE"):
            pytest.fail(f"{sentence} CAPTUM_DNA_REQUIRE_NODE asks for it.")
        pytest.skip(sentence)
    done = subprocess.run(["node", "--test"], check=False, cwd=FOLDER, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
