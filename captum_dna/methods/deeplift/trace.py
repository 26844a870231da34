"""Two walks through one model: the reference's, which leaves its traces, and the input's, which reads them.

Both are ordinary forward passes under a :class:`torch.overrides.TorchFunctionMode`, which sees every
operation. Those with a rule run as a node of autograd whose backward pass hands on multipliers instead of
gradients; all others are linear, so that their gradient is their multiplier. What lies on the path between
reference and input is what autograd tracks: freeze the parameters.
"""

from __future__ import annotations

import re
from collections import defaultdict, deque
from contextlib import contextmanager
from functools import lru_cache
from types import CellType, FunctionType
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch.overrides import TorchFunctionMode
from torch.utils._pytree import tree_flatten

from captum_dna.methods.deeplift.recipes import RECIPES
from captum_dna.methods.deeplift.rules import ONE_OPERAND, TWO_OPERANDS, Call, Step
from captum_dna.model.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from torch import Tensor
    from torch.utils._pytree import TreeSpec

    from captum_dna.methods.deeplift.rules import Pull

_SPELLINGS = {"multiply": "mul", "absolute": "abs", "clip": "clamp", "special_softmax": "softmax"}
_PYTHON_MODULES = ("torch.nn.functional", "torch.functional")
_PLACING = frozenset(
    """
    getitem __setitem__ index_select gather take take_along_dim masked_select index_put index_add index_copy
    scatter scatter_add
    """.split()  # noqa: SIM905 - a list of names
)
"""Operations that take or put numbers at the places which a tensor says."""


class PartedError(ModelError):
    """The model did not do the same for the input as for the reference."""


