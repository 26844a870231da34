"""Base masking: how much the output falls when one base is hidden from every token that covers it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from captum_dna.engine.perturbation import Experiments
from captum_dna.methods.occlusion import hide_windows

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from captum_dna.engine.protocol import Answer, Question, Settings
    from captum_dna.model.classifier import Classifier


@dataclass(frozen=True)
class BaseMask:
    """f(x) minus f with all tokens that cover a base hidden; the base's score.

    With overlapping k-mers that hides the base's k - 1 neighbours on either side in part: masking one
    token alone would not do, because its neighbours still spell the base.
    """

    name: ClassVar[str] = "base_mask"
    complete: ClassVar[bool] = False
    scores: ClassVar[str] = "bases"
    signed: ClassVar[bool] = True
    on_path: ClassVar[bool] = False
    compares_with: ClassVar[str] = "baseline"
    cost: ClassVar[str] = "L + 1 forward passes"
    citation: ClassVar[str] = ""

    def explain(
        self, classifier: Classifier, questions: Iterable[Question], settings: Settings
    ) -> Iterator[Answer]:
        """Answer each question; the hidden copies of one sequence share batches."""
        experiments = Experiments(classifier, settings)
        with classifier.at_rest():
            for question in questions:
                yield hide_windows(experiments, question, window=1, stride=1)
