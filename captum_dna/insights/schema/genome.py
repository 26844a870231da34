"""Requests and answers of ``routes/genome.py``."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta

from captum_dna.insights.schema.base import Answer, Choices, Index, Request
from captum_dna.insights.schema.data import Dataset  # noqa: TC001 - msgspec asks for it when it reads the class


class GenomeFacts(Answer):
    """What the Genome view begins with."""

    options: Annotated[dict[str, Any], Meta(description="What igv.createBrowser takes")]
    how: Annotated[
        Choices, Meta(description="The choices that the scores were made with, as far as pictures have them")
    ]
    tracks: Annotated[
        list[str], Meta(description="Names of the tracks of the run: a click there opens a window")
    ]


class Named(Request):
    """Something to go to."""

    name: Annotated[
        str, Meta(max_length=200, description="A gene, an interval or a variant of the annotation")
    ] = ""


class Found(Answer):
    """Where it lies, counted from 1 as browsers do."""

    chromosome: str
    start: int
    end: int


class Click(Request):
    """A base of the genome."""

    chromosome: Annotated[str, Meta(max_length=200)]
    position: Annotated[Index, Meta(description="Counted from 0")]


class Opened(Answer):
    """The row of the window that covers a base, and where in it the base is."""

    dataset: Dataset
    row: int
    base: int
    replaced: Annotated[
        str | None, Meta(description="Id of the data set that this one has taken the place of")
    ] = None
