"""How many sequences share a forward pass: only those of one token length, and as many as memory holds.

The first full batch is small, and what it holds in memory at its height says how many tokens the next ones may
have. Where that was too much after all, the batch is halved; what is finished stays.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import torch

from captum_dna.engine.memory import free_bytes, height
from captum_dna.engine.precision import computing_in
from captum_dna.model.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from captum_dna.engine.protocol import Question
    from captum_dna.model.classifier import Classifier

    Item = TypeVar("Item")
    Result = TypeVar("Result")

IDLE_TOKENS = {"cuda": 5120}
"""Tokens up to which a pass takes about as long as one of a single row, because the device waits for Python."""

FIRST_TOKENS = {"cpu": 1024, **IDLE_TOKENS}
"""Tokens in the pass that is measured; fewer would be slower on a processor, too."""

MOST_TOKENS = {"cpu": 2048, "cuda": 2**20}
"""Tokens in one forward pass beyond which more no longer make it faster."""

MOST_BYTES = 16 * 10**9
"""Memory of one forward and backward pass beyond which more no longer makes it faster, on any device."""

_TOO_LITTLE = ("not enough memory", "CUBLAS_STATUS_ALLOC_FAILED", "CUDNN_STATUS_ALLOC_FAILED")
"""What PyTorch's libraries say of too little memory where its own error does not."""

_SHARE = 0.5
"""How much of the free memory a pass may take."""

_MOST_WAITING = 256
"""Sequences read ahead to find companions of the same length."""


class Room:
    """What fits in one forward pass, and in one backward pass if there is one.

    Parameters
    ----------
    classifier
        The model.
    precision
        See :mod:`captum_dna.engine.precision`; ``"auto"`` is the model's own here.
    batch_size
        Rows per forward pass; by default as many as memory holds, up to :data:`MOST_TOKENS`.
    """

    def __init__(self, classifier: Classifier, precision: str, batch_size: int | None) -> None:
        self.classifier = classifier
        self.precision = precision
        self.batch_size = batch_size
        kind = classifier.device.type
        self._most = MOST_TOKENS.get(kind, MOST_TOKENS["cpu"])
        self._fits = FIRST_TOKENS.get(kind, FIRST_TOKENS["cpu"])
        self._measured_at = 0
        """Tokens of the longest row whose memory was measured; nothing was yet if 0."""

    def rows(self, length: int) -> int:
        """Return how many rows of so many tokens fit."""
        if self.batch_size:
            return self.batch_size
        # Attention may take memory with the square of the length.
        longer = max(1.0, length / self._measured_at) if self._measured_at else 1.0
        return max(1, int(min(self._most, self._fits / longer)) // length)

    def idle(self, rows: int, length: int) -> int:
        """Return how many rows more of so many tokens a pass can have that costs no time."""
        most = IDLE_TOKENS.get(self.classifier.device.type, 0) // length
        return max(0, min(most, self.rows(length)) - rows)

    def run(
        self, items: list[Item], length: int, evaluate: Callable[[list[Item]], list[Result]]
    ) -> list[Result]:
        """Return a result per item of one token length, evaluated by as many at a time as fit."""
        results: list[Result] = []
        while len(results) < len(items):
            rest = items[len(results) :]
            results += self.fill(length, lambda rows, rest=rest: evaluate(rest[:rows]), len(rest))  # type: ignore[misc]  # mypy knows no default of a lambda
        return results

    def fill(self, length: int, evaluate: Callable[[int], Result], most: int | None = None) -> Result:
        """Return the result of a computation that is told how many rows of a token length it may batch.

        Parameters
        ----------
        length
            Tokens of a row.
        evaluate
            Takes the number of rows.
        most
            Rows that there are.

        Raises
        ------
        ModelError
            One row is too much for the memory.
        """
        while True:
            rows = self.rows(length) if most is None else min(self.rows(length), most)
            try:
                with computing_in(self.precision, self.classifier.device):
                    return self._measured(rows, length, evaluate)
            except (torch.OutOfMemoryError, RuntimeError) as error:
                if not (
                    isinstance(error, torch.OutOfMemoryError) or any(w in str(error) for w in _TOO_LITTLE)
                ):
                    raise
                self._shrink(rows, length, error)

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

    def _measured(self, rows: int, length: int, evaluate: Callable[[int], Result]) -> Result:
        """Evaluate, and find out what fits if the pass is full and its rows are far longer than any before."""
        if self.batch_size or rows < self.rows(length) or 0 < length < 2 * self._measured_at:
            return evaluate(rows)
        with height(self.classifier.device) as held:
            result = evaluate(rows)
        allowed = min(MOST_BYTES, _SHARE * free_bytes(self.classifier.device))
        self._fits = int(allowed * rows * length / max(1, held.peak))
        self._measured_at = length
        return result

    def _shrink(self, rows: int, length: int, error: Exception) -> None:
        """Halve the batch after running out of memory."""
        if rows == 1:
            raise ModelError(
                f"Not even one sequence of {length} tokens fits into the memory of {self.classifier.device}. "
                "Use shorter windows, `precision='bfloat16'`, or a machine with more memory."
            ) from error
        self._most = max(length, rows * length // 2)
        self.batch_size = None if self.batch_size is None else max(1, rows // 2)
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
