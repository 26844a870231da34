"""One thread that does all work on models, a step at a time, so that small questions overtake large jobs."""

from __future__ import annotations

import atexit
import heapq
import itertools
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

from captum_dna.insights.job import PREDICT

if TYPE_CHECKING:
    from collections.abc import Callable

    from captum_dna.insights.job import Job


_Place = tuple[int, int, "Job"]
"""Urgency, number and job."""


class Worker:
    """Does jobs in one daemon thread, which starts with the first of them.

    Parameters
    ----------
    prepare
        Called once, in a thread of its own, when nothing is to be done any more that somebody waits for.
    """

    def __init__(self, prepare: Callable[[], object]) -> None:
        self._prepare: Callable[[], object] | None = prepare
        self._heap: list[_Place] = []
        self._doing: list[_Place] = []
        """Whose step is being done, and those that it has overtaken in the middle of theirs."""
        self._number = itertools.count()
        self._news = threading.Condition()
        self._thread: threading.Thread | None = None
        self._stopped = False
        self._asked = False

    def put(self, job: Job) -> None:
        """Queue a job."""
        with self._news:
            if self._stopped:
                raise RuntimeError("The viewer has been stopped.")
            heapq.heappush(self._heap, (job.urgency, next(self._number), job))
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="captum_dna jobs", daemon=True)
                self._thread.start()
                atexit.register(self.stop)  # a thread that computes while the interpreter ends would abort it
            self._news.notify()

    @property
    def stopped(self) -> bool:
        """Whether nothing is done here any more."""
        return self._stopped

    def waiting(self, *urgencies: int) -> int:
        """Return how many jobs of these urgencies wait or run."""
        with self._news:
            return sum(1 for one, _, _ in self._heap if one in urgencies)

    def overtake(self, urgency: int) -> None:
        """Do all jobs that are more urgent, in the middle of a step of this urgency; called in the worker's thread."""
        while True:
            with self._news:
                if self._stopped or not self._heap or self._heap[0][0] >= urgency:
                    return
                place = self._begin()
            self._do(place)

    def take_out(self, job: Job) -> bool:
        """Take out a job that waits for its next step; tell whether it did, and was not in the middle of one."""
        with self._news:
            places = [place for place in self._heap if place[2] is job and place not in self._doing]
            for place in places:
                self._heap.remove(place)
            heapq.heapify(self._heap)
            return bool(places)

    def stop(self) -> None:
        """Stop after the step that is being done."""
        atexit.unregister(self.stop)
        with self._news:
            self._stopped = True
            self._news.notify()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(30)

    def _run(self) -> None:
        while True:
            with self._news:
                while not self._heap and not self._stopped:
                    self._rest()
                if self._stopped:
                    return
                place = self._begin()
            self._do(place)

    def _rest(self) -> None:
        """Wait for work; the first time after somebody has asked for any, with something to prepare."""
        if self._prepare is not None and self._asked:
            with suppress(RuntimeError):  # the interpreter is ending
                threading.Thread(target=self._prepare, name="captum_dna preparing").start()
            self._prepare = None
        self._news.wait()

    def _begin(self) -> _Place:
        """Return the most urgent job, which cannot be taken out from now on."""
        place = self._heap[0]
        self._doing.append(place)
        return place

    def _do(self, place: _Place) -> None:
        """Do the next step of a job, and take it out at its end."""
        more = place[2].step()
        self._asked |= place[0] != PREDICT
        with self._news:
            self._doing.remove(place)
            if not more:
                self._heap.remove(place)
                heapq.heapify(self._heap)
