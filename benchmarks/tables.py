"""Measure the tables of the docs again and put them in their places.

    CAPTUM_DNA_DATA=folder python -m benchmarks.tables [docs/engine.md ...]

A table stands between a comment with the command that prints it and a comment that says ``end``.
"""

from __future__ import annotations

import argparse
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

DOCS = Path(__file__).parents[1] / "docs"
TABLE = re.compile(r"(<!-- python -m ((?:benchmarks|tests)\..+?) -->\n).*?(<!-- end -->)", re.DOTALL)


def measured(command: str) -> str:
    """Return the table that a benchmark prints."""
    print(f"python -m {command}", file=sys.stderr)
    done = subprocess.run(
        [sys.executable, "-m", *shlex.split(command)], check=True, stdout=subprocess.PIPE, text=True
    )
    table = [line for line in done.stdout.splitlines(keepends=True) if line.startswith("|")]
    if not table:
        raise SystemExit(f"python -m {command} printed no table.")
    return "".join(table)


def renewed(text: str, measure: Callable[[str], str]) -> str:
    """Return a page with every table measured again, by a function from its command."""
    return TABLE.sub(lambda found: f"{found[1]}\n{measure(found[2])}\n{found[3]}", text)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pages", nargs="*", type=Path, default=sorted(DOCS.glob("*.md")))
    for page in parser.parse_args().pages:
        old = page.read_text()
        new = renewed(old, measured)
        if new != old:
            page.write_text(new)
            print(f"{page.name}: new figures")


if __name__ == "__main__":
    main()
