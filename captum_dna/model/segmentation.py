"""Other ways to cut a sequence into the pieces of a BPE vocabulary: merges are left out at random, from a seed.

After BPE-dropout (Provilkov, Emelianenko and Voita 2020, doi:10.18653/v1/2020.acl-main.170). There a merge that was
left out is tried again after the next one; a DNA sequence is one long word, in which it would be made up for at once,
so here it stays left out.
"""

from __future__ import annotations

import heapq
import json
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from captum_dna.core.errors import UserError
from captum_dna.model.errors import TokenizerError

if TYPE_CHECKING:
    import numpy as np

    from captum_dna.core.attribution import Span
    from captum_dna.model.encoding import Encoding
    from captum_dna.model.tokenization import Encoder

DROPOUT = 0.1
"""The share of merges left out, as in the paper."""

Merges = dict[tuple[str, str], tuple[int, str]]


def has_merges(encoder: Encoder) -> bool:
    """Tell whether a tokenizer is one of byte-pair encoding, whose merges can be left out."""
    backend = getattr(encoder.tokenizer, "backend_tokenizer", None)
    return not encoder.word and type(getattr(backend, "model", None)).__name__ == "BPE"


@lru_cache(maxsize=4)
def _merges_of(encoder: Encoder) -> Merges:
    """Return the rank and the outcome of each merge."""
    pairs = json.loads(encoder.tokenizer.backend_tokenizer.to_str())["model"]["merges"]
    split = (pair.split(" ") if isinstance(pair, str) else pair for pair in pairs)
    return {(a, b): (rank, a + b) for rank, (a, b) in enumerate(split)}


def sampled(
    encoder: Encoder,
    encoding: Encoding,
    name: str,
    random: np.random.Generator,
    dropout: float = DROPOUT,
) -> Encoding:
    """Return a sequence in other pieces of the same vocabulary.

    Parameters
    ----------
    encoder, encoding
        The tokenizer, which has merges, and how it cuts the sequence.
    name
        How to call the sequence in an error.
    random
        Chooses which merges are left out.
    dropout
        How many of them, as a share.

    Raises
    ------
    TokenizerError
        Without dropout the merges do not give the tokenizer's own pieces, so its segmentations are not known.
    UserError
        Some letters are unknown to the vocabulary.
    """
    merges = _merges_of(encoder)
    own = [i for i, span in enumerate(encoding.spans) if span is not None]
    if encoding.unknown or not own:
        raise UserError(
            f"Sequence '{name}' has letters that are unknown to the vocabulary, so it has no other segmentations. "
            "Replace them, or leave 'phase' out of `over`.",
            option="over",
        )
    pieces = [encoding.tokens[i] for i in own]
    text = "".join(pieces)
    if _cut(text, merges, random, 0.0) != pieces:
        raise TokenizerError(
            f"The merges of {type(encoder.tokenizer).__name__} do not reproduce its tokens of sequence "
            f"'{name}', so other "
            "segmentations cannot be drawn. Leave 'phase' out of `over`.",
            option="over",
        )
    drawn = _cut(text, merges, random, dropout)
    first, last = own[0], own[-1] + 1
    start, spans = encoding.spans[first][0], []  # type: ignore[index]  # those of `own` have a span
    for piece in drawn:
        spans.append((start, start + len(piece)))
        start += len(piece)
    nothing: tuple[Span | None, ...] = (None,)
    return replace(
        encoding,
        input_ids=(
            *encoding.input_ids[:first],
            *(encoder.vocabulary[piece] for piece in drawn),
            *encoding.input_ids[last:],
        ),
        tokens=(*encoding.tokens[:first], *drawn, *encoding.tokens[last:]),
        spans=(*nothing * first, *spans, *nothing * (len(encoding) - last)),
    )


def _cut(text: str, merges: Merges, random: np.random.Generator, dropout: float) -> list[str]:
    """Merge letters to pieces, the merge of lowest rank first; some are left out."""
    pieces: list[str] = list(text)
    after = [*range(1, len(pieces)), -1]
    before = list(range(-1, len(pieces) - 1))
    waiting: list[tuple[int, int, str]] = []

    def ask(place: int) -> None:
        if place >= 0 and after[place] >= 0:
            found = merges.get((pieces[place], pieces[after[place]]))
            if found is not None:
                heapq.heappush(waiting, (found[0], place, found[1]))

    for place in range(len(pieces)):
        ask(place)
    while waiting:
        _, place, merged = heapq.heappop(waiting)
        follower = after[place]
        if not pieces[place] or follower < 0 or pieces[place] + pieces[follower] != merged:
            continue  # one of the two has become part of another piece
        if dropout and random.random() < dropout:
            continue
        pieces[place], pieces[follower] = merged, ""
        after[place] = after[follower]
        if after[place] >= 0:
            before[after[place]] = place
        ask(before[place])
        ask(place)
    return [piece for piece in pieces if piece]
