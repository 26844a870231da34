"""The model as experiments ask it: edited letters in, tokenised again, one row of outputs per sequence out."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from captum_dna.core.options import EXPERIMENT_CHOICES, Options
from captum_dna.core.progress import Progress
from captum_dna.engine.perturbation import Experiments
from captum_dna.experiments.result import About
from captum_dna.io.reading import ReadingOptions
from captum_dna.model.errors import ModelError
from captum_dna.model.loading import load
from captum_dna.model.outputs import predicted
from captum_dna.pipeline.validate import settings_of, targets_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from collections.abc import Sequence as SequenceABC

    from numpy.typing import NDArray

    from captum_dna.core.progress import Tell
    from captum_dna.core.sequences import Sequence
    from captum_dna.core.types import ModelLike
    from captum_dna.experiments.result import Experiment

    Floats = NDArray[np.float64]
    Part = TypeVar("Part")

_TOGETHER = 512
"""Edited sequences that are in memory at once."""

_LOOKED_AT = 96
"""Edited sequences after which whoever looks on sees what was found so far."""


OPTIONS = (*EXPERIMENT_CHOICES, "progress", "partial")
"""Names of what every experiment takes beside its question and how to read its sequences."""


class ExperimentOptions(ReadingOptions, total=False):
    """What every experiment takes beside its question: ``**options`` of the verbs.

    Parameters
    ----------
    target
        The class explained, by index or name.
    output, precision, batch_size, seed, progress
        As for :func:`captum_dna.attribute`.
    partial
        Called with the result so far, again and again while the model reads; effects are then over fewer draws or
        backgrounds than asked for.
    """

    target: int | str | SequenceABC[int | str] | None
    output: str | None
    precision: str
    batch_size: int | None
    seed: int
    progress: bool | Tell | None
    partial: Callable[[Experiment], None] | None


class Readout:
    """Reads edited sequences with one model, and counts them.

    Parameters
    ----------
    model
        As for :func:`captum_dna.attribute`.
    progress, partial, **choices
        See :class:`ExperimentOptions`.
    """

    def __init__(
        self,
        model: ModelLike,
        progress: bool | Tell | None = None,
        partial: Callable[[Experiment], None] | None = None,
        **choices: object,
    ) -> None:
        options = Options.of(**choices)
        self.classifier = load(model)
        self.settings = settings_of(self.classifier, options)
        self.count = 0
        """Sequences read so far."""
        self._target = options.target
        self._progress = progress
        self._partial = partial
        self._experiments = Experiments(self.classifier, self.settings)

    @classmethod
    def of(cls, model: ModelLike, options: Mapping[str, Any]) -> tuple[Readout, dict[str, Any]]:
        """Return what reads for the options of a verb, and those that it leaves: how to read its sequences."""
        rest = dict(options)
        own = {name: rest.pop(name) for name in OPTIONS if name in rest}
        return cls(model, **own), rest

    def about(self, experiment: str, target: int | None, **choices: object) -> About:
        """Return what was asked of the model; ``None`` for a class that differs between sequences."""
        labels = self.classifier.labels
        named = "the predicted class of each" if target is None else labels[target]
        if self.classifier.head == "regression" and len(labels) == 1:
            named = "the output"
        return About(
            experiment,
            self.classifier.name,
            self.classifier.fingerprint,
            named,
            target,
            self.settings.output,
            self.count,
            self.seed,
            choices,
        )

    def shows(self, made: Callable[[Part], Experiment]) -> Callable[[Part], None] | None:
        """Return what shows a result made of the outputs so far; ``None`` where nobody looks on."""
        partial = self._partial
        return None if partial is None else lambda part: partial(made(part))

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

    def logits(
        self,
        texts: Iterable[str],
        total: int,
        name: str,
        words: str = "Experiments",
        so_far: Callable[[Floats], None] | None = None,
    ) -> Floats:
        """Return (N, C) logits of N texts, which are made, tokenised and read a few at a time.

        Parameters
        ----------
        texts, total
            The texts, and how many there are.
        name
            How to call the sequence that they are copies of.
        words
            What is done, beside the progress bar.
        so_far
            Called with the logits of the first texts, as they are read.

        Raises
        ------
        ModelError
            An output is not a number.
        """
        parts: list[Floats] = []
        done = 0
        with self.classifier.at_rest(), Progress(self._progress, total, words) as bar:
            for some in _batches(texts, _LOOKED_AT if so_far else _TOGETHER):
                found = self._experiments.read_letters(some, name)
                if not np.isfinite(found).all():
                    raise ModelError(
                        f"The model's output is not a number for an edited copy of '{name}', so the effects are unknown. "
                        "Load the model with `dtype='float32'` or 'float64', or leave this sequence out."
                    )
                parts.append(found)
                done += len(some)
                self.count += len(some)
                bar.report(done)
                if so_far and done < total:
                    so_far(np.concatenate(parts))
        return np.concatenate(parts)

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


def _batches(texts: Iterable[str], size: int) -> Iterator[list[str]]:
    rest = iter(texts)
    while some := list(islice(rest, size)):
        yield some
