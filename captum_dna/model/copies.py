"""Whether a copy of a model is a model of its own: what deep copies share with the original, and what is drawn.

A function stays the same in a deep copy, and what it holds on to stays the original's. So a hook or a replaced method of
the user's may run, change or count the original while its copy is asked, and two threads would mix what they compute.
"""

from __future__ import annotations

import inspect
import random
from functools import partial
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import nn
from torch.nn.modules import module as torch_module

from captum_dna.model.weights import modules_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from captum_dna.model.classifier import Classifier

_HOOKS = ("_forward_pre_hooks", "_forward_hooks", "_backward_pre_hooks", "_backward_hooks")
_PLAIN = frozenset(vars(nn.Module()))
"""Attributes that every module has; their values are modules, tensors and hooks."""


def shared_with_copies(classifier: Classifier) -> str | None:
    """Return what a copy of a classifier's model would share with the original besides numbers; ``None`` if nothing."""
    if classifier.has_own_forward:
        return "`forward=`"
    for holder in (classifier, classifier.network):
        own = next((name for name, value in vars(holder).items() if _is_own(holder, name, value)), None)
        if own:
            return f"a `{own}` of its own"
    if any(getattr(torch_module, f"_global{name}") for name in _HOOKS):
        return "hooks of all modules"
    return next(filter(None, map(_shared, modules_of(classifier.model))), None)


def _shared(module: nn.Module) -> str | None:
    own = vars(module)
    kind = type(module).__name__
    hooks = [hook for name in _HOOKS for hook in own[name].values()]
    if not all(type(hook).__module__.startswith("torch.") for hook in hooks):
        return f"hooks on its {kind}"
    for name, value in own.items():
        if name not in _PLAIN and _is_own(module, name, value):
            return f"a function `{name}` on its {kind}"
    return None


def _is_own(holder: object, name: str, value: object) -> bool:
    """Tell whether an attribute stands in the place of a method, or is a function that may hold on to something."""
    return inspect.isfunction(getattr(type(holder), name, None)) or _holds_on(value)


def _holds_on(value: object) -> bool:
    """Tell whether a value is, or has in it, a function with something of its own that a deep copy does not copy."""
    if isinstance(value, FunctionType):
        defaults = (*(value.__defaults__ or ()), *(value.__kwdefaults__ or {}).values())
        return bool(value.__closure__) or any(not isinstance(one, _UNCHANGING) for one in defaults)
    if isinstance(value, BuiltinFunctionType):
        return not isinstance(value.__self__, (ModuleType, type(None)))
    if isinstance(value, partial):
        return any(map(_holds_on, (value.func, *value.args, *value.keywords.values())))
    if isinstance(value, dict):
        return any(map(_holds_on, value.values()))
    return isinstance(value, (list, tuple, set)) and any(map(_holds_on, value))


_UNCHANGING = (str, int, float, bool, type(None), torch.dtype, torch.device)


def draws(classifier: Classifier, input_ids: Sequence[int]) -> bool:
    """Tell whether the model draws at random as it reads a sequence, from the states that all threads share."""
    ids = torch.tensor([list(input_ids)], device=classifier.device)
    with classifier.at_rest(), torch.no_grad():
        before = _random_states()
        classifier.logits(ids)
        return _random_states() != before


def _random_states() -> tuple[object, ...]:
    kind, key, *rest = np.random.get_state()  # noqa: NPY002 - that of the process
    return random.getstate(), torch.get_rng_state().numpy().tobytes(), kind, np.asarray(key).tobytes(), *rest
