"""What was tried, and what came of it: the counts behind the tables of docs/security.md and docs/reliability.md."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

TALLY: dict[str, Counter[str]] = {}
"""By what was tried: how often, and how often each thing came of it that must not."""


def count(what: str, tried: int, **wrong: int) -> None:
    """Count tries of one kind, and what came of them."""
    TALLY.setdefault(what, Counter()).update({"tried": tried, **wrong})


@contextmanager
def trying(what: str, wrong: str = "through", times: int = 1) -> Iterator[None]:
    """Count tries: an assertion that fails counts under a name, any other error as a traceback, a skip not at all."""
    try:
        yield
    except AssertionError:
        count(what, times, **{wrong: 1})
        raise
    except Exception:
        count(what, times, tracebacks=1)
        raise
    else:
        count(what, times)
