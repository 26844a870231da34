"""The multipliers of each operation: how its change between reference and input is shared by its operands.

Every rule is exact: the operands' changes, times their multipliers, sum to the change of the result.
Nothing here knows of models or of what came before.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch.utils._pytree import tree_unflatten

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from torch import Tensor
    from torch.utils._pytree import TreeSpec

    Pull = Callable[[Tensor], tuple[Tensor | None, ...]]
    """From multipliers of the result to multipliers of each operand; asked once, so it may use up its memory."""


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a PyTorch function, seen as a function of the tensors on the path alone.

    Parameters
    ----------
    function
        What was called.
    leaves, spec
        Its arguments, flattened; the names of those at the end alone where no argument holds others.
    places
        Which of the leaves lie on the path.
    """

    function: Callable[..., Tensor]
    leaves: list[Any]
    spec: TreeSpec | tuple[str, ...]
    places: tuple[int, ...]

    def __call__(self, *operands: Tensor) -> Tensor:
        """Run the function with other tensors on the path."""
        leaves = list(self.leaves)
        for place, operand in zip(self.places, operands, strict=True):
            leaves[place] = operand
        args, kwargs = self._arguments(leaves)
        return self.function(*args, **kwargs)

    @property
    def operands(self) -> tuple[Tensor, ...]:
        """The tensors on the path."""
        return tuple(self.leaves[place] for place in self.places)

    @property
    def alone(self) -> bool:
        """Whether no other tensor goes into the call, such as the slopes of a PReLU."""
        return sum(isinstance(leaf, torch.Tensor) for leaf in self.leaves) == 1

    def argument(self, name: str, position: int, default: object = None) -> Any:
        """Return an argument by its name or, as PyTorch allows, its position."""
        args, kwargs = self._arguments(self.leaves)
        return kwargs.get(name, args[position] if position < len(args) else default)

    def _arguments(self, leaves: list[Any]) -> tuple[Sequence[Any], dict[str, Any]]:
        """Return other leaves as they were given."""
        if not isinstance(self.spec, tuple):
            args, kwargs = tree_unflatten(leaves, self.spec)
            return args, kwargs
        first = len(leaves) - len(self.spec)
        return leaves[:first], dict(zip(self.spec, leaves[first:], strict=True))


@dataclass(frozen=True, slots=True)
class Step:
    """One operation with its operands and its result, for the input and for the reference."""

    call: Call
    x: tuple[Tensor, ...]
    r: tuple[Tensor, ...]
    y: Tensor
    y_r: Tensor


def smooth(step: Step) -> Pull:
    """Difference quotient of a function whose curvature is about one, as GELU, exp and tanh."""
    return _secant(step, lambda _: 1.0)


def scale_free(step: Step) -> Pull:
    """Difference quotient of a function that curves as fast as its argument is large, as log and rsqrt."""
    return _secant(step, torch.abs)


def kinked(step: Step) -> Pull:
    """Difference quotient of a function made of straight pieces, as ReLU; a quotient of these never cancels."""
    return _secant(step, lambda _: 0.0)


def _secant(step: Step, scale: Callable[[Tensor], Tensor | float]) -> Pull:
    """Return the difference quotient, or the derivative halfway where input and reference nearly meet.

    The quotient loses about eps / d of its digits to cancellation where the distance d is small, in units
    of the scale on which the function curves; the derivative halfway is off by about d² / 24. They cross
    near the cube root of eps.
    """
    (x,), (r,) = (_full(operand) for operand in step.x), (_full(operand) for operand in step.r)
    y, y_r = (step.y, step.y_r) if x is step.x[0] else (step.call(x), step.call(r))
    middle, change = torch.lerp(x, r, 0.5), x - r
    near = change.abs() <= _close(x) * scale(middle)
    slope = (y - y_r).div_(change)
    if step.call.alone and not slope.is_cuda:  # a GPU would be waited for to count them
        slope[near] = _derivative(step.call, middle[near])
    else:
        slope = torch.where(near, _derivative(step.call, middle), slope)
    return lambda g: (slope.mul_(g),)


