"""How much one viewer takes, and the sentence that a request gets which asks for something impossible."""

from __future__ import annotations

from dataclasses import dataclass, fields

from captum_dna.core.checks import whole_number
from captum_dna.core.errors import UserError


@dataclass(frozen=True)
class Limits:
    """What requests may ask for at most.

    Parameters
    ----------
    body_bytes
        Length of a request.
    sequence_bases, sequences
        Bases of one pasted sequence, and sequences of one pasted data set.
    datasets
        Pasted data sets kept at a time.
    jobs
        Jobs that wait or run at a time; what one picture needs is not counted.
    looks
        Single pictures that wait or run at a time.
    report_sequences
        Sequences of one report.
    edits
        Bases mutated at a time.
    measured
        Explanations whose faithfulness is measured at a time.
    option
        Largest number among the options of a method, samples say.
    """

    body_bytes: int = 16 << 20
    sequence_bases: int = 100_000
    sequences: int = 50_000
    datasets: int = 50
    jobs: int = 20
    looks: int = 50
    report_sequences: int = 10_000
    edits: int = 100
    measured: int = 50
    option: int = 1000

    def __post_init__(self) -> None:
        for one in fields(self):
            whole_number(one.name, getattr(self, one.name), 0)


class Problem(UserError):  # noqa: N818 - it is told to a person, not handled by a program
    """A request that cannot be met.

    Parameters
    ----------
    sentence
        What is wrong, and what to do.
    status
        HTTP status of the answer.
    field
        The part of the request where the mistake was made.
    """

    def __init__(self, sentence: str, status: int = 422, field: str | None = None) -> None:
        super().__init__(sentence, option=field)
        self.sentence = sentence
        self.status = status
        self.field = field
