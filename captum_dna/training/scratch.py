"""A small k-mer model from nothing, for data sets too small or questions too plain for a large one.

A BERT over overlapping k-mers starts from two things that every such model would otherwise have to
learn from the data: k-mers that share bases start alike, and so do neighbouring positions.
"""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

import torch
from transformers import BertConfig, BertForSequenceClassification, BertTokenizer

from captum_dna.core.slips import names_slips
from captum_dna.model.classifier import Classifier
from captum_dna.model.words import READING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

SPECIAL_TOKENS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
_ALPHABET = "ATCG"
"""The order of bases in DNABERT's vocabulary."""
_SPREAD = 0.3
"""Standard deviation of fresh embeddings, far above the usual 0.02, so that training keeps their order."""
_LONGEST_WAVE = 1000.0
"""Sets the longest wavelength of the position code, beyond any sequence that such a model reads."""


@names_slips
def from_scratch(
    k: int = 6,
    *,
    layers: int = 3,
    width: int = 64,
    heads: int = 4,
    max_bases: int = 515,
    dropout: float = 0.1,
    labels: Sequence[str] = ("0", "1"),
    seed: int = 0,
) -> Classifier:
    """Return an untrained BERT over overlapping k-mers, with DNABERT's vocabulary.

    Parameters
    ----------
    k
        Bases per token.
    layers, width, heads
        Size of the encoder: number of layers, values per token, attention heads.
    max_bases
        Most bases of one sequence.
    dropout
        Share of hidden values that are dropped in training.
    labels
        Names of the classes.
    seed
        Seed of the first weights; the global random state is not touched.

    Examples
    --------
    >>> from_scratch(k=3, layers=1, width=16, max_bases=100).max_bases
    100
    """
    if k < 1 or max_bases < k or width % heads or width % 2:
        raise ValueError(
            f"k={k}, max_bases={max_bases}, width={width}, heads={heads} make no model: k is at least 1 "
            "and at most max_bases, and width is even and a multiple of heads."
        )
    tokenizer = kmer_tokenizer(k, max_tokens=max_bases - k + 3)
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=width,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        intermediate_size=4 * width,
        hidden_dropout_prob=dropout,
        attention_probs_dropout_prob=0.0,  # a fused attention kernel needs it so, and it made no difference
        max_position_embeddings=max_bases - k + 3,
        type_vocab_size=1,
        id2label=dict(enumerate(labels)),
        label2id={label: i for i, label in enumerate(labels)},
    )
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = BertForSequenceClassification(config)
        _start_from_structure(model, k)
    classifier = Classifier(model.eval(), tokenizer, name=f"{k}-mer BERT from scratch", stride=1)
    setattr(model.config, READING, classifier.encoder.reading)  # so that a saved one need not be asked about
    return classifier


def kmer_vocabulary(k: int) -> list[str]:
    """Return DNABERT's vocabulary: five special tokens, then all k-mers.

    Examples
    --------
    >>> kmer_vocabulary(6)[5:8], len(kmer_vocabulary(6))
    (['AAAAAA', 'AAAAAT', 'AAAAAC'], 4101)
    """
    return [*SPECIAL_TOKENS, *("".join(letters) for letters in itertools.product(_ALPHABET, repeat=k))]


def kmer_tokenizer(k: int, max_tokens: int) -> BertTokenizer:
    """Return a tokenizer with DNABERT's vocabulary that leaves the letters' case alone."""
    vocabulary = {token: i for i, token in enumerate(kmer_vocabulary(k))}
    return BertTokenizer(vocab=vocabulary, do_lower_case=False, model_max_length=max_tokens)


def _start_from_structure(model: BertForSequenceClassification, k: int) -> None:
    """Make a k-mer's embedding the sum of one random vector per place and base; make positions waves."""
    embeddings = model.bert.embeddings
    width = model.config.hidden_size
    with torch.no_grad():
        bases = torch.randn(k, len(_ALPHABET), width) * _SPREAD / math.sqrt(k)
        letters = torch.tensor(list(itertools.product(range(len(_ALPHABET)), repeat=k)))
        embeddings.word_embeddings.weight[len(SPECIAL_TOKENS) :] = sum(
            bases[place][letters[:, place]] for place in range(k)
        )
        rotation = torch.linalg.qr(torch.randn(width, width))[0]
        waves = _waves(model.config.max_position_embeddings, width) @ rotation
        embeddings.position_embeddings.weight.copy_(waves * _SPREAD * math.sqrt(2))


def _waves(length: int, width: int) -> Tensor:
    """Return (length, width) sines and cosines of geometric wavelengths (Vaswani et al. 2017)."""
    places = torch.arange(length)[:, None]
    rates = _LONGEST_WAVE ** (-torch.arange(0, width, 2) / width)
    return torch.stack([torch.sin(places * rates), torch.cos(places * rates)], dim=-1).reshape(length, width)
