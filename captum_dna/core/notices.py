"""What a user should know of a call that went well: a warning, or a sentence for whoever collects them.

``warnings.catch_warnings`` changes the filters of the whole process, so a thread that used it would
silence the warnings of all others, or leave its own filters behind. What is collected here is kept in a
context variable, which every thread has for itself.
"""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_sentences: ContextVar[list[str] | None] = ContextVar("sentences", default=None)


def tell(sentence: str, *, stacklevel: int) -> None:
    """Warn, or add the sentence to those that are being collected.

    Parameters
    ----------
    sentence
        What to say.
    stacklevel
        As in ``warnings.warn``: 1 is the line that calls this function, 2 the caller of its function.
    """
    collecting = _sentences.get()
    if collecting is None:
        warnings.warn(sentence, stacklevel=stacklevel + 1)
    else:
        collecting.append(sentence)


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
