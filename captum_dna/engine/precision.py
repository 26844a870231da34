"""The arithmetic of the passes: what hardware is fast at, and the ladder that ``precision="auto"`` climbs.

The first rung is the cheapest. What does not converge there because of its rounding goes to the next; the last is the
model's own number format.
"""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, NamedTuple

import torch

from captum_dna.core.errors import UserError
from captum_dna.model.borrowed import Borrowed

if TYPE_CHECKING:
    from collections.abc import Iterator

OWN = "float32"
"""The name of the model's own number format, which is float32 for most."""

_HALVES = {"float16": torch.float16, "bfloat16": torch.bfloat16}

_ULPS = 16
"""Rounding errors of a deep model in its own format, in units in the last place."""

_TF32 = 2.0**-10
"""Spacing of the numbers that TF32 products take, as a share."""

_SCALE = {"float16": 1024.0}
"""What f is multiplied by before its gradient is taken, so that small slopes stay above the least number of the format."""

_TENSOR_CORES, _AMPERE = (7, 0), (8, 0)
"""Compute capabilities from which on a GPU is fast at float16, and knows bfloat16 and TF32."""

_PRODUCTS = torch.backends.cuda.matmul
# Since 2.9 PyTorch has a name for it that does not mix with the older one.
_NAME, _ON = ("fp32_precision", "tf32") if hasattr(_PRODUCTS, "fp32_precision") else ("allow_tf32", True)
_TF32_PRODUCTS = Borrowed(lambda: getattr(_PRODUCTS, _NAME), lambda value: setattr(_PRODUCTS, _NAME, value))


class Hardware(NamedTuple):
    """What decides which arithmetic is fast: the type of the device, such as ``"cuda"``, and CUDA's compute capability."""

    kind: str
    capability: tuple[int, int] = (0, 0)


def hardware_of(device: torch.device) -> Hardware:
    """Return what a device is fast at."""
    if device.type == "cuda":
        return Hardware("cuda", torch.cuda.get_device_capability(device))
    return Hardware(device.type)


def ladder(hardware: Hardware, dtype: torch.dtype) -> tuple[str, ...]:
    """Return the precisions to try, the cheapest first and the model's own last.

    bfloat16 is none of them: it is as fast as float16 on a GPU and rounds eight times as much, so that half of the sequences
    of a trained model had to climb. A model whose weights are not float32 has no cheaper one: double precision was asked
    for, and half precision is already what it is.

    Examples
    --------
    >>> ladder(Hardware("cuda", (9, 0)), torch.float32)
    ('float16', 'tf32', 'float32')
    >>> ladder(Hardware("cpu"), torch.float32)
    ('float32',)
    """
    cheaper: tuple[str, ...] = ()
    if dtype == torch.float32 and hardware.kind == "cuda":
        cheaper = ("float16",) if hardware.capability >= _TENSOR_CORES else ()
        cheaper += ("tf32",) if hardware.capability >= _AMPERE else ()
    return (*cheaper, OWN)


def rungs(precision: str, device: torch.device, dtype: torch.dtype) -> tuple[str, ...]:
    """Return what is tried for a precision that was asked for.

    Raises
    ------
    UserError
        The device does not know it.
    """
    if precision == "auto":
        return ladder(hardware_of(device), dtype)
    hardware = hardware_of(device)
    if precision == "tf32" and (hardware.kind != "cuda" or hardware.capability < _AMPERE):
        raise UserError(
            f"{device} does not support TF32, which needs a GPU of compute capability 8.0 or higher. "
            "Choose `precision='auto'`, which takes the fastest format of the device.",
            option="precision",
        )
    if precision in _HALVES and not torch.amp.is_autocast_available(device.type):
        raise UserError(
            f"PyTorch has no {precision} on {device}. Choose `precision='float32'`.", option="precision"
        )
    return (precision,)


def whole(tried: tuple[str, ...]) -> tuple[str, ...]:
    """Return the rungs of a ladder that are no half precision; a half that is the only one was asked for.

    Examples
    --------
    >>> whole(("float16", "tf32", "float32")), whole(("bfloat16",))
    (('tf32', 'float32'), ('bfloat16',))
    """
    return tuple(one for one in tried if one not in _HALVES) or tried


def resolution(precision: str, dtype: torch.dtype) -> float:
    """Return the relative noise of f in a precision, for a model of a number format."""
    if precision in _HALVES:
        return float(torch.finfo(_HALVES[precision]).eps)
    return _TF32 if precision == "tf32" else _ULPS * float(torch.finfo(dtype).eps)


def scale(precision: str) -> float:
    """Return what f is multiplied by before its gradient is taken."""
    return _SCALE.get(precision, 1.0)


@contextmanager
def computing_in(precision: str, device: torch.device) -> Iterator[None]:
    """Let the passes inside be in a precision; what the process had is put back."""
    with ExitStack() as stack:
        if precision in _HALVES:
            stack.enter_context(torch.autocast(device.type, dtype=_HALVES[precision]))
        elif precision == "tf32":
            stack.enter_context(_TF32_PRODUCTS.being(_ON))
        yield
