"""Run the attacks and faults in their long form, and print what was tried and what came of it, as a table.

    python -m tests.hostile.figures security
    python -m tests.hostile.figures reliability

takes hours; ``CAPTUM_DNA_HOSTILE=8`` tries eight times as much as CI does. Every number is one that a test counted.
"""

from __future__ import annotations

import os
import sys

import pytest

PAGES = {
    "security": (
        ("through", "tracebacks"),
        [
            "tests/hostile/test_http.py",
            "tests/hostile/test_schema.py",
            "tests/hostile/test_guard.py",
            "tests/insights/test_hostile.py",
        ],
    ),
    "reliability": (
        ("lost", "doubled", "tracebacks", "silent"),
        [
            "tests/hostile/test_process.py",
            "tests/hostile/test_store.py",
            "tests/hostile/test_disk.py",
            "tests/pipeline/test_kills.py",
            "tests/pipeline/test_run_faults.py",
            "tests/io/test_fuzz.py",
        ],
    ),
}
"""By page: what must not come of a try, and the tests that try."""


def main(page: str) -> int:
    """Run the tests of a page and print its table."""
    if os.environ.setdefault("CAPTUM_DNA_HOSTILE", "long") == "long":
        os.environ.setdefault("CAPTUM_DNA_KILLS", "2000")
    os.environ.setdefault("HYPOTHESIS_PROFILE", "long")
    from tests.hostile.tally import TALLY

    columns, tests = PAGES[page]
    failed = pytest.main(["-q", "-p", "no:cacheprovider", "-p", "no:xdist", *tests])
    rows = [["tried", "times", *columns], ["---", *["---:"] * (len(columns) + 1)]]
    rows += [[what, *(f"{came[one]:,}" for one in ("tried", *columns))] for what, came in TALLY.items()]
    sys.stdout.write("\n" + "".join(f"| {' | '.join(row)} |\n" for row in rows))
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
