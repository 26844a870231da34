"""The path engine: points of many sequences share batches, each with its gradient.

Only points of sequences with the same number of tokens share a batch. A single sequence asks for
nine points or more, so batches fill without padding, and nothing about a sequence depends on its
company.
"""

from __future__ import annotations

from collections import deque
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from captum_dna.classifier import Classifier, ModelError
from captum_dna.layers import replaced
from captum_dna.objective import objective

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray
    from torch import Tensor

    from captum_dna.methods.base import Question
    from captum_dna.quadrature import Point, Rule
    from captum_dna.spaces import Space

TOKENS_PER_BATCH = {"cpu": 2048, "cuda": 65536}
"""Tokens in one forward pass, where the user names no batch size; halved when memory runs out."""


@dataclass
class PathJob:
    """One sequence on its way from the baseline to itself.

    Parameters
    ----------
    question
        The sequence and what is asked about it.
    baseline, seed
        What the path starts from; see :mod:`captum_dna.baselines`.
    rule
        Which points to evaluate.
    target
        The class explained; ``None`` until the prediction of the unmodified sequence is known.
    """

    question: Question
    baseline: str
    rule: Rule
    target: int | None = None
    seed: int = 0
    logits: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    start: dict[str, Tensor] = field(default_factory=dict)
    step: dict[str, Tensor] = field(default_factory=dict)
    queue: deque[Point] = field(default_factory=deque)
    out: int = 0

    def refill(self) -> bool:
        """Ask the rule for more points once all are answered; return whether there are any."""
        if not self.queue and not self.out:
            self.queue.extend(self.rule.wanted())
        return bool(self.queue or self.out)


def fast_at_bfloat16(device: torch.device) -> bool:
    """Tell whether the hardware multiplies matrices in bfloat16 faster than in float32."""
    if device.type == "cuda":
        return torch.cuda.get_device_capability(device)[0] >= 8
    return device.type == "cpu" and torch.cpu._is_amx_tile_supported()  # noqa: SLF001 - the only way to ask


class PathEngine:
    """Evaluates f and its gradient along straight lines.

    Parameters
    ----------
    classifier
        The model.
    space
        Where the path is straight; see :mod:`captum_dna.spaces`.
    output
        The scalar explained.
    precision
        ``"float32"`` computes in the model's own number format, ``"bfloat16"`` under autocast.
    batch_size
        Points per forward pass; by default :data:`TOKENS_PER_BATCH`.
    """

    def __init__(
        self,
        classifier: Classifier,
        space: Space,
        output: str,
        precision: str = "float32",
        batch_size: int | None = None,
    ) -> None:
        self.classifier = classifier
        self.space = space
        self.output = output
        self.precision = precision
        self.batch_size = batch_size
        self._tokens = TOKENS_PER_BATCH.get(classifier.device.type, TOKENS_PER_BATCH["cpu"])

    def run(self, jobs: Iterable[PathJob]) -> Iterator[PathJob]:
        """Yield jobs as they finish; as many are open as fill two batches, so memory stays bounded."""
        source = iter(jobs)
        open_jobs: list[PathJob] = []
        while True:
            while self._hungry(open_jobs) and (job := next(source, None)):
                self._open(job)
                open_jobs.append(job)
            if not open_jobs:
                return
            self._step(open_jobs)
            for job in [job for job in open_jobs if not job.refill()]:
                open_jobs.remove(job)
                job.start, job.step = {}, {}
                yield job

    def _capacity(self, length: int) -> int:
        return self.batch_size or max(1, self._tokens // length)

    def _hungry(self, jobs: list[PathJob]) -> bool:
        if not jobs:
            return True
        waiting = sum(len(job.queue) if job.target is not None else 1 for job in jobs)
        longest = max(len(job.question.encoding) for job in jobs)
        return len(jobs) < 64 and waiting < 2 * self._capacity(longest)

    def _open(self, job: PathJob) -> None:
        """Read both ends of the path off the layers."""
        job.start, job.step = self.space.ends(job.question.encoding, job.baseline, job.seed)
        job.refill()

    def _step(self, jobs: list[PathJob]) -> None:
        """Evaluate the fullest batch of points of one length."""
        groups: dict[tuple[int, bool], list[tuple[PathJob, Point]]] = {}
        for job in jobs:
            ready = list(job.queue) if job.target is not None else list(job.queue)[:1]
            for point in ready:
                groups.setdefault((len(job.question.encoding), point.gradient), []).append((job, point))
        (length, gradient), group = max(groups.items(), key=lambda item: len(item[1]))
        batch = group[: self._capacity(length)]
        for job, point in batch:
            job.queue.remove(point)
            job.out += 1
        try:
            self._evaluate(batch, gradient=gradient)
        except (torch.OutOfMemoryError, RuntimeError) as error:
            if not _out_of_memory(error):
                raise
            for job, point in reversed(batch):
                job.queue.appendleft(point)
                job.out -= 1
            self._shrink(len(batch), length, error)

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

    def _evaluate(self, batch: list[tuple[PathJob, Point]], *, gradient: bool) -> None:
        """Run one batch forward, and backward if the gradient is wanted, and tell the rules."""
        ids = self._ids([job.question.encoding.input_ids for job, _ in batch])
        values, steps = {}, {}
        for name in batch[0][0].start:
            steps[name] = torch.stack([job.step[name] for job, _ in batch])
            start = torch.stack([job.start[name] for job, _ in batch])
            alphas = torch.tensor([point.alpha for _, point in batch], dtype=start.dtype, device=start.device)
            values[name] = (start + alphas[:, None, None] * steps[name]).requires_grad_(gradient)
        with torch.set_grad_enabled(gradient), self._autocast():
            outputs = self.space.outputs(values, ids)
            with replaced(self.space.layers, outputs):
                logits = self.classifier.logits(ids)
        logits = logits if logits.dtype == torch.float64 else logits.float()
        found = logits.detach().double().cpu().numpy()
        for row, (job, point) in enumerate(batch):
            if point.alpha == 1.0:
                job.logits = found[row]
            if job.target is None:
                job.target = int(np.nanargmax(found[row])) if np.isfinite(found[row]).any() else 0
        targets = torch.tensor([job.target for job, _ in batch], device=logits.device)
        with torch.set_grad_enabled(gradient):
            f = objective(logits, targets, self.output, self.classifier.head)
        shares = None
        if gradient:
            slopes = torch.autograd.grad(f.sum(), list(values.values()))
            shares = self.space.shares(list(slopes), list(steps.values())).double().cpu().numpy()
        numbers = f.detach().double().cpu().numpy()
        for row, (job, point) in enumerate(batch):
            job.out -= 1
            job.rule.add(point, float(numbers[row]), None if shares is None else shares[row])

    def _ids(self, rows: list[tuple[int, ...]]) -> Tensor:
        return torch.tensor(rows, device=self.classifier.device)

    def _autocast(self) -> Any:
        if self.precision == "bfloat16":
            return torch.autocast(self.classifier.device.type, dtype=torch.bfloat16)
        return nullcontext()


def _out_of_memory(error: Exception) -> bool:
    return isinstance(error, torch.OutOfMemoryError) or "not enough memory" in str(error)
