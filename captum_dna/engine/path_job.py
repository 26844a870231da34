"""One sequence on its way from the baseline to itself, and batches of points of many.

A batch holds points with their jobs. A point that several jobs ask for, each for a class of its own, is read once.
"""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import torch

from captum_dna.engine.rule import Point

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

    from captum_dna.engine.protocol import Question
    from captum_dna.engine.rule import Rule


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
    ids: Tensor = field(default_factory=lambda: torch.empty(0))
    start: dict[str, Tensor] = field(default_factory=dict)
    step: dict[str, Tensor] = field(default_factory=dict)
    queue: deque[Point] = field(default_factory=deque)
    under_way: int = 0
    """Points that are being evaluated."""
    ends: dict[float, float] = field(default_factory=dict)
    """f at both ends in the model's own format, where the points between are rounded more."""
    ends_read: int = 0
    """Forward passes that this took, or takes."""
    _unasked: set[Point] = field(default_factory=set)
    """Points among those under way that nobody has asked for."""
    _in_advance: dict[Point, tuple[float, NDArray[np.float64] | None]] = field(default_factory=dict)
    """What was found at such points."""

    @property
    def waiting(self) -> int:
        """Points that can be evaluated soon; one where that one tells the class."""
        return len(self.queue) if self.ends_read or self.target is not None else 1

    def refill(self) -> bool:
        """Ask the rule for more points once all are answered; return whether there are any."""
        while not self.queue and not self.under_way and (wanted := self.rule.wanted()):
            for point in wanted:
                if point in self._in_advance:
                    self.rule.add(point, *self._in_advance.pop(point))
                else:
                    self.queue.append(point)
        return bool(self.queue) or self.under_way > 0

    def guess(self, most: int) -> list[Point]:
        """Return so many points, at most, that nobody has asked for yet, if all that was asked for is under way."""
        if self.queue:
            return []
        points = [point for point in self.rule.foreseen() if point not in self._in_advance][:most]
        self._unasked.update(points)
        self.under_way += len(points)
        return points

    def tell(self, point: Point, f: float, contributions: NDArray[np.float64] | None) -> None:
        """Tell the rule what was found at a point, once it has asked for it."""
        self.under_way -= 1
        if point in self._unasked:
            self._unasked.remove(point)
            self._in_advance[point] = (f, contributions)
        else:
            self.rule.add(point, f, contributions)

    def ready(self, *, at_once: bool) -> list[Point]:
        """Return the points that can be evaluated now.

        The first tells the class where none was asked for. It goes alone, because starts of one class can be shared, or
        ``at_once`` with the others of its kind, which is sooner.
        """
        if self.target is not None:
            return list(self.queue)
        alike = at_once and all(point.gradient == self.queue[0].gradient for point in self.queue)
        return [] if self.under_way else list(self.queue)[: None if alike else 1]

    def close(self) -> None:
        """Release what is on the device, and what nobody has asked for."""
        self.ids, self.start, self.step = torch.empty(0), {}, {}
        self._in_advance.clear()


Asked = tuple[PathJob, Point]
"""A point, and the job that asks for it."""


def taken(asked: list[Asked]) -> list[Asked]:
    """Take points off the queues of their jobs."""
    for job, point in asked:
        job.queue.remove(point)
        job.under_way += 1
    return asked


def guessed(asked: list[Asked], most: int) -> list[Asked]:
    """Return so many points, at most, that the jobs of those may ask for next."""
    found: list[Asked] = []
    for job in {id(job): job for job, _ in asked}.values():
        if len(found) >= most:
            break
        found += [(job, point) for point in job.guess(most - len(found))]
    return found


def tellers_of(batch: list[Asked]) -> list[int]:
    """Return, for each point of a batch, the row of the first one of its job; that tells the class if it is unknown."""
    rows: dict[int, int] = {}
    return [rows.setdefault(id(job), row) for row, (job, _) in enumerate(batch)]


def read_once(batch: list[Asked]) -> tuple[list[int], list[Asked]]:
    """Return where the reading of each point of a batch stands, and the points that are read, each of them once."""
    place_of: dict[tuple[object, ...], int] = {}
    places: list[int] = []
    read: list[Asked] = []
    for job, point in batch:
        key = (id(job.question.encoding), job.baseline, job.seed, point.alpha)
        if key not in place_of:
            place_of[key] = len(read)
            read.append((job, point))
        places.append(place_of[key])
    return places, read


def turns_of(places: list[int]) -> list[list[int]]:
    """Return the rows of a batch in as few groups as have no reading twice.

    Examples
    --------
    >>> turns_of([0, 1, 0, 2, 0])
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
