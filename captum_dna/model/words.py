"""How the words of a k-mer vocabulary follow one another: what a model says of it, or the question.

A vocabulary of k-mers does not tell whether words overlap, as DNABERT's do, or stand end to end, as codons, and the
wrong answer gives plausible numbers of another input. So it is looked for, and asked for where nothing tells it.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from captum_dna.model.errors import TokenizerError
from captum_dna.model.tokenization import BY_ORDER, Encoder

if TYPE_CHECKING:
    from collections.abc import Iterator

READING = "captum_dna"
"""Where a configuration keeps how its vocabulary is read."""

_STRIDES = ("stride", "kmer_stride", "k_stride", "token_stride", "kmer_step", "step")
_OVERLAPS = ("overlap", "overlapping", "kmer_overlap", "is_overlapping", "use_overlap", "overlapping_kmers")
_GAPLESS = ("non_overlapping", "nonoverlapping", "is_non_overlapping")
_SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
_DNABERT = re.compile(r"dna_?-?bert|dnatokenizer", re.IGNORECASE)
_CODONS = re.compile(r"codon|(?<![a-z])(cds|calm|mrna)(?![a-z])", re.IGNORECASE)
_CODON = 3


class Told(NamedTuple):
    """A stride, and what says so."""

    stride: int
    by: str


def settled(encoder: Encoder, config: object, name: str) -> Encoder:
    """Return an encoder that knows how far apart words begin, from what a model and its tokenizer say.

    Parameters
    ----------
    encoder
        As the user asked for it.
    config
        The model's configuration, if it has one.
    name
        What the model is called.

    Raises
    ------
    TokenizerError
        A vocabulary of k-mers of which nothing says whether they overlap, or of which two things are said.
    """
    saved = getattr(config, READING, None) or {}
    if isinstance(saved, Mapping) and not encoder.stride_is_given and saved.get("stride"):
        separator = encoder.separator or saved.get("separator")
        return Encoder(
            encoder.tokenizer,
            stride=saved["stride"],
            separator=separator,
            stride_by="its configuration says so",
        )
    if encoder.stride_is_given or encoder.word in (None, 1):
        return encoder
    told = _told(encoder, config, name)
    return Encoder(encoder.tokenizer, stride=told.stride, separator=encoder.separator, stride_by=told.by)


def may_be_codons(encoder: Encoder) -> bool:
    """Tell whether 3-mers are read as overlapping for no better reason than their order in the vocabulary."""
    return encoder.k == _CODON and encoder.stride_by == BY_ORDER


def _told(encoder: Encoder, config: object, name: str) -> Told:
    word = encoder.word or 1
    said = dict.fromkeys(_said(encoder.tokenizer, config, word))
    strides = {told.stride for told in said}
    if len(strides) == 1:
        return next(iter(said))
    if strides:
        raise TokenizerError(
            f"{name}: {' and '.join(told.by for told in said)}, which cannot both be right. Choose how its "
            f"{word}-mers follow one another: {_ways(word)}."
        )
    words = " ".join(_names(encoder.tokenizer, config, name))
    if not _CODONS.search(words):
        if _DNABERT.search(words) or hasattr(config, "num_rnn_layer"):
            return Told(1, "it is called DNABERT, or has its configuration")
        if _is_dnabert(encoder.vocabulary, word):
            return Told(1, BY_ORDER)
    raise TokenizerError(
        f"{name}: the vocabulary of {type(encoder.tokenizer).__name__} has {word}-mers, but neither the "
        f"model nor its tokenizer says whether they overlap. Choose: {_ways(word)}."
    )


def _ways(word: int) -> str:
    end_to_end = "codons" if word == _CODON else "words that are cut off one after the other"
    return (
        f"`stride=1` if they overlap, one from every base to the next, as DNABERT's, or `stride={word}` if they stand "
        f"end to end, as {end_to_end}"
    )


def _said(tokenizer: object, config: object, word: int) -> Iterator[Told]:
    """Yield what settings of the tokenizer or the model say of the stride, by the names that such settings have."""
    settings = getattr(tokenizer, "init_kwargs", {})
    for key in (*_STRIDES, *_OVERLAPS, *_GAPLESS):
        of_tokenizer = settings.get(key, getattr(tokenizer, key, None))
        for what, value in (
            ("its tokenizer", of_tokenizer),
            ("its configuration", getattr(config, key, None)),
        ):
            stride = _stride_of(key, value, word)
            if stride is not None:
                yield Told(stride, f"{what} says {key}={value}")


def _stride_of(key: str, value: object, word: int) -> int | None:
    if not isinstance(value, int):
        return None
    if isinstance(value, bool):
        overlaps = None if key in _STRIDES else value is (key in _OVERLAPS)
        return None if overlaps is None else (1 if overlaps else word)
    stride = word - value if key in _OVERLAPS else value
    return stride if key not in _GAPLESS and 1 <= stride <= word else None


def _names(tokenizer: object, config: object, name: str) -> Iterator[str]:
    """Yield what a model and its tokenizer are called, by people and in their files."""
    yield name
    for one in (config, tokenizer):
        yield str(getattr(one, "name_or_path", "") or "")
    yield str(getattr(config, "model_type", "") or "")
    yield from map(str, getattr(config, "architectures", None) or ())
    yield type(tokenizer).__name__
    yield str(getattr(tokenizer, "init_kwargs", {}).get("tokenizer_class", ""))


def _is_dnabert(vocabulary: dict[str, int], word: int) -> bool:
    """Tell whether a vocabulary is DNABERT's: its special tokens, then all k-mers in its order of letters."""
    if len(vocabulary) < len(_SPECIAL) + 4**word:
        return False
    kmers = map("".join, itertools.product("ATCG", repeat=word))
    return all(vocabulary.get(text) == i for i, text in enumerate(itertools.chain(_SPECIAL, kmers)))
