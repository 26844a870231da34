"""Input times gradient: the first-order guess at what each token adds (Shrikumar et al. 2016, arXiv:1605.01713)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from captum_dna.engine.answers import answer
from captum_dna.engine.gradients import Gradients, per_token, product

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from captum_dna.engine.protocol import Answer, Question, Settings
    from captum_dna.model.classifier import Classifier


@dataclass(frozen=True)
class InputXGradient:
    """The layer's output times the gradient there, summed over features.

    The numbers are those of ``captum.attr.LayerGradientXActivation``. They take the curve for a
    straight line: on models that saturate they can point the wrong way.
    """

    name: ClassVar[str] = "input_x_gradient"
    complete: ClassVar[bool] = False
    scores: ClassVar[str] = "tokens"
    signed: ClassVar[bool] = True
    on_path: ClassVar[bool] = False
    compares_with: ClassVar[str] = "nothing"
    cost: ClassVar[str] = "1 forward and backward pass"
    citation: ClassVar[str] = "Shrikumar et al. 2016, arXiv:1605.01713"

    def explain(
        self, classifier: Classifier, questions: Iterable[Question], settings: Settings
    ) -> Iterator[Answer]:
        """Answer each question; sequences of one length share a pass."""
        gradients = Gradients(classifier, settings)
        for reading in gradients.readings(questions):
            yield answer(
                reading.question,
                reading.target,
                reading.logits,
                reading.f,
                evaluations=1,
                parts=per_token(product(reading.slopes, reading.values)),
            )
