"""Integrated gradients over the bases themselves, for models of overlapping k-mers or of single bases.

Every k-mer scheme blurs one base over 2k - 1 positions. Here the path runs between distributions over
A, C, G and T at every base, and a k-mer's embedding is its expectation over them: scores belong to
bases from the start, and every base has a score for each letter that it could have been.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from captum_dna.engine.integrate import integrate
from captum_dna.engine.path_spaces import REFERENCES, NucleotideSpace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from captum_dna.engine.protocol import Answer, Question, Settings
    from captum_dna.model.classifier import Classifier


@dataclass(frozen=True)
class NucleotideGradients:
    """Integrated gradients from a per-base reference to the one-hot sequence.

    ``extras["hypothetical"]`` is (4, L), in the order A, C, G, T: what each base would have scored as each
    letter, by the same mean gradients (NaN at bases whose letter is not known). Its entry at the
    sequence's own letter is the base's score, which is the form that TF-MoDISco takes.

    Parameters
    ----------
    reference
        ``"uniform"`` or ``"composition"``; see :data:`captum_dna.engine.path_spaces.REFERENCES`.
    """

    reference: str = "uniform"

    name: ClassVar[str] = "nucleotide_gradients"
    complete: ClassVar[bool] = True
    scores: ClassVar[str] = "bases"
    signed: ClassVar[bool] = True
    on_path: ClassVar[bool] = True
    compares_with: ClassVar[str] = "own"
    cost: ClassVar[str] = "9 or more forward and backward passes, and as many contractions of the k-mer table"
    citation: ClassVar[str] = "Sundararajan, Taly and Yan 2017, arXiv:1703.01365; over the bases themselves"

    def __post_init__(self) -> None:
        if self.reference not in REFERENCES:
            raise ValueError(
                f"There is no reference {self.reference!r}; choose one of {', '.join(REFERENCES)}."
            )

    def explain(
        self, classifier: Classifier, questions: Iterable[Question], settings: Settings
    ) -> Iterator[Answer]:
        """Answer each question, in the order in which the integrals are done."""
        space = NucleotideSpace(classifier)
        for done in integrate(classifier, space, questions, settings, self.reference):
            encoding, scores = done.question.encoding, done.integral.scores
            start, step = space.ends(encoding, self.reference, settings.seed)
            yield done.answer(
                token_scores=np.full(len(encoding), np.nan),
                base_scores=scores.sum(axis=0),
                extras={"hypothetical": space.hypothetical(scores, start, step)},
            )
