"""How much a model reads at once: its most tokens, and the sentence for a sequence that has more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from captum_dna.core.checks import number_of
from captum_dna.core.errors import SequenceError, TooLongError
from captum_dna.model.errors import TokenizerError

if TYPE_CHECKING:
    from torch import nn

    from captum_dna.core.sequences import Sequence
    from captum_dna.core.types import TokenizerLike

_NONE = 10**9
"""What tokenizers without a limit say, or more."""


def token_limit(
    model: nn.Module, config: object, tokenizer: TokenizerLike, name: str, length: int | None
) -> int | None:
    """Return the most tokens, special ones included, that a model takes; ``None`` without a limit.

    Raises
    ------
    TokenizerError
        The tokenizer's own limit is not a number of tokens.
    """
    limits = [] if length is None else [length]
    for path, module in model.named_modules():
        if path.endswith("position_embeddings") and isinstance(module, torch.nn.Embedding):
            reserved = 0 if module.padding_idx is None else module.padding_idx + 1
            limits.append(module.num_embeddings - reserved)
    if not limits:
        # Where nothing is looked up by position, the configuration may name a limit; HyenaDNA by another word.
        named = [getattr(config, word, None) for word in ("max_position_embeddings", "max_seq_len")]
        # -1, as XLNet's has it, is no limit.
        limits += [int(most) for most in map(number_of, named) if most is not None and 1 <= most < _NONE]
    said = getattr(tokenizer, "model_max_length", None) or _NONE
    most = number_of(said)
    if most is None or most < 1:
        raise TokenizerError(
            f"The tokenizer of {name} says that it takes {said!r:.40} tokens at most "
            "(model_max_length, in tokenizer_config.json). Write the number that the model takes."
        )
    if most < _NONE:
        limits.append(int(most))
    return min(limits) if limits else None


def not_the_length(sequence: Sequence, only: int) -> SequenceError:
    """Return what is said of a sequence for a network that takes so many bases and no other number."""
    return SequenceError(
        f"Sequence '{sequence.name}' has {len(sequence)} bases, but the network takes sequences of exactly "
        f"{only}. Cut it to that length, or take the bases around it from the genome."
    )


def too_long(sequence: Sequence, tokens: int, most: int, most_bases: int | None) -> TooLongError:
    """Return what is said of a sequence of more tokens than a model takes, in bases where that is known."""
    room = f"{most_bases} bases" if most_bases else f"{most} tokens"
    return TooLongError(
        f"Sequence '{sequence.name}' has {len(sequence)} bases ({tokens} tokens), but the model takes at most {room}"
    )
