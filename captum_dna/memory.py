"""How much memory a computation holds at its height, and how much there is."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any

import psutil
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

if TYPE_CHECKING:
    from torch import Tensor


class Height(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Adds up the tensors made while it is entered, in forward and backward passes, on any device.

    Attributes
    ----------
    peak
        The most bytes that were held at once.
    """

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.peak = 0
        self._held = 0
        self._seen: dict[int, Any] = {}

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Run one operation and count what it made."""
        del types
        known = {_storage(leaf) for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, torch.Tensor)}
        result = func(*args, **(kwargs or {}))
        for leaf in tree_leaves(result):
            if isinstance(leaf, torch.Tensor) and _storage(leaf) not in known:
                self._hold(leaf)
        return result

    def _hold(self, made: Tensor) -> None:
        storage = made.untyped_storage()
        size = storage.nbytes()
        self._held += size
        self.peak = max(self.peak, self._held)
        weakref.finalize(storage, self._let_go, size)

    def _let_go(self, size: int) -> None:
        self._held -= size


def _storage(tensor: Tensor) -> int:
    return int(tensor.untyped_storage()._cdata)  # noqa: SLF001 - what tells a view from a copy


def free_bytes(device: torch.device) -> int:
    """Return the bytes that a device can still give."""
    if device.type == "cuda":
        cached = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
        return torch.cuda.mem_get_info(device)[0] + cached
    return int(psutil.virtual_memory().available)
