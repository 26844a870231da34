"""A second set of modules around the same weights, so that two threads can run a model at once."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import torch
from torch import nn

from captum_dna.model.copies import shared_with_copies
from captum_dna.model.inference import compiled, shortening
from captum_dna.model.weights import modules_of, offloaded

if TYPE_CHECKING:
    from captum_dna.model.classifier import Classifier


def twin(classifier: Classifier) -> Classifier | None:
    """Return a classifier around modules of its own, whose weights are the same memory.

    ``None`` where a copy might not be as good: on a GPU, of a compiled or offloaded model, of one that shares more than
    weights with its copies, and of one that cannot be copied. Something that watches or changes this thread's
    operations (a counter of FLOPs) sees no other thread's.
    """
    modules = modules_of(classifier.model)
    watched = torch._C._len_torch_dispatch_stack() or torch._C._len_torch_function_stack()  # noqa: SLF001 - no other name
    if (
        watched
        or classifier.device.type != "cpu"
        or compiled(modules)
        or offloaded(modules)
        or shared_with_copies(classifier)
    ):
        return None
    changed = {id(table.weight) for table in shortening(modules)}
    try:
        shared: dict[int, object] = {
            id(one): nn.Parameter(one.detach(), requires_grad=one.requires_grad)
            for one in classifier.model.parameters()
            if id(one) not in changed
        }
        return classifier.around(copy.deepcopy(classifier.model, shared))
    except Exception:  # noqa: BLE001 - whatever a model of the user's own raises that cannot be copied
        return None