def _derivative(call: Call, x: Tensor) -> Tensor:
    """Return the derivative of an elementwise function."""
    with torch.enable_grad():
        y = call(x.requires_grad_())
        (slope,) = torch.autograd.grad(y, x, y.new_ones(()).expand_as(y))
    return slope


def product(step: Step) -> Pull:
    """Midpoint of the other factor: both factors share their interaction equally, as Shapley values do."""
    if len(step.x) != 2 or step.y.is_complex():
        return bilinear(step)
    (a, b), (mid_a, mid_b) = step.x, _middles(step)
    shape_a, shape_b = a.shape, b.shape
    return lambda g: ((g * mid_b).sum_to_size(shape_a), (g * mid_a).sum_to_size(shape_b))


def rated(step: Step) -> Pull:
    """Product with a rate q, which is one over something: a quotient, which a small divisor must not blow up.

    As for a norm (:func:`layer_norm`), the quotient n = a / b changes by (da - mean(n) db) / mean(b). In terms
    of q, the numerator's multiplier is the harmonic mean of q, and the rate's is mean(n) / mean(q). Where
    the divisor changes its sign there are no such means, and it is an ordinary product.
    """
    (a, q), (a_r, q_r) = step.x, step.r
    mid_a, mid_q = _middles(step)
    fits = q * q_r > 0
    shape_a, shape_q = a.shape, q.shape
    to_a = torch.where(fits, q * q_r / mid_q, mid_q)
    to_q = torch.where(fits, (a * q + a_r * q_r) / (2 * mid_q), mid_a)
    return lambda g: ((g * to_a).sum_to_size(shape_a), (g * to_q).sum_to_size(shape_q))


def matrix_product(step: Step) -> Pull:
    """Midpoint of the other factor, for (batches of) matrices."""
    a, b = step.x[0], step.x[-1]
    if len(step.x) != 2 or a.ndim < 2 or b.ndim < 2 or step.y.is_complex():
        return bilinear(step)
    mid_a, mid_b = _middles(step)
    shape_a, shape_b = a.shape, b.shape

    def pull(g: Tensor) -> tuple[Tensor, Tensor]:
        to_a = g @ mid_b.to(g.dtype).transpose(-2, -1)
        to_b = mid_a.to(g.dtype).transpose(-2, -1) @ g
        return to_a.sum_to_size(shape_a), to_b.sum_to_size(shape_b)

    return pull


def bilinear(step: Step) -> Pull:
    """Midpoint of the other factor, for any function that is linear in each of two operands."""
    middles = _middles(step)
    with torch.enable_grad():
        middles = tuple(middle.requires_grad_() for middle in middles)
        value = step.call(*middles)
    return lambda g: torch.autograd.grad(value, middles, g, retain_graph=True)


def triangular(step: Step) -> Pull:
    """Solution X of a triangular system A X = B: mean(A) dX + dA mean(X) = dB, with means of both ends, is exact.

    So either operand's multipliers are its gradients where A and X are the means.
    """
    call = step.call
    matrix, upper = call.argument("input", 0), call.argument("upper", 2)
    left, unit = call.argument("left", 3, default=True), call.argument("unitriangular", 4, default=False)
    is_matrix = [call.leaves[place] is matrix for place in call.places]
    a = _middles(step)[is_matrix.index(True)] if any(is_matrix) else matrix
    x = torch.lerp(step.y, step.y_r, 0.5)
    shapes = [operand.shape for operand in step.x]

    def pull(g: Tensor) -> tuple[Tensor, ...]:
        to_b = torch.linalg.solve_triangular(a.mH, g, upper=not upper, left=left, unitriangular=unit)
        to_a = -(to_b @ x.mH if left else x.mH @ to_b)
        # The other triangle is not read, nor is a diagonal that is taken for ones.
        to_a = to_a.triu(int(unit)) if upper else to_a.tril(-int(unit))
        found = (to_a if one else to_b for one in is_matrix)
        return tuple(one.sum_to_size(shape) for one, shape in zip(found, shapes, strict=True))

    return pull


