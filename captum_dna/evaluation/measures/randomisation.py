"""A control on the model itself: the scores of the same model with scrambled weights."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import torch

from captum_dna.core.notices import collected
from captum_dna.evaluation.agreement import rank_correlation
from captum_dna.evaluation.measure import Measure, keywords
from captum_dna.results import Attributions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from captum_dna.evaluation.measure import Work
    from captum_dna.model.classifier import Classifier

_STEPS = 16
"""Nodes of the scrambled model's paths, which can be rough: ranks need no converged integral."""


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


def _measure(work: Work) -> None:
    for label, how in work.asked.items():
        if isinstance(how, Attributions):
            continue
        results = work.explained[label]
        steps = {"n_steps": _STEPS} if results[0].run.complete else {}
        with collected(), scrambled(work.classifier, work.settings.seed):
            others = work.attribute({**steps, **keywords(how)})
        for place, (one, control) in enumerate(zip(results, others, strict=True)):
            work.row(label, place)["after randomising"] = rank_correlation(
                one.base_scores, control.base_scores
            )


RANDOMISATION = Measure(
    "randomisation",
    "rank correlation with the scores of the model with scrambled weights",
    {"after randomising": "lower"},
    _measure,
    citation="Adebayo et al. 2018, arXiv:1810.03292",
)
