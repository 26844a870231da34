"""Integrated gradients of a layer's output (Sundararajan et al. 2017, arXiv:1703.01365).

With ``n_steps`` the numbers are those of ``captum.attr.LayerIntegratedGradients``; without, the
integral is refined until it is complete within the tolerance.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, ClassVar

import torch

from captum_dna.layers import find_layers
from captum_dna.methods.base import Answer
from captum_dna.path import PathEngine, PathJob, fast_at_bfloat16
from captum_dna.quadrature import AdaptiveRule, FixedRule, PreviewRule

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from captum_dna.classifier import Classifier
    from captum_dna.methods.base import Question, Settings
    from captum_dna.quadrature import Rule


@dataclass(frozen=True)
class IntegratedGradients:
    """The mean gradient along the straight path from the baseline, times the way gone."""

    name: ClassVar[str] = "integrated_gradients"
    complete: ClassVar[bool] = True
    signed: ClassVar[bool] = True
    on_path: ClassVar[bool] = True
    cost: ClassVar[str] = "9 or more forward and backward passes; n_steps + 2 with a fixed rule"

    def explain(
        self, classifier: Classifier, questions: Iterable[Question], settings: Settings
    ) -> Iterator[Answer]:
        """Answer each question, in the order in which the integrals are done."""
        layers = find_layers(classifier, settings.layer)
        precision = settings.precision
        if precision == "auto":
            precision = "bfloat16" if fast_at_bfloat16(classifier.device) else "float32"

        def jobs_of(wanted: Iterable[Question], used: str) -> Iterator[PathJob]:
            rule_of = partial(_rule, settings, _resolution(classifier, used))
            for question in wanted:
                yield PathJob(question, settings.baseline, rule_of(), question.target, settings.seed)

        def engine(used: str) -> PathEngine:
            return PathEngine(classifier, layers, settings.output, used, settings.batch_size)

        again: list[Question] = []
        spent: dict[int, int] = {}
        with classifier.at_rest():
            for job in engine(precision).run(jobs_of(questions, precision)):
                answer = _answer(job, list(layers))
                if settings.precision == "auto" and precision == "bfloat16" and not answer.converged:
                    again.append(replace(job.question, target=answer.target))
                    spent[answer.index] = answer.evaluations
                else:
                    yield answer
            for job in engine("float32").run(jobs_of(again, "float32")):
                answer = _answer(job, list(layers))
                yield replace(answer, evaluations=answer.evaluations + spent[answer.index])


def _rule(settings: Settings, resolution: float) -> Rule:
    if settings.tolerance is None:
        return PreviewRule()
    if settings.n_steps is None:
        return AdaptiveRule(settings.tolerance, resolution)
    return FixedRule(settings.n_steps, settings.rule, settings.tolerance)


def _resolution(classifier: Classifier, precision: str) -> float:
    """Return the relative noise of f: rounding errors of a deep model are some 16 units in the last place."""
    if precision == "bfloat16":
        return float(torch.finfo(torch.bfloat16).eps)
    return 16 * float(torch.finfo(next(classifier.model.parameters()).dtype).eps)


def _answer(job: PathJob, layers: list[str]) -> Answer:
    integral = job.rule.result()
    parts = dict(zip(layers, integral.scores, strict=True)) if len(layers) > 1 else {}
    return Answer(
        index=job.question.index,
        target=job.target or 0,
        logits=job.logits,
        token_scores=integral.scores.sum(axis=0),
        f_input=integral.f_input,
        f_baseline=integral.f_baseline,
        delta=integral.delta,
        error=integral.error,
        converged=integral.converged,
        evaluations=integral.evaluations,
        parts=parts,
    )
