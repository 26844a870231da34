"""Which library multiplies float32 matrices on the CPU: the quicker one, where it is as exact.

PyTorch gives them to MKL, which needs twice as long as oneDNN on the AMD processor of docs/engine.md. It hands
them to oneDNN only where less than float32 is allowed, and oneDNN makes use of that only where the processor has units for
it. So the processor is asked whether it has such units, and a product is tried both ways before anything is changed.
"""

from __future__ import annotations

import time
from contextlib import nullcontext
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import torch

from captum_dna.model.borrowed import Borrowed

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from torch import Tensor

_EXACT = 1e-5
"""Largest relative difference of the two libraries' products: float32 has some 1e-7, bfloat16 some 1e-3."""

_WORTH = 0.8
"""Share of the usual time from which on it pays."""

_WIDE = 256
"""Width of a model from which on it pays: oneDNN is slow at the small products inside the attention of narrow ones."""

_USUAL, _BY_ONEDNN = "none", "bf16"


def quick_products(width: int) -> AbstractContextManager[None]:
    """Multiply float32 matrices by the quicker library, for a model of so many numbers per token.

    What the user has set stays.
    """
    if width < _WIDE:
        return nullcontext()
    return _PRODUCTS.being(_BY_ONEDNN, when=lambda found: found == _USUAL and onednn_pays())


@lru_cache(maxsize=1)
def onednn_pays() -> bool:
    """Tell whether oneDNN multiplies float32 matrices as exactly as usual here, and quicker; asked once."""
    setting = _setting()
    has_units = getattr(torch.cpu, "_is_amx_tile_supported", lambda: True)
    if setting is None or has_units():
        return False
    own = torch.Generator().manual_seed(0)  # others draw from the process's
    rows, weights = (torch.rand(count, 768, generator=own) - 0.5 for count in (512, 768))
    usual, took = _timed(rows, weights)
    setting.fp32_precision = _BY_ONEDNN
    try:
        other, quicker = _timed(rows, weights)
    finally:
        setting.fp32_precision = _USUAL
    exact = float((other - usual).norm() / usual.norm()) <= _EXACT
    return exact and quicker <= _WORTH * took


def _setting() -> Any:
    """Return PyTorch's setting of oneDNN's matrix products, or ``None`` where there is none (before 2.9)."""
    return getattr(torch.backends.mkldnn, "matmul", None) if torch._C._has_mkldnn else None  # noqa: SLF001 - typed


_PRODUCTS: Borrowed[str | None] = Borrowed(
    lambda: getattr(_setting(), "fp32_precision", None),
    lambda value: setattr(_setting(), "fp32_precision", value),
)


def _timed(rows: Tensor, weights: Tensor) -> tuple[Tensor, float]:
    """Return a product, and the seconds of the quickest of five."""
    with torch.no_grad():
        product = torch.nn.functional.linear(rows, weights)
        seconds = []
        for _ in range(5):
            began = time.perf_counter()
            torch.nn.functional.linear(rows, weights)
            seconds.append(time.perf_counter() - began)
    return product, min(seconds)
