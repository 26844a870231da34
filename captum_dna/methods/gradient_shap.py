"""Gradient SHAP: gradients at random points between the baseline and the sequence (Lundberg and Lee 2017).

arXiv:1705.07874; in the form of ``captum.attr.GradientShap`` with one baseline. For several baselines
see :mod:`captum_dna.methods.expected_gradients`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from captum_dna.engine.answers import answer
from captum_dna.engine.baselines import generator
from captum_dna.engine.gradients import Gradients, per_token, plus, product
from captum_dna.engine.noise import check_noise, check_samples, noise_like

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from captum_dna.engine.gradients import Reading
    from captum_dna.engine.protocol import Answer, Question, Settings
    from captum_dna.model.classifier import Classifier


@dataclass(frozen=True)
class GradientShap:
    """The mean of gradient times way gone over random points of the path.

    Its scores are complete in expectation; ``delta`` tells what is missing, and ``error`` is the
    standard error of their sum.

    Parameters
    ----------
    samples
        Points per sequence, one drawn in each of as many equal stretches of the path.
    noise
        Standard deviation of the noise added to the sequence's end of the path, as a share of the
        standard deviation of the layer's output over tokens and features; 0 by default, as Captum's.
    """

    samples: int = 20
    noise: float = 0.0

    name: ClassVar[str] = "gradient_shap"
    complete: ClassVar[bool] = False
    scores: ClassVar[str] = "tokens"
    signed: ClassVar[bool] = True
    on_path: ClassVar[bool] = False
    compares_with: ClassVar[str] = "baseline"
    cost: ClassVar[str] = "samples (20) + 2 passes, most of them forward and backward"
    citation: ClassVar[str] = "Lundberg and Lee 2017, arXiv:1705.07874"

    def __post_init__(self) -> None:
        check_samples(self.samples, least=2)
        check_noise(self.noise)

    def explain(
        self, classifier: Classifier, questions: Iterable[Question], settings: Settings
    ) -> Iterator[Answer]:
        """Answer each question; the points of one sequence share batches."""
        gradients = Gradients(classifier, settings)
        for reading in gradients.readings(questions):
            yield self._answer(gradients, reading, settings)

    def _answer(self, gradients: Gradients, reading: Reading, settings: Settings) -> Answer:
        random = generator(settings.seed, reading.question.encoding.bases)
        alphas = (np.arange(self.samples) + random.random(self.samples)) / self.samples
        start = gradients.reference(reading)
        steps = [
            plus(plus(reading.values, noise_like(reading.values, self.noise, random)), start, -1)
            for _ in alphas
        ]
        points = [plus(start, step, float(alpha)) for alpha, step in zip(alphas, steps, strict=True)]
        shares = [
            per_token(product(found.slopes, step))
            for found, step in zip(gradients.at(reading, points), steps, strict=True)
        ]
        sums = np.array([sum(part.sum() for part in share.values()) for share in shares])
        return answer(
            reading.question,
            reading.target,
            reading.logits,
            reading.f,
            evaluations=self.samples + 2,
            parts={name: np.mean([share[name] for share in shares], axis=0) for name in reading.values},
            f_baseline=gradients.f_at(reading, start),
            error=float(sums.std(ddof=1) / np.sqrt(self.samples)),
            tolerance=settings.tolerance,
        )
