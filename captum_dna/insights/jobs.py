"""The jobs in one workspace: predict a data set, explain many rows, explain what somebody looks at now."""

from __future__ import annotations

import hashlib
import json
import threading
from collections import OrderedDict
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING

from captum_dna.insights.database import StoreError
from captum_dna.insights.datasets import letters_key
from captum_dna.insights.faithfulness import Measured, answer_key
from captum_dna.insights.job import ASK, EXPLAIN, LOOK, PREDICT, PREVIEW, UNDER_WAY, Job
from captum_dna.insights.kept_jobs import kept_jobs, meet_others, save
from captum_dna.insights.limits import Problem
from captum_dna.insights.owner import own
from captum_dna.insights.questions import ask
from captum_dna.insights.steps import Steps, showing
from captum_dna.insights.verdicts import verdicts
from captum_dna.insights.worker import Worker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from captum_dna.core.sequences import Sequence
    from captum_dna.insights.datasets import Dataset
    from captum_dna.insights.facets import Predictions
    from captum_dna.insights.questions import Stretch
    from captum_dna.insights.request import How
    from captum_dna.insights.schema.base import Question
    from captum_dna.insights.schema.experiments import Experiment
    from captum_dna.insights.workspace import Workspace

_ENDED_KEPT = 200
_WAITING = 4
"""Requests that may wait for a result at a time; the others are told to come again."""


