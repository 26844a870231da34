"""The weights of a network: where they are, whether they can be computed with, and their fingerprint."""

from __future__ import annotations

import hashlib
import io
from collections import defaultdict
from itertools import accumulate, chain
from typing import TYPE_CHECKING, Any

import torch

from captum_dna.model.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from torch import Tensor, nn

_SAMPLE = 512
"""Numbers of a tensor that enter the fingerprint."""
_IN_FORCE = ("_active_adapter", "_disable_adapters", "merged_adapters", "scaling")
"""Where a layer of PEFT keeps which of its adapters are used, and how strongly: no weight tells."""


def modules_of(model: nn.Module) -> list[nn.Module]:
    """Return every module once, in the order of ``model.modules()``, whose nested generators take five times as long."""
    found: dict[nn.Module, None] = {}
    waiting = [model]
    while waiting:
        module = waiting.pop()
        if module not in found:
            found[module] = None
            inner = module._modules.values()  # noqa: SLF001 - its own, not its children's
            waiting += [one for one in reversed(inner) if one is not None]
    return list(found)


def parameters(modules: Iterable[nn.Module]) -> Iterator[tuple[nn.Module, str, nn.Parameter]]:
    """Yield every parameter of modules with the one that owns it and its name there."""
    for module in modules:
        for name, parameter in module._parameters.items():  # noqa: SLF001 - its own, not its children's
            if parameter is not None:
                yield module, name, parameter


def device_of(modules: list[nn.Module]) -> torch.device:
    """Return where modules compute: where their first weight lies, or where offloaded weights are brought to."""
    for module in modules:
        for hook in _offloads(module):
            if hook.execution_device is not None:
                return torch.device(hook.execution_device)
    weights = (parameter for _, _, parameter in parameters(modules))
    buffers = (one for module in modules for one in module._buffers.values() if one is not None)  # noqa: SLF001 - as above
    return next(
        (one.device for one in chain(weights, buffers) if one.device.type != "meta"), torch.device("cpu")
    )


def dtype_of(model: nn.Module) -> torch.dtype:
    """Return the number format of the first weight that is a floating-point number."""
    return next((one.dtype for one in model.parameters() if one.is_floating_point()), torch.float32)


def check_weights(model: nn.Module, name: str) -> None:
    """Refuse a network that has no numbers in it, or whose layers cannot be reached.

    Raises
    ------
    ModelError
        A TorchScript module, or weights on the meta device that nothing loads.
    """
    if isinstance(model, torch.jit.ScriptModule):
        raise ModelError(
            f"{name} is a TorchScript module, whose layers run inside one compiled program and cannot be reached, so no "
            "method can follow the bases through it. Load the module that it was made from and pass that."
        )
    empty = [
        f"{path}.{own}".lstrip(".")
        for path, module in model.named_modules()
        for own, parameter in module._parameters.items()  # noqa: SLF001 - its own, not its children's
        if parameter is not None and parameter.device.type == "meta" and not any(_offloads(module))
    ]
    if empty:
        raise ModelError(
            f"{len(empty)} weights of {name} are on the meta device (such as {empty[0]}), so they are shapes without "
            "numbers. Load the numbers first: from_pretrained(...) without a meta device, or model.to_empty(device='cpu') "
            "and model.load_state_dict(...)."
        )


def offloaded(modules: Iterable[nn.Module]) -> bool:
    """Tell whether weights of these modules are brought to a device for the time of a call."""
    return any(any(_offloads(module)) for module in modules)


def _offloads(module: nn.Module) -> Iterator[Any]:
    """Yield the hooks of Accelerate that bring a module's weights to a device for the time of its call."""
    hook = vars(module).get("_hf_hook")
    if hook is None:
        return
    for one in getattr(hook, "hooks", (hook,)):
        if hasattr(one, "execution_device") and hasattr(one, "offload"):
            yield one


def without_gradient(model: nn.Module) -> str | None:
    """Return the class of a module whose operations have no gradient: one that PyTorch has quantised."""
    for module in modules_of(model):
        if type(module).__module__.startswith(("torch.ao.nn.quantized", "torch.ao.nn.intrinsic.quantized")):
            return type(module).__name__
    return None


def fingerprint(model: nn.Module) -> str:
    """Return a hash of the architecture, of evenly spaced weights of every tensor and of the adapters in force."""
    digest, modules = hashlib.sha256(type(model).__name__.encode()), modules_of(model)
    parts = [(name, part) for name, value in _state(model, modules).items() for part in _parts(value)]
    samples = iter(_samples([part for _, part in parts if isinstance(part, torch.Tensor)]))
    for name, part in parts:
        if isinstance(part, torch.Tensor):
            digest.update(f"{name}{tuple(part.shape)}".encode() + next(samples))
        else:
            digest.update(f"{name}{part}".encode())
    for module in modules:
        if hasattr(module, _IN_FORCE[0]):
            digest.update(repr([getattr(module, name, None) for name in _IN_FORCE]).encode())
    return digest.hexdigest()[:16]


def _state(model: nn.Module, modules: list[nn.Module]) -> dict[str, object]:
    """Return the state of a network; offloaded weights are fetched from where they are kept."""
    if any(parameter.is_meta for _, _, parameter in parameters(modules)):
        from accelerate.utils.modeling import (  # type: ignore[import-untyped]  # it has no types
            get_state_dict_offloaded_model,
        )

        return dict(get_state_dict_offloaded_model(model))
    return dict(model.state_dict())


def _parts(value: object) -> Iterator[object]:
    """Yield the tensors and plain values that a value of a state holds: a quantised layer packs several."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield str(key)
            yield from _parts(inner)
    elif isinstance(value, (tuple, list)):
        for inner in value:
            yield from _parts(inner)
    elif isinstance(value, io.BytesIO):
        yield hashlib.sha256(value.getvalue()).hexdigest()
    elif isinstance(value, (torch.Tensor, str, int, float, bool, torch.dtype, type(None))):
        yield value
    else:
        yield type(value).__name__


def _samples(tensors: list[Tensor]) -> list[bytes]:
    """Return evenly spaced numbers of each tensor, in double precision; those of one kind are fetched at once."""
    drawn = [_sample(tensor) for tensor in tensors]
    found = [b""] * len(drawn)
    kinds = defaultdict(list)
    for place, sample in enumerate(drawn):
        kinds[sample.device, sample.dtype].append(place)
    for places in kinds.values():
        together = torch.cat([drawn[place] for place in places]).cpu().double().numpy()
        sizes = [drawn[place].numel() for place in places]
        for place, size, end in zip(places, sizes, accumulate(sizes), strict=True):
            found[place] = together[end - size : end].tobytes()
    return found


def _sample(tensor: Tensor) -> Tensor:
    if tensor.is_quantized:
        tensor = tensor.dequantize()
    flat = tensor.detach().reshape(-1)
    step = flat.numel() // _SAMPLE
    return flat[::step] if step > 1 else flat
