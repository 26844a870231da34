"""How to read a source: the options of :func:`captum_dna.read`, as one value that every call takes.

Sentences recommend these options by name, so whatever reads a source has to take all of them.
"""

from __future__ import annotations

import operator
from dataclasses import dataclass, fields
from inspect import signature
from typing import TYPE_CHECKING, Any, Literal, TypedDict

from captum_dna.core.slips import name_of, refuse_unknown
from captum_dna.io.files import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path


_FARTHEST = 1 << 62
"""Bases beyond which no place can be stored."""
Centre = Literal["middle", "summit"]
"""Where a sequence of another length than its interval's is centred."""


class NoColumnsError(InputError):
    """A column was asked for in a source that is not a table."""


@dataclass(frozen=True, slots=True)
class Windows:
    """Which bases around an interval are taken.

    Parameters
    ----------
    length
        Bases of every sequence; ``None`` takes the interval as it is.
    centre
        The base that stands at index ``length // 2`` of the forward strand: the interval's middle, or the
        summit that narrowPeak gives.
    """

    length: int | None = None
    centre: Centre = "middle"

    def __post_init__(self) -> None:
        if self.centre not in ("middle", "summit"):
            raise ValueError(f"`centre` is 'middle' or 'summit', not {self.centre!r}.")
        if self.length is not None and self.length < 1:
            raise ValueError(f"`length` must be a number of bases, at least 1, not {self.length}.")
        if self.length is None and self.centre == "summit":
            raise ValueError("`centre='summit'` needs `length=`, the bases to take around the summit.")


class ReadingOptions(TypedDict, total=False):
    """The same as keywords of a call: what ``**reading`` takes."""

    column: str | int | None
    label_column: str | int | None
    name_column: str | int | None
    split: str | None
    origin: int | None
    genome: str | Path | None
    length: int | None
    centre: Centre


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Which columns, split and bases of a source to take; :func:`captum_dna.read` says what each means.

    Raises
    ------
    ValueError
        A choice that no source could follow.

    Examples
    --------
    >>> Reading.apart({"column": "dna", "window": 5})
    (Reading(column='dna'), {'window': 5})
    """

    column: str | int | None = None
    label_column: str | int | None = None
    name_column: str | int | None = None
    split: str | None = None
    origin: int | None = None
    genome: str | Path | None = None
    length: int | None = None
    centre: Centre = "middle"

    def __post_init__(self) -> None:
        for name in ("origin", "length"):
            given = getattr(self, name)
            if given is not None:
                object.__setattr__(self, name, _whole(name, given))
                if abs(getattr(self, name)) >= _FARTHEST:
                    raise InputError(
                        f"`{name}` is {given}, but no sequence has that many bases.", option=name
                    )
        if self.genome is None and self.length is not None:
            raise ValueError("`length=` is for the intervals of a BED file. Give their `genome=`, too.")
        Windows(self.length, self.centre)

    def __repr__(self) -> str:
        return f"Reading({', '.join(f'{name}={value!r}' for name, value in self.chosen.items())})"

    @property
    def chosen(self) -> dict[str, Any]:
        """The options that differ from their defaults, by name."""
        return {f.name: getattr(self, f.name) for f in fields(self) if getattr(self, f.name) != f.default}

    @property
    def windows(self) -> Windows:
        """Which bases around an interval are taken."""
        return Windows(self.length, self.centre)

    def refuse_columns(self, what: str) -> None:
        """Refuse to look for columns where there are none."""
        for name in ("column", "label_column", "name_column"):
            asked = getattr(self, name)
            if asked is not None:
                raise NoColumnsError(
                    f"{what} has no columns, so there is no column {asked!r}. Leave `{name}=` out.",
                    option=name,
                )

    def refuse_split(self, what: str) -> None:
        """Refuse to look for a split where there are none."""
        if self.split is not None:
            raise InputError(
                f"{what} has no splits, so there is no split {self.split!r}. Leave `split=` out.",
                option="split",
            )

    @classmethod
    def of(cls, call: Callable[..., object], options: Mapping[str, Any], also: Iterable[str] = ()) -> Reading:
        """Return the options of reading that a call was given beside its own.

        Parameters
        ----------
        call
            The function, whose own options may be meant by a slip.
        options
            What it was given under names that are not its own.
        also
            Other names that it takes.

        Raises
        ------
        captum_dna.core.slips.UnknownOption
            One of the names is no option of reading; says what it may have been meant for.
        """
        known = [field.name for field in fields(cls)]
        own = [one.name for one in signature(call).parameters.values() if one.kind is one.KEYWORD_ONLY]
        refuse_unknown(f"{name_of(call)}()", options, [*own, *also, *known])
        return cls(**options)

    @classmethod
    def apart(cls, options: Mapping[str, Any]) -> tuple[Reading, dict[str, Any]]:
        """Return the options of a call that are about reading, and the others."""
        names = {field.name for field in fields(cls)}
        own = {name: value for name, value in options.items() if name in names}
        return cls(**own), {name: value for name, value in options.items() if name not in names}


def _whole(name: str, value: Any) -> int:
    try:
        return operator.index(value)
    except TypeError:
        raise ValueError(f"`{name}` must be a whole number, not {value!r}.") from None
