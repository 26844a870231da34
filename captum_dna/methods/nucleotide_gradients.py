"""Integrated gradients over the bases themselves, for models of overlapping k-mers or of single bases.

Every k-mer scheme blurs one base over 2k - 1 positions. Here the path runs between distributions over
A, C, G and T at every base, and a k-mer's embedding is its expectation over them: scores belong to
bases from the start, and every base has a score for each letter that it could have been.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from captum_dna.engine.baselines import Start
from captum_dna.engine.integrate import integrate
from captum_dna.engine.path_spaces import REFERENCES, NucleotideSpace
from captum_dna.io.arrays import one_hot

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

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
    corrected
        Whether to take from the mean gradient at each base its mean over A, C, G and T, which is a direction that no
        sequence has (Majdandzic et al. 2023, doi:10.1186/s13059-023-02956-3). The uniform reference does so already, and
        its scores stay what they are. Those of another reference no longer sum to f(x) - f(baseline).
    """

    reference: str = "uniform"
    corrected: bool = False

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
                f"There is no reference {self.reference!r}. Choose one of {', '.join(REFERENCES)}."
            )
        if self.corrected not in (True, False):
            raise ValueError(f"The option corrected is True or False, not {self.corrected!r:.60}.")
        if self.corrected and self.reference != "uniform":
            object.__setattr__(self, "complete", False)

    def explain(
        self, classifier: Classifier, questions: Iterable[Question], settings: Settings
    ) -> Iterator[Answer]:
        """Answer each question, in the order in which the integrals are done."""
        space = NucleotideSpace(classifier)
        for done in integrate(classifier, space, questions, settings, self.reference):
            encoding, scores = done.question.encoding, done.integral.scores
            ((start, step),) = space.ends([Start(encoding, self.reference)])
            every = space.hypothetical(scores, start, step)
            bases = scores.sum(axis=0)
            answer = done.answer(
                token_scores=np.full(len(encoding), np.nan),
                base_scores=bases,
                extras={"hypothetical": every},
            )
            yield answer if self.complete else _corrected(answer, bases, one_hot(encoding.bases))


def _corrected(answer: Answer, bases: NDArray[np.float64], letters: NDArray[np.float32]) -> Answer:
    """Return an answer whose hypothetical scores have a mean of 0 over the letters, and its bases' scores accordingly."""
    every = answer.extras["hypothetical"]
    every = every - every.mean(axis=0)
    own = np.where(letters > 0, every, 0).sum(axis=0)
    known = letters.any(axis=0) & np.isfinite(every).all(axis=0)
    return replace(
        answer,
        base_scores=np.array(np.where(known, own, bases)),
        certificate=replace(answer.certificate, delta=float("nan")),
        extras={"hypothetical": every},
    )
