"""Checks of single values that need no model: names out of a list, and numbers, whoever's type they are."""

from __future__ import annotations

import operator
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from captum_dna.core.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Iterable


def near(name: str, known: Iterable[str]) -> str:
    """Return a question after what a misspelt option is near to, or nothing.

    Examples
    --------
    >>> near("n_step", ["samples", "n_steps"]), near("window", ["seed"])
    (' (did you mean `n_steps=`?)', '')
    """
    found = get_close_matches(name, list(known), n=1, cutoff=0.75)
    return f" (did you mean `{found[0]}=`?)" if found else ""


def check_name(what: str, name: object, known: Iterable[str], option: str | None = None) -> None:
    """Refuse a name that is not known.

    Raises
    ------
    UserError
        Lists the known ones.
    """
    names = list(known)
    if not isinstance(name, str) or name not in names:
        close = get_close_matches(str(name), names, n=1, cutoff=0.75)
        hint = f" (did you mean {close[0]!r}?)" if close else ""
        raise UserError(
            f"There is no {what} {name!r}{hint}. Choose one of {', '.join(names)}.", option=option
        )


def whole_number(name: str, value: Any, least: int | None = None, most: int | None = None) -> int:
    """Return a whole number in a range; NumPy's and torch's count, ``True`` and ``False`` do not.

    Raises
    ------
    UserError
        It is none, or out of range.
    """
    number = None
    if not is_truth(value):
        try:
            number = operator.index(value)
        except (TypeError, RuntimeError, ValueError):  # torch's own for a tensor of several
            number = None
    if number is None or (least is not None and number < least) or (most is not None and number > most):
        span = f", at least {least}" if least is not None else ""
        span = f" from {least} to {most}" if most is not None else span
        raise UserError(f"`{name}` must be a whole number{span}, not {value!r:.60}.", option=name)
    return number


def number_of(value: Any) -> float | None:
    """Return a real number as Python's own; ``None`` for what is none."""
    if isinstance(value, str) or is_truth(value):
        return None
    try:
        return float(value)
    except (TypeError, RuntimeError, ValueError, OverflowError):
        return None


def is_truth(value: object) -> bool:
    """Tell Python's, NumPy's and torch's truth values, which count as numbers elsewhere."""
    return isinstance(value, bool) or str(getattr(value, "dtype", "")) in ("bool", "torch.bool")
