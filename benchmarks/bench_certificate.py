"""How often a result that says it has converged is further off than it says, over architectures, layers and outputs.

    python -m benchmarks.bench_certificate [--seeds 3] [--stretches 512] [--tolerance 0.01] [--model FOLDER]

Small random models of nine kinds and the bundled trained one (--model adds another), from three layers
(the embedding block, the token embeddings, the first encoder layer), with three outputs and three baselines,
against the integral over 513 nodes. A random stand-in for a network over one-hot bases has one
layer, so it gets three sequences where the others get one. Random weights are N(0, 0.35), in double precision.
"""

from __future__ import annotations

import argparse
import copy
import math
import warnings
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch
from torch import nn

import captum_dna
from captum_dna.core.sequences import Sequence
from captum_dna.engine.integrate import resolution_of
from captum_dna.engine.path import PathEngine, PathJob
from captum_dna.engine.path_spaces import LayerSpace
from captum_dna.engine.protocol import Question
from captum_dna.engine.quadrature import AdaptiveRule, Point
from captum_dna.model.hooks import find_layers
from tests.toy import dna, lawful
from tests.toy.models import roughen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from captum_dna import Classifier

LENGTH = 40
_ROWS = 128
_BOOLE = np.array([7, 32, 12, 32, 7]) / 90
OUTPUTS = ("log_odds", "logit", "probability")


class Case(NamedTuple):
    """A model with a layer, an output, a baseline and a sequence."""

    classifier: Classifier
    bases: str
    choices: dict[str, Any]


def _network(*layers: nn.Module) -> Callable[[int], Classifier]:
    """Return what makes a network over one-hot bases: by seed, with PyTorch's weights or three times them."""

    def build(seed: int) -> Classifier:
        torch.manual_seed(seed)
        network = copy.deepcopy(nn.Sequential(*layers)).double().eval()
        with torch.no_grad():
            for module in network:
                if hasattr(module, "reset_parameters"):
                    module.reset_parameters()
            for parameter in network.parameters():
                parameter.mul_(1 if seed % 2 else 3)
        return captum_dna.load(network, captum_dna.OneHot(length=LENGTH), labels=["no", "yes"])

    return build


def _again(family: str) -> Callable[[int], Classifier]:
    """Return what makes a tiny model of a family anew, by seed."""

    def build(seed: int) -> Classifier:
        known = lawful(family)
        return captum_dna.load(roughen(copy.deepcopy(known.model), seed), known.tokenizer)

    return build


KINDS: dict[str, Callable[[int], Classifier]] = {
    "BERT, 6-mers": _again("6-mer BERT"),
    "RoBERTa": _again("Roberta"),
    "DistilBERT": _again("DistilBert"),
    "ModernBERT": _again("ModernBert"),
    "Llama": _again("Llama"),
    "Mamba": _again("Mamba"),
    "HyenaDNA": _again("HyenaDNA"),
    "CNN, ReLU and max-pool": _network(
        nn.Conv1d(4, 16, 7, padding=3), nn.ReLU(), nn.MaxPool1d(4), nn.Conv1d(16, 16, 5, padding=2), nn.ReLU(),
        nn.AdaptiveMaxPool1d(4), nn.Flatten(), nn.Linear(64, 16), nn.ReLU(), nn.Linear(16, 2),
    ),
    "CNN, GELU": _network(
        nn.Conv1d(4, 16, 7, padding=3), nn.GELU(), nn.AvgPool1d(2), nn.Conv1d(16, 16, 5, padding=2), nn.GELU(),
        nn.AdaptiveAvgPool1d(4), nn.Flatten(), nn.Linear(64, 2),
    ),
    "MLP, tanh": _network(
        nn.Flatten(), nn.Linear(4 * LENGTH, 24), nn.Tanh(), nn.Linear(24, 24), nn.Tanh(), nn.Linear(24, 2)
    ),
    "bundled, trained": lambda _: captum_dna.load("demo"),
}  # fmt: skip


def cases(build: Callable[[int], Classifier], seeds: int) -> Iterator[Case]:
    """Yield a kind's cases."""
    for seed in range(seeds):
        classifier = build(seed)
        lists = [name for name, part in classifier.model.named_modules() if isinstance(part, nn.ModuleList)]
        layers = ("embeddings", "tokens", f"{lists[0]}.0") if lists else ("tokens",)
        for layer in layers:
            for output in OUTPUTS:
                for baseline in baselines(classifier):
                    for number in range(1 if lists else 3):
                        bases = dna(LENGTH, 100 * seed + number)
                        yield Case(
                            classifier, bases, {"layer": layer, "output": output, "baseline": baseline}
                        )


