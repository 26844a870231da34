"""A method: the score of a base is how often its letter occurs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from captum_dna.engine.answers import answer
from captum_dna.engine.perturbation import Experiments
from captum_dna.model.outputs import explained


@dataclass(frozen=True)
class LetterCount:
    """How often the letter of a base occurs in the sequence.

    Parameters
    ----------
    scale
        What one occurrence counts.
    """

    scale: float = 1.0

    name = "letter_count"
    complete = False
    scores = "bases"
    signed = True
    on_path = False
    compares_with = "nothing"
    cost = "1 forward pass"
    citation = "Friend 2026"

    def explain(self, classifier, questions, settings):
        """Answer each question."""
        experiments = Experiments(classifier, settings)
        with classifier.at_rest():
            for question in questions:
                logits = experiments.read([question.encoding.input_ids])
                (target,) = explained([question.target], logits)
                bases = question.sequence.bases
                counts = np.array([self.scale * bases.count(base) for base in bases])
                f = float(experiments.f(logits, target)[0])
                yield answer(question, target, logits[0], f, evaluations=1, base_scores=counts)
