"""Laying tokens along the bases of a sequence: as words of one length, end to end, or as overlapping windows."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from captum_dna.core.attribution import Span

MARKERS = ("##", "Ġ", "▁", "</w>")
"""Marks of word pieces and word boundaries in the texts of tokens."""


def plain(token: str) -> str:
    """Return the text of a token without word-piece and word-boundary marks."""
    for marker in MARKERS:
        token = token.replace(marker, "")
    return token


@lru_cache(maxsize=256)
def windows(length: int, size: int, stride: int, before: int, after: int) -> tuple[Span | None, ...]:
    """Return the spans of words of one length, between so many special tokens before and after them."""
    words = ((i, i + size) for i in range(0, length - size + 1, stride))
    return (*(None,) * before, *words, *(None,) * after)


@lru_cache(maxsize=256)
def gaps(spans: tuple[Span | None, ...], length: int) -> tuple[Span, ...]:
    """Return the stretches that no span covers."""
    gaps, reached = [], 0
    for start, end in sorted(span for span in spans if span is not None):
        if start > reached:
            gaps.append((reached, start))
        reached = max(reached, end)
    return (*gaps, (reached, length)) if reached < length else tuple(gaps)


def tile(text: str, pieces: list[str | None], *, single: bool) -> list[Span] | None:
    """Lay pieces end to end; a run of unknown pieces reaches to where the next known one starts."""
    spans: list[Span] = []
    position, i = 0, 0
    while i < len(pieces):
        piece = pieces[i]
        if piece is not None:
            if not piece or not text.startswith(piece, position):
                return None
            spans.append((position, position + len(piece)))
            position += len(piece)
            i += 1
            continue
        run = i
        while run < len(pieces) and pieces[run] is None:
            run += 1
        count = run - i
        follower = pieces[run] if run < len(pieces) else None
        reach = len(text) if follower is None else text.find(follower, position + count)
        end = position + count if single else reach
        if end < position + count or (end - position) % count:
            return None
        size = (end - position) // count
        spans += [(position + j * size, position + (j + 1) * size) for j in range(count)]
        position, i = end, run
    return spans if position <= len(text) else None


def slide(text: str, pieces: list[str | None]) -> list[Span] | None:
    """Lay pieces as windows of one length that start at every base."""
    sizes = {len(piece) for piece in pieces if piece is not None}
    if len(sizes) != 1:
        return None
    k = sizes.pop()
    if len(pieces) != len(text) - k + 1:
        return None
    if any(piece is not None and text[i : i + k] != piece for i, piece in enumerate(pieces)):
        return None
    return [(i, i + k) for i in range(len(pieces))]
