"""In-silico mutagenesis: the model's output to every single substitution (Zhou and Troyanskaya 2015).

doi:10.1038/nmeth.3547
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from captum_dna.core.errors import SequenceError
from captum_dna.core.letters import BASES, other_bases, substitute
from captum_dna.core.notices import tell
from captum_dna.engine.answers import answer
from captum_dna.engine.perturbation import Experiments
from captum_dna.model.errors import TokenizerError
from captum_dna.model.outputs import explained

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from captum_dna.core.sequences import Sequence
    from captum_dna.engine.protocol import Answer, Question, Settings
    from captum_dna.model.classifier import Classifier

    Mutant = tuple[int, int, tuple[int, ...]]


@dataclass(frozen=True)
class InSilicoMutagenesis:
    """Every substitution, tokenised again.

    ``extras["substitutions"]`` is the (4, L) matrix of f(mutant) - f(x), rows A, C, G, T, 0 at the base
    that is there. The score of a base is f(x) minus the mean of f over its three mutants (four where
    the letter is none of A, C, G, T, U): positive where the base as it is supports the answer.
    """

    name: ClassVar[str] = "ism"
    complete: ClassVar[bool] = False
    scores: ClassVar[str] = "bases"
    signed: ClassVar[bool] = True
    on_path: ClassVar[bool] = False
    compares_with: ClassVar[str] = "nothing"
    cost: ClassVar[str] = "3 L + 1 forward passes"
    citation: ClassVar[str] = "Zhou and Troyanskaya 2015, doi:10.1038/nmeth.3547"

    def explain(
        self, classifier: Classifier, questions: Iterable[Question], settings: Settings
    ) -> Iterator[Answer]:
        """Answer each question; the mutants of one sequence share batches."""
        experiments = Experiments(classifier, settings)
        with classifier.at_rest():
            for question in questions:
                yield _answer(experiments, question)


def _answer(experiments: Experiments, question: Question) -> Answer:
    mutants = _mutants(experiments.classifier, question.sequence)
    logits = experiments.read([question.encoding.input_ids, *(ids for _, _, ids in mutants)])
    (target,) = explained([question.target], logits[:1])
    f = experiments.f(logits, target)
    changes = np.full((len(BASES), len(question.sequence)), np.nan)
    for (row, place, _), value in zip(mutants, f[1:], strict=True):
        changes[row, place] = value - f[0]
    known = np.isfinite(changes)
    counts = known.sum(axis=0)
    scores = -np.where(known, changes, 0).sum(axis=0) / np.where(counts > 0, counts, np.nan)
    for place, letter in enumerate(question.sequence.bases):
        own = set(BASES) - set(other_bases(letter))
        for base in own:
            changes[BASES.index(base), place] = 0
    return answer(
        question,
        target,
        logits[0],
        float(f[0]),
        evaluations=len(f),
        base_scores=scores,
        extras={"substitutions": changes},
    )


def _mutants(classifier: Classifier, sequence: Sequence) -> list[Mutant]:
    """Return (row of A, C, G, T, place, token ids) of every substitution that the model can read."""
    mutants: list[Mutant] = []
    unread = 0
    for place, letter in enumerate(sequence.bases):
        for base in other_bases(letter):
            text = substitute(sequence.bases, place, base)
            try:
                ids = classifier.encoder.encode(text, sequence.name).input_ids
                mutants.append((BASES.index(base), place, ids))
            except (SequenceError, TokenizerError):
                unread += 1
    limit = classifier.max_tokens
    if limit is not None:
        fitting = [mutant for mutant in mutants if len(mutant[2]) <= limit]
        unread += len(mutants) - len(fitting)
        mutants = fitting
    if unread:
        tell(
            f"Sequence '{sequence.name}': {unread} of its single-base mutants have more tokens than the model takes, or "
            "cannot be tokenised; they are NaN in the matrix and left out of the scores.",
        )
    return mutants
