"""One job on all cores: replicas of the model, each with a thread of its own and a share of the processor's.

Two threads of Python with half of the cores each are quicker than one with all of them: while one is in Python the other
computes, and no core waits for another that is held up by somebody else's work (docs/viewer.md).
"""

from __future__ import annotations

import copy
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from captum_dna.insights.portions import explain
from captum_dna.model.inference import shortening
from captum_dna.model.weights import modules_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from captum_dna.core.attribution import Attribution
    from captum_dna.core.sequences import Sequence
    from captum_dna.insights.request import How
    from captum_dna.model.classifier import Classifier

MOST = 2
"""Replicas beyond which their Python would wait for one another's."""


class Replicas:
    """Explains sequences with a model and its replicas, which share the numbers of its weights.

    Parameters
    ----------
    classifier
        The model.
    threads
        Of the processor, which the replicas share.
    """

    def __init__(self, classifier: Classifier, threads: int) -> None:
        count = 1 if classifier.has_own_forward else max(1, min(MOST, threads))
        try:
            self._all = [classifier, *(replica(classifier) for _ in range(count - 1))]
        except Exception:  # noqa: BLE001 - whatever a model of the user's own raises that cannot be copied
            self._all = [classifier]
        count = len(self._all)
        torch.set_num_threads(max(1, threads // count))
        self._pool = ThreadPoolExecutor(count)

    def explain(self, sequences: list[Sequence], how: How, wanted: Callable[[], bool]) -> list[Attribution]:
        """Return what :func:`captum_dna.insights.portions.explain` returns, in the order of the sequences."""
        shares = [sequences[i :: len(self._all)] for i in range(len(self._all))]
        running = [
            self._pool.submit(explain, own, share, how, wanted)
            for own, share in zip(self._all, shares, strict=True)
            if share
        ]
        wait(running)  # also where one fails: the next portion finds every replica free
        found: list[Any] = [None] * len(sequences)
        for i, one in enumerate(running):
            found[i :: len(self._all)] = one.result()
        return found


def replica(classifier: Classifier) -> Classifier:
    """Return a classifier around modules of its own, whose weights are the same memory."""
    model = classifier.model
    changed = {id(table.weight) for table in shortening(modules_of(model))}
    shared: dict[int, object] = {
        id(one): nn.Parameter(one.detach(), requires_grad=one.requires_grad)
        for one in model.parameters()
        if id(one) not in changed
    }
    return classifier.around(copy.deepcopy(model, shared))
