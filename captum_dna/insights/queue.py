"""One thread that does all work on models, a step at a time, so that small questions overtake large jobs."""

from __future__ import annotations

import atexit
import heapq
import itertools
import logging
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

QUEUED, RUNNING, DONE, CANCELLED, FAILED, INTERRUPTED = (
    "queued",
    "running",
    "done",
    "cancelled",
    "failed",
    "interrupted",
)
UNDER_WAY = (QUEUED, RUNNING)

PREVIEW, LOOK, PREDICT, EXPLAIN = 0, 1, 2, 3
"""Urgency: a quick picture and a picture that somebody waits for, predictions of a data set, explanations of many rows."""


class Cancelled(Exception):  # noqa: N818 - it is no mistake
    """Raised in the middle of a step whose job is no longer wanted."""


class Job:
    """Work that is done in steps.

    Parameters
    ----------
    id
        Its name in addresses.
    urgency
        Smaller numbers first.
    steps
        Makes the iterator that does the work, a step per item.
    changed
        Called when the state has changed.
    """

    def __init__(
        self,
        id: str,  # noqa: A002 - that is what it is called outside
        urgency: int,
        steps: Callable[[Job], Iterator[None]],
        changed: Callable[[Job], None] = lambda _: None,
    ) -> None:
        self.id = id
        self.urgency = urgency
        self.state = QUEUED
        self.message: str | None = None
        self.seconds = 0.0
        self.ended = threading.Event()
        self.wanted = True
        self.started: Iterator[None] | None = None
        self._steps, self._changed = steps, changed

    def step(self) -> bool:
        """Do the next step; tell whether there are more."""
        began = time.perf_counter()
        try:
            if not self.wanted:
                self._end(CANCELLED)
            else:
                if self.started is None:
                    self.started = self._steps(self)
                    self.state = RUNNING
                    self._changed(self)
                next(self.started)
        except StopIteration:
            self._end(DONE)
        except Cancelled:
            self._end(CANCELLED)
        except Exception as error:  # whatever a model raises must not end the thread that all share
            logging.getLogger(__name__).info("A job failed.", exc_info=True)
            self.message = _sentence(error)
            self._end(FAILED)
        self.seconds += time.perf_counter() - began
        return self.state in UNDER_WAY

    def _end(self, state: str) -> None:
        self.state = state
        self.started = None
        try:
            self._changed(self)
        except Exception as error:  # noqa: BLE001 - a full disk must not end the thread either
            self.message = self.message or _sentence(error)
        finally:
            self.ended.set()


class Queue:
    """Runs jobs in one daemon thread, which starts with the first job."""

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, Job]] = []
        self._number = itertools.count()
        self._news = threading.Condition()
        self._thread: threading.Thread | None = None
        self._stopped = False

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
                    self._news.wait()
                if self._stopped:
                    return
                place = self._heap[0]
            if not place[2].step():
                with self._news:
                    self._heap.remove(place)
                    heapq.heapify(self._heap)


def _sentence(error: Exception) -> str:
    text = str(error).strip()
    return (
        text
        if isinstance(error, ValueError) and text
        else f"{type(error).__name__}: {text or 'no reason given'}"
    )
