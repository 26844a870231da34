"""Work under way."""

from __future__ import annotations

from flask import Blueprint, Response, request

from captum_dna.insights.limits import Problem
from captum_dna.insights.routes.inputs import answer, body, how_in, viewer, whole

jobs = Blueprint("jobs", __name__, url_prefix="/api/jobs")


@jobs.get("")
def listed() -> Response:
    """Return all jobs, the newest first."""
    return answer({"jobs": [work.as_json() for work in viewer().jobs.all()]})


@jobs.post("")
def add_job() -> Response:
    """Explain many rows."""
    content = body("dataset", "rows", "how")
    rows = content.get("rows")
    if rows is not None and not (
        isinstance(rows, list) and rows and all(type(row) is int and row >= 0 for row in rows)
    ):
        raise Problem("rows is a list of indices from 0; leave it out for all rows.", field="rows")
    data = viewer().dataset(str(content.get("dataset")))
    how = how_in(content)
    viewer().jobs.predict_in_windows(data, how)
    work, new = viewer().jobs.explain(data, rows, how)
    return answer(work.as_json(), 202 if new else 200)


@jobs.get("/<job>")
def job(job: str) -> Response:
    """Return one job, and what it has finished since the last time."""
    since = whole("since", 0, 0, 10**9) if "since" in request.args else None
    return answer(viewer().jobs.get(job).as_json(since))


@jobs.post("/<job>/cancel")
def cancel_job(job: str) -> Response:
    """Stop a job; what is finished stays."""
    body()
    work = viewer().jobs.get(job)
    viewer().jobs.cancel(work)
    return answer(work.as_json())


@jobs.post("/<job>/resume")
def resume_job(job: str) -> Response:
    """Take a job up again."""
    body()
    return answer(viewer().jobs.resume(viewer().jobs.get(job)).as_json(), 202)
