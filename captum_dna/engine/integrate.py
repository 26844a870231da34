"""Path integrals of many sequences, in the precision that was asked for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from captum_dna.engine.climbing import climb
from captum_dna.engine.fixed_rule import FixedRule
from captum_dna.engine.path import PathEngine
from captum_dna.engine.path_job import PathJob
from captum_dna.engine.precision import OWN, resolution, rungs
from captum_dna.engine.protocol import Answer
from captum_dna.engine.quadrature import AdaptiveRule, PreviewRule

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import torch

    from captum_dna.core.certificate import Certificate
    from captum_dna.engine.climbing import Step
    from captum_dna.engine.path_spaces import Space
    from captum_dna.engine.protocol import Question, Settings
    from captum_dna.engine.quadrature import Nodes
    from captum_dna.engine.rule import Integral, Rule
    from captum_dna.model.classifier import Classifier


LEAST_PROGRESS = 0.5
"""The share of the error that a refinement must remove for a rung that is not the last to go on: rounding stays."""


@dataclass(frozen=True, slots=True)
class Integrated:
    """The path of one sequence, and the integral along it."""

    job: PathJob
    integral: Integral

    @property
    def question(self) -> Question:
        """What was asked."""
        return self.job.question

    @property
    def index(self) -> int:
        """The question's place in the input."""
        return self.question.index

    @property
    def target(self) -> int:
        """The class explained."""
        return self.job.target or 0

    @property
    def certificate(self) -> Certificate:
        """How far to trust the integral."""
        return self.integral.certificate

    def certified(self, certificate: Certificate) -> Integrated:
        """Return the same with another certificate."""
        return replace(self, integral=self.integral._replace(certificate=certificate))

    def answer(self, **scores: Any) -> Answer:
        """Return the answer with these scores; they and the integral are all that it consists of."""
        return Answer(
            index=self.index,
            target=self.target,
            logits=self.job.logits,
            certificate=self.certificate,
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

    With ``precision="auto"`` the cheapest arithmetic goes first. More points are asked for as long as they help; where
    rounding is what is left, or a number overflows, the sequence goes to the next rung, which begins with the nodes
    that the one before had come to. The evaluations of all rungs are counted.
    """
    with classifier.at_rest():
        tried = rungs(settings.precision, classifier.device, classifier.dtype)
        attempt = partial(_integrate, classifier, space, settings, baseline, tried[-1])
        for found, certificate in climb(tried, questions, attempt):
            yield found.certified(certificate)


def _integrate(
    classifier: Classifier,
    space: Space,
    settings: Settings,
    baseline: str,
    last: str,
    precision: str,
    steps: Iterable[Step[Integrated]],
) -> Iterator[Integrated]:
    """Yield the integrals on one rung."""
    least = 0.0 if precision == last else LEAST_PROGRESS

    def jobs() -> Iterator[PathJob]:
        for step in steps:
            before = step.before.job if step.before else None
            nodes = before.rule.nodes if before and isinstance(before.rule, AdaptiveRule) else None
            rule = rule_of(settings, precision, classifier.dtype, least, nodes)
            job = PathJob(step.question, baseline, rule, step.question.target, settings.seed)
            if before:
                job.ends, job.logits = before.ends, before.logits
            yield job

    engine = PathEngine(classifier, space, settings.output, precision, settings.batch_size)
    for job in engine.run(jobs()):
        found = Integrated(job, job.rule.result())
        own = found.certificate
        yield found.certified(replace(own, evaluations=own.evaluations + job.ends_read))


def rule_of(
    settings: Settings,
    precision: str,
    dtype: torch.dtype,
    least_progress: float = 0.0,
    nodes: Nodes | None = None,
) -> Rule:
    """Return a fresh rule for one sequence, as the settings want it; an adaptive one may begin with known nodes."""
    if settings.tolerance is None:
        return PreviewRule()
    noise = resolution(precision, dtype)
    if settings.n_steps is not None:
        return FixedRule(settings.n_steps, settings.rule, settings.tolerance, noise)
    at_ends = resolution(OWN, dtype)
    rule = AdaptiveRule(settings.tolerance, noise, least_progress=least_progress, resolution_at_ends=at_ends)
    return rule if nodes is None else rule.beginning_with(nodes)
