"""A real Chromium without windows, one for all tests of a process."""

from __future__ import annotations

import os
import shutil

import pytest

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "chrome")
"""The first is the same engine without the desktop browser around it, and opens a page at a third of the cost."""


def find_browser() -> str | None:
    """Return the path of a Chromium: the one named by ``CAPTUM_DNA_CHROMIUM``, else one on the path."""
    return os.environ.get("CAPTUM_DNA_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


def missing(sentence: str) -> None:
    """Skip, or fail where the browser is required."""
    if os.environ.get("CAPTUM_DNA_REQUIRE_BROWSER") == "1":
        pytest.fail(f"{sentence} CAPTUM_DNA_REQUIRE_BROWSER=1 asks for it.")
    pytest.skip(sentence)


@pytest.fixture(scope="session")
def browser():
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError:
        missing("Browser tests need playwright: pip install 'captum_dna[test]'.")
    with sync_playwright() as playwright:
        try:
            launched = playwright.chromium.launch(executable_path=find_browser())
        except Error as error:
            reason = str(error).splitlines()[0]
            missing(
                "Browser tests need Chromium. Install it, run 'playwright install chromium', or set "
                f"CAPTUM_DNA_CHROMIUM ({reason})."
            )
        yield launched
        launched.close()
