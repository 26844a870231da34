"""Telling how far a run is: by a bar on a terminal or in a notebook, by the user's own function, or not at all."""

from __future__ import annotations

import sys
import warnings
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tqdm import tqdm
    from typing_extensions import Self

    Tell = Callable[[int, int], None]


_bars: ContextVar[bool] = ContextVar("bars", default=True)


class Progress:
    """A context manager whose ``report(done)`` reaches whoever wants to know.

    Parameters
    ----------
    wanted
        ``True`` for a bar, ``False`` for none, a function that is called with (done, total), or
        ``None`` for a bar on a terminal or in a notebook, if there is more than one thing to do.
    total
        How many things there are to do.
    words
        What is being done.
    """

    def __init__(self, wanted: bool | Tell | None, total: int, words: str = "Attributing") -> None:
        self._total = total
        self._tell: Tell | None = wanted if callable(wanted) else None
        self._bar: tqdm[NoReturn] | None = None
        looked_at = _bars.get() and total > 1 and (sys.stderr.isatty() or in_notebook())
        if wanted is True or (wanted is None and looked_at):
            self._bar = _bar(total, words)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()

    def report(self, done: int, *, at_least: int = 0) -> None:
        """Tell that so many are done, of no fewer than ``at_least``."""
        self._total = max(self._total, at_least)
        if self._bar is not None:
            self._bar.total = self._total
            self._bar.update(done - self._bar.n)
        if self._tell is not None:
            self._tell(done, self._total)


@contextmanager
def without_bars() -> Iterator[None]:
    """Show no bar that was not asked for."""
    token = _bars.set(False)
    try:
        yield
    finally:
        _bars.reset(token)


def in_notebook() -> bool:
    """Tell whether the code runs in the kernel of a notebook, whose standard error is no terminal."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return getattr(shell, "kernel", None) is not None


def _bar(total: int, words: str) -> tqdm[NoReturn]:
    """Return a bar that goes away at its end: a widget in a notebook that has them, text elsewhere."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that ipywidgets is missing, which a bar of text does without
        from tqdm.auto import tqdm

        return tqdm(total=total, desc=words, leave=False)
