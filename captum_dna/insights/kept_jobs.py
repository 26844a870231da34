"""Jobs in the store: what is kept of them, and what a viewer finds of those before it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from captum_dna.insights.job import EXPLAIN, UNDER_WAY, Job
from captum_dna.insights.limits import Problem
from captum_dna.insights.owner import runs
from captum_dna.insights.schema.base import Choices, State
from captum_dna.insights.schema.jobs import Failure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from captum_dna.insights.store import Store
    from captum_dna.insights.workspace import Workspace


class _Kept(msgspec.Struct):
    """An explaining job as the store keeps it."""

    model: str
    dataset: str
    rows: list[int]
    how: Choices
    state: State
    message: str | None
    failures: list[Failure]


def save(workspace: Workspace, owner: str, job: Job) -> None:
    """Keep an explaining job, so that it can be taken up after a restart."""
    if job.how is None or job.dataset is None or job.dataset not in workspace.datasets:
        return  # it goes with its data set
    how = Choices(**job.how.as_json())
    kept = _Kept(job.model, job.dataset, job.rows or [], how, job.state, job.message, job.failures)
    row = (job.id, workspace.scope, owner, job.made, msgspec.json.encode(kept).decode())
    with workspace.store.writing() as db:
        db.execute("INSERT OR REPLACE INTO jobs VALUES (?, ?, ?, ?, ?)", row)


def meet_others(store: Store, owner: str) -> list[str]:
    """Enter this viewer in the store; return the others that use it, and tell of them."""
    others = [one for one in store.viewers() if runs(one)]
    store.enter(owner, others)
    if others:
        numbers = ", ".join(one.partition(":")[0] for one in others)
        store.notices.append(
            f"Another viewer uses this store (process {numbers}): they share results, and each lists its own jobs."
        )
    return others


def kept_jobs(workspace: Workspace, others: list[str]) -> Iterator[Job]:
    """Yield the jobs of earlier viewers; those that were under way when these ended are interrupted."""
    for one in workspace.store.jobs(workspace.scope):
        try:
            kept = msgspec.json.decode(one.content, type=_Kept)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            workspace.store.drop("jobs", one.id)
            continue
        state = kept.state
        if state in UNDER_WAY:
            if one.owner in others:
                continue  # it is listed there
            state = "interrupted"
        try:
            how = workspace.how(kept.how.given())
            data = workspace.dataset(kept.dataset)
            for row in kept.rows:
                workspace.sequence(data, row)
        except Problem:
            continue
        job = Job(one.id, EXPLAIN, how.model, data.id, kept.rows, how, len(kept.rows))
        job.made, job.state = one.made, state
        job.ended.set()
        explained = workspace.scores(data, how).explained
        job.finished = [row for row in kept.rows if explained[row]]
        job.failures, job.message = kept.failures, kept.message
        job.done = job.found = len(job.finished) + len(job.failures)
        yield job
