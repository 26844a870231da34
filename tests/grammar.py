"""A model whose grammar is known: two motifs that count only together, 10 to 20 bases apart, computed from its letters.

The first class gets ``strength`` for every pair of A followed by B at such a distance, and ``alone`` for each motif; a
decoy does nothing. Everything that an experiment finds can be worked out by hand.
"""

from __future__ import annotations

import torch

from captum_dna.model.classifier import Classifier
from captum_dna.model.onehot import OneHot

A, B, DECOY = "GATTACA", "CCGTGG", "TTGTCAAT"
NEAR, FAR = 10, 20
"""Bases between the end of A and the start of B."""


class Grammar(torch.nn.Module):
    """Finds both motifs in one-hot bases (B, 4, L) by exact matches, and pairs them by their distance.

    Parameters
    ----------
    strength
        What a pair adds to the logit of the first class.
    alone
        What each motif adds by itself.
    """

    def __init__(self, strength: float = 4.0, alone: float = 0.0) -> None:
        super().__init__()
        self.strength = torch.nn.Parameter(torch.tensor(strength, dtype=torch.float64))
        self.alone = torch.nn.Parameter(torch.tensor(alone, dtype=torch.float64))
        self.first, self.second = (torch.nn.Parameter(_one_hot(motif)) for motif in (A, B))

    def forward(self, one_hot: torch.Tensor) -> torch.Tensor:
        a, b = _found(one_hot, self.first), _found(one_hot, self.second)
        gap = len(A) + NEAR
        together = sum(
            (a[:, : b.shape[1] - g] * b[:, g:][:, : a.shape[1]]).sum(1)
            for g in range(gap, len(A) + FAR + 1)
            if g < b.shape[1]
        )
        logit = self.alone * (a.sum(1) + b.sum(1)) + self.strength * together - 2
        return torch.stack([logit, torch.zeros_like(logit)], dim=1)


def _one_hot(letters: str) -> torch.Tensor:
    return torch.tensor(
        [[float(letter == base) for letter in letters] for base in "ACGT"], dtype=torch.float64
    )


def _found(one_hot: torch.Tensor, motif: torch.Tensor) -> torch.Tensor:
    """Return (B, L - W + 1): 1 where a motif begins, else 0."""
    matches = torch.nn.functional.conv1d(one_hot, motif.unsqueeze(0))[:, 0]
    return torch.relu(matches - motif.shape[1] + 1)


def grammar(**choices) -> Classifier:
    return Classifier(
        Grammar(**choices), OneHot(), labels=["regulated", "other"], head="single_label", name="grammar"
    )
