"""Requests and answers of ``routes/data.py``: data sets and their rows."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from captum_dna.insights.schema.base import Answer, Choices, Index, Request


class Pasted(Request):
    """Text to make a data set of."""

    text: Annotated[str, Meta(description="FASTA, CSV or TSV with a header, or one sequence per line")]
    name: Annotated[str | None, Meta(description="What to call it; never a path")] = None
    origin: Annotated[
        Index | None,
        Meta(description="Index of the base to number as 0, from 0, of sequences that have none"),
    ] = None
    onto: Annotated[
        str | None, Meta(description="Id of the data set whose sequences come first; by default none")
    ] = None


class Dataset(Answer):
    """A data set."""

    id: str
    name: str
    size: Annotated[int, Meta(description="Rows")]
    pasted: bool
    true_labels: list[str]
    lengths: Annotated[tuple[int, int], Meta(description="Shortest and longest")]
    origin: Annotated[bool, Meta(description="Whether any row has an origin (a TSS, say)")]
    intervals: Annotated[bool, Meta(description="Whether any row has a genome interval")]
    remarks: Annotated[list[str], Meta(description="What the reader warned about")]
    predicted: Annotated[dict[str, int], Meta(description="Rows predicted so far, by model")]


class Datasets(Answer):
    """All data sets, in the order they were made."""

    datasets: list[Dataset]


class Row(Answer):
    """A row of the list."""

    index: int
    name: str
    length: int
    true: str | None
    predicted: Annotated[
        str | None,
        Meta(description="null while it is not predicted yet, or where the model cannot read the sequence"),
    ]
    probability: Annotated[
        float | None,
        Meta(
            description="Of the predicted class, or of probability_of; the value itself for a regression head"
        ),
    ]
    correct: bool | None
    loss: float | None
    problem: Annotated[str | None, Meta(description="Why the model cannot read this sequence")]
    explained: bool
    target: Annotated[str | None, Meta(description="Class explained")]
    delta: float | None
    off_by: Annotated[
        float | None,
        Meta(
            description="What the scores may be off by, as a share: their estimated error, or else what their sum misses"
        ),
    ]
    converged: bool | None
    largest: Annotated[float | None, Meta(description="Largest score, with its sign, in units of the output")]
    special_share: float | None
    strip: Annotated[
        str | None,
        Meta(
            description="base64 of up to 64 int8, each the strongest score of its stretch in 1/127 of the absolute "
            "largest; -128 is no data"
        ),
    ]

    hits: Annotated[
        list[tuple[int, int]],
        Meta(description="Half-open stretches at which the motif fits that the rows are filtered by"),
    ]


class FullRow(Row):
    """A row with its letters and all probabilities."""

    sequence: str
    probabilities: Annotated[dict[str, float], Meta(description="By label; empty while not predicted")]
    origin: int
    interval: str | None
    how: Choices


class Facets(Answer):
    """Rows that each word of a filter would keep, all other filters as they are; a regression has no classes."""

    true: Annotated[dict[str, int], Meta(description="By true class; an empty text for the unknown")]
    predicted: dict[str, int]
    correct: Annotated[dict[str, int], Meta(description="right, wrong and unknown")]
    explained: Annotated[dict[str, int], Meta(description="yes and no")]


class Cell(Answer):
    """A cell of the confusion table."""

    true: str
    predicted: str
    count: int


class Counts(Answer):
    """Rows of the data set."""

    predicted: int
    explained: int
    problems: int


class Rows(Answer):
    """A stretch of the list, after filters and sorting."""

    total: Annotated[int, Meta(description="Rows of the data set")]
    matched: Annotated[int, Meta(description="Rows that the filters keep")]
    offset: int
    rows: list[Row]
    facets: Facets
    confusion: Annotated[
        list[Cell],
        Meta(description="Over all rows kept by the filters other than true, predicted and correct"),
    ]
    probability: Annotated[
        list[int],
        Meta(
            description="Counts in 20 equal bins of the probability from 0 to 1, of the rows kept by all other filters"
        ),
    ]
    counts: Counts
    measured: Annotated[
        str | None,
        Meta(
            description="How the measured and the predicted values of the rows kept correlate, in words; null without "
            "a regression, or without measured values"
        ),
    ]
