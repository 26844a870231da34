"""Parts of sentences: counts and kinds of things, lists of names, and text of the user's as it can be printed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
"""Characters that do something to a terminal, or turn the order of letters, but line feeds and tabs."""
_BREAKS = re.compile("[\t\n]+")


def visible(text: str, *, one_line: bool = False) -> str:
    r"""Return text whose control characters are written out, so that they do nothing.

    Examples
    --------
    >>> visible("red\x1b[31m"), visible("a\tb", one_line=True)
    ('red\\x1b[31m', 'a b')
    """
    written = _CONTROL.sub(lambda one: ascii(one[0])[1:-1], text)
    return _BREAKS.sub(" ", written) if one_line else written


def counted(number: float, noun: str, plural: str = "") -> str:
    """Return a number and what it counts.

    Examples
    --------
    >>> counted(1, "shard"), counted(1200, "shard"), counted(0.5, "epoch"), counted(2, "match", "matches")
    ('1 shard', '1,200 shards', '0.5 epochs', '2 matches')
    """
    return f"{number:,.15g} {noun if number == 1 else plural or f'{noun}s'}"


def is_or_are(number: float) -> str:
    """Return the verb of so many.

    Examples
    --------
    >>> is_or_are(1), is_or_are(2)
    ('is', 'are')
    """
    return "is" if number == 1 else "are"


def kind_of(value: object) -> str:
    """Return the type of a value with its article.

    Examples
    --------
    >>> kind_of(3), kind_of({}), kind_of(None)
    ('an int', 'a dict', 'None')
    """
    if value is None:
        return "None"
    name = type(value).__name__
    return f"{'an' if name[:1].lower() in 'aeiou' or name.startswith('nd') else 'a'} {name}"


def listed(names: Sequence[str], most: int) -> str:
    """Return the first names of a list, and how many more there are.

    Examples
    --------
    >>> listed(["chr1", "chr2", "chr3"], 2), listed(["chr1"], 2)
    ('chr1, chr2 and 1 more', 'chr1')
    """
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more:,} more" if more > 0 else "")
