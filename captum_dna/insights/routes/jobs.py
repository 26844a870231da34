"""Work under way."""

from __future__ import annotations

from flask import Blueprint

from captum_dna.insights.api import route
from captum_dna.insights.inputs import how_of, viewer
from captum_dna.insights.schema.base import Nothing
from captum_dna.insights.schema.jobs import Job, JobAsked, Jobs, Since

jobs = Blueprint("jobs", __name__, url_prefix="/api/jobs")


@route(jobs, "GET", "", {200: Jobs})
def listed() -> Jobs:
    """Return all jobs, the newest first."""
    return Jobs(jobs=[work.told() for work in viewer().jobs.all()])


@route(jobs, "POST", "", {202: Job, 200: Job}, body=JobAsked)
def add_job(body: JobAsked) -> tuple[Job, int]:
    """Explain many rows."""
    data, how = viewer().dataset(body.dataset), how_of(body.how)
    work, new = viewer().jobs.explain(data, body.rows, how)
    return work.told(), 202 if new else 200


@route(jobs, "GET", "/<job>", {200: Job}, query=Since)
def job(job: str, query: Since) -> Job:
    """Return one job, and what it has finished since the last time."""
    return viewer().jobs.get(job).told(query.since)


@route(jobs, "POST", "/<job>/cancel", {200: Job}, body=Nothing)
def cancel_job(job: str, body: Nothing) -> Job:  # noqa: ARG001 - it must be JSON, and empty
    """Stop a job; what is finished stays."""
    work = viewer().jobs.get(job)
    viewer().jobs.cancel(work)
    return work.told()


@route(jobs, "POST", "/<job>/resume", {202: Job}, body=Nothing)
def resume_job(job: str, body: Nothing) -> tuple[Job, int]:  # noqa: ARG001 - likewise
    """Take a job up again."""
    return viewer().jobs.resume(viewer().jobs.get(job)).told(), 202
