"""How many sequences share a forward pass: only those of one token length, and half when memory runs out."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, TypeVar

import torch

from captum_dna.classifier import Classifier, ModelError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from captum_dna.methods.base import Question

    Item = TypeVar("Item")
    Result = TypeVar("Result")

TOKENS_PER_BATCH = {"cpu": 2048, "cuda": 65536}
"""Tokens in one forward pass, where the user names no batch size; halved when memory runs out."""

_MOST_WAITING = 256
"""Sequences read ahead to find companions of the same length."""


class Room:
    """What fits in one forward pass.

    Parameters
    ----------
    classifier
        The model.
    precision
        ``"float32"`` computes in the model's own number format, ``"bfloat16"`` under autocast.
    batch_size
        Rows per forward pass; by default :data:`TOKENS_PER_BATCH`.
    """

    def __init__(self, classifier: Classifier, precision: str, batch_size: int | None) -> None:
        self.classifier = classifier
        self.precision = precision
        self.batch_size = batch_size
        self._tokens = TOKENS_PER_BATCH.get(classifier.device.type, TOKENS_PER_BATCH["cpu"])

    def rows(self, length: int) -> int:
        """Return how many rows of so many tokens fit."""
        return self.batch_size or max(1, self._tokens // length)

    def run(
        self, items: list[Item], length: int, evaluate: Callable[[list[Item]], list[Result]]
    ) -> list[Result]:
        """Return a result per item of one token length, evaluated by as many at a time as fit."""
        results: list[Result] = []
        while len(results) < len(items):
            batch = items[len(results) : len(results) + self.rows(length)]
            try:
                with self._autocast():
                    results += evaluate(batch)
            except (torch.OutOfMemoryError, RuntimeError) as error:
                if not (isinstance(error, torch.OutOfMemoryError) or "not enough memory" in str(error)):
                    raise
                self._shrink(len(batch), length, error)
        return results

    def groups(self, questions: Iterable[Question], points: int = 1) -> Iterator[list[Question]]:
        """Yield questions of one token length, as many as fill a batch at so many points each."""
        waiting: dict[int, list[Question]] = {}
        for question in questions:
            length = len(question.encoding)
            waiting.setdefault(length, []).append(question)
            if len(waiting[length]) * points >= self.rows(length):
                yield waiting.pop(length)
            elif sum(map(len, waiting.values())) >= _MOST_WAITING:
                yield waiting.pop(max(waiting, key=lambda size: len(waiting[size])))
        yield from waiting.values()

    def _autocast(self) -> Any:
        if self.precision == "bfloat16":
            return torch.autocast(self.classifier.device.type, dtype=torch.bfloat16)
        return nullcontext()

    def _shrink(self, size: int, length: int, error: Exception) -> None:
        """Halve the batch after running out of memory; what is finished stays."""
        if size == 1:
            raise ModelError(
                f"Not even one sequence of {length} tokens fits the memory of {self.classifier.device}. "
                "Use shorter windows, precision='bfloat16', or a machine with more memory."
            ) from error
        self._tokens = max(length, size * length // 2)
        self.batch_size = None if self.batch_size is None else max(1, size // 2)
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
