from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def captum_08() -> Path:
    """Return the folder with the real Captum 0.8.0, which tests/compat/install_captum.sh installs beside."""
    folder = Path(sys.prefix) / "captum-0.8.0"
    if not (folder / "captum" / "insights").is_dir():
        sentence = "Captum 0.8.0 is not installed beside: run tests/compat/install_captum.sh."
        if os.environ.get("CAPTUM_DNA_REQUIRE_CAPTUM08") == "1":
            pytest.fail(f"{sentence} CAPTUM_DNA_REQUIRE_CAPTUM08=1 asks for it.")
        pytest.skip(sentence)
    return folder
