"""Expected gradients: integrated gradients averaged over baselines (Erion et al. 2021).

doi:10.1038/s42256-021-00343-w; arXiv:1906.10670. Here each baseline has a whole integral of its own, so
that the mean is complete against the mean of f(baselines).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from captum_dna.core.baselines import BASELINES
from captum_dna.core.certificate import mean_of
from captum_dna.engine.answers import answer
from captum_dna.engine.baselines import baseline_ids, check_baseline, turned
from captum_dna.engine.climbing import climb
from captum_dna.engine.integrate import LEAST_PROGRESS, rule_of
from captum_dna.engine.noise import check_samples
from captum_dna.engine.path import PathEngine
from captum_dna.engine.path_job import PathJob
from captum_dna.engine.path_spaces import LayerSpace
from captum_dna.engine.precision import rungs
from captum_dna.model.hooks import find_layers

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from captum_dna.engine.climbing import Step
    from captum_dna.engine.protocol import Answer, Question, Settings
    from captum_dna.model.classifier import Classifier


@dataclass(frozen=True)
class ExpectedGradients:
    """The mean of integrated gradients over several baselines.

    ``extras`` keeps the token scores of each, ``"scores_by_baseline"`` (N, T), their standard deviation
    ``"spread"`` (T,) and ``"f_baselines"`` (N,). The baseline of the run is not used.

    Parameters
    ----------
    baselines
        Names from :data:`captum_dna.core.baselines.BASELINES`, or DNA sequences of the same length.
    samples
        How often each random baseline is drawn.
    """

    baselines: str | tuple[str, ...] = ("dinucleotide_shuffle",)
    samples: int = 10

    name: ClassVar[str] = "expected_gradients"
    complete: ClassVar[bool] = True
    scores: ClassVar[str] = "tokens"
    signed: ClassVar[bool] = True
    on_path: ClassVar[bool] = True
    compares_with: ClassVar[str] = "own"
    cost: ClassVar[str] = "baselines (10) times integrated gradients"
    citation: ClassVar[str] = "Erion et al. 2021, doi:10.1038/s42256-021-00343-w"

    def __post_init__(self) -> None:
        check_samples(self.samples)
        if not self.baselines:
            raise ValueError(f"Name at least one baseline, such as {', '.join(BASELINES)}.")

    def turned(self) -> ExpectedGradients:
        """Return the method for reverse complements."""
        return replace(self, baselines=tuple(map(turned, self._names)))

    @property
    def _names(self) -> tuple[str, ...]:
        return (self.baselines,) if isinstance(self.baselines, str) else self.baselines

    def explain(
        self, classifier: Classifier, questions: Iterable[Question], settings: Settings
    ) -> Iterator[Answer]:
        """Answer each question once the integrals from all of its baselines are done.

        Raises
        ------
        SequenceError
            A baseline has other tokens than the sequence, as shuffles of byte pairs do; before any model runs.
        """
        questions = list(questions)
        draws = self._draws(classifier, settings.seed)
        for question in questions:
            for baseline, seed in draws:
                baseline_ids(classifier, question.encoding, baseline, seed)
        tried = rungs(settings.precision, classifier.device, classifier.dtype)
        with classifier.at_rest():
            attempt = partial(_explain, classifier, settings, draws, tried[-1])
            for found, certificate in climb(tried, questions, attempt):
                yield replace(found, certificate=certificate)

    def _draws(self, classifier: Classifier, seed: int) -> list[tuple[str, int]]:
        """Return each baseline with its seed; runs with other seeds share no draw."""
        return [
            (check_baseline(classifier, name), seed * self.samples + draw)
            for name in self._names
            for draw in range(self.samples if name in BASELINES and BASELINES[name].drawn else 1)
        ]


def _explain(
    classifier: Classifier,
    settings: Settings,
    draws: list[tuple[str, int]],
    last: str,
    precision: str,
    steps: Iterable[Step[Answer]],
) -> Iterator[Answer]:
    """Answer each question in one precision, once the integrals from all of its baselines are done."""
    layers = find_layers(classifier, settings.layer)
    space = LayerSpace(classifier, layers)
    engine = PathEngine(classifier, space, settings.output, precision, settings.batch_size)
    least = 0.0 if precision == last else LEAST_PROGRESS
    open_jobs: dict[int, list[PathJob]] = {}
    unfinished: dict[int, int] = {}

    def jobs() -> Iterator[PathJob]:
        for step in steps:
            question = step.question
            own = [
                PathJob(
                    question,
                    baseline,
                    rule_of(settings, precision, classifier.dtype, least),
                    question.target,
                    seed,
                )
                for baseline, seed in draws
            ]
            open_jobs[question.index], unfinished[question.index] = own, len(own)
            yield from own

    for job in engine.run(jobs()):
        index = job.question.index
        unfinished[index] -= 1
        if not unfinished[index]:
            yield _answer(job.question, open_jobs.pop(index), list(layers), settings)


def _answer(question: Question, jobs: list[PathJob], layers: list[str], settings: Settings) -> Answer:
    integrals = [job.rule.result() for job in jobs]
    certificates = [integral.certificate for integral in integrals]
    scores = np.stack([integral.scores for integral in integrals])
    by_baseline = scores.sum(axis=1)
    lengths = np.linalg.norm(by_baseline, axis=1).tolist()
    joint = mean_of(certificates, lengths, float(np.linalg.norm(by_baseline.mean(axis=0))))
    result = answer(
        question,
        jobs[0].target or 0,
        jobs[0].logits,
        certificates[0].f_input,
        evaluations=joint.evaluations + sum(job.ends_read for job in jobs),
        parts=dict(zip(layers, scores.mean(axis=0), strict=True)),
        f_baseline=joint.f_baseline,
        error=joint.error,
        relative_error=joint.relative_error,
        tolerance=settings.tolerance,
        extras={
            "scores_by_baseline": by_baseline,
            "spread": by_baseline.std(axis=0),
            "f_baselines": np.array([one.f_baseline for one in certificates]),
        },
    )
    converged = result.certificate.converged and joint.converged
    return replace(result, certificate=replace(result.certificate, converged=converged))
