"""The path engine: points of many sequences share batches, each with its gradient.

Only points of sequences with the same number of tokens share a batch. A single sequence asks for
nine points or more, so batches fill without padding, and nothing about a sequence depends on its
company.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch

from captum_dna.engine.baselines import Start
from captum_dna.engine.batching import Room
from captum_dna.engine.fetched import Fetched, ahead
from captum_dna.engine.path_job import guessed, read_once, taken, tellers_of, turns_of
from captum_dna.engine.precision import OWN, scale
from captum_dna.model.hooks import reads_ids_elsewhere, replaced, slopes_of
from captum_dna.model.outputs import explained_there, objective
from captum_dna.model.transfer import sent

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from torch import Tensor

    from captum_dna.engine.path_job import Asked, PathJob
    from captum_dna.engine.path_spaces import Space
    from captum_dna.engine.rule import Point
    from captum_dna.model.classifier import Classifier


_Start = tuple[tuple[int, ...], int, bool]
"""The layers' values at the beginning of a path, the class explained, and whether its gradient is wanted."""

_WORTH_ASKING = 4
"""Paths from which on it pays to ask whether they share their beginning; the question costs four rows."""

_KNOWN_STARTS = 16
"""Beginnings to remember; more only come of references that are not shared."""

_MOST_OPEN = 64
"""Paths that are open at a time, or as many as have the tokens of one batch if that is more."""


class _AtStart(NamedTuple):
    """f and its gradient (T, D) per layer at the beginning of a path; the values there, kept for their identity."""

    f: Tensor
    slopes: list[Tensor]
    values: list[Tensor]


@dataclass
class _UnderWay:
    """Points that are being evaluated, and what comes of them.

    Parameters
    ----------
    batch
        N points with their jobs.
    found
        (N,) values of f; with gradients, (N, parts, positions) shares; for points that were read, (M, C) logits and
        the (N,) classes explained.
    places
        Where in the M readings that of each point is.
    starts
        The beginnings of paths among them.
    """

    batch: list[Asked]
    found: Fetched
    places: list[int] = field(default_factory=list)
    starts: dict[_Start, _AtStart] = field(default_factory=dict)


class _EndsUnderWay(NamedTuple):
    """N paths whose ends are being read: (N, C) logits, (N,) classes explained, and (N,) f at input and beginning."""

    jobs: list[PathJob]
    found: Fetched

    def tell(self) -> None:
        """Tell the paths what was found."""
        logits, targets, *f = map(np.asarray, self.found.arrays())
        for row, job in enumerate(self.jobs):
            job.under_way -= 1
            job.target, job.logits = int(targets[row]), logits[row]
            job.ends = {1.0: float(f[0][row]), 0.0: float(f[1][row])}


