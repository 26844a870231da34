"""The ladder of precisions for methods that begin again on each rung."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from captum_dna.engine.protocol import Answer, Question


def climb(
    tried: Sequence[str],
    questions: Iterable[Question],
    answers: Callable[[str, Iterable[Question]], Iterator[Answer]],
) -> Iterator[Answer]:
    """Yield answers in the first precision in which they converge, or in the last.

    Parameters
    ----------
    tried
        Precisions, the cheapest first; see :mod:`captum_dna.engine.precision`.
    questions
        What is asked. The class that a sequence was explained for stays the same on the way up.
    answers
        Answers questions in a precision, in any order.
    """
    spent: dict[int, int] = {}
    for precision in tried:
        again: list[Question] = []
        asked: dict[int, Question] = {}

        def remembered(
            waiting: Iterable[Question] = questions, asked: dict[int, Question] = asked
        ) -> Iterator[Question]:
            for question in waiting:
                asked[question.index] = question
                yield question

        for answer in answers(precision, remembered()):
            question, own = asked.pop(answer.index), answer.certificate
            spent[answer.index] = spent.get(answer.index, 0) + own.evaluations
            if own.converged or own.tolerance is None or precision == tried[-1]:
                certificate = replace(own, evaluations=spent.pop(answer.index), precision=precision)
                yield replace(answer, certificate=certificate)
            else:
                again.append(replace(question, target=answer.target))
        if not again:
            return
        questions = again
