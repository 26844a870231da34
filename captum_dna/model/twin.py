"""A second set of modules around the same weights, so that two threads can run a model at once."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

from torch import nn

from captum_dna.model.inference import compiled, shortening
from captum_dna.model.weights import modules_of, offloaded

if TYPE_CHECKING:
    from captum_dna.model.classifier import Classifier


def twin(classifier: Classifier) -> Classifier | None:
    """Return a classifier around modules of its own, whose weights are the same memory.

    ``None`` where a copy might not be as good: on a GPU, with a function of the user's own that may hold on to the
    original, of a compiled or offloaded model, and of one that cannot be copied.
    """
    modules = modules_of(classifier.model)
    if (
        classifier.device.type != "cpu"
        or classifier.has_own_forward
        or compiled(modules)
        or offloaded(modules)
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
