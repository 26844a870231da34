"""What an explanation is repeated over: the choices that could have been otherwise, by cause."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from captum_dna.core.checks import check_name, whole_number
from captum_dna.core.errors import UserError
from captum_dna.core.written import digits

if TYPE_CHECKING:
    from captum_dna.core.types import ModelLike

CAUSES = {
    "baseline": "other baselines; NAME*5 takes five draws of a random one, such as dinucleotide_shuffle*5",
    "strand": "the reverse complement",
    "phase": "bases by which the window is shifted; for a BPE tokenizer, the number of sampled segmentations",
    "model": "replicas: classifiers, or folders of training runs with the same labels and tokenizer",
    "method": "other methods",
}
"""What an explanation can be repeated over, in words."""

REVERSE = "reverse"
"""The only other strand."""

_MOST_DRAWS = 1000
_DRAWS = re.compile(r"(.+?)\s*\*\s*([0-9]{1,18})")
_RANGE = re.compile(r"([0-9]{1,4})\s*-\s*([0-9]{1,4})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Over:
    """The choices that an explanation is repeated over, one at a time, each in turn in place of its own.

    Parameters
    ----------
    baseline
        Names of baselines or DNA sequences; a name that stands there several times is drawn as often.
    strand
        ``("reverse",)`` for the reverse complement.
    phase
        Bases by which the window is shifted; for a BPE tokenizer, numbers of sampled segmentations.
    model
        Classifiers, folders or names of models.
    method
        Names of methods.

    Examples
    --------
    >>> Over.of({"baseline": "zero,gc_random*2", "phase": "1-3", "strand": True})
    Over(baseline=('zero', 'gc_random', 'gc_random'), strand=('reverse',), phase=(1, 2, 3), model=(), method=())
    """

    baseline: tuple[str, ...] = ()
    strand: tuple[str, ...] = ()
    phase: tuple[int, ...] = ()
    model: tuple[ModelLike, ...] = ()
    method: tuple[str, ...] = ()

    @classmethod
    def of(cls, given: object) -> Over:
        """Return what a mapping asks for; texts are split at commas, as a command line has them.

        Raises
        ------
        UserError
            There is no such cause, or its values are none.
        """
        if isinstance(given, Over):
            return given
        if isinstance(given, str):
            given = {given: True}
        if not isinstance(given, Mapping) or not given:
            raise UserError(
                "`over` names what to repeat the explanation over, such as {'baseline': ['zero'], 'strand': True}, "
                f"not {given!r:.60}. There are {', '.join(CAUSES)}.",
                option="over",
            )
        for cause in given:
            check_name("cause to repeat over", cause, CAUSES, option="over")
            if given[cause] is True and cause != "strand":
                raise UserError(
                    f"`over` takes a list of values for {cause!r} ({CAUSES[cause]}), but none is given.",
                    option="over",
                )
        return cls(**{cause: _READ[cause](value) for cause, value in given.items()})

    def items(self) -> list[tuple[str, tuple[object, ...]]]:
        """Return each cause that is asked for, with its values."""
        every = [(one.name, getattr(self, one.name)) for one in fields(self)]
        return [(cause, values) for cause, values in every if values]


def _values(cause: str, value: object) -> tuple[object, ...]:
    if isinstance(value, str):
        value = [part.strip() for part in value.split(",") if part.strip()]
    values = tuple(value) if isinstance(value, Iterable) else (value,)
    if not values or any(one is None or isinstance(one, bool) for one in values):
        raise UserError(
            f"`over` takes a list of values for {cause!r} ({CAUSES[cause]}), not {value!r:.60}.",
            option="over",
        )
    return values


def _names(cause: str, value: object) -> tuple[str, ...]:
    found: list[str] = []
    for one in _values(cause, value):
        if not isinstance(one, str):
            raise UserError(f"`over` takes names for {cause!r}, not {one!r:.60}.", option="over")
        many = _DRAWS.fullmatch(one) if cause == "baseline" else None
        if many and not 1 <= int(many[2]) <= _MOST_DRAWS:
            raise UserError(
                f"`over` takes 1 to {_MOST_DRAWS} draws of a baseline, not {many[2]} ({one!r:.60}).",
                option="over",
            )
        found += [many[1]] * int(many[2]) if many else [one]
    return tuple(found)


def _strand(value: object) -> tuple[str, ...]:
    if value is True or value in (REVERSE, [REVERSE], (REVERSE,)):
        return (REVERSE,)
    raise UserError(
        f"`over` takes one value for 'strand', {REVERSE!r} (the reverse complement), not {value!r:.60}.",
        option="over",
    )


def _phase(value: object) -> tuple[int, ...]:
    found: list[int] = []
    for one in _values("phase", value):
        span = _RANGE.fullmatch(one) if isinstance(one, str) else None
        if span:
            found += range(int(span[1]), int(span[2]) + 1)
        else:
            number = digits(one) if isinstance(one, str) else one
            try:
                found.append(whole_number("phase", number, 1))
            except UserError:
                raise UserError(
                    f"`over` takes numbers of bases for 'phase', 1 to k - 1, not {one!r:.60}.", option="over"
                ) from None
    return tuple(dict.fromkeys(found))


def _models(value: object) -> tuple[object, ...]:
    return _values("model", value) if isinstance(value, str | list | tuple) else (value,)


_READ: dict[str, Callable[[object], tuple[Any, ...]]] = {
    "baseline": lambda value: _names("baseline", value),
    "strand": _strand,
    "phase": _phase,
    "model": _models,
    "method": lambda value: tuple(dict.fromkeys(_names("method", value))),
}