def baselines(classifier: Classifier) -> tuple[str, str, str]:
    """Return a token that stands for nothing, zero, and shuffled bases (the mean where these have other tokens)."""
    known = [
        name for name in ("mask", "unk") if getattr(classifier.tokenizer, f"{name}_token_id") is not None
    ]
    blank = known[0] if known else "mean"
    return blank, "zero", "mean" if classifier.encoder.kind == "offsets" else "dinucleotide_shuffle"


class Against:
    """A rule that is tried on a path whose fine integral is known; it is told what was evaluated for that.

    The fine integral is Boole's rule over the stretches between equal angles.
    """

    def __init__(self, rule: AdaptiveRule, stretches: int) -> None:
        self.rule = rule
        self.grid = [self._point(i / stretches) for i in range(stretches + 1)]
        self.stretches = stretches
        self.seen: dict[Point, tuple[float, Any]] = {}

    @staticmethod
    def _point(t: float) -> Point:
        return Point((1 - math.cos(math.pi * t)) / 2, gradient=True)

    def judge(self, views: Any) -> None:
        """Pass it on."""
        self.rule.judge(views)

    def add(self, point: Point, f: float, contributions: Any) -> None:
        """Keep it."""
        self.seen[point] = f, contributions

    def wanted(self) -> list[Point]:
        """Return the input, then the grid, then what the rule asks for beyond it."""
        if not self.seen:
            return [self.grid[-1]]
        if self.grid[0] not in self.seen:
            return self.grid[:-1]
        while points := self.rule.wanted():
            if missing := [point for point in points if point not in self.seen]:
                return missing
            for point in points:
                self.rule.add(point, *self.seen[point])
        return []

    def result(self) -> Any:
        """Return what the rule makes of it."""
        return self.rule.result()

    def fine(self) -> Any:
        """Return the (T,) scores by all of the grid."""
        angles = np.pi * np.arange(self.stretches + 1) / self.stretches
        weights = np.zeros(self.stretches + 1)
        for first in range(0, self.stretches, 4):
            weights[first : first + 5] += 4 * _BOOLE / self.stretches
        values = np.array([self.seen[point][1] for point in self.grid])
        return np.einsum("n,nlt->t", weights * np.pi / 2 * np.sin(angles), values)


class Found(NamedTuple):
    """One run against the fine integral: shares of the tolerance and of ``error`` that the true errors are."""

    converged: bool
    evaluations: int
    off: float
    exceeds: float


def found(case: Case, tolerance: float, stretches: int) -> Found:
    """Run a case, and compare it with its fine integral."""
    classifier, choices = case.classifier, case.choices
    space = LayerSpace(classifier, find_layers(classifier, choices["layer"]))
    engine = PathEngine(classifier, space, choices["output"], batch_size=_ROWS)
    rule = Against(AdaptiveRule(tolerance, resolution_of(classifier, "float32")), stretches)
    question = Question(0, Sequence("tried", case.bases), classifier.encode(case.bases))
    with classifier.at_rest():
        list(engine.run([PathJob(question, choices["baseline"], rule)]))
    scores, told = rule.result()
    fine = rule.fine()
    missed = scores.sum(axis=0) - fine
    length = float(np.linalg.norm(fine))
    # What the fine integral itself may be off by, in the arithmetic of the model, is nobody's error.
    exact = float(np.abs(missed).sum()) <= 1e-6 * float(np.abs(fine).sum())
    return Found(
        told.converged,
        told.evaluations,
        float(np.linalg.norm(missed)) / length / tolerance if length else 0.0,
        0.0 if exact else float(np.abs(missed).sum()) / told.error,
    )


def row(kind: str, all_found: list[Found], tolerance: float) -> str:
    """Return one line of the table."""
    done = [one for one in all_found if one.converged]
    off = 100 * tolerance * np.array([one.off for one in done])
    return (
        f"| {kind} | {len(all_found)} | {len(done)} | {np.mean([one.evaluations for one in all_found]):.1f} | "
        f"{np.median(off):.2f} % | {np.percentile(off, 99):.2f} % | {off.max():.2f} % | "
        f"{sum(one.off > 1 for one in done)} | {sum(one.exceeds > 1 for one in done)} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--stretches", type=int, default=512)
    parser.add_argument("--tolerance", type=float, default=0.01)
    parser.add_argument("--model", help="a folder with one more trained model")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    kinds = dict(KINDS)
    if options.model:
        kinds["another, trained"] = lambda _: captum_dna.load(options.model)
    print(
        "| model | runs | converged | evaluations | median error | p99 | worst | error above the tolerance | "
        "L1 error above `error` |\n|---|---|---|---|---|---|---|---|---|"
    )
    every: list[Found] = []
    for kind, build in kinds.items():
        seeds = 1 if kind == "another, trained" else options.seeds
        own = [found(case, options.tolerance, options.stretches) for case in cases(build, seeds)]
        print(row(kind, own, options.tolerance), flush=True)
        every += own
    print(row("all", every, options.tolerance))


if __name__ == "__main__":
    main()
