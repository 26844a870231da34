"""A tiny model of each family, with the head that its row of the table was given."""

from __future__ import annotations

from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

import torch
import transformers
from transformers import BertConfig, BertForSequenceClassification

from captum_dna.model.classifier import Classifier
from captum_dna.model.onehot import OneHot
from captum_dna.model.weights import fingerprint

from .networks import Caduceus, ConvNet, Hyena, LastTokenHead
from .tokenizers import (
    KS,
    bpe_tokenizer,
    causal_tokenizer,
    character_tokenizer,
    dnabert2_tokenizer,
    esm_tokenizer,
    gena_tokenizer,
    kmer_tokenizer,
    nucleotide_transformer_tokenizer,
    rna_tokenizer,
    unigram_tokenizer,
    wordpiece_tokenizer,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


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


_SHARED: list[tuple[Classifier, tuple[str, object], str]] = []
"""Models that several tests use, and what they were like when they were made: whether written to, and the numbers."""


def _shared(build: Callable[..., Classifier]) -> Callable[..., Classifier]:
    """Build each model once, for all callers."""

    @lru_cache
    def built(*args: Any, **options: Any) -> Classifier:
        model = build(*args, **options)
        _SHARED.append((model, _written(model), fingerprint(model.model)))
        return model

    return built


def _written(classifier: Classifier) -> tuple[str, object]:
    """Return what changes with the layers of a model, and when something is written to its weights."""
    network = classifier.model
    return repr(network), [(one.data_ptr(), one._version) for one in network.parameters()]


def changed() -> list[str]:
    """Return the shared models that a test has changed, and share them no longer."""
    names = [
        model.name
        for model, before, numbers in _SHARED
        if (now := _written(model)) != before and (now[0] != before[0] or fingerprint(model.model) != numbers)
    ]
    if names:
        _SHARED.clear()
        kmer_bert.cache_clear()
        lawful.cache_clear()
    return names


@_shared
def kmer_bert(k: int = 6, labels: int = 2, **config: Any) -> Classifier:
    """Return a tiny DNABERT; the model's weights are shared by all callers, so leave them alone."""
    settings = BertConfig(**_small(4**k + 5), max_position_embeddings=80, num_labels=labels, **config)
    return Classifier(
        roughen(BertForSequenceClassification(settings)), kmer_tokenizer(k), name=f"toy {k}-mer BERT"
    )


def nucleotide_transformer(folder: Path) -> Classifier:
    return _esm("Nucleotide Transformer", esm_tokenizer(folder))


def network(kind: str, tokenizer: Any, **config: Any) -> Any:
    """Return a tiny sequence classifier of Transformers by the name of its class."""
    settings = _small(len(tokenizer.get_vocab())) | {"max_position_embeddings": 80}
    settings |= {"pad_token_id": tokenizer.pad_token_id}
    settings = getattr(transformers, f"{kind}Config")(**settings | config)
    return roughen(getattr(transformers, f"{kind}ForSequenceClassification")(settings))


def _classifier(kind: str, tokenizer: Any, name: str | None = None, **config: Any) -> Classifier:
    return Classifier(network(kind, tokenizer, **config), tokenizer, name=f"toy {name or kind}")


def _esm(name: str, tokenizer: Any, **config: Any) -> Classifier:
    own = {
        "mask_token_id": tokenizer.mask_token_id,
        "position_embedding_type": "rotary",
        "token_dropout": False,
    }
    return _classifier("Esm", tokenizer, name, **own | config)


def _distilbert() -> Classifier:
    own = {"dim": 24, "n_layers": 2, "n_heads": 2, "hidden_dim": 32}
    return _classifier("DistilBert", kmer_tokenizer(3), **own)


def _modernbert(kind: str = "ModernBert", tokenizer: Any = bpe_tokenizer, **config: Any) -> Classifier:
    words = tokenizer()
    own = {"bos_token_id": words.cls_token_id, "eos_token_id": words.sep_token_id}
    own |= {"cls_token_id": words.cls_token_id, "sep_token_id": words.sep_token_id}
    return _classifier(kind, words, **own | {"attn_implementation": "sdpa"} | config)


def _decoder(kind: str, tokenizer: Any = causal_tokenizer, **config: Any) -> Classifier:
    grouped = {"num_attention_heads": 4, "num_key_value_heads": 2}
    return _classifier(kind, tokenizer(), **grouped | config)


def _gpt2() -> Classifier:
    own = {"n_embd": 24, "n_layer": 2, "n_head": 2, "n_positions": 80, "num_labels": 3}
    words = causal_tokenizer()
    settings = transformers.GPT2Config(
        vocab_size=len(words.get_vocab()),
        pad_token_id=words.pad_token_id,
        bos_token_id=1,
        eos_token_id=2,
        **own,
    )
    return Classifier(roughen(transformers.GPT2ForSequenceClassification(settings)), words, name="toy GPT2")


def _mamba() -> Classifier:
    words = causal_tokenizer()
    settings = transformers.MambaConfig(
        vocab_size=len(words.get_vocab()), hidden_size=16, state_size=4, num_hidden_layers=2, pad_token_id=3
    )
    body = transformers.MambaModel(settings)
    return Classifier(roughen(LastTokenHead(body, 2)), words, name="toy Mamba")


def _jamba() -> Classifier:
    own = {"num_hidden_layers": 3, "attn_layer_period": 2, "attn_layer_offset": 1, "expert_layer_period": 2}
    own |= {"expert_layer_offset": 1, "num_experts": 2, "num_experts_per_tok": 1}
    return _decoder("Jamba", mamba_d_state=4, mamba_expand=2, **own)


def _hyena() -> Classifier:
    words = character_tokenizer()
    return Classifier(roughen(Hyena(len(words.get_vocab()), 2)), words, name="toy HyenaDNA")


def _caduceus() -> Classifier:
    words = character_tokenizer()
    vocabulary = words.get_vocab()
    other = dict(zip("ACGT", "TGCA", strict=True))
    complement = [vocabulary[other.get(token, token)] for token in vocabulary]
    return Classifier(roughen(Caduceus(complement, 2)), words, name="toy Caduceus")


def _convnet() -> Classifier:
    return Classifier(roughen(ConvNet(4)), OneHot(), name="toy one-hot network", labels=["a", "b", "c", "d"])


_V1, _V2 = nucleotide_transformer_tokenizer, partial(nucleotide_transformer_tokenizer, eos=True)
_DISENTANGLED = {"relative_attention": True, "pos_att_type": ["c2p", "p2c"], "position_buckets": 16}
_SPARSE = {"attention_type": "block_sparse", "block_size": 2, "num_random_blocks": 1}

_BUILDERS: dict[str, Callable[[], Classifier]] = {
    **{f"{k}-mer BERT": partial(kmer_bert, k) for k in KS},
    "DebertaV2": lambda: _classifier("DebertaV2", kmer_tokenizer(4), **_DISENTANGLED, num_labels=3),
    "Roberta": lambda: _classifier("Roberta", kmer_tokenizer(4)),
    "Electra": lambda: _classifier("Electra", kmer_tokenizer(3), embedding_size=16),
    "DistilBert": _distilbert,
    "Esm absolute, token dropout": lambda: _esm("NT v1", _V1(), position_embedding_type="absolute", token_dropout=True),
    "Esm absolute": lambda: _esm("AgroNT", _V2(), position_embedding_type="absolute", num_labels=1),
    "Esm rotary": lambda: _esm("NT v2", _V2(), num_labels=3),
    "Esm rotary, token dropout": lambda: _esm("Esm", _V1(), token_dropout=True),
    "Bert, byte pairs": lambda: _classifier("Bert", dnabert2_tokenizer(), "DNABERT-2", pad_token_id=0, num_labels=3),
    "Bert, word pieces": lambda: _classifier(
        "Bert", wordpiece_tokenizer(), problem_type="multi_label_classification", num_labels=3
    ),
    "Bert, unigrams": lambda: _classifier("Bert", unigram_tokenizer(), problem_type="regression", num_labels=2),
    "BigBird": lambda: _classifier("BigBird", gena_tokenizer(), **_SPARSE),
    "ModernBert": _modernbert,
    "EuroBert": lambda: _modernbert("EuroBert", dnabert2_tokenizer, num_key_value_heads=1, mask_token_id=4),
    "Llama": lambda: _decoder("Llama"),
    "Mistral": lambda: _decoder("Mistral", dnabert2_tokenizer, sliding_window=8),
    "Mixtral": lambda: _decoder("Mixtral", dnabert2_tokenizer, num_local_experts=4),
    "Gemma": lambda: _decoder("Gemma", num_key_value_heads=1, head_dim=12),
    "GPT2": _gpt2,
    "Jamba": _jamba,
    "Mamba": _mamba,
    "HyenaDNA": _hyena,
    "Caduceus": _caduceus,
    "RNA": lambda: _esm("RNA", rna_tokenizer(), problem_type="multi_label_classification", num_labels=1),
    "One-hot network": _convnet,
}  # fmt: skip
LAWFUL = tuple(_BUILDERS)
"""Every family that the laws are tested on."""

FAMILIES = (*(f"{k}-mer BERT" for k in KS), "Roberta", "Electra", "DistilBert", "ModernBert")
"""A few of them, where all would take too long."""


@_shared
def lawful(name: str) -> Classifier:
    """Return the toy model of a family by name."""
    return _BUILDERS[name]()


family = lawful