def larger(step: Step) -> Pull:
    """Maximum of two: half their sum and half the absolute value of their difference."""
    (a, b), (a_r, b_r) = step.x, step.r
    shape_a, shape_b = a.shape, b.shape
    apart, apart_r = a - b, a_r - b_r
    change = apart - apart_r
    slope = torch.where(change == 0, apart.sign(), (apart.abs() - apart_r.abs()) / change)
    return lambda g: (
        (g * (1 + slope) / 2).sum_to_size(shape_a),
        (g * (1 - slope) / 2).sum_to_size(shape_b),
    )


def softmax(step: Step) -> Pull:
    """Softmax, by the logarithmic mean of the probabilities at both ends.

    With w the logarithmic mean (p - p_r) / (log p - log p_r), the change of p is exactly
    w (dx - sum(w dx) / sum(w)): the Jacobian of a softmax with w in place of p. Adding a constant to a row
    changes nothing, no exponential can overflow, and over two classes it is the quotient of the sigmoid.
    """
    dim = step.call.argument("dim", 1)
    x, r, p, p_r = (_full(value) for value in (step.x[0], step.r[0], step.y, step.y_r))
    w = _logarithmic_mean(p, p_r, x.log_softmax(dim) - r.log_softmax(dim))
    total = w.sum(dim, keepdim=True)

    def pull(g: Tensor) -> tuple[Tensor]:
        share = w * g
        return (share.sub_(w.mul_(share.sum(dim, keepdim=True) / total)),)

    return pull


def log_softmax(step: Step) -> Pull:
    """Logarithm of softmax: the change of the normaliser is sum(w dx) / sum(w), see :func:`softmax`."""
    dim = step.call.argument("dim", 1)
    w = _logarithmic_mean(step.y.exp(), step.y_r.exp(), step.y - step.y_r)
    share = w / w.sum(dim, keepdim=True)
    return lambda g: (g - share * g.sum(dim, keepdim=True),)


def logsumexp(step: Step) -> Pull:
    """Logarithm of a sum of exponentials, see :func:`softmax`."""
    dim = step.call.argument("dim", 1)
    kept = step.call.argument("keepdim", 2, default=False)
    z, z_r = ((y if kept else y.unsqueeze(dim)) for y in (step.y, step.y_r))
    (x,), (r,) = step.x, step.r
    w = _logarithmic_mean((x - z).exp(), (r - z_r).exp(), (x - z) - (r - z_r))
    share = w / w.sum(dim, keepdim=True)
    return lambda g: (share * (g if kept else g.unsqueeze(dim)),)


def layer_norm(step: Step) -> Pull:
    """Layer normalisation; see :func:`_normalised`."""
    shape, eps = _sizes(step), step.call.argument("eps", 4, 1e-5)
    x, r = _full(step.x[0]), _full(step.r[0])
    # One kernel each, which reads its operand once.
    n, mean, rate = torch.native_layer_norm(x, shape, None, None, eps)
    n_r, mean_r, rate_r = torch.native_layer_norm(r, shape, None, None, eps)
    return _normalised(
        step.call.argument("weight", 2),
        torch.lerp(n, n_r, 0.5),
        torch.lerp(x, r, 0.5).sub_(torch.lerp(mean, mean_r, 0.5)),
        torch.lerp(rate.reciprocal(), rate_r.reciprocal(), 0.5),
        shape,
        centred=True,
    )


def rms_norm(step: Step) -> Pull:
    """Root-mean-square normalisation: layer normalisation without the mean."""
    shape, eps = _sizes(step), step.call.argument("eps", 3)
    x, r = _full(step.x[0]), _full(step.r[0])
    eps, dims = torch.finfo(x.dtype).eps if eps is None else eps, _last(shape)
    s, s_r = ((value.square().mean(dims, keepdim=True) + eps).sqrt_() for value in (x, r))
    return _normalised(
        step.call.argument("weight", 2),
        torch.lerp(x / s, r / s_r, 0.5),
        torch.lerp(x, r, 0.5),
        torch.lerp(s, s_r, 0.5),
        shape,
        centred=False,
    )


