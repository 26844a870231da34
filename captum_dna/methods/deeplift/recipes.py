"""Larger operations written in terms of smaller ones that have rules of their own.

A recipe takes the operation's own arguments. It may return ``NotImplemented`` where the operation, called
like this, is linear or has a rule of its own.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from collections.abc import Callable

    Result = Any
    """A tensor, or several; ``NotImplemented`` where an operation has to stay as it is."""
    Size = int | tuple[int, ...]
    Dims = int | tuple[int, ...] | None

    from torch import Tensor


def attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Tensor | None = None,
    dropout_p: float = 0.0,  # noqa: ARG001 - the model is in evaluation mode
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> Result:
    """Scaled dot-product attention: a product, a softmax, a product."""
    if enable_gqa:
        groups = query.shape[-3] // key.shape[-3]
        key, value = key.repeat_interleave(groups, -3), value.repeat_interleave(groups, -3)
    scores = (query * (1 / math.sqrt(query.shape[-1]) if scale is None else scale)) @ key.transpose(-2, -1)
    if is_causal:
        attn_mask = torch.ones(scores.shape[-2:], dtype=torch.bool, device=scores.device).tril()
    if attn_mask is None:
        return scores.softmax(-1) @ value
    if attn_mask.dtype != torch.bool:
        return (scores + attn_mask).softmax(-1) @ value
    # A query that sees nothing gets zero, as PyTorch has it; with -inf its softmax would be NaN.
    hidden = ~attn_mask
    weights = scores.masked_fill(hidden, torch.finfo(scores.dtype).min).softmax(-1)
    return weights.masked_fill(hidden, 0.0) @ value


def quotient(a: Tensor | float, b: Tensor | float, *, rounding_mode: str | None = None) -> Result:
    """Quotient: a product with the reciprocal, where the denominator lies on the path."""
    if rounding_mode is not None or not (isinstance(b, torch.Tensor) and b.requires_grad):
        return NotImplemented
    return a * b.reciprocal()


def reversed_quotient(b: Tensor, a: Tensor | float) -> Result:
    """Quotient whose denominator comes first, as PyTorch's ``__rdiv__`` has it."""
    return a * b.reciprocal()


def power(base: Any, exponent: Tensor | float) -> Result:
    """Power: a square is a product with itself, roots have names, an exponent on the path is an exponential's."""
    if isinstance(exponent, torch.Tensor) and exponent.requires_grad:
        logarithm = base.log() if isinstance(base, torch.Tensor) else math.log(base)
        return (exponent * logarithm).exp()
    if isinstance(exponent, torch.Tensor):
        return NotImplemented
    if exponent == 2:
        return base * base
    named = {0.5: torch.sqrt, -0.5: torch.rsqrt, -1: torch.reciprocal}
    return named[exponent](base) if exponent in named else NotImplemented


def reversed_power(exponent: Tensor, base: Tensor | float) -> Result:
    """Power whose exponent comes first, as PyTorch's ``__rpow__`` has it."""
    return power(base, exponent)


def square(x: Tensor) -> Result:
    """Square: a product with itself."""
    return x * x


def minimum(a: Tensor, b: Tensor) -> Result:
    """Minimum of two: the maximum of their negatives."""
    if not (a.requires_grad and b.requires_grad):
        return NotImplemented
    return -torch.maximum(-a, -b)


def largest(x: Tensor, dim: Dims = None, keepdim: bool = False) -> Result:
    """Maximum along one dimension: a tournament of twos."""
    if isinstance(dim, (list, tuple)):
        if len(dim) != 1:
            return NotImplemented
        dim = dim[0]
    rest = x.flatten() if dim is None else x.movedim(dim, -1)
    while rest.shape[-1] > 1:
        half = rest.shape[-1] // 2
        winners = torch.maximum(rest[..., :half], rest[..., half : 2 * half])
        rest = torch.cat([winners, rest[..., 2 * half :]], -1)
    rest = rest.squeeze(-1)
    return rest.unsqueeze(dim) if keepdim and dim is not None else rest


