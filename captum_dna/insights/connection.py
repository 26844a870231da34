"""A connection whose answer waitress's loop waits for, a moment, before it looks at the other connections."""

from __future__ import annotations

import threading
from typing import Any

from waitress.channel import HTTPChannel  # type: ignore[import-untyped]

PATIENCE = 0.005
"""Seconds: more than most answers take, and too little for anybody else to notice."""


class PatientChannel(HTTPChannel):  # type: ignore[misc]
    """Lets one thread at a time ask for Python's interpreter, as long as answers are quick.

    Without it the loop and the threads that answer take the interpreter's lock from each other within one answer,
    which costs more than the answer: ``docs/viewer.md`` has the figures. What takes longer goes on in its thread.
    """

    def __init__(self, *arguments: Any, **named: Any) -> None:
        self._answered = threading.Event()
        super().__init__(*arguments, **named)

    def handle_read(self) -> None:
        """Read, in the loop; wait for the answer if a whole request has come."""
        self._answered.clear()
        super().handle_read()
        if self.requests:
            self._answered.wait(PATIENCE)

    def service(self) -> None:
        """Answer one request, in a thread."""
        super().service()
        self._answered.set()
