"""Requests and answers of ``routes/experiments.py``: what is asked of a stretch, and of the strongest stretches of many."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, field

from captum_dna.insights.schema.base import Answer, Choices, Index, Request, Wait
from captum_dna.insights.schema.scores import Edit  # noqa: TC001 - msgspec looks at it when it runs

Cell = str | float | bool | None


class Ask(Request):
    """Ask something of a stretch of one sequence."""

    question: Annotated[
        Literal["needed", "enough", "where", "with", "spacing"],
        Meta(
            description="needed: ablate it; enough: plant it into shuffles; where: plant it at other places; with: the "
            "dependencies of the bases around it; spacing: plant it with a second motif at distances on either side"
        ),
    ]
    start: Annotated[Index, Meta(description="First base, from 0")]
    end: Annotated[Index, Meta(description="The base after the last")]
    motif: Annotated[
        str, Meta(max_length=100, description="The second motif of spacing: letters, IUPAC codes included")
    ] = ""
    edits: Annotated[list[Edit], Meta(description="Bases to change before")] = field(default_factory=list)
    how: Choices = field(default_factory=Choices)
    wait: Wait = 5


class TestAsked(Request):
    """Test the strongest stretches of explained sequences."""

    __test__ = False

    rows: Annotated[list[Index], Meta(min_length=1, description="Explained rows")]
    how: Choices = field(default_factory=Choices)
    wait: Wait = 5


class Experiment(Answer):
    """What an experiment found: sentences, what to know before reading them, and a table."""

    question: str
    verb: Annotated[str, Meta(description="The function of captum_dna that made it")]
    sentences: list[str]
    remarks: Annotated[list[tuple[str, str, str]], Meta(description="Code, severity and sentence of each")]
    columns: list[str]
    rows: Annotated[list[list[Cell]], Meta(description="Of the table. See the function's own page")]
    output: Annotated[str, Meta(description="The scalar that effects are differences of")]
    target: Annotated[str, Meta(description="Class explained")]
    experiments: Annotated[int, Meta(description="Sequences that the model read")]
    start: int
    end: int
    python: Annotated[str, Meta(description="The lines that make it again")]
