"""Requests and answers of ``routes/scores.py``: single explanations."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import UNSET, Meta, Raw, UnsetType, field

from captum_dna.insights.schema.base import MOST_TRACKS, Answer, Choices, Index, Request, Wait


class Explain(Request):
    """Explain one sequence now."""

    how: Choices = field(default_factory=Choices)
    wait: Wait = 5
    preview: Annotated[
        bool,
        Meta(
            description="Answer with a quick picture first, marked preview, where the method is an integral that is "
            "not stored. Ask again without this for the integral"
        ),
    ] = False


class Edit(Request):
    """One base to change."""

    position: Annotated[Index, Meta(description="Counted from 0")]
    base: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=1,
            pattern="^[ACGTURYSWKMBDHVNacgturyswkmbdhvn]$",
            description="A, C, G, T, U or another IUPAC code",
        ),
    ]


class Mutate(Request):
    """Change bases, and explain before and after."""

    edits: Annotated[list[Edit], Meta(min_length=1)]
    how: Choices = field(default_factory=Choices)
    wait: Wait = 5


class CompareTrack(Request):
    """A track of a picture."""

    name: str
    how: Choices = field(default_factory=Choices)
    row: Annotated[Index | None, Meta(description="Row of the data set; by default that of the address")] = (
        None
    )


class Compare(Request):
    """Compare the tracks of a picture."""

    tracks: Annotated[list[CompareTrack], Meta(min_length=1, max_length=MOST_TRACKS)]


class Between(Answer):
    """What holds between the tracks of a picture, as the picture's element reads it."""

    k: Annotated[list[tuple[str, str, str]], Meta(description="Code, severity and sentence of each remark")]
    r: Annotated[
        list[tuple[float | None, float | None]],
        Meta(
            description="Of each track with the first: Pearson's r of the base scores, and the share of the top-scoring "
            "tenth of bases that both have"
        ),
    ]


class Payload(Answer):
    """An explanation, as the picture's element reads it."""

    picture: Annotated[
        dict[str, Any],
        Meta(
            description="One sequence, see captum_dna/render/payload.py",
            extra={"typescript": "PicturePayload"},
        ),
    ]
    shared: Annotated[
        Raw,
        Meta(description="What all pictures of a page share", extra={"typescript": "SharedPayload"}),
    ]
    how: Choices
    key: Annotated[str, Meta(description="The same for the same model, letters and choices")]
    preview: Annotated[
        bool | UnsetType,
        Meta(
            description="Quick scores in place of the integral that was asked for; `how` says how they were made"
        ),
    ] = UNSET


class Edited(Answer):
    """A base that was changed."""

    position: int
    before: str = field(name="from")
    after: str = field(name="to")


class Change(Answer):
    """A number before and after."""

    before: float | None
    after: float | None


class LabelChange(Change):
    """The probability of a class before and after."""

    label: str


class Mutation(Answer):
    """One sequence with bases changed: the same class, explained before and after."""

    letters: str
    edits: list[Edited]
    target: str
    predictions: list[LabelChange]
    f: Change
    before: Payload
    after: Payload
    difference: Annotated[Payload, Meta(description="Scores after minus before")]
    between: Between
