"""The packages of the extra ``motifs``, which may not be installed."""

from __future__ import annotations

from importlib import import_module
from typing import Any


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
