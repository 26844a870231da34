"""Tiny models with faithful tokenizers, shared by all tests.

Default initialisation makes a tiny model nearly constant and so hides bugs: weights are N(0, 0.35), in
double precision.
"""

from __future__ import annotations

from .models import (
    FAMILIES,
    LAWFUL,
    family,
    kmer_bert,
    lawful,
    nucleotide_transformer,
    roughen,
)
from .tokenizers import (
    KS,
    SPECIALS,
    bpe_tokenizer,
    causal_tokenizer,
    character_tokenizer,
    dna,
    dnabert2_tokenizer,
    esm_tokenizer,
    gena_tokenizer,
    kmer_tokenizer,
    kmer_vocabulary,
    nucleotide_transformer_tokenizer,
    rna_tokenizer,
    unigram_tokenizer,
    wordpiece_tokenizer,
    write_kmer_tokenizer,
)

__all__ = [
    "FAMILIES",
    "KS",
    "LAWFUL",
    "SPECIALS",
    "bpe_tokenizer",
    "causal_tokenizer",
    "character_tokenizer",
    "dna",
    "dnabert2_tokenizer",
    "esm_tokenizer",
    "family",
    "gena_tokenizer",
    "kmer_bert",
    "kmer_tokenizer",
    "kmer_vocabulary",
    "lawful",
    "nucleotide_transformer",
    "nucleotide_transformer_tokenizer",
    "rna_tokenizer",
    "roughen",
    "unigram_tokenizer",
    "wordpiece_tokenizer",
    "write_kmer_tokenizer",
]
