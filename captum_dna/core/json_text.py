"""JSON that somebody else has written."""

from __future__ import annotations

import json


def from_json(text: str) -> object:
    """Return what a text says.

    Raises
    ------
    ValueError
        Whatever is wrong with it: brackets within brackets without an end and numbers of thousands of digits count.

    Examples
    --------
    >>> from_json('{"a": [1, null]}')
    {'a': [1, None]}
    """
    try:
        return json.loads(text)
    except RecursionError as error:
        raise ValueError("It has too many brackets within brackets.") from error
