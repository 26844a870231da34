"""Keeping what Numba compiles for other packages, which compile it again in every process."""

from __future__ import annotations

from contextlib import suppress
from typing import Any


def kept(module: Any) -> Any:
    """Return a module whose compiled functions are kept on the disk, where Numba keeps those of others."""
    for function in vars(module).values():
        if hasattr(function, "enable_caching") and not function.signatures:
            with suppress(RuntimeError):  # nowhere to write: they are compiled in each process, as before
                function.enable_caching()
    return module
