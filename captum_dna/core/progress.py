"""Telling how far a run is: by a bar on a terminal, by the user's own function, or not at all."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import Self

    Tell = Callable[[int, int], None]


class Progress:
    """A context manager whose ``report(done)`` reaches whoever wants to know.

    Parameters
    ----------
    wanted
        ``True`` for a bar, ``False`` for none, a function that is called with (done, total), or
        ``None`` for a bar if standard error is a terminal and there is more than one thing to do.
    total
        How many things there are to do.
    words
        What is being done.
    """

    def __init__(self, wanted: bool | Tell | None, total: int, words: str = "Attributing") -> None:
        self._total = total
        self._tell: Tell | None = wanted if callable(wanted) else None
        self._bar: Any = None
        if wanted is True or (wanted is None and total > 1 and sys.stderr.isatty()):
            from rich import progress
            from rich.console import Console

            columns = (
                progress.TextColumn(words),
                progress.BarColumn(),
                progress.MofNCompleteColumn(),
                progress.TimeRemainingColumn(),
            )
            self._bar = progress.Progress(*columns, console=Console(stderr=True), transient=True)
            self._task = self._bar.add_task("", total=total)

    def __enter__(self) -> Self:
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def report(self, done: int, *, at_least: int = 0) -> None:
        """Tell that so many are done, of no fewer than ``at_least``."""
        if at_least > self._total:
            self._total = at_least
            if self._bar is not None:
                self._bar.update(self._task, total=at_least)
        if self._bar is not None:
            self._bar.update(self._task, completed=done)
        if self._tell is not None:
            self._tell(done, self._total)
