"""Tiny models with faithful tokenizers, shared by all tests.

Default initialisation makes a tiny model nearly constant and so hides bugs: weights are N(0, 0.35), in
double precision.
"""

from __future__ import annotations

import itertools
import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from tokenizers import Tokenizer, models, trainers
from transformers import (
    BertConfig,
    BertForSequenceClassification,
    BertTokenizer,
    DistilBertConfig,
    DistilBertForSequenceClassification,
    ElectraConfig,
    ElectraForSequenceClassification,
    EsmConfig,
    EsmForSequenceClassification,
    EsmTokenizer,
    ModernBertConfig,
    ModernBertForSequenceClassification,
    PreTrainedTokenizerFast,
    RobertaConfig,
    RobertaForSequenceClassification,
)

from captum_dna.classifier import Classifier

if TYPE_CHECKING:
    from pathlib import Path

SPECIALS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
KS = (3, 4, 5, 6)


def dna(length: int, seed: int = 0) -> str:
    return "".join(np.random.default_rng(seed).choice(list("ACGT"), size=length))


def kmer_vocabulary(k: int) -> list[str]:
    """Return DNABERT's vocabulary: five special tokens, then all k-mers in the order A, T, C, G."""
    return SPECIALS + ["".join(p) for p in itertools.product("ATCG", repeat=k)]


def write_kmer_tokenizer(folder: Path, k: int, *, lower: bool | None = True) -> Path:
    """Write a tokenizer folder as DNABERT's are: with the wrong ``do_lower_case: true``, or without a config."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vocab.txt").write_text("\n".join(kmer_vocabulary(k)) + "\n")
    if lower is not None:
        config = {"do_lower_case": lower, "model_max_length": 512}
        (folder / "tokenizer_config.json").write_text(json.dumps(config))
    return folder


def roughen(model: Any, seed: int = 0) -> Any:
    """Return the model with weights N(0, 0.35) in double precision, in evaluation mode."""
    generator = torch.Generator().manual_seed(seed)
    model = model.double().eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=generator, dtype=torch.float64) * 0.35)
    return model


def _small(vocabulary: int) -> dict[str, int]:
    return {
        "vocab_size": vocabulary,
        "hidden_size": 24,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "intermediate_size": 32,
    }


@lru_cache
def kmer_tokenizer(k: int) -> BertTokenizer:
    return BertTokenizer(vocab={t: i for i, t in enumerate(kmer_vocabulary(k))}, do_lower_case=True)


@lru_cache
def kmer_bert(k: int = 6, labels: int = 2, **config: Any) -> Classifier:
    """Return a tiny DNABERT; the model's weights are shared by all callers, so leave them alone."""
    settings = BertConfig(**_small(4**k + 5), max_position_embeddings=80, num_labels=labels, **config)
    return Classifier(
        roughen(BertForSequenceClassification(settings)), kmer_tokenizer(k), name=f"toy {k}-mer BERT"
    )


def _kmer_roberta() -> Classifier:
    config = RobertaConfig(**_small(4**4 + 5), max_position_embeddings=80, pad_token_id=0)
    return Classifier(
        roughen(RobertaForSequenceClassification(config)), kmer_tokenizer(4), name="toy Roberta"
    )


def _kmer_electra() -> Classifier:
    config = ElectraConfig(**_small(4**3 + 5), embedding_size=16, max_position_embeddings=80)
    return Classifier(
        roughen(ElectraForSequenceClassification(config)), kmer_tokenizer(3), name="toy Electra"
    )


def _kmer_distilbert() -> Classifier:
    config = DistilBertConfig(
        vocab_size=4**3 + 5, dim=24, n_layers=2, n_heads=2, hidden_dim=32, max_position_embeddings=80
    )
    return Classifier(
        roughen(DistilBertForSequenceClassification(config)), kmer_tokenizer(3), name="toy DistilBert"
    )


def esm_tokenizer(folder: Path) -> EsmTokenizer:
    """Return a Python tokenizer as the Nucleotide Transformer's: 6-mers, single letters at the tail."""
    words = [
        "<unk>",
        "<pad>",
        "<mask>",
        "<cls>",
        *("".join(p) for p in itertools.product("ATCG", repeat=6)),
        *"ATCGN",
    ]
    (folder / "vocab.txt").write_text("\n".join(words))
    return EsmTokenizer(str(folder / "vocab.txt"), eos_token=None)


def nucleotide_transformer(folder: Path) -> Classifier:
    tokenizer = esm_tokenizer(folder)
    config = EsmConfig(
        **_small(len(tokenizer.get_vocab())),
        pad_token_id=1,
        mask_token_id=2,
        max_position_embeddings=80,
        position_embedding_type="rotary",
        token_dropout=False,
    )
    return Classifier(
        roughen(EsmForSequenceClassification(config)), tokenizer, name="toy Nucleotide Transformer"
    )


@lru_cache
def bpe_tokenizer() -> PreTrainedTokenizerFast:
    """Return a fast byte-pair tokenizer trained on random DNA, as DNABERT-2's and ModernBERT-DNA's."""
    tokenizer = Tokenizer(models.BPE(unk_token="[UNK]"))
    trainer = trainers.BpeTrainer(vocab_size=120, special_tokens=SPECIALS, show_progress=False)
    tokenizer.train_from_iterator([dna(300, seed) for seed in range(40)], trainer)
    from tokenizers.processors import TemplateProcessing

    tokenizer.post_processor = TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    names = dict(zip(("pad", "unk", "cls", "sep", "mask"), SPECIALS, strict=True))
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, **{f"{n}_token": t for n, t in names.items()})


def _bpe_modernbert() -> Classifier:
    config = ModernBertConfig(
        **_small(120), max_position_embeddings=80, pad_token_id=0, bos_token_id=2, eos_token_id=3,
        cls_token_id=2, sep_token_id=3, attn_implementation="sdpa", reference_compile=False,
    )  # fmt: skip
    return Classifier(
        roughen(ModernBertForSequenceClassification(config)), bpe_tokenizer(), name="toy ModernBert"
    )


@lru_cache
def family(name: str) -> Classifier:
    """Return the toy model of a family by name."""
    if name.endswith("-mer BERT"):
        return kmer_bert(int(name[0]))
    return {
        "Roberta": _kmer_roberta,
        "Electra": _kmer_electra,
        "DistilBert": _kmer_distilbert,
        "ModernBert": _bpe_modernbert,
    }[name]()


FAMILIES = (*(f"{k}-mer BERT" for k in KS), "Roberta", "Electra", "DistilBert", "ModernBert")
