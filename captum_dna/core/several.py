"""Several results: what they are lies above core, so that the package tells it here before anything is imported."""

# ruff: noqa: D102 - each is told in Attributions

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    import pandas as pd
    from matplotlib.figure import Figure

    Maker = Callable[[Iterable[Any]], "Several"]


class Several(Protocol):
    """What several results can do that one alone does as well; see :class:`captum_dna.Attributions`."""

    def save(self, path: str | Path, **options: object) -> Path: ...
    def plot(self, **options: object) -> Figure: ...
    def to_frame(self, level: str = "base") -> pd.DataFrame: ...
    def to_logomaker(self, *, hypothetical: bool = False) -> pd.DataFrame: ...
    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, object]: ...


_makers: list[Maker] = []


def several(results: Iterable[Any]) -> Several:
    """Return results as :class:`captum_dna.Attributions`."""
    return _makers[0](results)


def made_by(maker: Maker) -> None:
    """Say what makes several results of some."""
    _makers[:] = [maker]
