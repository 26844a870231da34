"""Letters as one-hot arrays, and the packages of the extra ``motifs``."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_COLUMN = np.zeros((256, 4))
for _number, _alike in enumerate(("Aa", "Cc", "Gg", "TtUu")):
    for _letter in _alike:
        _COLUMN[ord(_letter), _number] = 1


def one_hot(bases: str) -> NDArray[np.float64]:
    """Return (L, 4), in the order A, C, G, T; a row of zeros for any other letter."""
    return _COLUMN[np.frombuffer(bases.encode("ascii"), dtype=np.uint8)]


def needed(module: str) -> Any:
    """Return a module of the extra ``motifs``.

    Raises
    ------
    ImportError
        It is not installed; the sentence says how to install it.
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        raise ImportError(
            f"Motifs need the package {error.name}: pip install 'captum_dna[motifs]'."
        ) from error
