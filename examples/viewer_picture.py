"""Photograph the viewer for the docs: the strongest stretch of a bundled promoter, asked whether it is needed.

    python examples/viewer_picture.py docs/viewer.png

Needs a Chromium, and playwright: pip install 'captum_dna[test]'.
"""

from __future__ import annotations

import shutil
import sys

from playwright.sync_api import sync_playwright

from captum_dna import demo
from captum_dna.insights import Insights

SIZE = {"width": 1440, "height": 900}


def main(path: str) -> None:
    """Write the picture."""
    with (
        Insights("demo", demo.sequences(), store=False, name="Demo sequences") as viewer,
        sync_playwright() as playwright,
    ):
        viewer.explain()
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"))
        page = browser.new_page(viewport=SIZE)
        page.goto(viewer.url)
        page.locator("dna-view .stretch").click()
        page.locator('.asks [data-question="needed"]').click()
        page.locator(".asks .found").wait_for()
        page.mouse.move(0, 0)
        page.screenshot(path=path)
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "docs/viewer.png")
