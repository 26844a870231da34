"""Saliency: how strongly the output reacts to each token (Simonyan et al. 2013, arXiv:1312.6034)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from captum_dna.engine.answers import answer
from captum_dna.engine.gradients import Gradients

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import numpy as np
    from numpy.typing import NDArray

    from captum_dna.engine.gradients import Values
    from captum_dna.engine.protocol import Answer, Question, Settings
    from captum_dna.model.classifier import Classifier

NORMS = {"l2": 2, "l1": 1}
"""Norms over the features of a token, by name; the sum of absolute values is ``"l1"``."""


@dataclass(frozen=True)
class Saliency:
    """The length of the gradient at each token: a strength without a sign.

    Parameters
    ----------
    norm
        ``"l2"`` (Euclidean length, the default) or ``"l1"`` (sum of absolute values, as Captum's
        ``Saliency`` summed over the features).
    """

    norm: str = "l2"

    name: ClassVar[str] = "saliency"
    complete: ClassVar[bool] = False
    scores: ClassVar[str] = "tokens"
    signed: ClassVar[bool] = False
    on_path: ClassVar[bool] = False
    compares_with: ClassVar[str] = "nothing"
    cost: ClassVar[str] = "1 forward and backward pass"
    citation: ClassVar[str] = "Simonyan, Vedaldi and Zisserman 2013, arXiv:1312.6034"

    def __post_init__(self) -> None:
        if self.norm not in NORMS:
            raise ValueError(f"There is no norm {self.norm!r}. Choose one of {', '.join(NORMS)}.")

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
                parts=lengths(reading.slopes, self.norm),
            )


def lengths(slopes: Values, norm: str = "l2") -> dict[str, NDArray[np.float64]]:
    """Return (T,) norms over the features of the (T, D) gradient of each layer."""
    order = NORMS[norm]
    return {name: slope.double().norm(order, dim=-1).cpu().numpy() for name, slope in slopes.items()}
