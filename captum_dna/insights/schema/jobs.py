"""Requests and answers of ``routes/jobs.py``: work under way."""

from __future__ import annotations

from typing import Annotated

from msgspec import UNSET, Meta, UnsetType, field

from captum_dna.insights.schema.base import Answer, Choices, Index, Kind, Question, Request, State
from captum_dna.insights.schema.experiments import Experiment  # noqa: TC001 - msgspec looks at it when it runs


class JobAsked(Request):
    """Explain many rows."""

    dataset: str
    rows: Annotated[
        Annotated[list[Index], Meta(min_length=1)] | None,
        Meta(description="Rows to explain; by default all"),
    ] = None
    how: Choices = field(default_factory=Choices)


class Since(Request):
    """What of a job is new."""

    since: Annotated[
        Index | None, Meta(description="Answer with the finished rows, too, from this number on")
    ] = None


class Failure(Answer):
    """A row that could not be explained."""

    row: int
    name: str
    error: str


class Job(Answer):
    """Work under way."""

    id: str
    kind: Kind
    question: Annotated[
        Question | None,
        Meta(
            description="What it answers beyond scores: a question about a stretch, the test of the strongest stretches of "
            "many rows, or whether scores are faithful"
        ),
    ]
    state: State
    dataset: str | None
    model: str
    how: Choices | None
    total: int
    done: Annotated[int, Meta(description="Finished, those found in the store included")]
    found: Annotated[int, Meta(description="Found in the store")]
    failures: list[Failure]
    message: Annotated[str | None, Meta(description="Why it failed, in a sentence")]
    created: Annotated[float, Meta(description="Seconds since 1970")]
    seconds: Annotated[float, Meta(description="Running time so far")]
    seconds_left: float | None
    finished: list[int] | UnsetType = UNSET
    so_far: Annotated[
        Experiment | UnsetType,
        Meta(description="What an experiment has found so far, to whoever waits for it"),
    ] = UNSET
    preview: Annotated[
        bool | UnsetType,
        Meta(description="A quick picture comes before this one. Ask for it again"),
    ] = UNSET


class Jobs(Answer):
    """All jobs, the newest first."""

    jobs: list[Job]
