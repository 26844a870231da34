"""The choices of one call of ``attribute()``."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

PRECISIONS = ("float32", "bfloat16", "auto")
STRANDS = ("forward", "both")


def check_name(what: str, name: str, known: Iterable[str]) -> None:
    """Refuse a name that is not known.

    Raises
    ------
    ValueError
        Lists the known ones.
    """
    if name not in known:
        raise ValueError(f"There is no {what} {name!r}; choose one of {', '.join(known)}.")
