"""Being told to end by whoever started us."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def sigterm_interrupts() -> Iterator[None]:
    """Make the signal that service managers and containers send the same as Ctrl-C, once.

    Process 1 of a container ignores it otherwise, and everything else dies of it in the middle of its work.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, _interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _interrupt(_signal: int, _frame: object) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # a second one would break off what ends the work in order
    raise KeyboardInterrupt
