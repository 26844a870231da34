"""Which process a viewer is in, and whether that of another one still runs."""

from __future__ import annotations

import os
import secrets

import psutil

_SLACK = 2.0
"""Seconds by which two looks at a process's start may differ: clocks are set."""


def own() -> str:
    """Return a name for a viewer in this process: the process's number, when it started, and a word."""
    return f"{os.getpid()}:{psutil.Process().create_time():.2f}:{secrets.token_hex(8)}"


def runs(owner: str) -> bool:
    """Tell whether the process that a viewer is in still runs.

    A number alone says nothing: it may belong to another program by now, and in each container it may be 1.
    """
    number, _, rest = owner.partition(":")
    try:
        started = float(rest.partition(":")[0])
        return bool(abs(psutil.Process(int(number)).create_time() - started) < _SLACK)
    except (ValueError, OverflowError, psutil.Error):
        return False
