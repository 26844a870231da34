"""One job: what it is about, how far it is, and the step that it does next."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from msgspec import UNSET

from captum_dna.core.errors import UserError
from captum_dna.insights.schema import jobs as answers
from captum_dna.insights.schema.base import Choices

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from captum_dna.insights.request import How
    from captum_dna.insights.schema.base import Kind, Question, State
    from captum_dna.insights.schema.experiments import Experiment
    from captum_dna.insights.schema.jobs import Failure
    from captum_dna.pipeline.windows import Windowing

UNDER_WAY: tuple[State, ...] = ("queued", "running")

PREVIEW, LOOK, ASK, PREDICT, EXPLAIN = range(5)
"""Urgency: a quick picture, a picture and an experiment that somebody waits for, predictions of a data set, explanations
of many rows."""

_KINDS: dict[int, Kind] = {PREVIEW: "look", LOOK: "look", ASK: "ask", PREDICT: "predict", EXPLAIN: "explain"}


class Cancelled(Exception):  # noqa: N818 - it is not a mistake
    """Raised in the middle of a step whose job is no longer wanted."""


class Gone(UserError):  # noqa: N818 - it says what to do about it
    """Raised where the process that computes has ended by itself."""


@dataclass(eq=False)
class Job:
    """Work that is done in steps.

    Parameters
    ----------
    id
        Its name in addresses.
    urgency
        Smaller numbers first.
    model, dataset, rows, how
        What it is about; no data set and no rows where somebody looks at one sequence.
    total, done, found
        Items to do, items done, and those among them that were in the store already.
    steps
        Makes the iterator that does the work, a step per item; ``None`` for one of an earlier viewer.
    changed
        Called when the state has changed.
    question
        What it answers beyond scores, if it does.
    """

    id: str
    urgency: int
    model: str
    dataset: str | None
    rows: list[int] | None
    how: How | None
    total: int
    steps: Callable[[Job], Iterator[None]] | None = None
    changed: Callable[[Job], None] = lambda _: None
    question: Question | None = None
    made: float = field(default_factory=time.time)
    done: int = 0
    found: int = 0
    finished: list[int] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    state: State = "queued"
    message: str | None = None
    option: str | None = None
    seconds: float = 0.0
    is_wanted: bool = True
    so_far: Experiment | None = None
    """What an experiment has found so far."""
    ended: threading.Event = field(default_factory=threading.Event)
    _begun: Iterator[None] | None = None

    @property
    def under_way(self) -> bool:
        """Whether it waits or runs."""
        return self.state in UNDER_WAY

    @property
    def windowing(self) -> Windowing | None:
        """How sequences are cut, if they are."""
        return self.how.windowing if self.how else None

    def wanted(self) -> bool:
        """Tell whether it was not cancelled."""
        return self.is_wanted

    def cancel(self) -> None:
        """Stop it after the step under way; what is finished stays."""
        self.is_wanted = False

    def interrupt(self) -> None:
        """Leave it as it is, to be taken up by another viewer; nothing does its next step."""
        if self.under_way:
            self.end("interrupted")

    def step(self) -> bool:
        """Do the next step; tell whether there are more."""
        began = time.perf_counter()
        try:
            if not self.is_wanted or self.steps is None:
                self.end("cancelled")
            else:
                if self._begun is None:
                    self._begun = self.steps(self)
                    self.state = "running"
                    self.changed(self)
                next(self._begun)
        except StopIteration:
            self.end("done")
        except Cancelled:
            self.end("cancelled")
        except Exception as error:  # whatever a model raises must not end the thread that all share
            logging.getLogger(__name__).info("A job failed.", exc_info=True)
            self.message, self.option = _sentence(error), getattr(error, "option", None)
            self.end("failed")
        self.seconds += time.perf_counter() - began
        return self.under_way

    def told(self, since: int | None = None) -> answers.Job:
        """Return the job as the page reads it."""
        computed, left = self.done - self.found, self.total - self.done
        running = self.under_way and computed > 0
        return answers.Job(
            id=self.id,
            kind=_KINDS[self.urgency],
            question=self.question,
            state=self.state,
            dataset=self.dataset,
            model=self.model,
            how=Choices(**self.how.as_json()) if self.how else None,
            total=self.total,
            done=self.done,
            found=self.found,
            failures=self.failures,
            message=self.message,
            created=self.made,
            seconds=round(self.seconds, 3),
            seconds_left=round(self.seconds / computed * left, 1) if running else None,
            finished=UNSET if since is None else self.finished[since:],
        )

    def end(self, state: State) -> None:
        """End it in this state; no step follows."""
        self.state = state
        self._begun = self.steps = self.so_far = None  # with the sequences that they hold
        try:
            self.changed(self)
        except Exception as error:  # noqa: BLE001 - a full disk must not end the thread either
            self.message = self.message or _sentence(error)
        finally:
            self.ended.set()


def _sentence(error: Exception) -> str:
    text = str(error).strip()
    return (
        text
        if isinstance(error, ValueError) and text
        else f"{type(error).__name__}: {text or 'no reason given'}"
    )
