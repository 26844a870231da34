"""Occlusion: how much the output falls when a window of bases is hidden (Zeiler and Fergus 2014).

doi:10.1007/978-3-319-10590-1_53; arXiv:1311.2901.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from captum_dna.core.errors import SequenceError
from captum_dna.engine.answers import answer
from captum_dna.engine.perturbation import Experiments, covering
from captum_dna.model.outputs import explained

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from captum_dna.engine.protocol import Answer, Question, Settings
    from captum_dna.model.classifier import Classifier


@dataclass(frozen=True)
class Occlusion:
    """f(x) minus f with all tokens hidden that overlap a window.

    The score of a base is the mean over the windows that contain it, as in ``captum.attr.Occlusion``.
    Hidden tokens become what the baseline has in their place, so that overlapping k-mers cannot spell
    a hidden base.

    Parameters
    ----------
    window
        Width in bases.
    stride
        Bases from one window to the next, at most ``window``; the last window ends with the sequence.
    """

    window: int = 10
    stride: int = 5

    name: ClassVar[str] = "occlusion"
    complete: ClassVar[bool] = False
    scores: ClassVar[str] = "bases"
    signed: ClassVar[bool] = True
    on_path: ClassVar[bool] = False
    compares_with: ClassVar[str] = "baseline"
    cost: ClassVar[str] = "about L / stride forward passes"
    citation: ClassVar[str] = "Zeiler and Fergus 2013, arXiv:1311.2901"

    def __post_init__(self) -> None:
        if self.window < 1:
            raise ValueError(f"window must be a width in bases, at least 1, not {self.window}.")
        if not 1 <= self.stride <= self.window:
            raise ValueError(
                f"stride is 1 to window ({self.window}) bases, so that every base is in a window, not {self.stride}."
            )

    def explain(
        self, classifier: Classifier, questions: Iterable[Question], settings: Settings
    ) -> Iterator[Answer]:
        """Answer each question; the windows of one sequence share batches.

        Raises
        ------
        SequenceError
            The window is wider than a sequence; before any model runs.
        """
        questions = list(questions)
        for question in questions:
            if self.window > len(question.sequence):
                raise SequenceError(
                    f"Sequence '{question.sequence.name}' has {len(question.sequence)} bases, fewer than the window of "
                    f"{self.window}. Use a smaller window."
                )
        experiments = Experiments(classifier, settings)
        with classifier.at_rest():
            for question in questions:
                yield hide_windows(experiments, question, self.window, self.stride)


def hide_windows(experiments: Experiments, question: Question, window: int, stride: int) -> Answer:
    """Answer a question by hiding one window of bases after the other."""
    length = len(question.sequence)
    starts = np.unique([*range(0, length - window + 1, stride), length - window])
    encoding = question.encoding
    nothing = np.zeros((1, len(encoding)), dtype=bool)
    hidden = np.concatenate([nothing, covering(encoding, starts, starts + window)])
    logits = experiments.hide(encoding, hidden)
    (target,) = explained([question.target], logits[:1])
    f = experiments.f(logits, target)
    drops = f[0] - f[1:]
    total, count = np.zeros(length), np.zeros(length)
    for start, drop in zip(starts, drops, strict=True):
        total[start : start + window] += drop
        count[start : start + window] += 1
    scores = total / count
    for start, end in encoding.uncovered:
        scores[start:end] = np.nan
    return answer(question, target, logits[0], float(f[0]), evaluations=len(f), base_scores=scores)
