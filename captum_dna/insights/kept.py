"""What the rows of a store are; a row that is anything else is damaged."""

from __future__ import annotations

import msgspec


class Listed(msgspec.Struct, array_like=True):
    """What the list shows of a result."""

    id: int
    letters: str
    target: str
    delta: float | None
    converged: int
    largest: float | None
    special: float | None
    off_by: float | None
    strip: bytes


class KeptScores(msgspec.Struct, array_like=True):
    """The float64 base scores of a result."""

    id: int
    bases: bytes


class Found(msgspec.Struct, array_like=True):
    """What a model says of some letters: float64 probabilities, or why there are none."""

    letters: str
    probabilities: bytes | None
    problem: str | None


class KeptJob(msgspec.Struct, array_like=True):
    """A job: its id, who did it, when it was made, and what it is about as JSON."""

    id: str
    owner: str
    made: float
    content: str


class KeptText(msgspec.Struct, array_like=True):
    """A pasted data set."""

    id: str
    text: str
    name: str
