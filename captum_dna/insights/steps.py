"""What each kind of job does, a step at a time, and where it keeps what it finds."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import msgspec

from captum_dna.core.errors import UserError
from captum_dna.insights.apart import LONG, Apart
from captum_dna.insights.datasets import letters_key
from captum_dna.insights.faithfulness import answer_key, measure
from captum_dna.insights.job import Cancelled
from captum_dna.insights.kept import Found
from captum_dna.insights.portions import Reason, explain, explain_each, predict_each
from captum_dna.insights.schema.jobs import Failure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from captum_dna.core.sequences import Sequence
    from captum_dna.insights.datasets import Dataset
    from captum_dna.insights.job import Job
    from captum_dna.insights.portions import Compute
    from captum_dna.insights.request import How
    from captum_dna.insights.schema.experiments import Experiment
    from captum_dna.insights.worker import Worker
    from captum_dna.insights.workspace import Workspace


class Steps:
    """The work of jobs: iterators that do a portion at a time and keep it in the workspace.

    Parameters
    ----------
    workspace
        Whose models read, and whose store keeps.
    worker
        Does the steps; in the middle of a long one it is asked to do what is more urgent.
    """

    def __init__(self, workspace: Workspace, worker: Worker) -> None:
        self.workspace = workspace
        self._worker = worker
        self._apart: dict[str, Apart] = {}

    def predict(self, job: Job) -> Iterator[None]:
        """Predict the rows of a job."""
        data = self.workspace.dataset(str(job.dataset))
        rows = job.rows or []
        windowing = job.windowing
        sequences = [data.sequences[row] for row in rows]
        for found in predict_each(self.workspace.models[job.model], sequences, windowing):
            kept = [
                Found(data.letters[rows[place]], None if p is None else p.astype("<f8").tobytes(), problem)
                for place, p, problem in found
            ]
            self.workspace.keep_predictions(data, job.model, windowing, kept)
            job.done += len(found)
            job.finished += [rows[place] for place, _, _ in found]
            yield

    def explain(self, job: Job) -> Iterator[None]:
        """Explain the rows of a job that are not explained yet."""
        workspace = self.workspace
        data = workspace.dataset(str(job.dataset))
        how, rows = job.how, job.rows or []
        if how is None:
            return
        explained = workspace.scores(data, how).explained
        job.finished = [row for row in rows if explained[row]]
        job.done = job.found = len(job.finished)
        open_rows = [row for row in rows if not explained[row]]
        sequences = [data.sequences[row] for row in open_rows]
        each = (
            self.apart(how.model).explain_each
            if len(sequences) >= LONG
            else partial(explain_each, self._here(how))
        )
        for found in each(sequences, how, job.wanted):
            good = [(open_rows[place], one) for place, one in found if not isinstance(one, Reason)]
            workspace.store.put(workspace.key(how), [(data.letters[row], one) for row, one in good])
            job.finished += [row for row, _ in good]
            for place, one in found:
                if isinstance(one, Reason):
                    row = open_rows[place]
                    job.failures.append(Failure(row=row, name=data.sequences[row].name, error=one.words))
            job.done += len(found)
            yield

    def apart(self, model: str) -> Apart:
        """Return what computes long jobs of a model."""
        return self._apart.setdefault(model, Apart(self.workspace.models[model]))

    def look(self, job: Job, sequences: list[Sequence]) -> Iterator[None]:
        """Explain sequences that somebody looks at."""
        how = job.how
        if how is None:
            return
        for found in explain_each(self._here(how), sequences, how, job.wanted):
            for place, one in found:
                if isinstance(one, Reason):
                    raise UserError(one.words, option=one.option)
                self.workspace.store.put(self.workspace.key(how), [(letters_key(sequences[place]), one)])
            job.done += len(found)
            yield

    def _here(self, how: How) -> Compute:
        return partial(explain, self.workspace.models[how.model])

    def measure(self, job: Job, data: Dataset, rows: list[int]) -> Iterator[None]:
        """Measure how faithful the explanations of rows are."""
        how, workspace = job.how, self.workspace
        for row in rows:
            result = workspace.result(data, row, how) if how else None
            if how is None or result is None:
                raise ValueError(f"'{data.sequences[row].name}' is not explained in this way yet.")
            answer = measure(workspace.models[how.model], result, how)
            workspace.store.put_answer(answer_key(workspace.key(how), data.letters[row]), answer)
            job.done += 1
            yield

    def keep(self, job: Job, key: str, answer: Callable[[Job], Experiment]) -> Iterator[None]:
        """Keep what an experiment finds."""
        yield
        found = answer(job)
        self.workspace.store.put_answer(key, msgspec.json.encode(found).decode())
        job.done = job.total

    def tell(self, job: Job) -> Callable[[int, int], None]:
        """Return what an experiment tells its progress; more urgent jobs are done meanwhile."""

        def tell(done: int, total: int) -> None:
            job.done, job.total = min(done, total - 1), total
            self._worker.overtake(job.urgency)
            if not job.wanted():
                raise Cancelled

        return tell

    def close(self) -> None:
        """End the processes that compute long jobs."""
        for apart in self._apart.values():
            apart.close()


def showing(job: Job) -> Callable[[Experiment], None]:
    """Return what keeps what an experiment has found so far, for whoever waits for it."""

    def show(found: Experiment) -> None:
        job.so_far = found

    return show
