"""Path integrals of many sequences, in the precision that was asked for."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import torch

from captum_dna.engine.path import PathEngine, PathJob, fast_at_bfloat16
from captum_dna.engine.protocol import Answer
from captum_dna.engine.quadrature import MOST_EVALUATIONS, AdaptiveRule, FixedRule, PreviewRule

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import numpy as np
    from numpy.typing import NDArray

    from captum_dna.engine.path_spaces import Space
    from captum_dna.engine.protocol import Question, Settings
    from captum_dna.engine.quadrature import Integral, Rule
    from captum_dna.model.classifier import Classifier


_MOST_TRIED = 17
"""Evaluations after which ``precision="auto"`` gives bfloat16 up: more points do not lessen its rounding errors."""


class Integrated(NamedTuple):
    """The integral of one sequence, the class explained and the (C,) logits of the sequence itself."""

    question: Question
    target: int
    logits: NDArray[np.float64]
    integral: Integral

    def answer(self, **scores: Any) -> Answer:
        """Return the answer with these scores; they and the integral are all that it consists of."""
        return Answer(
            index=self.question.index,
            target=self.target,
            logits=self.logits,
            certificate=self.integral.certificate,
            **scores,
        )


def integrate(
    classifier: Classifier,
    space: Space,
    questions: Iterable[Question],
    settings: Settings,
    baseline: str,
) -> Iterator[Integrated]:
    """Yield the integral of each question, in the order in which they are done.

    With ``precision="auto"`` and hardware that is fast at it, bfloat16 goes first; what then misses the
    tolerance is done again in float32, and the evaluations of both are counted.
    """
    precision = settings.precision
    if precision == "auto":
        precision = "bfloat16" if fast_at_bfloat16(classifier.device) else "float32"
    trying = settings.precision == "auto" and precision == "bfloat16"
    most = _MOST_TRIED if trying else MOST_EVALUATIONS
    again: list[Question] = []
    spent: dict[int, int] = {}
    with classifier.at_rest():
        for done in _integrate(classifier, space, questions, settings, baseline, precision, most):
            certificate = done.integral.certificate
            if trying and not certificate.converged:
                again.append(replace(done.question, target=done.target))
                spent[done.question.index] = certificate.evaluations
            else:
                yield done
        for done in _integrate(classifier, space, again, settings, baseline, "float32"):
            certificate = done.integral.certificate
            evaluations = certificate.evaluations + spent[done.question.index]
            certificate = replace(certificate, evaluations=evaluations)
            yield done._replace(integral=done.integral._replace(certificate=certificate))


def _integrate(
    classifier: Classifier,
    space: Space,
    questions: Iterable[Question],
    settings: Settings,
    baseline: str,
    precision: str,
    most: int = MOST_EVALUATIONS,
) -> Iterator[Integrated]:
    rule = partial(rule_of, settings, resolution_of(classifier, precision), most)
    jobs = (PathJob(question, baseline, rule(), question.target, settings.seed) for question in questions)
    engine = PathEngine(classifier, space, settings.output, precision, settings.batch_size)
    for job in engine.run(jobs):
        yield Integrated(job.question, job.target or 0, job.logits, job.rule.result())


def rule_of(settings: Settings, resolution: float, most: int = MOST_EVALUATIONS) -> Rule:
    """Return a fresh rule for one sequence, as the settings want it; an adaptive one stops after ``most``."""
    if settings.tolerance is None:
        return PreviewRule()
    if settings.n_steps is None:
        return AdaptiveRule(settings.tolerance, resolution, most)
    return FixedRule(settings.n_steps, settings.rule, settings.tolerance, resolution)


def resolution_of(classifier: Classifier, precision: str) -> float:
    """Return the relative noise of f: rounding errors of a deep model are some 16 units in the last place."""
    if precision == "bfloat16":
        return float(torch.finfo(torch.bfloat16).eps)
    return 16 * float(torch.finfo(classifier.dtype).eps)
