"""What a vocabulary holds that it should not, or lacks: amino acids, and words that the model does not embed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from captum_dna.model.alignment import plain
from captum_dna.model.errors import TokenizerError
from captum_dna.model.table import rows_of

if TYPE_CHECKING:
    from torch import nn

    from captum_dna.model.tokenization import Encoder

_AMINO_ACIDS = tuple("EFILPQ")
_MOST_OF_PROTEINS = 40
"""Single letters and signs of a vocabulary of proteins at most; an alphabet of all bytes has more."""


def amino_acids(encoder: Encoder) -> tuple[str, ...]:
    """Return the amino acids that are not bases, where the letters of all are words; nothing of a text's alphabet."""
    special = set(encoder.tokenizer.all_special_ids) - {encoder.unknown_id}
    texts = [plain(text) for text, i in encoder.vocabulary.items() if i not in special]
    letters = {text for text in texts if len(text) == 1}
    is_text = bool(letters & set("zjxobu0123456789")) or len(letters) > _MOST_OF_PROTEINS
    return _AMINO_ACIDS if not is_text and letters.issuperset("ACDEFGHIKLMNPQRSTVWY") else ()


def check_embedded(encoder: Encoder, table: nn.Module | None) -> None:
    """Refuse a vocabulary whose ids are not those of the model's table of embeddings, where it has one.

    Raises
    ------
    TokenizerError
        It has more words than the model embeds, or lacks some of those that the model was trained with.
    """
    rows = None if table is None else rows_of(table)
    if rows is None:
        return
    largest = max(encoder.vocabulary.values())
    k = encoder.k
    lacking = encoder.words_lacking()
    if lacking and len(encoder.vocabulary) + len(lacking) == rows:
        raise TokenizerError(
            f"The vocabulary has {len(encoder.vocabulary)} words and the model embeds {rows}: it lacks "
            f"{len(lacking)} of the {encoder.word}-mers (such as {lacking[0]}), so the words after these have ids "
            "of others. Copy the tokenizer's files again from where the model was saved."
        )
    if largest < rows and not (k and rows > 2 * (largest + 1)):
        return
    reads = f"reads {k}-mers and " if k else ""
    beyond = [token for token, i in encoder.vocabulary.items() if i >= rows]
    added = f" and none for {beyond[0]!r}" if beyond else ""
    raise TokenizerError(
        f"The tokenizer {reads}has ids up to {largest}, but the model embeds {rows} tokens{added}: they do not "
        "belong together (a tokenizer of another k?). Load both from the same folder; if tokens were added, "
        "model.resize_token_embeddings(len(tokenizer)) makes room before training."
    )
