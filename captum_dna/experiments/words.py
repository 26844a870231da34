"""Numbers, places and effects of experiments in words."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from captum_dna.core.axis import base_name
from captum_dna.core.options import UNITS

if TYPE_CHECKING:
    from captum_dna.core.sequences import Sequence


def number(value: float) -> str:
    """Return a number with three digits at most.

    Examples
    --------
    >>> number(6.204), number(-0.0012), number(0.0)
    ('6.2', '-0.0012', '0')
    """
    return f"{value:.2g}" if abs(value) < 100 else f"{value:.0f}"


def between(low: float, high: float) -> str:
    """Return an interval in brackets, with a blank before; nothing where there is none."""
    return "" if np.isnan(low) else f" ({number(low)} to {number(high)})"


def in_another_order(control: float) -> str:
    """Return a clause on what a motif does with its letters in another order, if that is another motif.

    Examples
    --------
    >>> in_another_order(0.31), in_another_order(float("nan"))
    ('with its letters in another order, 0.31', 'there is no control')
    """
    return (
        "there is no control"
        if np.isnan(control)
        else f"with its letters in another order, {number(control)}"
    )


def unit(output: str) -> str:
    """Return the output as the subject of a sentence.

    Examples
    --------
    >>> unit("log_odds")
    'the log-odds'
    """
    return f"the {UNITS.get(output, output)}"


def moves(output: str, change: float, of: str = "") -> str:
    """Return a clause on how the output changes, such as "the log-odds fall by 6.2".

    Examples
    --------
    >>> moves("log_odds", -6.2), moves("logit", 0.31, "A")
    ('the log-odds fall by 6.2', "the logit of 'A' rises by 0.31")
    """
    verb = ("fall" if change < 0 else "rise") + ("" if output == "log_odds" else "s")
    return f"{unit(output)}{f' of {of!r}' if of else ''} {verb} by {number(abs(change))}"


def base(sequence: Sequence, at: int) -> str:
    """Return a base of many sequences: from their origin where there is one, else "base" and its number from 0."""
    return base_name(replace(sequence, interval=None), at) if sequence.origin else f"base {at}"
