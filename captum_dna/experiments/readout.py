"""The model as experiments ask it: edited letters in, tokenised anew, one row of outputs per sequence out."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from captum_dna.core.options import Options
from captum_dna.core.progress import Progress
from captum_dna.engine.perturbation import Experiments
from captum_dna.model.errors import ModelError
from captum_dna.model.loading import load
from captum_dna.model.outputs import predicted
from captum_dna.pipeline.validate import settings_of, targets_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from captum_dna.core.progress import Tell
    from captum_dna.core.sequences import Sequence
    from captum_dna.core.types import ModelLike

    Floats = NDArray[np.float64]

_TOGETHER = 512
"""Edited sequences that are in memory at once."""


class Readout:
    """Reads edited sequences with one model, and counts them.

    Parameters
    ----------
    model
        As for :func:`captum_dna.attribute`.
    progress
        As for :func:`captum_dna.attribute`.
    **choices
        ``target``, ``output``, ``precision``, ``batch_size`` and ``seed`` of :func:`captum_dna.attribute`.
    """

    def __init__(self, model: ModelLike, progress: bool | Tell | None = None, **choices: Any) -> None:
        options = Options.of(**choices)
        self.classifier = load(model)
        self.settings = settings_of(self.classifier, options)
        self.count = 0
        """Sequences read so far."""
        self._target = options.target
        self._progress = progress
        self._experiments = Experiments(self.classifier, self.settings)

    @property
    def seed(self) -> int:
        """Of all that is random."""
        return self.settings.seed

    def targets(self, count: int) -> list[int | None]:
        """Return the class asked for of each of so many sequences; ``None`` where none was."""
        return targets_of(self.classifier, self._target, count)

    def check(self, sequences: Iterable[Sequence]) -> None:
        """Refuse sequences that the model cannot read."""
        for sequence in sequences:
            self.classifier.encode(sequence)

    def logits(self, texts: Iterable[str], total: int, name: str, words: str = "Experiments") -> Floats:
        """Return (N, C) logits of N texts, which are made, tokenised and read a few at a time.

        Raises
        ------
        ModelError
            An output is not a number.
        """
        parts: list[Floats] = []
        done = 0
        with self.classifier.at_rest(), Progress(self._progress, total, words) as bar:
            for some in _batches(texts):
                parts.append(self._experiments.read_letters(some, name))
                done += len(some)
                bar.report(done)
        found = np.concatenate(parts)
        self.count += len(found)
        if not np.isfinite(found).all():
            raise ModelError(
                f"The model's output is not a number for an edited copy of '{name}', so the effects are unknown: load the "
                "model with dtype=torch.float32 or float64, or leave this sequence out."
            )
        return found

    def f(self, logits: Floats, target: int) -> Floats:
        """Return the output explained (...) of logits (..., C)."""
        rows = logits.reshape(-1, logits.shape[-1])
        return self._experiments.f(rows, target).reshape(logits.shape[:-1])

    def positive(self, logits: Floats, target: int) -> float:
        """Return the share of (N, C) predictions that are the class explained; NaN without classes."""
        head = self.classifier.head
        if head == "regression" or not len(logits):
            return float("nan")
        if head == "multi_label" or logits.shape[1] == 1:
            return float((logits[:, target] > 0).mean())
        return float(np.mean([predicted(row) == target for row in logits]))


def most_predicted(logits: Floats) -> int:
    """Return the class that most of (N, C) logits predict, the first of several."""
    return int(np.bincount([predicted(row) for row in logits]).argmax())


def _batches(texts: Iterable[str]) -> Iterator[list[str]]:
    rest = iter(texts)
    while some := list(islice(rest, _TOGETHER)):
        yield some
