"""Requests and answers of ``routes/summary.py``: the whole set at once."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, field

from captum_dna.insights.schema.base import Answer, Choices, Index, Request, Wait


class Measure(Request):
    """Measure how faithful explanations are."""

    rows: Annotated[
        list[Index] | None,
        Meta(
            description="Explained rows; by default 20, or all where there are fewer, evenly spaced among those explained"
        ),
    ] = None
    how: Choices = field(default_factory=Choices)
    wait: Wait = 5


class Profile(Answer):
    """Mean scores by position of a group of rows."""

    group: Annotated[str, Meta(description="all, true, predicted or correct")]
    name: str
    count: int
    scores: Annotated[
        list[float | None], Meta(description="Mean score by position; null where no row has one")
    ]
    rows: Annotated[list[int], Meta(description="Rows at each position")]


class Kmer(Answer):
    """A k-mer of the top windows."""

    kmer: str
    count: Annotated[int, Meta(description="Occurrences")]
    sequences: int
    score: Annotated[float, Meta(description="Mean over occurrences of the summed base scores")]
    top: Annotated[int, Meta(description="Occurrences among the top windows")]
    enrichment: float | None
    p: float
    q: Annotated[float, Meta(description="p, corrected for all k-mers seen")]


class Completeness(Answer):
    """How complete the scores are."""

    converged: int
    median_off_by: Annotated[float | None, Meta(description="Of what the scores may be off by, as a share")]
    special_share: float | None


class Summary(Answer):
    """What the scores of the filtered rows have in common."""

    explained: Annotated[int, Meta(description="Rows that the numbers are about")]
    matched: int
    start: Annotated[
        int,
        Meta(
            description="Position of the first score, relative to each row's origin (the first base where there is none)"
        ),
    ]
    profiles: list[Profile]
    output: str
    targets: Annotated[list[str], Meta(description="Classes that the scores are about")]
    kmers: list[Kmer]
    test: Annotated[str, Meta(description="The test behind p and what it assumes, in words")]
    completeness: Completeness


class ContrastKmer(Answer):
    """A k-mer that more sequences of one side hold."""

    kmer: str
    group: Annotated[int, Meta(description="Sequences of the group that hold it")]
    rest: Annotated[int, Meta(description="Sequences of the rest that hold it")]
    p: float
    q: Annotated[float, Meta(description="p, corrected for all k-mers seen")]


class Side(Answer):
    """One of two groups of rows."""

    name: str
    rows: int
    explained: int
    scores: Annotated[list[float | None], Meta(description="Mean score by position")]
    letters: Annotated[
        list[list[float]],
        Meta(description="Mean score of A, C, G and T by position, of the bases around the place"),
    ]


class Contrast(Answer):
    """What the rows that the filters keep share, against the rest."""

    sides: Annotated[list[Side], Meta(description="The rows kept, and the rest")]
    start: Annotated[int, Meta(description="Position of the first score of the profiles")]
    place: Annotated[int, Meta(description="Position of the first mean letter")]
    output: str
    kmers: list[ContrastKmer]
    sentences: Annotated[list[str], Meta(description="What was found, in words")]
    test: Annotated[str, Meta(description="The test behind p, in words")]


class Numbers(Answer):
    """How faithful scores are, in numbers."""

    comprehensiveness: Annotated[
        float,
        Meta(
            description="Mean fall of the output without the best 5, 10 and 20 % of bases; higher is better"
        ),
    ]
    sufficiency: Annotated[float, Meta(description="Mean fall with nothing but them; lower is better")]
    deletion: Annotated[float, Meta(description="Mean height of the curve; lower is better")]
    insertion: Annotated[float, Meta(description="Likewise; higher is better")]


class Curves(Answer):
    """The output of the model while bases go or come."""

    shares: Annotated[list[float], Meta(description="Shares of the bases, from 0 to 1")]
    deletion: Annotated[list[float], Meta(description="Output with that share removed")]
    insertion: Annotated[list[float], Meta(description="Output with only that share left")]
    tokens: Annotated[list[float], Meta(description="Share of the tokens that the deletion changes")]
    numbers: Numbers


class Faithfulness(Answer):
    """Curves of the scores and of random order, the mean over rows."""

    rows: list[int]
    output: str
    words: Annotated[str, Meta(description="How bases are removed")]
    verdict: Annotated[
        str, Meta(description="Whether the scores tell more than chance, in a sentence or two")
    ]
    scores: Curves
    random: Curves
