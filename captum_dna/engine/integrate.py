"""Path integrals of many sequences, in the precision that was asked for."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from captum_dna.engine.fixed_rule import FixedRule
from captum_dna.engine.path import PathEngine, PathJob
from captum_dna.engine.precision import OWN, resolution, rungs
from captum_dna.engine.protocol import Answer
from captum_dna.engine.quadrature import AdaptiveRule, PreviewRule

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import numpy as np
    import torch
    from numpy.typing import NDArray

    from captum_dna.engine.path_spaces import Space
    from captum_dna.engine.protocol import Question, Settings
    from captum_dna.engine.quadrature import Integral, Nodes, Rule
    from captum_dna.model.classifier import Classifier


LEAST_PROGRESS = 0.5
"""The share of the error that a refinement must remove for a rung that is not the last to go on: rounding stays."""


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

    With ``precision="auto"`` the cheapest arithmetic goes first. More points are asked for as long as they help; where
    rounding is what is left, or a number overflows, the sequence goes to the next rung, which begins with the nodes
    that the one before had come to. The evaluations of all rungs are counted.
    """
    tried = rungs(settings.precision, classifier.device, classifier.dtype)
    waiting: Iterable[_Waiting] = (_Waiting(question) for question in questions)
    with classifier.at_rest():
        for precision in tried:
            last, again = precision == tried[-1], []
            for one, done in _integrate(classifier, space, waiting, settings, baseline, precision, last=last):
                certificate = done.integral.certificate
                spent = one.spent + certificate.evaluations + one.ends_read
                if certificate.converged or last or certificate.tolerance is None:
                    whole = replace(certificate, evaluations=spent, precision=precision)
                    yield done._replace(integral=done.integral._replace(certificate=whole))
                else:
                    question = replace(done.question, target=done.target)
                    again.append(_Waiting(question, spent, one.rule, one.ends, done.logits))
            if not again:
                return
            waiting = again


@dataclass
class _Waiting:
    """A question on its way up: what it has cost, and what was found of its path on the rung before.

    Parameters
    ----------
    question, spent
        The question, and its evaluations on the rungs before.
    rule
        The rule that followed its path.
    ends, logits
        f at both ends in the model's own format, and the logits of the sequence.
    ends_read
        Passes that these took on this rung.
    """

    question: Question
    spent: int = 0
    rule: Rule | None = None
    ends: dict[float, float] = field(default_factory=dict)
    logits: NDArray[np.float64] | None = None
    ends_read: int = 0


def _integrate(
    classifier: Classifier,
    space: Space,
    waiting: Iterable[_Waiting],
    settings: Settings,
    baseline: str,
    precision: str,
    *,
    last: bool,
) -> Iterator[tuple[_Waiting, Integrated]]:
    """Yield the integrals on one rung, and what waited for them; its rule is the one that was followed."""
    least = 0.0 if last else LEAST_PROGRESS
    open_ones: dict[int, _Waiting] = {}

    def jobs() -> Iterator[PathJob]:
        for one in waiting:
            question = one.question
            nodes = one.rule.nodes if isinstance(one.rule, AdaptiveRule) else None
            one.rule = rule_of(settings, precision, classifier.dtype, least, nodes)
            job = PathJob(question, baseline, one.rule, question.target, settings.seed)
            if one.logits is not None:
                job.ends, job.logits = one.ends, one.logits
            open_ones[question.index] = one
            yield job

    engine = PathEngine(classifier, space, settings.output, precision, settings.batch_size)
    for job in engine.run(jobs()):
        one = open_ones.pop(job.question.index)
        one.ends, one.ends_read = job.ends, job.ends_read
        yield one, Integrated(job.question, job.target or 0, job.logits, job.rule.result())


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
