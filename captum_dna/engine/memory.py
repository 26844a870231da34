"""How much memory a computation holds at its height, and how much there is."""

from __future__ import annotations

import weakref
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import psutil
import torch
from torch.utils._python_dispatch import TorchDispatchMode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch import Tensor


class Height(TorchDispatchMode):  # type: ignore[no-untyped-call]  # PyTorch's is untyped
    """Adds up the tensors made while it is entered, in forward and backward passes, on any device.

    It asks little of every operation, because some models do hundreds of thousands of small ones.

    Attributes
    ----------
    peak
        The most bytes that were held at once.
    """

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # PyTorch's is untyped
        self.peak = 0
        self._now = 0
        self._held: dict[int, _Held] = {}

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Run one operation and count what it made."""
        del types
        result = func(*args, **(kwargs or {}))
        for made in result if isinstance(result, tuple | list) else (result,):
            if isinstance(made, torch.Tensor):
                self._hold(made, args)
        return result

    def _hold(self, made: Tensor, args: tuple[object, ...]) -> None:
        """Count a tensor unless it is a view of one that was there."""
        storage = made.untyped_storage()
        place = storage._cdata  # noqa: SLF001 - what tells a view from a copy
        if place in self._held or any(
            isinstance(arg, torch.Tensor) and arg.untyped_storage()._cdata == place  # noqa: SLF001 - as above
            for arg in args
        ):
            return
        held = self._held[place] = _Held(storage, self._let_go)
        held.place, held.size = place, storage.nbytes()
        self._now += held.size
        self.peak = max(self.peak, self._now)

    def _let_go(self, held: _Held) -> None:
        self._held.pop(held.place, None)
        self._now -= held.size


class _Held(weakref.ref[torch.UntypedStorage]):
    """The memory of a tensor, for as long as it is there."""

    __slots__ = ("place", "size")
    place: int
    size: int


class Allocated:
    """The most bytes that a device's allocator held at once, beyond what it had: ``peak``, once it is over."""

    peak = 0


@contextmanager
def height(device: torch.device) -> Iterator[Height | Allocated]:
    """Tell how much memory the computation inside holds at its height.

    A CUDA device's allocator counts that itself, without asking anything of the operations.
    """
    if device.type != "cuda":
        with Height() as counted:
            yield counted
        return
    found, before = Allocated(), torch.cuda.memory_allocated(device)
    torch.cuda.reset_peak_memory_stats(device)
    yield found
    found.peak = torch.cuda.max_memory_allocated(device) - before


def free_bytes(device: torch.device) -> int:
    """Return the bytes that a device can still give."""
    if device.type == "cuda":
        cached = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
        return torch.cuda.mem_get_info(device)[0] + cached
    return int(psutil.virtual_memory().available)