class PathEngine:
    """Evaluates f and its gradient along straight lines.

    A GPU computes one batch while the rules of the last are told what was found and the next is put together.

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
        self._rounds = precision != OWN
        self.rooms = {wanted: Room(classifier, precision, batch_size) for wanted in (False, True)}
        """What fits without gradients, and with them."""
        self._entrance = Room(classifier, OWN, batch_size)
        """What fits up to the layers, whose values at the ends of a path are the model's own."""
        self._ahead = ahead(classifier.device)
        self._under_way: deque[_UnderWay | _EndsUnderWay] = deque()
        self._starts: dict[_Start, _AtStart] = {}
        self._awaited: set[_Start] = set()
        """Beginnings that are being evaluated."""
        self._shares_starts: bool | None = None
        """Whether paths from one reference share its evaluation; ``None`` until it is asked."""

    def run(self, jobs: Iterable[PathJob]) -> Iterator[PathJob]:
        """Yield jobs as they finish; as many are open as fill the next batches, so memory stays bounded."""
        source = iter(jobs)
        open_jobs: list[PathJob] = []
        while True:
            open_jobs += self._opened(source, open_jobs)
            if not open_jobs:
                return
            began = self._begin(open_jobs)
            while self._under_way and (not began or len(self._under_way) > self._ahead):
                self._settle(self._under_way.popleft())
                began = True
            for job in [job for job in open_jobs if not job.refill()]:
                open_jobs.remove(job)
                job.close()
                yield job

    def _opened(self, source: Iterator[PathJob], jobs: list[PathJob]) -> list[PathJob]:
        """Take as many jobs as fill the next batches, and read both ends of their paths off the layers."""
        waiting = sum(job.waiting for job in jobs)
        longest = max((len(job.question.encoding) for job in jobs), default=1)
        by_length: dict[int, list[PathJob]] = {}
        new: list[PathJob] = []
        while not (jobs or new) or self._hungry(waiting + len(new), len(jobs) + len(new), longest):
            job = next(source, None)
            if job is None:
                break
            length = len(job.question.encoding)
            longest = max(longest, length)
            by_length.setdefault(length, []).append(job)
            new.append(job)
        for length, group in by_length.items():
            self._entrance.run(group, length, self._open)
        return new

    def _hungry(self, points: int, jobs: int, longest: int) -> bool:
        """Tell whether so many waiting points leave room in the next batches, and so many open jobs in memory."""
        rows = self.rooms[True].rows(longest)
        return points < (2 + self._ahead) * rows and jobs < max(_MOST_OPEN, 2 * self._ahead * rows)

    def _open(self, jobs: list[PathJob]) -> list[PathJob]:
        """Read both ends of the paths of sequences of one length off the layers."""
        ids = self._ids([job.question.encoding.input_ids for job in jobs])
        ends = self.space.ends([Start(job.question.encoding, job.baseline, job.seed) for job in jobs])
        for job, own, (start, step) in zip(jobs, ids, ends, strict=True):
            job.ids, job.start, job.step = own, start, step
        for job in jobs:
            job.rule.judge(self.space.views(job.start, job.step))
            job.refill()
        unread = [job for job in jobs if self._rounds and not job.ends]
        if unread:
            self._read_ends(unread)
        return jobs

    def _read_ends(self, jobs: list[PathJob]) -> None:
        """Begin to read the prediction and f at both ends in the model's own format, in one pass.

        What is predicted, and what the scores have to sum to, is then not rounded as the points between are.
        """
        first: dict[object, PathJob] = {}
        names = [self._shared_values(job, jobs) or id(job) for job in jobs]
        for name, job in zip(names, jobs, strict=True):
            job.ends_read = 1 if name in first else 2
            first.setdefault(name, job)
        ids = torch.stack([job.ids for job in (*jobs, *first.values())])
        ends = {
            layer: torch.stack(
                [
                    *(job.start[layer] + job.step[layer] for job in jobs),
                    *(job.start[layer] for job in first.values()),
                ]
            )
            for layer in jobs[0].start
        }
        with torch.no_grad(), replaced(self.space.layers, self.space.outputs(ends, ids)):
            logits = self.classifier.logits(ids)
        own, rows = logits[: len(jobs)], {name: len(jobs) + row for row, name in enumerate(first)}
        targets = explained_there([job.target for job in jobs], own)
        starts = logits[sent([rows[name] for name in names], logits.device)]
        f = [objective(one, targets, self.output, self.classifier.head) for one in (own, starts)]
        for job in jobs:
            job.under_way += 1
        self._under_way.append(_EndsUnderWay(jobs, Fetched(own, targets, *f)))

    def _begin(self, jobs: list[PathJob]) -> bool:
        """Begin with the fullest batch of points of one length; return whether there was one.

        Starts that are known need no evaluation. While something is under way a batch that is not full waits: what is
        found there asks for more points.
        """
        groups: dict[tuple[int, bool], list[Asked]] = {}
        known: dict[_Start, list[Asked]] = {}
        asked: set[_Start] = set()
        at_once = len(jobs) < _WORTH_ASKING
        for job in jobs:
            for point in job.ready(at_once=at_once):
                start = self._start(job, point, jobs)
                if start in self._starts:
                    known.setdefault(start, []).append((job, point))
                elif start is None or (start not in asked and start not in self._awaited):
                    groups.setdefault((len(job.question.encoding), point.gradient), []).append((job, point))
                if start is not None:
                    asked.add(start)
        for start, own in known.items():
            self._recall(own, self._starts[start])
        if not groups:
            return bool(known)
        (length, gradient), group = max(groups.items(), key=lambda item: len(item[1]))
        room = self.rooms[gradient]
        if self._under_way and not known and len(group) < room.rows(length):
            return False
        batch = taken(group[: room.rows(length)])
        if gradient:
            batch += guessed(batch, room.idle(len(batch), length))
        room.run(batch, length, partial(self._evaluate, gradient=gradient))
        return True

    def _evaluate(self, batch: list[Asked], *, gradient: bool) -> list[Asked]:
        """Run one batch forward, and backward if the gradient is wanted; what is found is fetched when it is settled.

        A point that is wanted for several classes is read once; each class has a backward pass of its own from there.
        """
        tellers = tellers_of(batch)
        if any(
            job.target is None and batch[row][1].alpha != 1.0
            for row, (job, _) in zip(tellers, batch, strict=True)
        ):
            # Memory was short, so that the points that tell their classes went before them.
            self._settle_all()
        places, read = read_once(batch)
        ids = torch.stack([job.ids for job, _ in read])
        values, steps = {}, {}
        for name in batch[0][0].start:
            steps[name] = torch.stack([job.step[name] for job, _ in read])
            first = torch.stack([job.start[name] for job, _ in read])
            alphas = sent([point.alpha for _, point in read], first.device, first.dtype)
            values[name] = (first + alphas[:, None, None] * steps[name]).requires_grad_(gradient)
        with torch.set_grad_enabled(gradient):
            outputs = self.space.outputs(values, ids)
            with replaced(self.space.layers, outputs):
                logits = self.classifier.logits(ids)
        asked_for = [job.target for job, _ in batch]
        told = None not in asked_for or tellers == [*range(len(logits))]
        telling = logits if told else logits[sent([places[row] for row in tellers], logits.device)]
        targets = explained_there(asked_for, telling)
        beginnings: dict[_Start, int] = {}
        for row, asked in enumerate(batch):
            start = self._start(*asked, [])
            if start is not None:
                beginnings[start] = row
        f, shares, slopes = self._by_class(
            logits, targets, places, values if gradient else {}, list(steps.values()), bool(beginnings)
        )
        starts = {
            start: _AtStart(f[row], [own[row].clone() for own in slopes], list(batch[row][0].start.values()))
            for start, row in beginnings.items()
        }
        self._awaited.update(starts)
        self._under_way.append(_UnderWay(batch, Fetched(f, shares, logits, targets), places, starts))
        return batch

    def _by_class(
        self,
        logits: Tensor,
        targets: Tensor,
        places: list[int],
        values: dict[str, Tensor],
        steps: list[Tensor],
        wants_slopes: bool,
    ) -> tuple[Tensor, Tensor | None, list[Tensor]]:
        """Return f of each point of a batch and, with values to derive by, its shares and its slopes by layer.

        (N,) targets and places of N points in (M, C) logits, of which each is read once.
        """
        f_of, shares_of, slopes_by_turn = [], [], []
        turns = turns_of(places)
        for turn, rows in enumerate(turns, start=1):
            once = len(turns) == 1
            own = slice(None) if once else sent([places[row] for row in rows], logits.device)
            chosen = targets if once else targets[sent(rows, targets.device)]
            with torch.set_grad_enabled(bool(values)):
                f = objective(logits[own], chosen, self.output, self.classifier.head)
            f_of.append(f.detach())
            if values:
                again = turn < len(turns)
                found = [
                    one[own] for one in slopes_of(f, list(values.values()), again=again, scale=self.scale)
                ]
                shares_of.append(self.space.shares(found, [step[own] for step in steps]).double())
                slopes_by_turn.append(found if wants_slopes else [])
        order = np.argsort([row for rows in turns for row in rows]).tolist()
        slopes = list(map(partial(_ordered, order=order), zip(*slopes_by_turn, strict=True)))
        return _ordered(f_of, order), _ordered(shares_of, order) if values else None, slopes

    def _settle_all(self) -> None:
        while self._under_way:
            self._settle(self._under_way.popleft())

    def _settle(self, done: _UnderWay | _EndsUnderWay) -> None:
        """Tell the rules what was found."""
        if isinstance(done, _EndsUnderWay):
            done.tell()
            return
        # Only now, so that a batch that runs out of memory has told nobody anything.
        numbers, shares, logits, targets = done.found.arrays()
        f = np.asarray(numbers)
        for row, (job, point) in enumerate(done.batch):
            if targets is not None:
                job.target = int(targets[row])
            if logits is not None and point.alpha == 1.0 and not job.ends:
                job.logits = logits[done.places[row]]
            number = job.ends.get(point.alpha, float(f[row]))
            job.tell(point, number, None if shares is None else shares[row])
        if len(self._starts) + len(done.starts) > _KNOWN_STARTS:
            self._starts.clear()
        self._starts.update(done.starts)
        self._awaited.difference_update(done.starts)

    def _start(self, job: PathJob, point: Point, jobs: list[PathJob]) -> _Start | None:
        """Return what names the beginning of a path, where others may begin there too."""
        if point.alpha != 0.0 or job.target is None:
            return None
        values = self._shared_values(job, jobs)
        return None if values is None else (values, job.target, point.gradient)

    def _shared_values(self, job: PathJob, jobs: list[PathJob]) -> tuple[int, ...] | None:
        """Return what names the layers' values at the beginning of a path, where others may begin there too.

        The values are the same objects for all sequences that share a reference. Whether the model reads its ids
        elsewhere is asked once there are enough paths for the answer to pay.
        """
        if self._shares_starts is None and len(jobs) >= _WORTH_ASKING:
            self._shares_starts = not reads_ids_elsewhere(self.classifier, self.space.layers, job.ids)
        return tuple(id(value) for value in job.start.values()) if self._shares_starts else None

    def _recall(self, asked: list[Asked], start: _AtStart) -> None:
        """Answer points at the beginning of paths with what another path found there."""
        batch, shares = taken(asked), None
        if batch[0][1].gradient:
            slopes = [slope.expand(len(batch), *slope.shape) for slope in start.slopes]
            steps = [torch.stack([job.step[name] for job, _ in batch]) for name in batch[0][0].step]
            shares = self.space.shares(slopes, steps).double()
        self._under_way.append(_UnderWay(batch, Fetched(start.f.expand(len(batch)), shares, None, None)))

    def _ids(self, rows: list[tuple[int, ...]]) -> Tensor:
        return sent(rows, self.classifier.device)


def _ordered(parts: Sequence[Tensor], order: list[int]) -> Tensor:
    """Return the rows of several tensors one below the other, in another order."""
    return parts[0] if len(parts) == 1 else torch.cat(list(parts))[order]
