"""Experiments: is a stretch needed, enough, where, with what; and the strongest stretches of many sequences."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from flask import Blueprint
from msgspec import UNSET

from captum_dna.insights.api import route
from captum_dna.insights.inputs import how_of, viewer
from captum_dna.insights.limits import Problem
from captum_dna.insights.questions import QUESTIONS, answer_key, stretch_of
from captum_dna.insights.routes.scores import mutated
from captum_dna.insights.schema.experiments import Ask, Experiment, TestAsked
from captum_dna.insights.schema.jobs import Job
from captum_dna.insights.verdicts import verdicts_key

if TYPE_CHECKING:
    from collections.abc import Callable

    from captum_dna.insights import job

experiments = Blueprint("experiments", __name__, url_prefix="/api/datasets/<dataset>")


@route(experiments, "POST", "/rows/<int:row>/experiment", {200: Experiment, 202: Job}, body=Ask)
def experiment(dataset: str, row: int, body: Ask) -> Experiment | tuple[Job, int]:
    """Answer a question about a stretch of one sequence by experiments with the model."""
    here = viewer()
    how = how_of(body.how)
    sequence = here.sequence(here.dataset(dataset), row)
    if body.edits:
        sequence, _ = mutated(sequence, body.edits)
    one = stretch_of(sequence, body.start, body.end, how, body.motif)
    QUESTIONS[body.question](one)  # what cannot be asked is told before any model runs
    key = answer_key(body.question, one, here.fingerprints[how.model])
    return _answer(key, lambda: here.jobs.wait_for(here.jobs.ask(body.question, one, key), body.wait))


@route(experiments, "POST", "/test", {200: Experiment, 202: Job}, body=TestAsked)
def test(dataset: str, body: TestAsked) -> Experiment | tuple[Job, int]:
    """Find the strongest stretches of explained rows, and try whether each is needed and whether it is enough."""
    here = viewer()
    data, how = here.dataset(dataset), how_of(body.how)
    explained = here.scores(data, how).explained
    for row in body.rows:
        here.sequence(data, row)
    rows = [row for row in dict.fromkeys(body.rows) if explained[row]]
    if not rows:
        raise Problem("None of these rows is explained in this way yet. Explain some first.", field="rows")
    if len(rows) > here.limits.measured:
        raise Problem(f"At most {here.limits.measured} rows are tested at a time. Name fewer.", field="rows")
    key = verdicts_key(here.key(how), [data.letters[row] for row in rows])
    return _answer(key, lambda: here.jobs.wait_for(here.jobs.test(data, rows, how, key), body.wait))


def _answer(key: str, compute: Callable[[], job.Job | None]) -> Experiment | tuple[Job, int]:
    """Return what is kept under a name, or compute it."""
    here = viewer()
    kept = here.store.answer(key, Experiment)
    if kept is None:
        work = compute()
        if work is not None:
            so_far = UNSET if work.so_far is None else work.so_far
            return msgspec.structs.replace(work.told(), so_far=so_far), 202
        kept = here.store.answer(key, Experiment)
    if kept is None:
        raise Problem("The experiment was cancelled. Ask again.", 404)
    return kept