class Walk(TorchFunctionMode):
    """A way through a model, gone by the reference first and by the input after it.

    One reference may stand for a batch of inputs: it goes alone, and its values are broadcast. It may stand for other
    batches as well, which are given the trail that it left.

    Parameters
    ----------
    trail
        What a reference left on another walk; this one begins where that one had come to.

    Examples
    --------
    >>> import torch
    >>> x, reference = torch.tensor([2.0, 3.0], requires_grad=True), torch.zeros(2, requires_grad=True)
    >>> walk = Walk()
    >>> with walk.of_reference():
    ...     at_reference = reference[0] * reference[1]
    >>> with walk.of_input():
    ...     y = x[0] * x[1]
    >>> torch.autograd.grad(y, x)[0] * (x - reference).detach()
    tensor([3., 3.])
    """

    def __init__(self, trail: Trail | None = None) -> None:
        super().__init__()
        self._traces = deque(trail.operations if trail else ())
        self._places = deque(trail.places if trail else ())
        self._elsewhere: defaultdict[torch.device, list[Tensor]] = defaultdict(list)
        self.recording = True

    def went_alike(self) -> bool:
        """Tell whether the input took its numbers from the places where the reference took them.

        Where experts are chosen by the data, what stands in one place is another token of the input than of the
        reference, or of another sequence of the batch.
        """
        return not any(bool(torch.stack(found).any()) for found in self._elsewhere.values())

    @property
    def trail(self) -> Trail:
        """What the reference has left and no input has met."""
        return Trail(tuple(self._traces), tuple(self._places))

    @contextmanager
    def of_reference(self) -> Iterator[None]:
        """Go through the model with the reference."""
        self.recording = True
        with self:
            yield

    @contextmanager
    def of_input(self) -> Iterator[None]:
        """Go the same way with the input; gradients found of its results are multipliers.

        Raises
        ------
        PartedError
            The input took another way than the reference.
        """
        self.recording = False
        with self:
            yield
        if self._traces:
            raise _parted(self._traces[0].name)

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Run one operation, by its rule if it is not linear."""
        del types
        kwargs = kwargs or {}
        name, in_place, in_python, ruled = _known(func)
        if name in _PLACING:
            self._note_places(args, kwargs)
        if in_python:
            # What it calls comes back here, one by one.
            with self:
                return _opened(func)(*args, **kwargs)
        if ruled:
            result = self._by_rule(name, func, args, kwargs, in_place=in_place)
            if result is not NotImplemented:
                return result
        if in_place and self.recording:
            self._keep(args[0])
        return func(*args, **kwargs)

    def _by_rule(
        self,
        name: str,
        func: Callable[..., Tensor],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        *,
        in_place: bool,
    ) -> Any:
        leaves, spec = _flat(args, kwargs)
        places = tuple(
            [i for i, leaf in enumerate(leaves) if isinstance(leaf, torch.Tensor) and leaf.requires_grad]
        )
        if not places or not torch.is_grad_enabled():
            return NotImplemented
        result: Any = NotImplemented
        if name in RECIPES:
            with self:
                result = RECIPES[name](*args, **kwargs)
        if result is NotImplemented:
            kind, places = _kind(name, leaves, places)
            rule = (ONE_OPERAND if len(places) == 1 else TWO_OPERANDS).get(kind)
            if rule is None:
                return NotImplemented
            if in_place:
                func = getattr(torch.Tensor, name, None) or getattr(torch.nn.functional, name)
            call = Call(func, leaves, spec, places)
            result = _Node.apply(self, kind, call, rule, *call.operands)  # type: ignore[no-untyped-call]  # PyTorch's is untyped
        if not in_place:
            return result
        if self.recording:
            self._keep(args[0])
        return args[0].copy_(result)

    def _note_places(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Remember the places of the reference, and compare those of the input with them; the answer is asked for later."""
        tensors = [leaf for leaf in tree_flatten((args, kwargs))[0] if isinstance(leaf, torch.Tensor)]
        places = [one for one in tensors if not (one.is_floating_point() or one.is_complex())]
        if not places or not any(one.requires_grad for one in tensors):
            return
        if self.recording:
            self._places.append(places)
        elif self._places:
            theirs = self._places.popleft()
            if [one.shape for one in theirs] == [one.shape for one in places]:
                for a, b in zip(theirs, places, strict=True):
                    self._elsewhere[a.device].append((a != b).any())

    def leave(self, name: str, operands: tuple[Tensor, ...], result: Tensor) -> None:
        """Remember what the reference gave an operation and what it got."""
        tensors = [value.detach() for value in (*operands, result)]
        self._traces.append(_Trace(name, tensors, [_version(value) for value in tensors]))

    def meet(self, name: str, operands: tuple[Tensor, ...]) -> tuple[tuple[Tensor, ...], Tensor]:
        """Return what the reference gave this operation and what it got."""
        trace = self._traces.popleft() if self._traces else None
        if (
            trace is None
            or trace.name != name
            or len(trace.tensors) != len(operands) + 1
            or not all(map(_broadcasts, trace.tensors, operands))
        ):
            raise _parted(name)
        if any(
            _version(value) != version for value, version in zip(trace.tensors, trace.versions, strict=True)
        ):
            raise ModelError(
                f"The model overwrote an operand of {name!r} where DeepLIFT could not see it. "
                "Use `method='integrated_gradients'`."
            )
        return tuple(trace.tensors[:-1]), trace.tensors[-1]

    def _keep(self, overwritten: object) -> None:
        """Copy what is remembered of a tensor that is about to be overwritten."""
        if not isinstance(overwritten, torch.Tensor):
            return
        storage = overwritten.untyped_storage().data_ptr()
        for trace in self._traces:
            for i, value in enumerate(trace.tensors):
                if value.untyped_storage().data_ptr() == storage:
                    trace.tensors[i] = value.clone()
                    trace.versions[i] = 0


class _Trace(NamedTuple):
    """What the reference left at one operation: operands and result, and how often each had been changed."""

    name: str
    tensors: list[Tensor]
    versions: list[int]


class Trail(NamedTuple):
    """What a reference leaves on its way through a model: its operations, and the places that it took numbers from."""

    operations: tuple[_Trace, ...]
    places: tuple[list[Tensor], ...]


class _Node(torch.autograd.Function):
    """One operation in autograd's graph, with multipliers in place of gradients."""

    @staticmethod
    def forward(
        ctx: Any, walk: Walk, kind: str, call: Call, rule: Callable[[Step], Pull], *operands: Tensor
    ) -> Tensor:
        result: Tensor = call(*operands)
        if result._is_view():  # noqa: SLF001 - as einsum's; PyTorch lets nobody write into a node's view
            result = result.clone()
        ctx.kind = kind
        if walk.recording:
            walk.leave(kind, operands, result)
        else:
            theirs, their_result = walk.meet(kind, operands)
            ctx.pull = rule(Step(call, operands, theirs, result, their_result))
        return result

    @staticmethod
    def backward(ctx: Any, *multipliers: Tensor) -> tuple[Tensor | None, ...]:
        return (None, None, None, None, *ctx.pull(multipliers[0]))


