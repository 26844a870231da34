"""The path engine: points of many sequences share batches, each with its gradient.

Only points of sequences with the same number of tokens share a batch. A single sequence asks for
nine points or more, so batches fill without padding, and nothing about a sequence depends on its
company.
"""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch

from captum_dna.engine.batching import Room
from captum_dna.engine.precision import scale
from captum_dna.model.hooks import reads_ids_elsewhere, replaced, slopes_of
from captum_dna.model.outputs import explained, objective

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray
    from torch import Tensor

    from captum_dna.engine.path_spaces import Space
    from captum_dna.engine.protocol import Question
    from captum_dna.engine.quadrature import Point, Rule
    from captum_dna.model.classifier import Classifier


@dataclass
class PathJob:
    """One sequence on its way from the baseline to itself.

    Parameters
    ----------
    question
        The sequence and what is asked about it.
    baseline, seed
        What the path starts from; see :mod:`captum_dna.engine.baselines`.
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

    def refill(self) -> bool:
        """Ask the rule for more points once all are answered; return whether there are any."""
        if not self.queue:
            self.queue.extend(self.rule.wanted())
        return bool(self.queue)


_Start = tuple[tuple[int, ...], int, bool]
"""The layers' values at the beginning of a path, the class explained, and whether its gradient is wanted."""

_WORTH_ASKING = 4
"""Paths from which on it pays to ask whether they share their beginning; the question costs four rows."""


_KNOWN_STARTS = 16
"""Beginnings to remember; more only come of references that are not shared."""


class _AtStart(NamedTuple):
    """f and its gradient (T, D) per layer at the beginning of a path; the values there, kept for their identity."""

    f: float
    slopes: list[Tensor]
    values: list[Tensor]


