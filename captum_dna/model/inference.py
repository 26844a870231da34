"""The model at rest: in evaluation mode, with frozen weights, one thread's alone, afterwards as it was found.

The process's own switches rest as well, whatever the user has set around a call: :mod:`captum_dna.model.switches`.
"""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from threading import Lock, RLock
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch
from torch.utils.weak import WeakIdKeyDictionary

from captum_dna.model.errors import ModelError
from captum_dna.model.products import quick_products
from captum_dna.model.switches import plain_switches
from captum_dna.model.weights import device_of, dtype_of, modules_of, parameters
from captum_dna.model.wrappers import described_inside, describes_itself

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from torch import Tensor, nn
    from transformers.configuration_utils import PretrainedConfig


_locks = WeakIdKeyDictionary()
_making_lock = Lock()


def lock_of(model: nn.Module) -> AbstractContextManager[bool]:
    """Return the lock of a model, which all classifiers and all modules around it share.

    A hook is a property of the model: while one thread replaces a layer's output, no other may run it. Two
    modules around one model are known by the first of their weights, which is the same.
    """
    first = next(model.parameters(), model)
    with _making_lock:
        if first not in _locks:
            _locks[first] = RLock()
        lock: AbstractContextManager[bool] = _locks[first]
    return lock


class Resting(NamedTuple):
    """What is known of a model as long as it is at rest: its modules, where it computes, and its number format."""

    modules: list[nn.Module]
    device: torch.device
    dtype: torch.dtype


@contextmanager
def at_rest(model: nn.Module, pad_token_id: int | None) -> Iterator[Resting]:
    """Run a model in evaluation mode with frozen weights, and leave it as it was found.

    Other threads that want the same model wait for their turn. Gradients can be taken and nothing is cast, whatever
    the caller has switched.

    Parameters
    ----------
    model
        The model.
    pad_token_id
        The tokenizer's padding token, which a configuration without one borrows for the time: models that
        read the last token need it for a batch, even though nothing is padded.
    """
    with ExitStack() as stack:
        stack.enter_context(lock_of(model))
        modules, dtype = modules_of(model), dtype_of(model)
        device = device_of(modules)
        stack.enter_context(plain_switches(device, dtype))
        stack.enter_context(_uncompiled(modules))
        stack.enter_context(_outside_inference_mode(modules))
        training = [module for module in modules if module.training]
        known = [(module, name, parameter.requires_grad) for module, name, parameter in parameters(modules)]
        # Some models draw at evaluation, too: BigBird its random blocks, from NumPy's global state.
        stack.enter_context(torch.random.fork_rng(devices=[]))
        stack.callback(np.random.set_state, np.random.get_state())  # noqa: NPY002 - theirs, not ours
        stack.enter_context(_untouched_tables(modules))
        described = [model] if describes_itself(model) else described_inside(model).values()
        configs = {id(one.config): one.config for one in described}
        for config in configs.values():
            stack.enter_context(_borrowed_pad(config, pad_token_id))
            stack.enter_context(_experts_in_double(config, dtype))
        widths = [getattr(config_of_text(config), "hidden_size", None) or 0 for config in configs.values()]
        stack.enter_context(quick_products(max(widths, default=0)))
        try:
            if training:
                model.eval()
            for module, name, _ in known:
                _parameter(module, name).requires_grad = False
            yield Resting(modules, device, dtype)
        except RuntimeError as error:
            if not str(error).startswith("CUDA error"):
                raise
            raise ModelError(
                f"The GPU failed: {str(error).splitlines()[0]}. What is finished is kept. Restart Python, because the GPU "
                "cannot be used again by this process, and repeat the call; if it fails again, use `device='cpu'`."
            ) from error
        finally:
            for module in training:
                module.training = True
            for module, name, wanted in known:
                # By name: where weights are offloaded, another object may lie there by now.
                _parameter(module, name).requires_grad = wanted


@contextmanager
def _uncompiled(modules: list[nn.Module]) -> Iterator[None]:
    """Run what torch.compile has compiled as it was written: compiled code does not see hooks."""
    stance = getattr(torch.compiler, "set_stance", None)  # since 2.6
    if not compiled(modules) or stance is None:
        yield
        return
    with stance("force_eager"):
        yield


