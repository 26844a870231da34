"""Numbers as people write them in text: in ASCII digits, without the underscores and other digits of Python's own."""

from __future__ import annotations

import re

_DIGITS = re.compile(r"[0-9]{1,18}")
_WHOLE = re.compile(r"[+-]?[0-9]{1,18}")
_NUMBER = re.compile(r"[+-]?([0-9]{1,400}(\.[0-9]{0,400})?|\.[0-9]{1,400})([eE][+-]?[0-9]{1,4})?")


def digits(text: str) -> int | None:
    """Return the whole number that a text of digits is, blanks around it aside; ``None`` for any other text.

    Examples
    --------
    >>> [digits(text) for text in ("7", " 12 ", "1_0", "-1", "\N{ARABIC-INDIC DIGIT THREE}", "")]
    [7, 12, None, None, None, None]
    """
    text = text.strip()
    return int(text) if _DIGITS.fullmatch(text) else None


def whole(text: str) -> int | None:
    """Return the whole number that a text is, with or without a sign; ``None`` for any other text."""
    text = text.strip()
    return int(text) if _WHOLE.fullmatch(text) else None


def number(text: str) -> float | None:
    """Return the number that a text is; ``None`` for any other text.

    Examples
    --------
    >>> [number(text) for text in ("0.5", "-.5e-3", "1e400", "1_0.5", "nan", "x")]
    [0.5, -0.0005, inf, None, None, None]
    """
    text = text.strip()
    return float(text) if _NUMBER.fullmatch(text) else None
