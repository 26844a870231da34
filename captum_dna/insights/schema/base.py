"""What requests and answers are made of, and the choices that most requests carry."""

from __future__ import annotations

from math import isfinite
from typing import Annotated, Literal

from msgspec import Meta, Struct

LONGEST_WAIT = 10
"""Seconds that a request may wait for a job."""
MOST_TRACKS = 20
"""Tracks of one picture."""
Kind = Literal["predict", "explain", "look", "ask"]
Question = Literal["needed", "enough", "where", "with", "spacing", "test", "faithful"]
State = Literal["queued", "running", "done", "cancelled", "failed", "interrupted"]
Correct = Literal["wrong", "right", "unknown"]
Sort = Literal["index", "name", "length", "probability", "loss", "off_by", "largest"]
Order = Literal["up", "down"]
Index = Annotated[int, Meta(ge=0, le=10**9)]
Number = Annotated[float, Meta(ge=-1e18, le=1e18)]
Wait = Annotated[
    float,
    Meta(
        ge=0,
        le=LONGEST_WAIT,
        description="Seconds to wait for the answer before 202 is given with the job instead. Ask again then",
    ),
]
Option = bool | int | float | str | None


class Request(Struct, forbid_unknown_fields=True):
    """What somebody asks; a name that is not here is refused."""


class Answer(Struct):
    """What the server answers."""


class Nothing(Request):
    """An empty object."""


class Choices(Request):
    """How to explain; what is absent has its default."""

    model: Annotated[str | None, Meta(description="Name of the model; by default the first")] = None
    method: Annotated[str | None, Meta(description="Name of the method")] = None
    target: Annotated[
        str | None,
        Meta(description="Label of the class explained; by default the predicted class of each row"),
    ] = None
    output: Annotated[str | None, Meta(description="The scalar explained")] = None
    baseline: Annotated[
        str | None,
        Meta(description="A name of the model's baselines, or a DNA sequence of the same length"),
    ] = None
    projection: Annotated[str | None, Meta(description="From tokens to bases")] = None
    tolerance: Annotated[
        float | str | None,
        Meta(description="Error to reach, as a share of the scores, between 0 and 1, or preview"),
    ] = None
    n_steps: Annotated[
        int | None, Meta(description="A fixed number of nodes instead of the adaptive rule")
    ] = None
    strands: Annotated[
        str | None, Meta(description="Average with the reverse complement (both), or not (forward)")
    ] = None
    seed: Annotated[int | None, Meta(description="Of whatever is random")] = None
    window_length: Annotated[
        int | str | None,
        Meta(
            description="Bases of the overlapping windows in which longer sequences are read, or auto: as many as fit "
            "the model; absent: sequences are read whole"
        ),
    ] = None
    overlap: Annotated[
        int | str | None,
        Meta(description="Bases that neighbouring windows share at least; a quarter of a window by default"),
    ] = None
    layer: Annotated[
        str | None, Meta(description="The module whose output is scored; by default the embeddings")
    ] = None
    options: Annotated[
        dict[str, Option | list[Option]] | None,
        Meta(description="The method's own options; a JSON object, also as a query parameter"),
    ] = None

    def given(self) -> dict[str, object]:
        """Return the choices that were made, by name."""
        values = ((name, getattr(self, name)) for name in Choices.__struct_fields__)
        return {name: value for name, value in values if value is not None}


class Error(Answer):
    """Why a request is not met."""

    error: Annotated[str, Meta(description="A sentence that says what to do; plain text")]
    field: Annotated[
        str | None, Meta(description="Where the mistake was made, if the request has such a field")
    ] = None


def finite(number: float) -> float | None:
    """Return a number as JSON has it, in seven digits; ``None`` for NaN and infinity."""
    value = float(number)
    return float(f"{value:.7g}") if isfinite(value) else None
