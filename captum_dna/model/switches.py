"""The switches of a process or a thread that change what a model computes, put to what a plain call has.

People set them at the top of a notebook or around a call; the numbers must not depend on it, and afterwards the
switches are where they were.
"""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import torch

from captum_dna.model.borrowed import Borrowed

if TYPE_CHECKING:
    from collections.abc import Iterator

_DEFAULT_DTYPE = Borrowed(torch.get_default_dtype, torch.set_default_dtype)


@contextmanager
def plain_switches(device: torch.device, dtype: torch.dtype) -> Iterator[None]:
    """Allow gradients, and turn off inference mode, autocast and other defaults of number format and device.

    Parameters
    ----------
    device, dtype
        Of the model. What it makes without naming a device comes to lie there; a default of double precision stays
        for a model of double precision, whose code may count on it.
    """
    with ExitStack() as stack:
        if torch.is_inference_mode_enabled():
            stack.enter_context(torch.inference_mode(mode=False))
        stack.enter_context(torch.enable_grad())
        for kind in {"cpu", device.type} - {"meta"}:
            if torch.is_autocast_enabled(kind):
                stack.enter_context(torch.autocast(kind, enabled=False))
        if torch.get_default_device().type not in ("cpu", device.type):
            stack.enter_context(device)
        if not dtype == torch.get_default_dtype() == torch.float64:
            stack.enter_context(_DEFAULT_DTYPE.being(torch.float32))
        yield
