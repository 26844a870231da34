"""What a remark is, and all kinds of them: how severe each is, and how it is said of many sequences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from captum_dna.core.numbers import percent

Severity = Literal["warning", "note"]

MUCH_ON_SPECIAL = 0.3
"""Above this share of special tokens, the picture of the bases leaves out a good part of the score."""


@dataclass(frozen=True, slots=True)
class Remark:
    """One sentence that a reader of scores has to know.

    Parameters
    ----------
    code
        What it is about, for programs; a key of :data:`CODES`.
    severity
        ``"warning"`` where the scores should not be trusted as they are, ``"note"`` where they can be, once
        this is known.
    text
        The sentence.
    """

    code: str
    severity: Severity
    text: str

    def __str__(self) -> str:
        return self.text

    @classmethod
    def of(cls, code: str, text: str) -> Remark:
        """Return a sentence of a kind, as severe as that is."""
        return cls(code, CODES[code].severity, text)


@dataclass(frozen=True, slots=True)
class _Code:
    """How severe a remark is, and what is said of several sequences; empty where that is the same sentence."""

    severity: Severity
    of_many: str = ""


CODES: dict[str, _Code] = {
    "no_output": _Code("warning", "the model's output is not a number, so there are no scores."),
    "no_scores": _Code("warning", "the method returned no scores."),
    "not_recorded": _Code("note"),
    "not_converged": _Code("warning", "the scores have not converged within the tolerance."),
    "preview": _Code("note"),
    "nothing_to_explain": _Code("note", "f(x) equals f(baseline): there is nothing to explain."),
    "weak_signal": _Code(
        "note",
        "the signal is weak: f(x) and f(baseline) hardly differ, and other baselines or methods may show "
        "a different pattern.",
    ),
    "uncertain_difference": _Code("warning", "the error of the scores is larger than the difference."),
    "special_tokens": _Code(
        "note",
        f"special tokens, which belong to no base, carry more than {percent(MUCH_ON_SPECIAL)} of the score.",
    ),
    "unsigned": _Code("note"),
    "not_conserving": _Code("note"),
    "heights": _Code("note"),
    "rounded": _Code("note"),
    "strands": _Code("note", "the two strands hardly agree."),
    "spread": _Code("note"),
    "windows": _Code("note", "the sequence is longer than the model's input and was scored in windows."),
    "missing_scores": _Code("note", "some bases have no score."),
    "source": _Code("note"),
    "mixed_targets": _Code("note"),
    "informative": _Code("note"),
    "not_informative": _Code("warning"),
    "agreement": _Code("note"),
    "scales": _Code("note"),
    "other_classes": _Code("note"),
}
"""All codes: how severe each is, and how it goes on after "For 3 of 12 sequences, ..."."""
