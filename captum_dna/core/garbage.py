"""How often Python looks for garbage, in programs of our own: commands, and the processes that they start."""

from __future__ import annotations

import atexit
import gc

OBJECTS = 20_000
"""New objects after which it looks; 700 or 2,000 are usual."""


def collect_rarely() -> None:
    """Look for garbage rarely, and not at the end of the program.

    PyTorch and Transformers make half a million objects that stay, and to look through them again and again takes a
    sixth of the time from the start of a program with a model to its end (docs/command-line.md).
    """
    gc.set_threshold(OBJECTS)
    atexit.register(gc.freeze)