def _normalised(
    weight: Tensor | None, n: Tensor, c: Tensor, s: Tensor, shape: tuple[int, ...], *, centred: bool
) -> Pull:
    """Return the exact rule of n = c / s, where c deviates from the mean and s is c's root mean square.

    The product n s = c changes by mean(n) ds + mean(s) dn, means being of both ends, and s squared by
    2 mean(s) ds, so that dn = (dc - mean(n) ds) / mean(s): the Jacobian of the norm with means in place of
    values. It stays small where one end is the zero vector, as 1 / s would not.

    Parameters
    ----------
    weight
        What the result is multiplied by.
    n, c, s
        Means of both ends.
    shape
        The last sizes of the operand, which are normalised together.
    centred
        Whether the operand's mean is subtracted.
    """
    dims, size = _last(shape), math.prod(shape)

    def pull(g: Tensor) -> tuple[Tensor]:
        g = g if weight is None else g * weight
        share = (g * n).sum(dims, keepdim=True).div_(s * size)
        # The mean of c is zero where it is centred.
        centre = g - g.mean(dims, keepdim=True) if centred else g
        return (torch.addcmul(centre, c, share, value=-1).div_(s),)

    return pull


def _sizes(step: Step) -> tuple[int, ...]:
    """Return the last sizes of an operand, which a norm normalises together."""
    shape = step.call.argument("normalized_shape", 1)
    return (shape,) if isinstance(shape, int) else tuple(shape)


def _last(shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(range(-len(shape), 0))


def _middles(step: Step) -> tuple[Tensor, ...]:
    return tuple(torch.lerp(x, r, 0.5) for x, r in zip(step.x, step.r, strict=True))


def _logarithmic_mean(p: Tensor, p_r: Tensor, log_ratio: Tensor) -> Tensor:
    """Return (p - p_r) / log_ratio, or the geometric mean where the two nearly meet.

    The two means differ by the factor 1 + d² / 24; see :func:`_secant`. The comparison is false for NaN,
    which is what masked entries (-inf in both) give.
    """
    apart = log_ratio.abs() > _close(p)
    return torch.where(apart, (p - p_r).div_(log_ratio), (p * p_r).sqrt_())


def _close(value: Tensor) -> float:
    return float(torch.finfo(value.dtype).eps ** (1 / 3))


def _full(value: Tensor) -> Tensor:
    """Return half precision as single: a difference of two half-precision numbers has few digits."""
    return value.float() if value.dtype in (torch.bfloat16, torch.float16) else value


ONE_OPERAND: dict[str, Callable[[Step], Pull]] = {
    **dict.fromkeys(
        (
            *("gelu", "silu", "mish", "softplus", "log_sigmoid", "sigmoid", "tanh", "erf", "erfc"),
            *("exp", "exp2", "expm1", "log1p", "sin", "cos", "sinh", "cosh", "atan", "asinh", "sinc"),
        ),
        smooth,
    ),
    **dict.fromkeys(("log", "log2", "log10", "sqrt", "rsqrt", "reciprocal", "pow"), scale_free),
    **dict.fromkeys(
        (
            *("relu", "relu6", "leaky_relu", "elu", "selu", "celu", "prelu", "threshold", "abs", "maximum"),
            *("minimum", "clamp", "clamp_min", "clamp_max", "hardtanh", "hardswish", "hardsigmoid"),
            *("hardshrink", "softshrink", "sign", "floor", "ceil", "round", "trunc"),
        ),
        kinked,
    ),
    "softmax": softmax,
    "log_softmax": log_softmax,
    "logsumexp": logsumexp,
    "layer_norm": layer_norm,
    "rms_norm": rms_norm,
    "linalg_solve_triangular": triangular,
}
"""The rule of an operation with one operand on the path, by PyTorch's name for it."""

TWO_OPERANDS: dict[str, Callable[[Step], Pull]] = {
    "mul": product,
    "mul by rate": rated,
    **dict.fromkeys(("matmul", "mm", "bmm"), matrix_product),
    **dict.fromkeys(
        (
            *("einsum", "baddbmm", "addmm", "addbmm", "addmv", "mv", "dot", "inner", "outer", "ger", "vdot"),
            *("linear", "bilinear", "conv1d", "conv2d", "tensordot", "kron"),
        ),
        bilinear,
    ),
    "maximum": larger,
    "linalg_solve_triangular": triangular,
}
"""The rule of an operation with two operands on the path; with one, products are linear and need none."""
