"""Numbers on their way to a device, which goes on meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor


def sent(numbers: Sequence[object], device: torch.device, dtype: torch.dtype | None = None) -> Tensor:
    """Return numbers, or rows of them, as a tensor on a device.

    A GPU would finish all that it was given before it took them from ordinary memory; page-locked memory it reads itself.

    Examples
    --------
    >>> sent([(1, 2), (3, 4)], torch.device("cpu"))
    tensor([[1, 2],
            [3, 4]])
    """
    there = torch.tensor(numbers, dtype=dtype, device="cpu", pin_memory=device.type == "cuda")
    return there.to(device, non_blocking=True)
