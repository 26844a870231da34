"""What remarks and statistics look at of a result, which comes after them: the members that they need, and their types."""

# ruff: noqa: D102 - each is told in Attribution

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from captum_dna.core.run import Run
    from captum_dna.core.sequences import Interval

    Floats = NDArray[np.float64]


class Explained(Protocol):
    """What is looked at for remarks; see :class:`captum_dna.core.attribution.Attribution`."""

    @property
    def name(self) -> str: ...
    @property
    def run(self) -> Run: ...
    @property
    def sequence(self) -> str: ...
    @property
    def target(self) -> str: ...
    @property
    def explained(self) -> str: ...
    @property
    def token_scores(self) -> Floats: ...
    @property
    def base_scores(self) -> Floats: ...
    @property
    def f_input(self) -> float: ...
    @property
    def f_baseline(self) -> float: ...
    @property
    def delta(self) -> float: ...
    @property
    def error(self) -> float: ...
    @property
    def relative_error(self) -> float: ...
    @property
    def precision(self) -> str: ...
    @property
    def converged(self) -> bool: ...
    @property
    def special_share(self) -> float: ...
    @property
    def extras(self) -> dict[str, Floats]: ...
    @property
    def windows(self) -> Sequence[Explained]: ...
    @property
    def origin(self) -> int: ...
    @property
    def interval(self) -> Interval | None: ...


class Repeated(Protocol):
    """What is looked at of the repetitions of a result."""

    @property
    def run(self) -> Run: ...
    @property
    def base_scores(self) -> Floats: ...
    @property
    def extras(self) -> dict[str, Floats]: ...


class Scored(Protocol):
    """What is looked at of hypothetical scores."""

    @property
    def name(self) -> str: ...
    @property
    def hypothetical(self) -> Floats | None: ...
