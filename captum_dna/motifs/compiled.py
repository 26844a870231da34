"""Packages that Numba compiles: what it compiles is kept, and what it changes is put back."""

from __future__ import annotations

import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType


def kept(module: ModuleType) -> ModuleType:
    """Return a module whose compiled functions are kept on the disk, where Numba keeps those of others."""
    for function in vars(module).values():
        if hasattr(function, "enable_caching") and not function.signatures:
            with suppress(RuntimeError):  # nowhere to write: they are compiled in each process, as before
                function.enable_caching()
    return module


@contextmanager
def threads_of_torch_kept() -> Iterator[None]:
    """Put back how many threads PyTorch computes with: Numba sets those of OpenMP, which both use, to all cores."""
    torch = sys.modules.get("torch")
    before = torch.get_num_threads() if torch else None
    try:
        yield
    finally:
        if torch:
            torch.set_num_threads(before)
