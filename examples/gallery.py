"""Make the figures of the gallery by the lines of its page.

python examples/gallery.py
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from PIL import Image

WIDEST, COLOURS = 1440, 128
DOCS = Path(__file__).resolve().parents[1] / "docs"


def main() -> None:
    """Run the page's lines where its figures lie."""
    lines = re.findall(r"```python\n(.*?)```", (DOCS / "gallery.md").read_text(encoding="utf-8"), re.DOTALL)
    folder = DOCS / "gallery"
    folder.mkdir(exist_ok=True)
    os.chdir(folder)
    exec(compile("\n".join(lines), "gallery.md", "exec"), {})  # noqa: S102 - our own docs
    for path in folder.glob("*.png"):  # as large as a page shows them
        image = Image.open(path).convert("RGB")
        width = min(image.width, WIDEST)
        small = image.resize((width, image.height * width // image.width), Image.Resampling.LANCZOS)
        small.quantize(COLOURS).save(path, optimize=True)


if __name__ == "__main__":
    main()