def max_(x: Tensor, *args: Any, **kwargs: Any) -> Result:
    """Three operations of one name: of all, of two, and along a dimension, which tells the place too."""
    other = args[0] if args else kwargs.get("dim", kwargs.get("other"))
    if isinstance(other, torch.Tensor):
        return torch.maximum(x, other)
    if other is None:
        return largest(x)
    places = x.detach().max(*args, **kwargs)
    keepdim = args[1] if len(args) > 1 else kwargs.get("keepdim", False)
    return type(places)((largest(x, other, keepdim), places.indices))


def pooled(
    x: Tensor,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    dilation: Size = 1,
    ceil_mode: bool = False,
    **_: object,
) -> Result:
    """Maximum of each window of the last axis."""
    width, step, edge, apart = (
        value[0] if isinstance(value, (tuple, list)) else value
        for value in (kernel_size, stride or kernel_size, padding, dilation)
    )
    if ceil_mode or apart != 1:
        return NotImplemented
    if edge:
        x = torch.nn.functional.pad(x, (edge, edge), value=torch.finfo(x.dtype).min)
    return largest(x.unfold(-1, width, step), -1)


def pooled_to(x: Tensor, output_size: object, **_: object) -> Result:
    """Maximum of the whole last axis, with its place, as adaptive pooling to one value has it."""
    size = output_size[0] if isinstance(output_size, (tuple, list)) else output_size
    return (
        (largest(x, -1, keepdim=True), x.detach().argmax(-1, keepdim=True)) if size == 1 else NotImplemented
    )


def gated(x: Tensor, dim: int = -1) -> Result:
    """Gated linear unit."""
    a, b = x.chunk(2, dim)
    return a * b.sigmoid()


def variance(
    x: Tensor,
    dim: Dims = None,
    unbiased: bool | None = None,
    keepdim: bool = False,
    *,
    correction: float | None = None,
) -> Result:
    """Variance: mean square of the deviation."""
    if isinstance(dim, bool):
        dim, unbiased = None, dim
    if correction is None:
        correction = 1 if unbiased is None else int(unbiased)
    dims = tuple(range(x.ndim)) if dim is None else dim
    apart = x - x.mean(dims, keepdim=True)
    total = (apart * apart).sum(dims, keepdim=keepdim)
    return total / (x.numel() / max(1, total.numel()) - correction)


def standard_deviation(*args: Any, **kwargs: Any) -> Result:
    """Root-mean-square deviation: root of the variance."""
    return variance(*args, **kwargs).sqrt()


def length(
    x: Tensor, p: float | str = "fro", dim: Dims = None, keepdim: bool = False, **rest: object
) -> Result:
    """Euclidean norm: root of the sum of squares."""
    if p not in ("fro", 2, None) or any(value is not None for value in rest.values()):
        return NotImplemented
    dims = tuple(range(x.ndim)) if dim is None else dim
    return (x * x).sum(dims, keepdim=keepdim).sqrt()


def vector_length(
    x: Tensor,
    ord: float | str = 2,  # noqa: A002 - PyTorch's name for it
    dim: Dims = None,
    keepdim: bool = False,
    **rest: object,
) -> Result:
    """Euclidean norm as ``torch.linalg`` has it."""
    return length(x, ord, dim, keepdim, **rest)


def sum_and_product(x: Tensor, a: Tensor, b: Tensor, *, value: float = 1) -> Result:
    """Fused ``x + value * a * b``."""
    return x + (a * b) * value


RECIPES: dict[str, Callable[..., Result]] = {
    "scaled_dot_product_attention": attention,
    **dict.fromkeys(("div", "divide", "true_divide"), quotient),
    "__rdiv__": reversed_quotient,
    "__rpow__": reversed_power,
    "pow": power,
    "square": square,
    "minimum": minimum,
    "amax": largest,
    "max": max_,
    "max_pool1d": pooled,
    "adaptive_max_pool1d": pooled_to,
    "glu": gated,
    "var": variance,
    "std": standard_deviation,
    "norm": length,
    "linalg_vector_norm": vector_length,
    "vector_norm": vector_length,
    "addcmul": sum_and_product,
}
"""The recipe of each operation, by PyTorch's name for it."""
