"""Requests and answers of ``routes/about.py`` and ``routes/page.py``: what this viewer is."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta

from captum_dna.insights.limits import Limits  # noqa: TC001 - msgspec asks for it when it reads the class
from captum_dna.insights.schema.base import Answer, Choices, Request


class Entry(Request, forbid_unknown_fields=False):
    """What the printed address brings along."""

    token: Annotated[str | None, Meta(description="The token that was printed")] = None


class Health(Answer):
    """That the server answers."""

    status: Literal["ok"] = "ok"


class Words(Answer):
    """A choice in words."""

    name: str
    words: str


class Model(Answer):
    """A model and what it can be asked."""

    name: str
    labels: tuple[str, ...]
    head: Annotated[str, Meta(description="single_label, multi_label or regression")]
    max_bases: int | None
    tokenizer: str
    fingerprint: str
    outputs: list[str]
    baselines: list[Words]
    layers: Annotated[list[str], Meta(description="The modules that methods of one layer can score")]
    default: Annotated[Choices, Meta(description="The choices where nothing is said, all spelt out")]


class MethodFacts(Words):
    """A method, what it costs and what its scores are."""

    cost: Annotated[str, Meta(description="Evaluations per sequence of L bases and T tokens")]
    citation: Annotated[str, Meta(description="Where it was described; empty for one of our own")]
    complete: bool
    signed: bool
    on_path: Annotated[
        bool, Meta(description="Whether tolerance, n_steps and a baseline mean something to it")
    ]
    compares_with: Annotated[
        str,
        Meta(description="baseline, own (one of its own options) or nothing: what the scores are against"),
    ]
    layered: Annotated[bool, Meta(description="Whether it scores the output of one layer, which is a choice")]
    inner: Annotated[
        bool,
        Meta(description="Whether that layer must be one of the model's `layers`, the embeddings excluded"),
    ]
    options: Annotated[dict[str, Any], Meta(description="Own options and their defaults")]


class ExporterFacts(Words):
    """A kind of file to save; its name is that of the file."""

    title: Annotated[str, Meta(description="What the format is called")]
    places: Annotated[bool, Meta(description="Only sequences with a place in a genome can be written")]
    possible: Annotated[bool, Meta(description="Whether this viewer has what it needs")]


class MeasureFacts(Words):
    """A measure of how faithful scores are."""

    columns: Annotated[dict[str, str], Meta(description="What it fills, and which direction is better")]
    citation: Annotated[str, Meta(description="Where it was described; empty for one of our own")]


class ReaderFacts(Words):
    """A format that sequences are read from."""

    suffixes: list[str]


class ProjectionFacts(Words):
    """A way from tokens to bases."""

    conserving: bool


class Preview(Answer):
    """What to merge into choices for a quick first picture."""

    method: str


class Config(Answer):
    """All choices; the same while the server runs, but for the notices."""

    title: str
    version: str
    models: list[Model]
    methods: list[MethodFacts]
    projections: list[ProjectionFacts]
    exporters: list[ExporterFacts]
    measures: list[MeasureFacts]
    readers: list[ReaderFacts]
    preview: Preview
    limits: Limits
    kept: Annotated[bool, Meta(description="Whether results outlive the server")]
    sizes: Annotated[
        bool, Meta(description="Whether the sizes of the chromosomes are known, which bigWig files need")
    ]
    genome: Annotated[bool, Meta(description="Whether there is a Genome view")]
    notices: Annotated[
        list[str], Meta(description="Sentences to show, such as that a damaged store was set aside")
    ]
