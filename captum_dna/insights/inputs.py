"""What a request asks for, read into the classes of the schema; and what it is refused with, in a sentence."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, TypeVar

import msgspec
from flask import current_app, request
from msgspec import inspect

from captum_dna.insights.filters import Selection
from captum_dna.insights.limits import Problem
from captum_dna.insights.schema.base import Choices, Request

if TYPE_CHECKING:
    from collections.abc import Callable

    from captum_dna.insights.datasets import Dataset
    from captum_dna.insights.filters import Filters
    from captum_dna.insights.request import How
    from captum_dna.insights.viewer import Viewer

Asked = TypeVar("Asked", bound=Request)

_PLACE = re.compile(r" - at `\$(.*)`$")
_NAME = re.compile(r"\.(\w+)")
_QUOTED = re.compile(r"field `(.*?)`", re.DOTALL)
_HUGE = 1e18
_NO_JSON = "This request cannot be read: its body is not JSON."


def viewer() -> Viewer:
    """Return the viewer of this application."""
    found: Viewer = current_app.extensions["captum_dna"]
    return found


def in_address(form: type[Asked]) -> Asked:
    """Return the query parameters of this request.

    Raises
    ------
    Problem
        A parameter that there is not, or that is not what it should be.
    """
    given: dict[str, object] = {}
    for name, values in request.args.lists():
        if name in _lists(form):
            given[name] = values
            continue
        said = [value for value in values if value != ""]
        if len(said) > 1:
            raise Problem(f"{name} is given {len(said)} times. Give it once.", field=name[:60])
        if said:
            given[name] = _object(said[0]) if name == "options" else said[0]
    return _checked(form, lambda: msgspec.convert(given, form, strict=False))


def in_body(form: type[Asked]) -> Asked:
    """Return the JSON object of this request; see :func:`in_address`."""
    content = request.get_data(cache=False)
    return _checked(form, lambda: msgspec.json.decode(content, type=form))


def how_of(choices: Choices) -> How:
    """Return the choices of a request, checked against the models here."""
    return viewer().how(choices.given())


def selection(data: Dataset, how: How, filters: Filters) -> Selection:
    """Return the rows that filters keep."""
    here = viewer()
    return Selection(data, here.predictions(data, how.model, how.windowing), here.scores(data, how), filters)


# --- sentences -----------------------------------------------------------------------------------------


def _checked(form: type[Asked], read: Callable[[], Asked]) -> Asked:
    """Return what is read; what is wrong with it is told in a sentence, with the field where it is wrong."""
    try:
        return read()
    except msgspec.ValidationError as error:
        raise _problem(form, str(error)) from error
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise Problem(_NO_JSON, 400) from error


def _problem(form: type[Request], message: str) -> Problem:
    """Return what a validation error says, in our words."""
    place = _PLACE.search(message)
    names = _NAME.findall(place[1]) if place else []
    expected = inspect.type_info(form)
    for name in names:
        expected = _field(expected, name)
    quoted = _QUOTED.search(message)
    if quoted and "unknown" in message:
        known = [one.encode_name for one in _fields(expected)]
        listed = f"there is {', '.join(known)}" if known else "it takes none"
        return Problem(f"This address has no field {quoted[1]!r:.60}; {listed}.", field=quoted[1][:60])
    if quoted:
        names, expected = [*names, quoted[1]], _field(expected, quoted[1])
    if not names:
        return Problem("Send a JSON object.")
    field = names[1] if names[0] == "how" and len(names) > 1 else names[0]
    return Problem(f"{' of '.join(reversed(names))} must be {_words(expected)}.", field=field)


def _struct(expected: inspect.Type) -> inspect.StructType | None:
    """Return the class behind a type, through what may be absent and what is listed."""
    if isinstance(expected, inspect.Metadata):
        return _struct(expected.type)
    if isinstance(expected, (inspect.ListType, inspect.VarTupleType)):
        return _struct(expected.item_type)
    if isinstance(expected, inspect.UnionType):
        return next(one for one in map(_struct, expected.types) if one is not None)
    return expected if isinstance(expected, inspect.StructType) else None


def _field(expected: inspect.Type, name: str) -> inspect.Type:
    """Return the type of a field."""
    return next((one.type for one in _fields(expected) if one.encode_name == name), expected)


def _fields(expected: inspect.Type) -> tuple[inspect.Field, ...]:
    """Return the fields of the class behind a type; none where there is no class."""
    struct = _struct(expected)
    return () if struct is None else struct.fields


def _words(expected: inspect.Type) -> str:
    """Return what a value should be, as the end of a sentence."""
    match expected:
        case inspect.Metadata():
            words = _words(expected.type)
        case inspect.UnionType():
            kinds = (one for one in expected.types if not isinstance(one, inspect.NoneType))
            words = " or ".join(map(_words, kinds))
        case inspect.LiteralType():
            words = "one of " + ", ".join(repr(value) for value in sorted(expected.values, key=str))
        case inspect.IntType() | inspect.FloatType():
            kind = "a whole number" if isinstance(expected, inspect.IntType) else "a number"
            limits = (("from", expected.ge), ("to", expected.le))
            ends = [
                f"{word} {limit:,g}" for word, limit in limits if limit is not None and abs(limit) < _HUGE
            ]
            words = " ".join((kind, *ends))
        case inspect.StrType(pattern=str()):
            words = "an IUPAC letter"
        case inspect.StrType():
            words = "a string" + (f" of at most {expected.max_length} letters" if expected.max_length else "")
        case inspect.BoolType():
            words = "true or false"
        case inspect.ListType() | inspect.VarTupleType():
            most = f" of at most {expected.max_length}" if expected.max_length else ""
            words = f"a list{most}, each item {_words(expected.item_type)}"
        case _:
            words = "an object"
    return words


@cache
def _lists(form: type[Request]) -> frozenset[str]:
    """Return the fields that may come several times."""
    fields = inspect.type_info(form).fields  # type: ignore[attr-defined]  # a form is a struct, whose type has fields
    kinds = ((one.encode_name, getattr(one.type, "type", one.type)) for one in fields)
    return frozenset(name for name, kind in kinds if isinstance(kind, inspect.VarTupleType))


def _object(text: str) -> object:
    """Return a JSON object that stands in an address."""
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise Problem(f"options must be a JSON object, not {text!r:.40}.", field="options") from error
