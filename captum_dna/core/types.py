"""What the public verbs take: names for the types of their arguments, and no more.

Nothing is imported for them: a model is told by what it does, so that torch need not be there to say so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, Union

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from captum_dna.core.sequences import Sequence

PathLike = str | Path
"""The name of a file or folder."""


class ModuleLike(Protocol):
    """A torch module: a model in hand."""

    def state_dict(self) -> Mapping[str, object]:
        """Return the weights by name."""
        ...

    def named_modules(self) -> Iterable[tuple[str, object]]:
        """Yield the modules inside, by name."""
        ...


class ClassifierLike(Protocol):
    """A model that is ready to be explained, as :func:`captum_dna.load` returns it."""

    name: str

    def label_index(self, target: object) -> int:
        """Return the position of a class, given by index or name."""
        ...

    def predict(self, sequences: SequencesLike) -> NDArray[np.float64]:
        """Return (N, C) class probabilities."""
        ...


class TokenizerLike(Protocol):
    """A tokenizer of Transformers, or one that has the same special tokens, such as :class:`captum_dna.OneHot`."""

    @property
    def pad_token_id(self) -> int | None:
        """The id of the padding token, if there is one."""
        ...

    @property
    def mask_token_id(self) -> int | None:
        """The id of the mask token, if there is one."""
        ...


ModelLike = str | Path | ModuleLike | ClassifierLike
"""``"demo"``, a hub name, a folder, a model in hand, or what :func:`captum_dna.load` returned."""

SequencesLike = Union[str, Path, "Sequence", Mapping[str, object], Iterable[object]]
"""Whatever :func:`captum_dna.read` reads: letters, a file's name, a list, a mapping, a data frame, a data set."""
