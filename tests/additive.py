"""A model whose attribution is known by hand: its first logit is a sum over tokens."""

from __future__ import annotations

import numpy as np
import torch
from transformers import BertTokenizer

from captum_dna.model.classifier import Classifier
from tests import toy

OPTIONS = {"output": "logit", "baseline": "zero", "target": 0, "progress": False}


class Additive(torch.nn.Module):
    """A model whose first logit is the sum of a number per token: what each base did is known by hand."""

    def __init__(self, vocabulary: int) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(0)
        self.embeddings = torch.nn.Embedding(vocabulary, 2, dtype=torch.float64)
        self.embeddings.weight.data = torch.randn(vocabulary, 2, generator=generator, dtype=torch.float64)

    def get_input_embeddings(self):
        return self.embeddings

    def forward(self, input_ids, attention_mask=None):
        total = self.embeddings(input_ids).sum(dim=1)
        return total @ torch.tensor([[1.0, 0.0], [1.0, -1.0]], dtype=torch.float64)


def additive(k: int, limit: int = 40) -> Classifier:
    tokenizer = BertTokenizer(
        vocab={t: i for i, t in enumerate(toy.kmer_vocabulary(k))}, do_lower_case=True, model_max_length=limit
    )
    model = Additive(4**k + 5)
    return Classifier(model, tokenizer, labels=["a", "b"], forward=model)


def by_hand(classifier, bases: str) -> np.ndarray:
    """Return what each base did: an equal share of the number of every k-mer that covers it."""
    k, known = classifier.encoder.k, np.zeros(len(bases))
    for start in range(len(bases) - k + 1):
        row = classifier.model.embeddings.weight.detach()[
            classifier.encoder.token_id(bases[start : start + k])
        ]
        known[start : start + k] += float(row.sum()) / k
    return known
