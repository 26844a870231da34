"""From what a user asks for to a method object, and what a method says of itself."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

from captum_dna.core.checks import near
from captum_dna.core.errors import UserError
from captum_dna.core.registry import no_such
from captum_dna.methods import METHODS
from captum_dna.methods.own_options import check_own_options, others

if TYPE_CHECKING:
    from captum_dna.engine.protocol import Method


def find_method(method: str | type | Method, options: dict[str, object] | None = None) -> Method:
    """Return the method of this name with its options, or the method object given.

    A class of Captum's, such as ``captum.attr.LayerDeepLift``, becomes a method that lets Captum compute.

    Raises
    ------
    UserError
        No such method, or no such option; the message lists what there is.
    """
    from captum_dna.methods.captum_layers import LRP_REFUSAL, captum_method

    options = options or {}
    if isinstance(method, type):
        return captum_method(method, options)
    if not isinstance(method, str):
        if options:
            misspelt = {name: near(name, others()) for name in options}
            hint = next((words for words in misspelt.values() if words), "")
            raise UserError(
                f"Give the options to the method object itself, not beside it: {', '.join(options)}{hint}.",
                option=next(iter(options)),
            )
        return method
    if method not in METHODS:
        is_lrp = "lrp" in method.lower() or "relevance_propagation" in method.lower()
        raise UserError(LRP_REFUSAL if is_lrp else no_such("method", method, METHODS), option="method")
    chosen: Any = METHODS[method]
    check_own_options(f"The method {method!r}", options, [field.name for field in fields(chosen)])
    return chosen(**options)  # type: ignore[no-any-return]  # chosen by name, so its class is not known


def method_options(method: Method) -> dict[str, Any]:
    """Return the options that a method object has, by name."""
    return asdict(method)  # type: ignore[call-overload, no-any-return]  # every method is a dataclass, which a protocol cannot say


def words_of(method: type[Method]) -> str:
    """Return what a method computes, in words: the first line of its docstring."""
    return (method.__doc__ or "").strip().splitlines()[0] if method.__doc__ else ""


def default_options(method: type[Method]) -> dict[str, object]:
    """Return the own options of a method with their defaults."""
    chosen: Any = method
    return {
        field.name: field.default
        for field in fields(chosen)
        if isinstance(field.default, int | float | str | tuple | None)
    }


def citation_of(name: str) -> str:
    """Return where a method was described; nothing where that is not known here."""
    if name.startswith("captum."):
        from captum_dna.methods.captum_layers import CaptumLayerMethod

        return CaptumLayerMethod.citation
    try:
        return METHODS[name].citation
    except ValueError:  # results of a package that is not installed here
        return ""