def compiled(modules: list[nn.Module]) -> bool:
    """Tell whether torch.compile has compiled any of these modules."""
    return any(
        "_orig_mod" in module._modules or module._compiled_call_impl is not None  # noqa: SLF001 - no other name
        for module in modules
    )


@contextmanager
def _outside_inference_mode(modules: list[nn.Module]) -> Iterator[None]:
    """Put copies in the place of weights that were made in inference mode: no gradient flows past such tensors."""
    copies: dict[int, Tensor] = {}
    originals = []
    for module in modules:
        own: list[dict[str, Any]] = [module._parameters, module._buffers]  # noqa: SLF001 - not its children's
        for held in own:
            for name, tensor in held.items():
                if tensor is not None and tensor.is_inference():
                    originals.append((held, name, tensor))
                    held[name] = copies.setdefault(id(tensor), _copied(tensor))
    try:
        yield
    finally:
        for held, name, tensor in originals:
            held[name] = tensor


def _copied(tensor: Tensor) -> Tensor:
    """Return an ordinary tensor of the same numbers; a parameter stays one."""
    copy = tensor.detach().clone()
    if isinstance(tensor, torch.nn.Parameter):
        return torch.nn.Parameter(copy, requires_grad=tensor.requires_grad)
    return copy


@contextmanager
def _untouched_tables(modules: list[nn.Module]) -> Iterator[None]:
    """Undo what :func:`shortening` tables do to themselves."""
    found = [(table, table.weight.detach().clone()) for table in shortening(modules)]
    try:
        yield
    finally:
        with torch.no_grad():
            for table, weight in found:
                table.weight.copy_(weight)


def shortening(modules: list[nn.Module]) -> list[nn.Embedding]:
    """Return the embeddings with max_norm: they shorten, for good, every row that is looked up."""
    return [one for one in modules if isinstance(one, torch.nn.Embedding) and one.max_norm is not None]


def _parameter(module: nn.Module, name: str) -> nn.Parameter:
    parameter: nn.Parameter = module._parameters[name]  # type: ignore[assignment]  # noqa: SLF001 - it was there
    return parameter


def config_of_text(config: object) -> PretrainedConfig:
    """Return the part of a configuration that is about tokens."""
    return config.get_text_config() if hasattr(config, "get_text_config") else config


@contextmanager
def _borrowed_pad(config: object, pad_token_id: int | None) -> Iterator[None]:
    text = config_of_text(config)
    if pad_token_id is None or getattr(text, "pad_token_id", 0) is not None:
        yield
        return
    text.pad_token_id = pad_token_id
    try:
        yield
    finally:
        text.pad_token_id = None


@contextmanager
def _experts_in_double(config: object, dtype: torch.dtype) -> Iterator[None]:
    """Run experts one by one in double precision, which PyTorch's product of all their groups at once does not know."""
    text = config_of_text(config)
    name = "_experts_implementation"
    if dtype is not torch.float64 or getattr(text, name, None) != "grouped_mm":
        yield
        return
    setattr(text, name, "eager")
    try:
        yield
    finally:
        setattr(text, name, "grouped_mm")


class AttentionSwitch:
    """Undoes that a model turns its attention for good at the first short input, as a sparse BigBird does.

    A long sequence must not be read differently because a short one came before it.
    """

    def __init__(self, modules: list[nn.Module]) -> None:
        self._found = [
            (module, module.attention_type, dict(module._modules))  # noqa: SLF001 - what the switch overwrites
            for module in modules
            if hasattr(type(module), "set_attention_type")
        ]
        self._short = 0

    def before(self, length: int) -> None:
        """Turn the attention back for an input longer than those that turned it."""
        if self._short and length > self._short:
            self.back()

    def after(self, length: int) -> None:
        """Notice whether an input of this length turned the attention."""
        if any(module.attention_type != kind for module, kind, _ in self._found):
            self._short = max(self._short, length)

    def back(self) -> None:
        """Put the attention back as it was found."""
        for module, kind, parts in self._found:
            module.attention_type = kind
            module._modules.update(parts)  # noqa: SLF001 - as above
        self._short = 0
