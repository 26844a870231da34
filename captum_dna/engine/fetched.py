"""What a device computes is fetched once it is there, while the device goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray
    from torch import Tensor


_AHEAD = {"cuda": 1}
"""Batches that a device computes while the last is read; on a processor the two would only take turns."""


def ahead(device: torch.device) -> int:
    """Return how many batches may be under way while another is read."""
    return _AHEAD.get(device.type, 0)


class Fetched:
    """Tensors on their way to the processor's memory.

    The copy is ordered when it is made, behind what computes them and before anything that the device is given
    afterwards; :meth:`arrays` waits for that and for nothing else.

    Parameters
    ----------
    tensors
        What to fetch; ``None`` stays what it is.

    Examples
    --------
    >>> import torch
    >>> Fetched(torch.ones(2), None).arrays()
    [array([1., 1.]), None]
    """

    def __init__(self, *tensors: Tensor | None) -> None:
        self._there = [one if one is None else _copied(one.detach()) for one in tensors]
        device = next((one.device for one in tensors if one is not None), torch.device("cpu"))
        self._event: torch.cuda.Event | None = None
        if device.type == "cuda":
            self._event = torch.cuda.current_stream(device).record_event()

    def arrays(self) -> list[NDArray[Any] | None]:
        """Return the tensors as arrays, floating-point numbers in double precision."""
        if self._event is not None:
            self._event.synchronize()
        return [None if one is None else one.numpy() for one in self._there]


def _copied(tensor: Tensor) -> Tensor:
    wide = tensor.double() if tensor.is_floating_point() else tensor
    return wide.to("cpu", non_blocking=wide.is_cuda)
