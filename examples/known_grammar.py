"""Train a small network on a grammar that is known, and ask it by experiments what it learned.

Sequences are positive if motif A is followed by motif B, 10 to 20 bases later. Negatives have one of them, none, or both in
the wrong order or at another distance, so that neither counts alone. A decoy stands in half of all sequences. It takes
under ten minutes on two cores, most of them to train:

    python examples/known_grammar.py
"""

from __future__ import annotations

import argparse

import numpy as np
import torch
from torch import nn

import captum_dna as cd
from captum_dna.io.arrays import one_hot

A, B, DECOY = "GATTACAG", "CCGTGGAC", "TTGTCAAT"
NEAR, FAR = 10, 20
LENGTH = 80
LABELS = ["regulated", "other"]


class Network(nn.Module):
    """Motif detectors, then detectors of pairs of motifs wide enough to see their distance."""

    def __init__(self) -> None:
        super().__init__()
        self.motifs = nn.Conv1d(4, 16, 8)
        self.pairs = nn.Conv1d(16, 32, 37)
        self.score = nn.Linear(32, 2)

    def forward(self, bases: torch.Tensor) -> torch.Tensor:
        """Return (B, 2) logits of (B, 4, L) one-hot bases."""
        found = torch.relu(self.motifs(bases))
        return self.score(torch.relu(self.pairs(found)).amax(-1))


def sequence(random: np.random.Generator, *, positive: bool) -> str:
    """Return a sequence of either class."""
    letters = random.choice(list("ACGT"), LENGTH)

    def plant(motif: str, at: int) -> None:
        letters[at : at + len(motif)] = list(motif)

    if random.random() < 0.5:
        plant(DECOY, int(random.choice([0, LENGTH - len(DECOY)])))
    kind = "pair" if positive else random.choice(["none", "A", "B", "near", "far", "turned"])
    gap = {"near": (0, NEAR), "far": (FAR + 1, 36)}.get(kind, (NEAR, FAR + 1))
    distance = int(random.integers(*gap))
    start = int(random.integers(len(DECOY), LENGTH - len(DECOY) - len(A) - len(B) - distance + 1))
    first, second = (B, A) if kind == "turned" else (A, B)
    if kind not in ("none", "B"):
        plant(first, start)
    if kind not in ("none", "A"):
        plant(second, start + len(first) + distance)
    return "".join(letters)


def batch(random: np.random.Generator, size: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Return one-hot sequences and their classes, half of each."""
    texts = [sequence(random, positive=i < size // 2) for i in range(size)]
    truth = torch.tensor([0] * (size // 2) + [1] * (size - size // 2))
    return torch.from_numpy(np.stack([one_hot(text) for text in texts])), truth


def train(steps: int, seed: int = 0) -> nn.Module:
    """Return a network trained on sequences that are drawn as it goes."""
    torch.manual_seed(seed)
    random = np.random.default_rng(seed)
    network = Network()
    optimizer = torch.optim.Adam(network.parameters(), lr=3e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 6e-3, steps)
    for step in range(steps):
        bases, truth = batch(random, 128)
        loss = nn.functional.cross_entropy(network(bases), truth)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        if step % 250 == 0:
            print(f"step {step}: loss {loss.item():.3f}", flush=True)
    return network.eval()


def main() -> None:
    """Train, and ask."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=1000)
    network = train(parser.parse_args().steps)
    random = np.random.default_rng(1)
    bases, truth = batch(random, 2000)
    with torch.no_grad():
        print(f"accuracy on new sequences: {(network(bases).argmax(1) == truth).float().mean():.3f}\n")
    model = cd.Classifier(network, cd.OneHot(), labels=LABELS, name="known grammar")
    plain = ["".join(random.choice(list("ACGT"), LENGTH)) for _ in range(100)]
    example = f"{plain[0][:6]}{DECOY}{plain[0][14:24]}{A}{plain[0][32:47]}{B}{plain[0][55:]}"
    places = [(6, 14), (24, 32), (47, 55)]
    print(cd.ablate(model, {"example": example}, {"example": places}, target="regulated"), "\n")
    for motif in (A, B, DECOY, f"{A}{'N' * 15}{B}"):
        print(cd.marginalize(model, motif, plain, target="regulated", orientations="+").sentences[0])
    found = cd.space(model, A, B, plain[:30], distances=range(31), target="regulated")
    mean = found.table.pivot_table(index="distance", columns="order", values="interaction")
    print(f"\ninteraction by distance and order\n{mean.round(1).to_string()}\n")
    print(cd.dependencies(model, {"example": example}, (20, 60), target="regulated").sentences[0])
    print(cd.test(cd.attribute(model, {"example": example}, method="ism", target="regulated"), model))


if __name__ == "__main__":
    main()
