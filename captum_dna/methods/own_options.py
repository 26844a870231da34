"""The options that belong to a method alone: refused by name where it has none of that name."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

from captum_dna.core.checks import near
from captum_dna.core.errors import UserError
from captum_dna.core.options import defaults
from captum_dna.io.reading import Reading

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Sequence as SequenceABC


def check_own_options(called: str, options: Iterable[str], known: SequenceABC[str]) -> None:
    """Refuse options that a method does not have; one that is nearly the name of another is taken for a slip.

    Raises
    ------
    UserError
        Names the first, what it may have been meant for, and what there is.
    """
    for name in options:
        if name not in known:
            has = f"its own options are {', '.join(known)}" if known else "it has no options of its own"
            hint = near(name, [*known, *others()])
            raise UserError(f"{called} has no option {name!r}{hint}; {has}.", option=name)


def others() -> tuple[str, ...]:
    """Return the names of what every call takes, whatever its method."""
    return (*defaults(), *(field.name for field in fields(Reading)), "progress")
