"""Gradients of the output with respect to layers: at a sequence itself, and at any values of the layers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from captum_dna.engine.baselines import Start, path_ends
from captum_dna.engine.batching import Room
from captum_dna.model.hooks import find_layers, outputs_of, replaced, slopes_of
from captum_dna.model.outputs import explained, objective
from captum_dna.model.transfer import sent

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

    from captum_dna.engine.protocol import Question, Settings
    from captum_dna.model.classifier import Classifier

    Values = dict[str, Tensor]


@dataclass(frozen=True, slots=True)
class Reading:
    """What the model makes of one sequence.

    Parameters
    ----------
    question
        The sequence.
    target
        The class explained, now known.
    logits
        (C,) logits.
    f
        The output explained.
    values, slopes
        (T, D) values of each layer, and the gradient of f with respect to them.
    """

    question: Question
    target: int
    logits: NDArray[np.float64]
    f: float
    values: Values
    slopes: Values


class Gradients:
    """Forward and backward passes of one model for the layers and the output of one run.

    Parameters
    ----------
    classifier
        The model; it is at rest while :meth:`readings` are taken.
    settings
        ``layer``, ``output``, ``baseline``, ``seed``, ``batch_size`` and ``precision`` are used.
    """

    def __init__(self, classifier: Classifier, settings: Settings) -> None:
        self.classifier = classifier
        self.settings = settings
        self.layers = find_layers(classifier, settings.layer)
        self.room = Room(classifier, settings.precision, settings.batch_size)

    def readings(self, questions: Iterable[Question]) -> Iterator[Reading]:
        """Read sequences as they are, one pass each way; those of one token length share a batch."""
        with self.classifier.at_rest():
            for group in self.room.groups(questions):
                yield from self.room.run(group, len(group[0].encoding), self._read)

    def at(self, reading: Reading, points: list[Values]) -> list[Reading]:
        """Read one sequence with other values (T, D) of the layers; one pass each way per point."""

        def evaluate(batch: list[Values]) -> list[Reading]:
            stacked = {name: torch.stack([values[name] for values in batch]) for name in self.layers}
            return self._evaluate([reading.question] * len(batch), stacked, [reading.target] * len(batch))

        return self.room.run(points, len(reading.question.encoding), evaluate)

    def f_at(self, reading: Reading, values: Values) -> float:
        """Return f with other values (T, D) of the layers."""
        stacked = {name: value.unsqueeze(0) for name, value in values.items()}
        with torch.no_grad(), replaced(self.layers, stacked):
            logits = self.classifier.logits(self._ids([reading.question]))
        return float(self._f(logits, [reading.target])[0])

    def reference(self, reading: Reading) -> Values:
        """Return the values (T, D) of the layers at the baseline."""
        encoding, settings = reading.question.encoding, self.settings
        start = Start(encoding, settings.baseline, settings.seed)
        return path_ends(self.classifier, self.layers, [start])[0].reference

    def _read(self, questions: list[Question]) -> list[Reading]:
        with torch.no_grad():
            values = outputs_of(self.classifier, self.layers, self._ids(questions))
        return self._evaluate(questions, values, [question.target for question in questions])

    def _evaluate(
        self, questions: list[Question], values: Values, targets: list[int | None]
    ) -> list[Reading]:
        leaves = {name: value.detach().clone().requires_grad_() for name, value in values.items()}
        with torch.enable_grad():
            with replaced(self.layers, leaves):
                logits = self.classifier.logits(self._ids(questions))
            found = logits.detach().double().cpu().numpy()
            chosen = explained(targets, found)
            f = self._f(logits, chosen)
            slopes = dict(zip(leaves, slopes_of(f, list(leaves.values())), strict=True))
        numbers = f.detach().double().cpu().tolist()
        return [
            Reading(
                question,
                chosen[row],
                found[row],
                numbers[row],
                {name: leaf[row].detach() for name, leaf in leaves.items()},
                {name: slope[row] for name, slope in slopes.items()},
            )
            for row, question in enumerate(questions)
        ]

    def _f(self, logits: Tensor, targets: list[int]) -> Tensor:
        return objective(logits, targets, self.settings.output, self.classifier.head)

    def _ids(self, questions: list[Question]) -> Tensor:
        return sent([q.encoding.input_ids for q in questions], self._device)

    @property
    def _device(self) -> torch.device:
        return self.classifier.device


def per_token(values: Values) -> dict[str, NDArray[np.float64]]:
    """Return (T,) sums over the features of the (T, D) values of each layer."""
    return {name: value.sum(-1).double().cpu().numpy() for name, value in values.items()}


def product(one: Values, other: Values) -> Values:
    """Return one set of values times another, layer by layer."""
    return {name: value * other[name] for name, value in one.items()}


def plus(one: Values, other: Values, share: float = 1.0) -> Values:
    """Return one set of values plus a share of another, layer by layer."""
    return {name: value + share * other[name] for name, value in one.items()}