def _flat(
    args: tuple[object, ...], kwargs: dict[str, object]
) -> tuple[list[Any], TreeSpec | tuple[str, ...]]:
    """Return the arguments of a call one by one, and what brings them together again; few hold tensors, as lists do."""
    leaves = [*args, *kwargs.values()]
    for leaf in leaves:
        if isinstance(leaf, dict) or (
            isinstance(leaf, (list, tuple)) and not all(isinstance(one, int) for one in leaf)
        ):
            return tree_flatten((args, kwargs))
    return leaves, tuple(kwargs)


def _kind(name: str, leaves: list[Any], places: tuple[int, ...]) -> tuple[str, tuple[int, ...]]:
    """Return the name of an operation's rule, and its operands in the order that the rule wants."""
    if name == "einsum" and len(places) > 2:
        return "einsum of many", places
    if name != "mul" or len(places) != 2:
        return name, places
    rates = [getattr(leaves[place].grad_fn, "kind", None) in ("rsqrt", "reciprocal") for place in places]
    if not any(rates):
        return name, places
    return "mul by rate", places if rates[1] else places[::-1]


def _broadcasts(theirs: Tensor, ours: Tensor) -> bool:
    """Tell whether the reference's operand is of the input's shape, or of one row where that has several."""
    return theirs.ndim == ours.ndim and all(
        a in (1, b) for a, b in zip(theirs.shape, ours.shape, strict=True)
    )


def _version(value: Tensor) -> int:
    """Return how often a tensor has been changed in place; PyTorch has no other name for it."""
    return value._version  # noqa: SLF001 - tells whether it was written into


class _Known(NamedTuple):
    """What is known of a function: its name, whether it works in place or is written in Python, and has a rule."""

    name: str
    in_place: bool
    in_python: bool
    ruled: bool


@lru_cache(maxsize=4096)
def _known(func: object) -> _Known:
    name, in_place = _name(func)
    in_python = isinstance(func, FunctionType) and func.__module__ in _PYTHON_MODULES
    return _Known(name, in_place, in_python, name in RECIPES or name in ONE_OPERAND or name in TWO_OPERANDS)


def _name(func: object) -> tuple[str, bool]:
    """Return PyTorch's name of an operation without its Python spellings, and whether it works in place."""
    name = str(getattr(func, "__name__", ""))
    operator = re.fullmatch(r"__(i?)(\w+?)__", name)
    if operator and operator[2] in ("setitem", "rdiv", "rpow"):
        return name, operator[2] == "setitem"
    if operator:
        plain = operator[2].removeprefix("r") if operator[2] in ("rmul", "rmatmul") else operator[2]
        plain = {"truediv": "div", "rtruediv": "__rdiv__"}.get(plain, plain)
        return plain, bool(operator[1])
    in_place = name.endswith("_")
    name = name.removesuffix("_").removeprefix("special_")
    return _SPELLINGS.get(name, name), in_place


@lru_cache(maxsize=256)
def _opened(func: FunctionType) -> FunctionType:
    """Return a function of PyTorch's Python part that runs its body instead of asking the mode again."""
    world = dict(func.__globals__)
    for check in ("has_torch_function", "has_torch_function_unary", "has_torch_function_variadic"):
        world[check] = lambda *_: False
    # Pooling chooses between two functions that its closure holds, and either asks again.
    closure = tuple(
        CellType(_opened(cell.cell_contents))
        if isinstance(cell.cell_contents, FunctionType) and cell.cell_contents.__module__ in _PYTHON_MODULES
        else cell
        for cell in func.__closure__ or ()
    )
    opened = FunctionType(func.__code__, world, func.__name__, func.__defaults__, closure)
    opened.__kwdefaults__ = func.__kwdefaults__
    return opened


def _parted(name: str) -> PartedError:
    return PartedError(
        f"The model ran different operations for the sequence and for its baseline (at {name!r}). What it "
        "computes depends on the data, as in a mixture of experts. DeepLIFT compares both operation by "
        "operation. Use `method='integrated_gradients'`."
    )
