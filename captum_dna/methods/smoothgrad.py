"""SmoothGrad: a gradient method averaged over noisy copies of the sequence (Smilkov et al. 2017, arXiv:1706.03825)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from captum_dna.engine.answers import answer
from captum_dna.engine.baselines import chance_of
from captum_dna.engine.gradients import Gradients, per_token, plus, product
from captum_dna.engine.noise import check_noise, check_samples, noise_like
from captum_dna.methods.saliency import lengths

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from numpy.typing import NDArray

    from captum_dna.engine.gradients import Reading, Values
    from captum_dna.engine.protocol import Answer, Question, Settings
    from captum_dna.model.classifier import Classifier

    Scores = dict[str, NDArray[np.float64]]


def _saliency(gradients: Gradients, reading: Reading, copies: list[Values], _: int) -> list[Scores]:
    return [lengths(found.slopes) for found in gradients.at(reading, copies)]


def _input_x_gradient(gradients: Gradients, reading: Reading, copies: list[Values], _: int) -> list[Scores]:
    return [per_token(product(found.slopes, found.values)) for found in gradients.at(reading, copies)]


def _integrated_gradients(
    gradients: Gradients, reading: Reading, copies: list[Values], nodes: int
) -> list[Scores]:
    places, weights = np.polynomial.legendre.leggauss(nodes)
    alphas, weights = (places + 1) / 2, weights / 2
    start = gradients.reference(reading)
    steps = [plus(copy, start, -1) for copy in copies]
    points = [plus(start, step, float(alpha)) for step in steps for alpha in alphas]
    found = iter(gradients.at(reading, points))
    result = []
    for step in steps:
        shares = [per_token(product(next(found).slopes, step)) for _ in alphas]
        result.append(
            {
                name: np.sum([w * share[name] for w, share in zip(weights, shares, strict=True)], axis=0)
                for name in step
            }
        )
    return result


BASES: dict[str, Callable[[Gradients, Reading, list[Values], int], list[Scores]]] = {
    "saliency": _saliency,
    "input_x_gradient": _input_x_gradient,
    "integrated_gradients": _integrated_gradients,
}
"""Methods that can be smoothed, by name."""


@dataclass(frozen=True)
class SmoothGrad:
    """The mean of another method's scores over copies of the layer's output with noise on it.

    The noise falls on every token, special ones included.

    Parameters
    ----------
    base
        ``"integrated_gradients"`` (default), ``"input_x_gradient"`` or ``"saliency"``, the last without a sign.
    samples
        Noisy copies per sequence.
    noise
        Standard deviation of the noise as a share of the standard deviation of the layer's output
        over tokens and features.
    nodes
        Gauss-Legendre nodes per noisy copy, with ``base="integrated_gradients"``.
    """

    base: str = "integrated_gradients"
    samples: int = 10
    noise: float = 0.15
    nodes: int = 5

    name: ClassVar[str] = "smoothgrad"
    complete: ClassVar[bool] = False
    scores: ClassVar[str] = "tokens"
    signed: ClassVar[bool] = True
    on_path: ClassVar[bool] = False
    cost: ClassVar[str] = "samples (10) times the method smoothed: nodes (5) of a path, or 1 pass"
    citation: ClassVar[str] = "Smilkov et al. 2017, arXiv:1706.03825"

    def __post_init__(self) -> None:
        if self.base not in BASES:
            raise ValueError(f"smoothgrad cannot smooth {self.base!r}. Choose one of {', '.join(BASES)}.")
        check_samples(self.samples)
        check_noise(self.noise)
        if self.nodes < 1:
            raise ValueError(f"nodes must be the number of points per path, at least 1, not {self.nodes}.")
        # Whether a score has a sign is the smoothed method's property, so an object's own here.
        object.__setattr__(self, "signed", self.base != "saliency")

    @property
    def compares_with(self) -> str:
        """Whether the smoothed method starts from a baseline."""
        return "baseline" if self.base == "integrated_gradients" else "nothing"

    def explain(
        self, classifier: Classifier, questions: Iterable[Question], settings: Settings
    ) -> Iterator[Answer]:
        """Answer each question; the noisy copies of one sequence share batches."""
        gradients = Gradients(classifier, settings)
        passes = self.samples * (self.nodes if self.base == "integrated_gradients" else 1)
        for reading in gradients.readings(questions):
            random = chance_of(reading.question.encoding, settings.seed)
            copies = [
                plus(reading.values, noise_like(reading.values, self.noise, random))
                for _ in range(self.samples)
            ]
            found = BASES[self.base](gradients, reading, copies, self.nodes)
            yield answer(
                reading.question,
                reading.target,
                reading.logits,
                reading.f,
                evaluations=passes + 1,
                parts={name: np.mean([one[name] for one in found], axis=0) for name in reading.values},
            )
