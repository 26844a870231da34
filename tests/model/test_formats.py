"""Number formats that a network cannot compute in are named, and nothing else is taken for one."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import torch
from torch import nn
from transformers import (
    FNetConfig,
    FNetForSequenceClassification,
    MraConfig,
    MraForSequenceClassification,
)

from captum_dna import OneHot, attribute, load
from captum_dna.model.errors import ModelError
from tests.toy import dna, kmer_tokenizer

WORDS = kmer_tokenizer(4)
SIZES = {"vocab_size": 261, "hidden_size": 16, "num_hidden_layers": 1, "intermediate_size": 16}


def mra():
    """Return a model whose code makes tensors in single precision, whatever the weights are."""
    settings = MraConfig(**SIZES, num_attention_heads=2, max_position_embeddings=64, block_per_row=1)
    return MraForSequenceClassification(settings).eval()


def fnet():
    """Return a model with Fourier transforms, which PyTorch has in no half precision on a processor."""
    return FNetForSequenceClassification(FNetConfig(**SIZES, type_vocab_size=2)).eval()


class Doubled(nn.Module):
    """A network of the user's own around a model."""

    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def forward(self, input_ids, attention_mask=None):
        return 2 * self.inner(input_ids, attention_mask).logits


def around_mra():
    return Doubled(mra())


def convolutions():
    return nn.Sequential(
        nn.Conv1d(4, 8, 5), nn.ReLU(), nn.AdaptiveMaxPool1d(1), nn.Flatten(), nn.Linear(8, 2)
    )


def half_cast(model, dtype):
    """Return a model of which the head alone has another number format."""
    head = [module for module in model.modules() if isinstance(module, nn.Linear)][-1]
    head.to(dtype)
    return model


@pytest.mark.parametrize(
    ("model", "dtype"),
    [
        (mra, torch.float64),
        (mra, torch.float16),
        (mra, torch.bfloat16),
        (fnet, torch.float16),
        (fnet, torch.bfloat16),
        (around_mra, torch.float64),
    ],
)
def test_a_format_that_a_model_cannot_compute_in_is_named_and_the_way_out_works(model, dtype):
    built = model().to(dtype)
    name = str(dtype).removeprefix("torch.")
    with pytest.raises(
        ModelError, match=rf"^{type(built).__name__} cannot compute in {name} \(.*dtype='float32'.*float\(\)"
    ):
        load(built, WORDS)
    assert next(built.parameters()).dtype == dtype
    result = attribute(load(built.float(), WORDS), dna(40), method="saliency")[0]
    assert np.isfinite([result.f_input, *result.base_scores]).all()


@pytest.mark.parametrize(
    ("model", "tokenizer", "dtype"),
    [(mra, WORDS, torch.float64), (fnet, WORDS, torch.bfloat16), (convolutions, OneHot(), torch.float64)],
)
def test_a_mixture_of_formats_is_named(model, tokenizer, dtype):
    mixed = half_cast(model(), dtype)
    other = str(dtype).removeprefix("torch.")
    with pytest.raises(ModelError, match=rf"cannot compute in a mixture of float32 and {other} \("):
        load(mixed, tokenizer)
    load(mixed.float(), tokenizer)


def test_a_folder_says_which_option_to_give(tmp_path):
    mra().save_pretrained(tmp_path)
    WORDS.save_pretrained(tmp_path)
    with pytest.raises(ModelError, match=r"cannot compute in float64 \(.*choose `dtype='float32'`"):
        load(tmp_path, dtype="float64")
    assert load(tmp_path, dtype="float32").dtype == torch.float32


class Faulty(nn.Module):
    """A network with a fault that is none of its number format."""

    def __init__(self, fault):
        super().__init__()
        self.table = nn.Embedding(261, 8)
        self.head = nn.Linear(8, 2)
        self.fault = fault

    def forward(self, input_ids):
        return self.fault(self.head(self.table(input_ids).mean(1)))


def breaks(logits):
    msg = "expected scalar type Double but found Float"
    raise RuntimeError(msg)


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        (breaks, r"could not be called .*expected scalar type Double but found Float"),
        (lambda logits: logits.sum(0), "one row per sequence"),
        (lambda logits: logits - logits.mean(0), "different outputs for a sequence alone and in a batch"),
        (lambda logits: logits.argmax(-1), "the index of the predicted class"),
    ],
)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_other_faults_are_said_as_ever_in_every_format(fault, sentence, dtype):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ModelError, match=sentence) as refused:
            load(Faulty(fault).to(dtype), WORDS)
    assert "cannot compute in" not in str(refused.value)
