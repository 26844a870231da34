"""What an attribution method is: questions in, token scores out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import numpy as np
    from numpy.typing import NDArray

    from captum_dna.core.certificate import Certificate
    from captum_dna.core.sequences import Sequence
    from captum_dna.model.classifier import Classifier
    from captum_dna.model.encoding import Encoding


@dataclass(frozen=True, slots=True)
class Question:
    """One sequence to explain, and the class asked about.

    Parameters
    ----------
    index
        Its place in the input; answers may come in another order.
    sequence
        Its name and letters, for errors and for methods that change bases.
    encoding
        Its tokens.
    target
        The class, or ``None`` for the predicted class of the unmodified sequence.
    """

    index: int
    sequence: Sequence
    encoding: Encoding
    target: int | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """The scores of one sequence, in units of the output, and what tells how far to trust them.

    The fields are those of :class:`captum_dna.core.attribution.Attribution`;
    ``logits`` (C,) are those of
    the unmodified sequence and ``target`` is the class that was explained. A method that scores tokens
    leaves ``base_scores`` to the projection; one that scores bases gives them and NaN for the tokens.
    Numbers that do not apply are NaN.
    """

    index: int
    target: int
    logits: NDArray[np.float64]
    token_scores: NDArray[np.float64]
    certificate: Certificate
    base_scores: NDArray[np.float64] | None = None
    parts: dict[str, NDArray[np.float64]] = field(default_factory=dict)
    extras: dict[str, NDArray[np.float64]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Settings:
    """The choices that all methods share; a method uses those that mean something to it.

    ``tolerance`` is ``None`` for a preview.
    """

    output: str
    baseline: str
    layer: str | tuple[str, ...]
    n_steps: int | None
    rule: str
    tolerance: float | None
    precision: str
    batch_size: int | None
    seed: int


class Method(Protocol):
    """A way to score tokens.

    ``complete``: the token scores sum to f(x) - f(baseline) by construction.
    ``signed``: the sign of a score means something.
    ``on_path``: it follows a path with a rule, so that n_steps and rule mean something to it.
    ``compares_with``: ``"baseline"``, the one of the settings; ``"own"``, one of its own options; ``"nothing"``.
    ``scores``: what has a score of its own, ``"tokens"`` or ``"bases"``.
    ``cost``: evaluations per sequence of L bases and T tokens, in words.
    ``citation``: where the method was described; empty for one of our own.

    A method is a frozen dataclass whose fields are its options; the first line of its docstring says what it
    computes. One whose own options hold letters to compare with has a method ``turned()``, which returns it for reverse
    complements.
    """

    name: ClassVar[str]
    complete: ClassVar[bool]
    signed: ClassVar[bool]
    on_path: ClassVar[bool]
    scores: ClassVar[str]
    cost: ClassVar[str]
    citation: ClassVar[str]

    @property
    def compares_with(self) -> str:
        """What f(x) is compared with."""
        ...

    def explain(
        self, classifier: Classifier, questions: Iterable[Question], settings: Settings
    ) -> Iterator[Answer]:
        """Answer each question, in any order, as answers come."""
        ...
