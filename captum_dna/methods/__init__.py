"""Attribution methods by name; each lives in a file of its own and obeys one small protocol."""

from __future__ import annotations

from typing import TYPE_CHECKING

from captum_dna.methods.integrated_gradients import IntegratedGradients

if TYPE_CHECKING:
    from captum_dna.methods.base import Method

METHODS: dict[str, Method] = {method.name: method for method in (IntegratedGradients(),)}


def find_method(name: str) -> Method:
    """Return the method of this name.

    Raises
    ------
    ValueError
        No such method; the message lists them.
    """
    if name not in METHODS:
        raise ValueError(f"There is no method {name!r}; choose one of {', '.join(METHODS)}.")
    return METHODS[name]
