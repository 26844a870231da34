"""Gradient SHAP: gradients at random points between the baseline and the sequence (Lundberg and Lee 2017).

arXiv:1705.07874; in the form of ``captum.attr.GradientShap`` with one baseline. For several baselines
see :mod:`captum_dna.methods.expected_gradients`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from captum_dna.core.certificate import share_of
from captum_dna.engine.answers import answer
from captum_dna.engine.baselines import chance_of
from captum_dna.engine.gradients import Gradients, per_token, plus, product
from captum_dna.engine.noise import check_noise, check_samples, noise_like

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from captum_dna.engine.gradients import Reading
    from captum_dna.engine.protocol import Answer, Question, Settings
    from captum_dna.model.classifier import Classifier

_NEIGHBOURS = 3
"""Samples that a second difference takes."""


@dataclass(frozen=True)
class GradientShap:
    """The mean of gradient times the distance from the baseline over random points of the path.

    Without noise its scores are complete in expectation, and ``delta`` tells what is missing. With noise they
    explain what f is at noisy copies of the sequence, so that they are off by its mean difference from f(x)
    however many samples are taken. ``error`` is twice the standard error, summed over the tokens; NaN for two
    samples, which do not tell it.

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
        random = chance_of(reading.question.encoding, settings.seed)
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
        samples = np.array([np.sum(list(share.values()), axis=0) for share in shares])
        errors = 2 * standard_errors(samples)
        return answer(
            reading.question,
            reading.target,
            reading.logits,
            reading.f,
            evaluations=self.samples + 2,
            parts={name: np.mean([share[name] for share in shares], axis=0) for name in reading.values},
            f_baseline=gradients.f_at(reading, start),
            error=float(errors.sum()),
            relative_error=share_of(
                float(np.linalg.norm(errors)), float(np.linalg.norm(samples.mean(axis=0)))
            ),
            tolerance=settings.tolerance,
        )


def standard_errors(samples: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the (T,) standard errors of the means of (N, T) samples, one from each of N equal stretches.

    The spread of all samples holds what the curve does from stretch to stretch, which such a mean does not
    suffer from; second differences of neighbours leave that out, as far as the curve is straight over three.

    Examples
    --------
    >>> standard_errors(np.array([[1.0], [2.0], [3.0], [4.0]]))
    array([0.])
    """
    count = len(samples)
    if count < _NEIGHBOURS:
        return np.full(samples.shape[1:], np.nan)
    variance = (np.diff(samples, n=2, axis=0) ** 2).mean(axis=0) / 6
    return np.asarray(np.sqrt(variance / count))
