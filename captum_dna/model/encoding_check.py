"""Whether an encoding says what its model reads: few unknown tokens, and each other token the text of its span."""

from __future__ import annotations

from typing import TYPE_CHECKING

from captum_dna.core.errors import SequenceError
from captum_dna.model.alignment import plain
from captum_dna.model.errors import TokenizerError

if TYPE_CHECKING:
    from captum_dna.core.types import TokenizerLike
    from captum_dna.model.encoding import Encoding

_LONGEST_UNKNOWN = 64
"""Bases that one unknown token may cover before the explanation would say nothing about them."""


def check_encoding(
    encoding: Encoding, text: str, name: str, tokenizer: TokenizerLike, *, looked_up: bool
) -> None:
    """Refuse an encoding that cannot be explained.

    Parameters
    ----------
    encoding, text
        The encoding, and the letters that it is of as the tokenizer was given them.
    name
        What the sequence is called.
    tokenizer
        Who made it.
    looked_up
        Whether its tokens are words of one length that were looked up in the vocabulary, so that their spans are known.

    Raises
    ------
    SequenceError
        Most of it is unknown to the vocabulary, or a long stretch of it.
    TokenizerError
        The text of a token is not that of its span.
    """
    if looked_up and not encoding.unknown:
        return
    covering = [i for i, span in enumerate(encoding.spans) if span is not None]
    for i in encoding.unknown:
        start, end = encoding.spans[i]  # type: ignore[misc]  # only special tokens have no span
        if end - start > _LONGEST_UNKNOWN or len(covering) == 1:
            raise SequenceError(_one_unknown(text, start, end, name, tokenizer))
    if 2 * len(encoding.unknown) > len(covering) or not covering:
        raise SequenceError(
            f"Sequence '{name}': {len(encoding.unknown)} of its {len(covering)} tokens are unknown to the "
            "vocabulary, so the model hardly reads it. Replace N and ambiguity codes, or check that "
            "this is the tokenizer that the model was trained with."
        )
    if looked_up:
        return
    for i in covering:
        start, end = encoding.spans[i]  # type: ignore[misc]  # only special tokens have no span
        if i not in encoding.unknown and plain(encoding.tokens[i]) != text[start:end]:
            raise TokenizerError(
                f"Token {encoding.tokens[i]!r} of sequence '{name}' is said to cover {text[start:end]!r} "
                f"(bases {start + 1} to {end}): its spans cannot be trusted."
            )


def _one_unknown(text: str, start: int, end: int, name: str, tokenizer: TokenizerLike) -> str:
    strange = next((i for i in range(start, end) if text[i].upper() not in "ACGTU"), None)
    head = f"Sequence '{name}': the tokenizer turns bases {start + 1} to {end} into one unknown token"
    limit = getattr(core_of(tokenizer), "max_input_chars_per_word", None)
    if strange is not None:
        return (
            f"{head}, because of the {text[strange].upper()} at position {strange + 1}. Replace the "
            "letters other than A, C, G, T, or cut the sequence there."
        )
    if limit is not None and end - start > limit:
        return (
            f"{head}, because it limits the length of words. Raise that limit if the model was trained "
            "with another "
            "(tokenizer.backend_tokenizer.model.max_input_chars_per_word), or give it shorter sequences."
        )
    return (
        f"{head}, because it expects spaces between words. If the model was trained on words with "
        "spaces between them, choose how far apart they begin: `stride=1` for overlapping words, "
        "`stride=3` for codons."
    )


def core_of(tokenizer: object) -> object:
    """Return the part of a fast tokenizer that looks words up, if it has one."""
    return getattr(getattr(tokenizer, "backend_tokenizer", None), "model", None)
