"""Several results: what they are lies above core, so that the package tells it here before anything is imported."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Maker = Callable[[Iterable[Any]], Any]

_makers: list[Maker] = []


def several(results: Iterable[Any]) -> Any:
    """Return results as :class:`captum_dna.Attributions`."""
    return _makers[0](results)


def made_by(maker: Maker) -> None:
    """Say what makes several results of some."""
    _makers[:] = [maker]
