"""Controls on the model itself: scores of a model with scrambled weights, and of sequences it can hardly tell apart."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import torch

from captum_dna.core.sequences import other_bases, substitute

if TYPE_CHECKING:
    from collections.abc import Iterator

    from captum_dna.core.sequences import Sequence
    from captum_dna.evaluation.removal import Removal
    from captum_dna.model.classifier import Classifier

NEIGHBOURS = 3
"""Neighbours explained per sequence, by every method."""
_CANDIDATES = 16
"""Neighbours tried per neighbour kept."""


@contextmanager
def scrambled(classifier: Classifier, seed: int) -> Iterator[None]:
    """Permute the numbers of every weight tensor, and put them back (Adebayo et al. 2018, arXiv:1810.03292).

    A method whose scores hardly change looks at the sequence, not at what the model has learned.
    """
    parameters = list(classifier.model.parameters())
    kept = [parameter.detach().clone() for parameter in parameters]
    random = torch.Generator().manual_seed(seed)
    try:
        with torch.no_grad():
            for parameter, own in zip(parameters, kept, strict=True):
                order = torch.randperm(own.numel(), generator=random).to(own.device)
                parameter.copy_(own.reshape(-1)[order].reshape(own.shape))
        yield
    finally:
        with torch.no_grad():
            for parameter, own in zip(parameters, kept, strict=True):
                parameter.copy_(own)


def neighbours(removal: Removal) -> list[Sequence]:
    """Return copies with one base substituted whose output is nearest to that of the sequence.

    Of many random substitutions these are the ones that the model hardly notices, so that their scores
    should hardly differ.
    """
    sequence, random = removal.sequence, removal.random
    texts = []
    for _ in range(NEIGHBOURS * _CANDIDATES):
        place = int(random.integers(len(sequence)))
        others = other_bases(sequence.bases[place])
        texts.append(substitute(sequence.bases, place, others[int(random.integers(len(others)))]))
    texts = list(dict.fromkeys(texts))
    nearest = np.argsort(np.abs(removal.f_of(texts) - removal.f_input), kind="stable")[:NEIGHBOURS]
    return [
        replace(sequence, name=f"{sequence.name}, neighbour {n}", bases=texts[i], interval=None, tracks=())
        for n, i in enumerate(nearest, 1)
    ]
