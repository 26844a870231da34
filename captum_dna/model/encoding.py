"""One sequence as the model reads it: token ids, and the bases that each token covers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from captum_dna.core.attribution import Span


@dataclass(frozen=True, slots=True)
class Encoding:
    """One sequence as the model reads it.

    Parameters
    ----------
    bases
        The L letters that were encoded, as the user wrote them.
    input_ids, tokens
        T token ids and texts, special tokens included.
    spans
        T half-open base intervals; ``None`` for a special token.
    unknown
        Positions of the tokens that are unknown to the vocabulary.
    uncovered
        Stretches of bases that no token covers.
    drawn_from, drawn_at
        Letters from which what is random is drawn, the sequence's own where empty, and the index of the first base among
        them.
    """

    bases: str
    input_ids: tuple[int, ...]
    tokens: tuple[str, ...]
    spans: tuple[Span | None, ...]
    unknown: tuple[int, ...] = ()
    uncovered: tuple[Span, ...] = ()
    drawn_from: str = ""
    drawn_at: int = 0

    def __repr__(self) -> str:
        shown = " ".join(self.tokens[:5])
        return f"<Encoding of {len(self.bases):,} bases as {len(self):,} tokens: {shown}{' ...' * (len(self) > 5)}>"

    def __len__(self) -> int:
        return len(self.input_ids)


def same_length(
    encodings: Sequence[Encoding], batch_size: int | None = None, tokens: int = 4096
) -> Iterable[list[int]]:
    """Yield positions of encodings in batches of one length, so that nothing is ever padded."""
    by_length: dict[int, list[int]] = {}
    for i, encoding in enumerate(encodings):
        by_length.setdefault(len(encoding), []).append(i)
    for length, rows in by_length.items():
        size = batch_size or max(1, tokens // length)
        for start in range(0, len(rows), size):
            yield rows[start : start + size]
