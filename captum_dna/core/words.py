"""Text of the user's, such as names of sequences, as it can be printed."""

from __future__ import annotations

import re

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
