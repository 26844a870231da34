"""Integrated gradients of a layer's output (Sundararajan et al. 2017, arXiv:1703.01365).

With ``n_steps`` the numbers are those of ``captum.attr.LayerIntegratedGradients``; without, the
integral is refined until it is complete within the tolerance.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from captum_dna.engine.integrate import integrate
from captum_dna.engine.path_spaces import LayerSpace
from captum_dna.model.hooks import find_layers

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from captum_dna.engine.protocol import Answer, Question, Settings
    from captum_dna.model.classifier import Classifier


@dataclass(frozen=True)
class IntegratedGradients:
    """The mean gradient along the straight path from the baseline, times the distance from the baseline."""

    name: ClassVar[str] = "integrated_gradients"
    complete: ClassVar[bool] = True
    scores: ClassVar[str] = "tokens"
    signed: ClassVar[bool] = True
    on_path: ClassVar[bool] = True
    compares_with: ClassVar[str] = "baseline"
    cost: ClassVar[str] = "9 or more forward and backward passes; n_steps + 2 with a fixed rule"
    citation: ClassVar[str] = "Sundararajan, Taly and Yan 2017, arXiv:1703.01365"

    def explain(
        self, classifier: Classifier, questions: Iterable[Question], settings: Settings
    ) -> Iterator[Answer]:
        """Answer each question, in the order in which the integrals are done."""
        layers = find_layers(classifier, settings.layer)
        space = LayerSpace(classifier, layers)
        for done in integrate(classifier, space, questions, settings, settings.baseline):
            scores = done.integral.scores
            parts = dict(zip(layers, scores, strict=True)) if len(layers) > 1 else {}
            yield done.answer(token_scores=scores.sum(axis=0), parts=parts)