class PathEngine:
    """Evaluates f and its gradient along straight lines.

    Parameters
    ----------
    classifier
        The model.
    space
        Where the path is straight; see :mod:`captum_dna.engine.path_spaces`.
    output
        The scalar explained.
    precision, batch_size
        See :class:`captum_dna.engine.batching.Room`.
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
        self.scale = scale(precision)
        self.rooms = {wanted: Room(classifier, precision, batch_size) for wanted in (False, True)}
        """What fits without gradients, and with them."""
        self._starts: dict[_Start, _AtStart] = {}
        self._shares_starts: bool | None = None
        """Whether paths from one reference share its evaluation; ``None`` until it is asked."""

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

    def _hungry(self, jobs: list[PathJob]) -> bool:
        if not jobs:
            return True
        waiting = sum(len(job.queue) if job.target is not None else 1 for job in jobs)
        longest = max(len(job.question.encoding) for job in jobs)
        return len(jobs) < 64 and waiting < 2 * self.rooms[True].rows(longest)

    def _open(self, job: PathJob) -> None:
        """Read both ends of the path off the layers."""
        job.start, job.step = self.space.ends(job.question.encoding, job.baseline, job.seed)
        job.rule.judge(self.space.views(job.start, job.step))
        job.refill()

    def _step(self, jobs: list[PathJob]) -> None:
        """Evaluate the fullest batch of points of one length; starts that are known need no evaluation."""
        groups: dict[tuple[int, bool], list[tuple[PathJob, Point]]] = {}
        asked: set[_Start] = set()
        for job in jobs:
            ready = list(job.queue) if job.target is not None else list(job.queue)[:1]
            for point in ready:
                start = self._start(job, point, jobs)
                if start in self._starts:
                    self._recall(job, point, self._starts[start])
                elif start is None or start not in asked:
                    groups.setdefault((len(job.question.encoding), point.gradient), []).append((job, point))
                if start is not None:
                    asked.add(start)
        if not groups:
            return
        (length, gradient), group = max(groups.items(), key=lambda item: len(item[1]))
        batch = group[: self.rooms[gradient].rows(length)]
        for job, point in batch:
            job.queue.remove(point)
        self.rooms[gradient].run(batch, length, partial(self._evaluate, gradient=gradient))

    def _evaluate(self, batch: list[tuple[PathJob, Point]], *, gradient: bool) -> list[float]:
        """Run one batch forward, and backward if the gradient is wanted; tell the rules, and return f.

        A point that is wanted for several classes is read once; each class has a backward pass of its own from there.
        """
        places, read = _read_once(batch)
        ids = self._ids([job.question.encoding.input_ids for job, _ in read])
        values, steps = {}, {}
        for name in batch[0][0].start:
            steps[name] = torch.stack([job.step[name] for job, _ in read])
            start = torch.stack([job.start[name] for job, _ in read])
            alphas = torch.tensor([point.alpha for _, point in read], dtype=start.dtype, device=start.device)
            values[name] = (start + alphas[:, None, None] * steps[name]).requires_grad_(gradient)
        with torch.set_grad_enabled(gradient):
            outputs = self.space.outputs(values, ids)
            with replaced(self.space.layers, outputs):
                logits = self.classifier.logits(ids)
        found = logits.detach().double().cpu().numpy()[places]
        targets = explained((job.target for job, _ in batch), found)
        for row, (job, point) in enumerate(batch):
            job.target = targets[row]
            if point.alpha == 1.0:
                job.logits = found[row]
        numbers, shares, slopes = self._by_class(
            logits, targets, places, values if gradient else {}, list(steps.values())
        )
        # Only now, so that a batch that runs out of memory has told nobody anything.
        for row, (job, point) in enumerate(batch):
            if (beginning := self._start(job, point, [])) is not None:
                if len(self._starts) >= _KNOWN_STARTS:
                    self._starts.clear()
                self._starts[beginning] = _AtStart(
                    float(numbers[row]), [own.clone() for own in slopes[row]], list(job.start.values())
                )
            job.rule.add(point, float(numbers[row]), shares[row])
        return [float(number) for number in numbers]

    def _by_class(
        self,
        logits: Tensor,
        targets: list[int],
        places: list[int],
        values: dict[str, Tensor],
        steps: list[Tensor],
    ) -> tuple[NDArray[np.float64], list[NDArray[np.float64] | None], list[list[Tensor]]]:
        """Return f of each point of a batch and, with values to derive by, its shares and its slopes by layer.

        (N,) targets and places of N points in (M, C) logits, of which each is read once.
        """
        numbers = np.empty(len(places))
        shares: list[NDArray[np.float64] | None] = [None] * len(places)
        slopes: list[list[Tensor]] = [[] for _ in places]
        turns = _turns(places)
        for turn, rows in enumerate(turns, start=1):
            own = slice(None) if len(turns) == 1 else [places[row] for row in rows]
            with torch.set_grad_enabled(bool(values)):
                f = objective(logits[own], [targets[row] for row in rows], self.output, self.classifier.head)
            numbers[rows] = f.detach().double().cpu().numpy()
            if values:
                again = turn < len(turns)
                found = [
                    one[own] for one in slopes_of(f, list(values.values()), again=again, scale=self.scale)
                ]
                parts = self.space.shares(found, [step[own] for step in steps]).double().cpu().numpy()
                for place, row in enumerate(rows):
                    shares[row] = parts[place]
                    slopes[row] = [one[place] for one in found]
        return numbers, shares, slopes

    def _start(self, job: PathJob, point: Point, jobs: list[PathJob]) -> _Start | None:
        """Return what names the beginning of a path, where others may begin there too.

        The layers' values there are the same objects for all sequences that share a reference. Whether the
        model reads its ids elsewhere is asked once there are enough paths for the answer to pay.
        """
        if point.alpha != 0.0 or job.target is None:
            return None
        if self._shares_starts is None and len(jobs) >= _WORTH_ASKING:
            ids = self._ids([job.question.encoding.input_ids])[0]
            self._shares_starts = not reads_ids_elsewhere(self.classifier, self.space.layers, ids)
        if not self._shares_starts:
            return None
        return tuple(id(value) for value in job.start.values()), job.target, point.gradient

    def _recall(self, job: PathJob, point: Point, start: _AtStart) -> None:
        """Answer a point at the beginning of a path with what another path found there."""
        shares = None
        if point.gradient:
            slopes = [slope.unsqueeze(0) for slope in start.slopes]
            steps = [step.unsqueeze(0) for step in job.step.values()]
            shares = self.space.shares(slopes, steps)[0].double().cpu().numpy()
        job.queue.remove(point)
        job.rule.add(point, start.f, shares)

    def _ids(self, rows: list[tuple[int, ...]]) -> Tensor:
        return torch.tensor(rows, device=self.classifier.device)


def _read_once(batch: list[tuple[PathJob, Point]]) -> tuple[list[int], list[tuple[PathJob, Point]]]:
    """Return where the reading of each point of a batch stands, and the points that are read, each of them once."""
    place_of: dict[tuple[object, ...], int] = {}
    places: list[int] = []
    read: list[tuple[PathJob, Point]] = []
    for job, point in batch:
        key = (job.question.encoding.input_ids, job.baseline, job.seed, point.alpha)
        if key not in place_of:
            place_of[key] = len(read)
            read.append((job, point))
        places.append(place_of[key])
    return places, read


def _turns(places: list[int]) -> list[list[int]]:
    """Return the rows of a batch in as few groups as have no reading twice.

    Examples
    --------
    >>> _turns([0, 1, 0, 2, 0])
    [[0, 1, 3], [2], [4]]
    """
    seen: Counter[int] = Counter()
    turns: list[list[int]] = []
    for row, place in enumerate(places):
        if seen[place] == len(turns):
            turns.append([])
        turns[seen[place]].append(row)
        seen[place] += 1
    return turns
