"""Taking bases away from a sequence, in one of two ways, and what the model says then."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from captum_dna.core.letters import in_case_of, other_bases
from captum_dna.engine.baselines import generator
from captum_dna.engine.perturbation import Experiments, touching

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from captum_dna.engine.protocol import Settings
    from captum_dna.model.classifier import Classifier
    from captum_dna.pipeline.windows import Piece

    Floats = NDArray[np.float64]
    Removed = NDArray[np.bool_]

REMOVALS = {
    "substitute": "each removed base becomes another base, drawn three times, and f is averaged",
    "mask": "every token that covers a removed base becomes what the baseline has in its place",
}
"""Ways to remove bases, in words."""

DRAWS = 3
"""Replacements drawn per base, with ``"substitute"``."""


class Removal:
    """One sequence whose bases can be taken away.

    Parameters
    ----------
    classifier
        The model, at rest.
    piece, target
        The sequence with its tokens, and the index of the class whose output is asked for.
    settings
        ``output``, ``baseline``, ``layer``, ``batch_size``, ``precision`` and ``seed`` are used.
    how
        A name of :data:`REMOVALS`.
    """

    def __init__(
        self, classifier: Classifier, piece: Piece, target: int, settings: Settings, how: str
    ) -> None:
        self.classifier = classifier
        self.sequence, self.encoding = piece
        self.target = target
        self.how = how
        self.random = generator(settings.seed, self.sequence.bases)
        self._experiments = Experiments(classifier, settings)
        self._others = [_other_letters(self.sequence.bases, self.random) for _ in range(DRAWS)]
        self.f_input = float(self.f(np.zeros((1, len(self.sequence)), dtype=bool))[0])

    def f(self, removed: Removed) -> Floats:
        """Return the output (N,) of the sequence without the bases of each row of (N, L)."""
        if self.how == "mask":
            logits = self._experiments.hide(self.encoding, touching(self.encoding, removed))
            return self._experiments.f(logits, self.target)
        own = np.array(list(self.sequence.bases))
        rows = [np.where(row, letters, own) for row in removed for letters in self._others]
        found = self.f_of(["".join(row) for row in rows]).reshape(-1, DRAWS)
        mean: Floats = found.mean(axis=1)
        return mean

    def f_of(self, sequences: list[str]) -> Floats:
        """Return the output (N,) of other letters, each text read once."""
        logits = self._experiments.read_letters(sequences, self.sequence.name)
        return self._experiments.f(logits, self.target)

    def tokens_changed(self, removed: Removed) -> Floats:
        """Return the share (N,) of the tokens over bases that cover a removed one."""
        covers = np.array([span is not None for span in self.encoding.spans])
        share: Floats = touching(self.encoding, removed)[:, covers].mean(axis=1)
        return share


def _other_letters(bases: str, random: np.random.Generator) -> NDArray[np.str_]:
    """Return a letter other than its own for every base, in its case."""
    drawn = [choices[int(random.integers(len(choices)))] for choices in map(other_bases, bases)]
    return np.array(list(in_case_of("".join(drawn), bases)))
