"""Options that a call does not have: refused with the nearest name that it has."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from inspect import Parameter, signature
from types import FunctionType
from typing import TypeVar, cast

from captum_dna.core.checks import near
from captum_dna.core.errors import UserError

_Call = TypeVar("_Call", bound=Callable[..., object])


class UnknownOption(UserError, TypeError):  # noqa: N818 - it names what is wrong
    """An option that a call does not have; says which it has."""


def refuse_unknown(called: str, given: Iterable[str], known: Iterable[str]) -> None:
    """Refuse an option that a call, or another thing that takes options, does not have.

    Raises
    ------
    UnknownOption
        Names the first, what it may have been meant for, and what there is.

    Examples
    --------
    >>> refuse_unknown("load()", ["labls"], ["labels"])
    Traceback (most recent call last):
        ...
    captum_dna.core.slips.UnknownOption: load() has no option 'labls' (did you mean `labels=`?); its options are labels.
    """
    names = list(known)
    for name in given:
        if name not in names:
            has = f"its options are {', '.join(names)}" if names else "it has none"
            raise UnknownOption(f"{called} has no option {name!r}{near(name, names)}; {has}.", option=name)


def names_slips(call: _Call) -> _Call:
    """Let a function, a method or the making of an object refuse an option that it does not have.

    See :func:`refuse_unknown`.

    Python's own sentence only repeats the name, before Python 3.13.
    """
    if isinstance(call, type):
        call.__init__ = names_slips(call.__init__)  # type: ignore[misc]  # of the class that is just being made
        return call
    parameters = signature(call).parameters.values()
    if any(one.kind is Parameter.VAR_KEYWORD for one in parameters):
        raise TypeError(f"{name_of(call)}() takes any option: what it hands them to has to refuse them.")
    kinds = (Parameter.POSITIONAL_OR_KEYWORD, Parameter.KEYWORD_ONLY)
    takes = [one for one in parameters if one.kind in kinds]
    options = [one.name for one in takes if one.default is not Parameter.empty]
    known, called, refuse = frozenset(one.name for one in takes), name_of(call), refuse_unknown

    def checked(*arguments: object, **given: object) -> object:
        if not known.issuperset(given):
            refuse(f"{called}()", (name for name in given if name not in known), options)
        return call(*arguments, **given)

    # With the globals of the call, so that it stays a function of its module: doctest looks at them.
    own = FunctionType(checked.__code__, call.__globals__, closure=checked.__closure__)
    return cast("_Call", wraps(call)(own))


def name_of(call: Callable[..., object]) -> str:
    """Return what a user calls: the class, where it is the making of an object."""
    return call.__qualname__.removesuffix(".__init__").rpartition(".")[2]
