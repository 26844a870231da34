"""What a user should know of a call that went well: a warning, or a sentence for whoever collects them.

``warnings.catch_warnings`` changes the filters of the whole process, so a thread that used it would
silence the warnings of all others, or leave its own filters behind. What is collected here is kept in a
context variable, which every thread has for itself.
"""

from __future__ import annotations

import os
import warnings
from contextlib import contextmanager
from contextvars import ContextVar
from inspect import currentframe
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_PACKAGE = Path(__file__).parents[1]
_LIBRARY, _COMMANDS = f"{_PACKAGE}{os.sep}", f"{_PACKAGE / 'cli'}{os.sep}"
"""Where the files of the library lie, and those of the command line, which is a caller of it."""

_sentences: ContextVar[list[str] | None] = ContextVar("sentences", default=None)


def tell(sentence: str, category: type[Warning] = UserWarning) -> None:
    """Warn, or add the sentence to those that are being collected.

    The warning points at the line that called the library, however deep in it the sentence was made.
    """
    collecting = _sentences.get()
    if collecting is None:
        warnings.warn(sentence, category, stacklevel=_depth())
    else:
        collecting.append(sentence)


def _depth() -> int:
    """Return how many calls lie between :func:`tell` and the first caller that is not of the library."""
    depth, frame = 2, currentframe()
    frame = frame.f_back.f_back if frame and frame.f_back else None
    while frame and frame.f_back and _is_inside(frame.f_code.co_filename):
        depth, frame = depth + 1, frame.f_back
    return depth


def _is_inside(file: str) -> bool:
    return file.startswith(_LIBRARY) and not file.startswith(_COMMANDS)


@contextmanager
def collected() -> Iterator[list[str]]:
    """Collect what this thread tells, instead of warning.

    Yields
    ------
    The sentences so far, in order. Threads started inside collect into the same list if they run in a
    copy of this context.

    Examples
    --------
    >>> import captum_dna
    >>> with collected() as sentences:
    ...     kept = list(captum_dna.read({"a": "ACGT", "b": "not DNA"}, on_invalid="skip"))
    >>> len(kept), sentences[0].splitlines()[0]
    (1, 'The mapping: 1 of 2 sequences are left out:')
    """
    sentences: list[str] = []
    token = _sentences.set(sentences)
    try:
        yield sentences
    finally:
        _sentences.reset(token)
