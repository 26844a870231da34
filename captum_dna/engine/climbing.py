"""The ladder of precisions: what does not converge on one rung is asked again on the next."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from captum_dna.core.certificate import Certificate
    from captum_dna.engine.protocol import Question


class Found(Protocol):
    """What a rung found for a question."""

    @property
    def index(self) -> int:
        """The question's place in the input."""
        ...

    @property
    def target(self) -> int:
        """The class explained."""
        ...

    @property
    def certificate(self) -> Certificate:
        """How far to trust it, with the evaluations of this rung alone."""
        ...


AnyFound = TypeVar("AnyFound", bound=Found)


@dataclass(frozen=True, slots=True)
class Step(Generic[AnyFound]):
    """A question on one rung.

    Parameters
    ----------
    question
        The question. The class that it was explained for on the rung before stays the same.
    before
        What that rung found; ``None`` on the first.
    spent
        Evaluations on all rungs before.
    """

    question: Question
    before: AnyFound | None = None
    spent: int = 0


def climb(
    tried: Sequence[str],
    questions: Iterable[Question],
    attempt: Callable[[str, Iterable[Step[AnyFound]]], Iterator[AnyFound]],
) -> Iterator[tuple[AnyFound, Certificate]]:
    """Yield what is found in the first precision in which it converges, or in the last.

    Parameters
    ----------
    tried
        Precisions, the cheapest first; see :mod:`captum_dna.engine.precision`.
    questions
        What is asked.
    attempt
        Answers the questions of steps in a precision, in any order.

    Yields
    ------
    What was found, and its certificate with the precision and the evaluations of all rungs.
    """
    steps: Iterable[Step[AnyFound]] = map(Step, questions)
    for precision in tried:
        again: list[Step[AnyFound]] = []
        asked: dict[int, Step[AnyFound]] = {}

        def remembered(
            steps: Iterable[Step[AnyFound]] = steps, asked: dict[int, Step[AnyFound]] = asked
        ) -> Iterator[Step[AnyFound]]:
            for step in steps:
                asked[step.question.index] = step
                yield step

        for found in attempt(precision, remembered()):
            step, own = asked.pop(found.index), found.certificate
            spent = step.spent + own.evaluations
            if own.converged or own.tolerance is None or precision == tried[-1]:
                yield found, replace(own, evaluations=spent, precision=precision)
            else:
                again.append(Step(replace(step.question, target=found.target), found, spent))
        if not again:
            return
        steps = again
