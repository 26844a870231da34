"""The jobs in one workspace: predict a data set, explain many rows, explain what somebody looks at now."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from captum_dna.insights.datasets import letters_key
from captum_dna.insights.limits import Problem
from captum_dna.insights.measuring import answer_key, measure
from captum_dna.insights.queue import (
    CANCELLED,
    EXPLAIN,
    FAILED,
    INTERRUPTED,
    LOOK,
    PREDICT,
    PREVIEW,
    UNDER_WAY,
    Job,
    Queue,
)
from captum_dna.insights.worker import explain_each, predict_each

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from captum_dna.core.sequences import Sequence
    from captum_dna.insights.datasets import Dataset
    from captum_dna.insights.facets import Predictions
    from captum_dna.insights.request import How
    from captum_dna.insights.workspace import Workspace
    from captum_dna.pipeline.windows import Windowing

KINDS = {PREVIEW: "look", LOOK: "look", PREDICT: "predict", EXPLAIN: "explain"}
_ENDED_KEPT = 200


@dataclass
class Work:
    """What a job is about, and how far it is."""

    id: str
    urgency: int
    model: str
    dataset: str | None
    rows: list[int] | None
    how: How | None
    total: int
    made: float = field(default_factory=time.time)
    done: int = 0
    found: int = 0
    finished: list[int] = field(default_factory=list)
    failures: list[dict[str, Any]] = field(default_factory=list)
    state: str = "queued"
    message: str | None = None
    seconds: float = 0.0
    job: Job | None = None

    @property
    def windowing(self) -> Windowing | None:
        """How sequences are cut, if they are."""
        return self.how.windowing if self.how else None

    @property
    def now(self) -> str:
        """The state."""
        return self.state if self.job is None else self.job.state

    @property
    def why(self) -> str | None:
        """Why it failed, if it did."""
        return self.message if self.job is None else self.job.message

    def wanted(self) -> bool:
        """Tell whether it was not cancelled."""
        return self.job is None or self.job.wanted

    def as_json(self, since: int | None = None) -> dict[str, Any]:
        """Return the job as the page reads it."""
        seconds = self.seconds + (self.job.seconds if self.job else 0)
        computed, left = self.done - self.found, self.total - self.done
        running = self.now in UNDER_WAY and computed > 0
        told = {
            "id": self.id,
            "kind": KINDS[self.urgency],
            "state": self.now,
            "dataset": self.dataset,
            "model": self.model,
            "how": self.how.as_json() if self.how else None,
            "total": self.total,
            "done": self.done,
            "found": self.found,
            "failures": self.failures,
            "message": self.why,
            "created": self.made,
            "seconds": round(seconds, 3),
            "seconds_left": round(seconds / computed * left, 1) if running else None,
        }
        return told if since is None else told | {"finished": self.finished[since:]}


class Jobs:
    """All jobs in one workspace, and the thread that does them."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.queue = Queue()
        self.owner = f"{os.getpid()}:{secrets.token_hex(8)}"
        self._lock = threading.RLock()
        self._works: OrderedDict[str, Work] = OrderedDict()
        self._find_interrupted()

    # --- asking ------------------------------------------------------------------------------------

    def all(self) -> list[Work]:
        """Return all jobs that are shown, the newest first."""
        with self._lock:
            return sorted(self._works.values(), key=lambda work: -work.made)

    def get(self, id: str) -> Work:  # noqa: A002 - that is what it is called outside
        """Return a job by its id."""
        with self._lock:
            if id in self._works:
                return self._works[id]
        raise Problem("There is no such job here: it may belong to another workspace.", 404)

    def under_way(self, dataset: str) -> bool:
        """Tell whether an explaining job on a data set waits or runs."""
        return any(
            work.dataset == dataset and work.urgency == EXPLAIN and work.now in UNDER_WAY
            for work in self.all()
        )

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
        name = f"predict {data.id} {self.workspace.reading(model, windowing)}"
        id_ = hashlib.sha256(name.encode()).hexdigest()[:12]
        with self._lock:
            known = self._works.get(id_)
            # Every picture in windows asks for this: what somebody cancelled stays so until it is taken up.
            left_alone = (*UNDER_WAY, CANCELLED) if how else UNDER_WAY
            if known is None or known.now not in left_alone:
                self._begin(Work(id_, PREDICT, model, data.id, missing, how, len(missing)), self._predict)

    def explain(self, data: Dataset, rows: list[int] | None, how: How) -> tuple[Work, bool]:
        """Explain rows, or all; return the job and whether it is new."""
        chosen = list(range(len(data))) if rows is None else list(dict.fromkeys(rows))
        for row in chosen:
            self.workspace.sequence(data, row)
        identity = json.dumps([self.workspace.scope, data.id, chosen, self.workspace.key(how)])
        id_ = hashlib.sha256(identity.encode()).hexdigest()[:12]
        scores = self.workspace.scores(data, how)
        with self._lock:
            known = self._works.get(id_)
            if known is not None and known.now in UNDER_WAY:
                return known, False
            if known is not None and known.now == "done" and scores.explained[chosen].all():
                return known, False
            self._check_room()
            work = Work(id_, EXPLAIN, how.model, data.id, chosen, how, len(chosen))
            self._begin(work, self._explain)
            return work, True

    def look(self, sequences: list[Sequence], how: How, urgency: int = LOOK) -> Work | None:
        """Explain what somebody waits for, ahead of everything of less urgency; ``None`` if all of it is stored."""
        key = self.workspace.key(how)
        missing = [one for one in sequences if not self.workspace.store.has(key, letters_key(one.bases))]
        if not missing:
            return None
        name = repr([key, [one.bases for one in missing]])
        return self._ahead(name, how, len(missing), lambda work: self._look(work, missing), urgency)

    def preview(self, sequence: Sequence, how: How) -> tuple[How, Work | None] | None:
        """Begin a quick picture, and behind it the integral; ``None`` where there is no quicker one."""
        quick = how.preview()
        if quick is None:
            return None
        begun = self.look([sequence], quick, PREVIEW)  # it waits for no other sequence's integral
        self.look([sequence], how)
        return quick, begun

    def measure(self, data: Dataset, rows: list[int], how: How) -> Work | None:
        """Measure how faithful explanations are, likewise; ``None`` if all of it is stored."""
        key, store = self.workspace.key(how), self.workspace.store
        missing = [row for row in rows if store.answer(answer_key(key, data.letters[row])) is None]
        if not missing:
            return None
        name = repr(["measure", key, data.id, missing])
        return self._ahead(name, how, len(missing), lambda work: self._measure(work, data, missing))

    def _ahead(
        self,
        name: str,
        how: How,
        total: int,
        steps: Callable[[Work], Iterator[None]],
        urgency: int = LOOK,
    ) -> Work:
        """Return the job of this name that is under way, or a new one."""
        id_ = hashlib.sha256(name.encode()).hexdigest()[:12]
        with self._lock:
            known = self._works.get(id_)
            if known is not None and known.now in UNDER_WAY:
                return known
            if self.queue.waiting(PREVIEW, LOOK) >= self.workspace.limits.looks:
                raise Problem("Too many pictures are being computed: wait for one of them.", 429)
            work = Work(id_, urgency, how.model, None, None, how, total)
            self._begin(work, steps)
            return work

    def cancel(self, work: Work) -> None:
        """Stop a job; what is finished stays."""
        if work.now not in UNDER_WAY or work.job is None:
            raise Problem(f"This job has ended: it is {work.now}.", 409)
        work.job.wanted = False
        if work.now == "queued":
            work.job.state = CANCELLED

    def resume(self, work: Work) -> Work:
        """Take up a job again that was cancelled, failed or interrupted."""
        if work.now not in (CANCELLED, FAILED, INTERRUPTED) or work.rows is None:
            raise Problem(f"This job cannot be taken up again: it is {work.now}.", 409)
        data = self.workspace.dataset(str(work.dataset))
        predicting = work.urgency == PREDICT
        rows = self._predictions(work, data).missing if predicting else work.rows
        again = Work(work.id, work.urgency, work.model, work.dataset, rows, work.how, len(rows))
        with self._lock:
            self._check_room()
            self._begin(again, self._predict if predicting else self._explain)
        return again

    # --- doing -------------------------------------------------------------------------------------

    def _check_room(self) -> None:
        most = self.workspace.limits.jobs
        if self.queue.waiting(EXPLAIN) >= most:
            raise Problem(f"{most} jobs are waiting already: cancel one, or wait for it.", 429)

    def _begin(self, work: Work, steps: Callable[[Work], Iterator[None]]) -> None:
        changed = self._save if work.urgency == EXPLAIN else lambda _: None
        work.job = Job(work.id, work.urgency, lambda _: steps(work), lambda _: changed(work))
        with self._lock:
            self._save(work)
            self._works[work.id] = work
            self._works.move_to_end(work.id)
            self._forget_old()
        self.queue.put(work.job)

    def _predict(self, work: Work) -> Iterator[None]:
        data = self.workspace.dataset(str(work.dataset))
        rows = work.rows or []
        windowing = work.windowing
        name = self.workspace.reading(work.model, windowing)
        sequences = [data.sequences[row] for row in rows]
        for found in predict_each(self.workspace.models[work.model], sequences, windowing):
            kept = [
                (data.letters[rows[place]], None if p is None else p.astype("<f8").tobytes(), problem)
                for place, p, problem in found
            ]
            self.workspace.store.put_predictions(name, kept)
            self._predictions(work, data).add(kept)
            work.done += len(found)
            work.finished += [rows[place] for place, _, _ in found]
            yield

    def _predictions(self, work: Work, data: Dataset) -> Predictions:
        return self.workspace.predictions(data, work.model, work.windowing)

    def _explain(self, work: Work) -> Iterator[None]:
        workspace = self.workspace
        data = workspace.dataset(str(work.dataset))
        how, rows = work.how, work.rows or []
        if how is None:
            return
        explained = workspace.scores(data, how).explained
        work.finished = [row for row in rows if explained[row]]
        work.done = work.found = len(work.finished)
        open_rows = [row for row in rows if not explained[row]]
        sequences = [data.sequences[row] for row in open_rows]
        for found in explain_each(workspace.models[how.model], sequences, how, work.wanted):
            good = [(open_rows[place], one) for place, one in found if not isinstance(one, str)]
            workspace.store.put(workspace.key(how), [(data.letters[row], one) for row, one in good])
            work.finished += [row for row, _ in good]
            for place, one in found:
                if isinstance(one, str):
                    row = open_rows[place]
                    work.failures.append({"row": row, "name": data.sequences[row].name, "error": one})
            work.done += len(found)
            yield

    def _look(self, work: Work, sequences: list[Sequence]) -> Iterator[None]:
        how = work.how
        if how is None:
            return
        for found in explain_each(self.workspace.models[how.model], sequences, how, work.wanted):
            for place, one in found:
                if isinstance(one, str):
                    raise ValueError(one)  # noqa: TRY004 - it is the reason why there is no result
                self.workspace.store.put(
                    self.workspace.key(how), [(letters_key(sequences[place].bases), one)]
                )
            work.done += len(found)
            yield

    def _measure(self, work: Work, data: Dataset, rows: list[int]) -> Iterator[None]:
        how, workspace = work.how, self.workspace
        for row in rows:
            result = workspace.result(data, row, how) if how else None
            if how is None or result is None:
                raise ValueError(f"'{data.sequences[row].name}' is not explained in this way yet.")
            answer = measure(workspace.models[how.model], result, how)
            workspace.store.put_answer(answer_key(workspace.key(how), data.letters[row]), answer)
            work.done += 1
            yield

    # --- keeping -----------------------------------------------------------------------------------

    def _save(self, work: Work) -> None:
        """Keep an explaining job, so that it can be taken up after a restart."""
        if work.urgency != EXPLAIN:
            return
        how = work.how.as_json() if work.how else None
        content = {
            "model": work.model,
            "dataset": work.dataset,
            "rows": work.rows,
            "how": how,
            "state": work.now,
            "message": work.job.message if work.job else None,
            "failures": work.failures,
        }
        row = (work.id, self.workspace.scope, self.owner, work.made, json.dumps(content))
        with self.workspace.store.writing() as db:
            db.execute("INSERT OR REPLACE INTO jobs VALUES (?, ?, ?, ?, ?)", row)

    def _find_interrupted(self) -> None:
        """List the jobs of earlier viewers; those that were under way when these ended are interrupted."""
        query = "SELECT id, owner, made, content FROM jobs WHERE scope = ? ORDER BY made"
        for id_, owner, made, text in self.workspace.store.all(query, (self.workspace.scope,)):
            content = json.loads(text)
            pid = int(owner.split(":")[0])
            if content["state"] in UNDER_WAY:
                if pid != os.getpid() and _alive(pid):
                    continue
                content["state"] = INTERRUPTED
            try:
                how = self.workspace.how(content["how"])
                data = self.workspace.dataset(content["dataset"])
            except Problem:
                continue
            rows = content["rows"]
            explained = self.workspace.scores(data, how).explained
            work = Work(id_, EXPLAIN, how.model, data.id, rows, how, len(rows), made)
            work.finished = [row for row in rows if explained[row]]
            work.failures = content["failures"]
            work.done = work.found = len(work.finished) + len(work.failures)
            work.state, work.message = content["state"], content["message"]
            self._works[id_] = work

    def _forget_old(self) -> None:
        ended = [work.id for work in self._works.values() if work.now not in UNDER_WAY]
        for id_ in ended[:-_ENDED_KEPT]:
            del self._works[id_]


def _alive(pid: int) -> bool:
    """Tell whether a process of this number runs, where the system lets one ask."""
    if os.name != "posix":
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
