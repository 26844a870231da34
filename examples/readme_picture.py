"""Make the picture of the README: a designed promoter, as the page shows it.

python examples/readme_picture.py docs/picture.png
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

import captum_dna
from captum_dna.demo import designed


def main(target: str) -> None:
    """Write the picture."""
    view = captum_dna.visualize(captum_dna.load("demo"), designed()[0], target="TATA promoter", theme="light")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        page_path = view.save(Path(folder) / "page.html")
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1100, "height": 700}, device_scale_factor=1.5)
        page.goto(f"file://{page_path}")
        page.locator("dna-view").first.screenshot(path=target)
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "docs/picture.png")
