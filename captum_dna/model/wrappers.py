"""Modules around a model: the model inside has the configuration, the head and the names of the classes.

DataParallel, compiled modules and training frameworks hold a model and hide what it says of itself. What they hold is
looked for in the module tree, not by the wrapper's name; where its answers are the wrapper's, it stands in for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor
    from transformers.configuration_utils import PretrainedConfig

_OWN_WRAPPERS = {
    "DataParallel": "module",
    "DistributedDataParallel": "module",
    "OptimizedModule": "_orig_mod",
}
"""PyTorch's wrappers that compute what they hold, by definition: they need not be tried, and some cannot be, alone."""


def peeled(model: nn.Module) -> nn.Module:
    """Return what PyTorch's own wrappers hold, however many there are."""
    while True:
        attribute = _OWN_WRAPPERS.get(type(model).__name__)
        inner = getattr(model, attribute, None) if attribute and _is_of_torch(model) else None
        if not isinstance(inner, nn.Module):
            return model
        model = inner


def _is_of_torch(model: nn.Module) -> bool:
    return type(model).__module__.partition(".")[0] == "torch"


def describes_itself(model: nn.Module) -> bool:
    """Tell whether a module has a configuration that says what its outputs are."""
    config = getattr(model, "config", None)
    return any(getattr(config, said, None) for said in ("model_type", "id2label", "label2id", "problem_type"))


def described_inside(model: nn.Module) -> dict[str, nn.Module]:
    """Return the outermost modules inside a model that describe themselves, by their paths."""
    found: dict[str, nn.Module] = {}
    for path, module in model.named_modules():
        lies_in_another = any(path.startswith(f"{outer}.") for outer in found)
        if path and not lies_in_another and describes_itself(module):
            found[path] = module
    return found


def say_the_same(outer: Callable[[], Tensor], inner: Callable[[], Tensor]) -> bool:
    """Tell whether two networks give the same logits for the same sequences."""
    try:
        one, other = outer(), inner()
    except (ValueError, TypeError, RuntimeError, KeyError, IndexError, AttributeError, NotImplementedError):
        return False
    if one.shape != other.shape:
        return False
    noise = 1e2 * torch.finfo(one.dtype).eps
    return bool(torch.allclose(one, other.to(one), rtol=noise, atol=noise * float(other.abs().max())))


def common_config(described: dict[str, nn.Module]) -> PretrainedConfig | None:
    """Return the configuration that several models share; ``None`` where they say different things of the outputs."""
    configs: list[PretrainedConfig] = [module.config for module in described.values()]
    said = {
        (
            str(getattr(config, "id2label", None)),
            getattr(config, "problem_type", None),
            getattr(config, "max_position_embeddings", None),
        )
        for config in configs
    }
    return configs[0] if len(said) == 1 else None