class Jobs:
    """All jobs in one workspace, and the thread that does them."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.worker = Worker(_prepare)
        self.steps = Steps(workspace, self.worker)
        self.owner = own()
        self._lock = threading.RLock()
        self._may_wait = threading.BoundedSemaphore(_WAITING)
        self._jobs: OrderedDict[str, Job] = OrderedDict()
        others = meet_others(workspace.store, self.owner)
        self._jobs.update((job.id, job) for job in kept_jobs(workspace, others))

    # --- asking ------------------------------------------------------------------------------------

    def all(self) -> list[Job]:
        """Return all jobs that are shown, the newest first."""
        with self._lock:
            return sorted(self._jobs.values(), key=lambda job: -job.made)

    def get(self, id: str) -> Job:  # noqa: A002 - that is what it is called outside
        """Return a job by its id."""
        with self._lock:
            if id in self._jobs:
                return self._jobs[id]
        raise Problem("There is no such job here. It may belong to another workspace.", 404)

    def wait_for(self, job: Job | None, seconds: float) -> Job | None:
        """Wait for a job; return it if it is not done by then.

        Raises
        ------
        Problem
            The job failed: its sentence.
        """
        if job is None:
            return None
        if self._may_wait.acquire(blocking=False):
            try:
                job.ended.wait(seconds)
            finally:
                self._may_wait.release()
        if job.state == "failed":
            raise Problem(job.message or "The explanation failed.", field=job.option)
        return None if job.ended.is_set() else job

    def predict(self, data: Dataset) -> None:
        """Predict the rows that no model has read yet, a job per model."""
        for model in self.workspace.models:
            self._predict_missing(data, model, None)

    def predict_in_windows(self, data: Dataset, how: How) -> None:
        """Predict the rows that are not predicted in these windows yet, if there are windows at all."""
        if how.windowing is not None:
            self._predict_missing(data, how.model, how)

    def _predict_missing(self, data: Dataset, model: str, how: How | None) -> None:
        windowing = how.windowing if how else None
        missing = self.workspace.predictions(data, model, windowing).missing
        if not missing:
            return
        id_ = _id("predict", data.id, self.workspace.reading(model, windowing))
        with self._lock:
            waiting = sum(job.urgency == PREDICT and job.under_way for job in self._jobs.values())
            if how is not None and waiting >= self.workspace.limits.jobs:
                return  # the next picture in these windows asks again
            known = self._jobs.get(id_)
            # Every picture in windows asks for this: what somebody cancelled stays so until it is taken up.
            left_alone = (*UNDER_WAY, "cancelled") if how else UNDER_WAY
            if known is None or known.state not in left_alone:
                self._begin(Job(id_, PREDICT, model, data.id, missing, how, len(missing), self.steps.predict))

    def explain(self, data: Dataset, rows: list[int] | None, how: How) -> tuple[Job, bool]:
        """Explain rows, or all, and predict them in the same windows; return the job and whether it is new.

        Raises
        ------
        Problem
            There is no such row, or too many jobs wait already; then nothing is begun.
        """
        chosen = list(range(len(data))) if rows is None else list(dict.fromkeys(rows))
        for row in chosen:
            self.workspace.sequence(data, row)
        id_ = _id(self.workspace.scope, data.id, chosen, self.workspace.key(how))
        scores = self.workspace.scores(data, how)
        with self._lock:
            known = self._jobs.get(id_)
            if known is not None and known.under_way:
                return known, False
            if known is not None and known.state == "done" and scores.explained[chosen].all():
                return known, False
            self._check_room()
            job = Job(
                id_, EXPLAIN, how.model, data.id, chosen, how, len(chosen), self.steps.explain, self._save
            )
            self._begin(job)
            self.predict_in_windows(data, how)
            return job, True

    def look(self, sequences: list[Sequence], how: How, urgency: int = LOOK) -> Job | None:
        """Explain what somebody waits for, ahead of everything of less urgency; ``None`` if all of it is stored."""
        key = self.workspace.key(how)
        missing = [one for one in sequences if not self.workspace.store.has(key, letters_key(one))]
        if not missing:
            return None
        id_ = _id(key, [letters_key(one) for one in missing])
        return self._ahead(id_, how, len(missing), lambda job: self.steps.look(job, missing), urgency)

    def preview(self, sequence: Sequence, quick: How, how: How) -> tuple[Job | None, Job | None]:
        """Begin a quick picture, and behind it the integral; ``None`` where one is stored."""
        # In this order, as the preview waits for no other sequence's integral.
        return self.look([sequence], quick, PREVIEW), self.look([sequence], how)

    def measure(self, data: Dataset, rows: list[int], how: How) -> Job | None:
        """Measure how faithful explanations are, likewise; ``None`` if all of it is stored."""
        key, store = self.workspace.key(how), self.workspace.store
        missing = [row for row in rows if store.answer(answer_key(key, data.letters[row]), Measured) is None]
        if not missing:
            return None
        id_ = _id("measure", key, data.id, missing)
        return self._ahead(
            id_, how, len(missing), lambda job: self.steps.measure(job, data, missing), question="faithful"
        )

    def ask(self, question: Question, stretch: Stretch, key: str) -> Job:
        """Answer a question about a stretch by an experiment, ahead of all jobs; the answer is kept under its name."""

        def answer(job: Job) -> Experiment:
            model = self.workspace.models[stretch.how.model]
            return ask(question, stretch, model, self.steps.tell(job), showing(job))

        return self._ahead(
            _id("ask", key), stretch.how, 1, lambda job: self.steps.keep(job, key, answer), ASK, question
        )

    def test(self, data: Dataset, rows: list[int], how: How, key: str) -> Job:
        """Test the strongest stretches of explained rows, likewise."""

        def answer(job: Job) -> Experiment:
            results = [self.workspace.result(data, row, how) for row in rows]
            there = [(row, one) for row, one in zip(rows, results, strict=True) if one is not None]
            return verdicts(
                [one for _, one in there],
                [data.sequences[row] for row, _ in there],
                [row for row, _ in there],
                how,
                self.workspace.models[how.model],
                self.steps.tell(job),
                showing(job),
            )

        return self._ahead(
            _id("test", key), how, 1, lambda job: self.steps.keep(job, key, answer), ASK, "test"
        )

    def _ahead(
        self,
        id_: str,
        how: How,
        total: int,
        steps: Callable[[Job], Iterator[None]],
        urgency: int = LOOK,
        question: Question | None = None,
    ) -> Job:
        """Return the job of this id that is under way, or a new one."""
        with self._lock:
            known = self._jobs.get(id_)
            if known is not None and known.under_way:
                return known
            if self.worker.waiting(PREVIEW, LOOK, ASK) >= self.workspace.limits.looks:
                raise Problem("Too many pictures are being computed. Wait for one of them.", 429)
            job = Job(id_, urgency, how.model, None, None, how, total, steps, question=question)
            self._begin(job)
            return job

    def explains(self, data: Dataset) -> bool:
        """Tell whether a job on many rows of a data set is under way."""
        with self._lock:
            return any(job.dataset == data.id and job.under_way for job in self._jobs.values())

    def cancel(self, job: Job) -> None:
        """Stop a job; what is finished stays."""
        if not job.under_way:
            raise Problem(f"This job has ended: it is {job.state}.", 409)
        self._drop(job)

    def _drop(self, job: Job) -> None:
        """Let a job end: at once, and its place is free, unless it is in the middle of a step."""
        job.cancel()
        if job.under_way and self.worker.take_out(job):
            job.end("cancelled")

    def resume(self, job: Job) -> Job:
        """Take up a job again that was cancelled, failed or interrupted."""
        if job.state not in ("cancelled", "failed", "interrupted") or job.rows is None:
            raise Problem(f"This job cannot be resumed. It is {job.state}.", 409)
        data = self.workspace.dataset(str(job.dataset))
        predicting = job.urgency == PREDICT
        rows = self._predictions(job, data).missing if predicting else job.rows
        again = Job(job.id, job.urgency, job.model, job.dataset, rows, job.how, len(rows))
        again.steps = self.steps.predict if predicting else self.steps.explain
        if not predicting:
            again.changed = self._save
        with self._lock:
            self._check_room()
            self._begin(again)
        return again

    def check_free(self, data: Dataset) -> None:
        """Refuse to go on where a job explains a data set.

        Raises
        ------
        Problem
            One is under way.
        """
        with self._lock:
            for job in self._jobs.values():
                if job.dataset == data.id and job.urgency == EXPLAIN and job.under_way:
                    raise Problem("A job on this data set is under way. Cancel it first.", 409)

    def forget(self, data: Dataset) -> None:
        """Take the jobs of a data set that was removed from the list."""
        with self._lock:
            about = [job for job in self._jobs.values() if job.dataset == data.id]
            for job in about:
                self._drop(job)
                del self._jobs[job.id]
        with self.workspace.store.writing() as db:
            db.executemany("DELETE FROM jobs WHERE id = ?", [(job.id,) for job in about])

    # --- doing -------------------------------------------------------------------------------------

    def _check_room(self) -> None:
        most = self.workspace.limits.jobs
        if self.worker.waiting(EXPLAIN) >= most:
            raise Problem(f"{most} jobs are waiting already. Cancel one, or wait for it.", 429)

    def _begin(self, job: Job) -> None:
        with self._lock:
            job.changed(job)
            self._jobs[job.id] = job
            self._jobs.move_to_end(job.id)
            self._forget_old()
        self.worker.put(job)

    def _predictions(self, job: Job, data: Dataset) -> Predictions:
        return self.workspace.predictions(data, job.model, job.windowing)

    # --- keeping -----------------------------------------------------------------------------------

    def _save(self, job: Job) -> None:
        save(self.workspace, self.owner, job)

    def stop(self) -> None:
        """Stop after the step under way; jobs that are not at their end can be taken up later."""
        self.worker.stop()
        self.steps.close()
        with self._lock:
            for job in self._jobs.values():
                job.interrupt()
        with suppress(StoreError):
            self.workspace.store.leave(self.owner)

    def _forget_old(self) -> None:
        ended = [job.id for job in self._jobs.values() if not job.under_way]
        for id_ in ended[:-_ENDED_KEPT]:
            del self._jobs[id_]


def _prepare() -> None:
    """Import what summaries and experiments test with; it takes more than a second, and pictures do not need it."""
    import_module("scipy.stats")


def _id(*about: object) -> str:
    """Return the same short word for the same things."""
    return hashlib.sha256(json.dumps(about).encode()).hexdigest()[:12]
