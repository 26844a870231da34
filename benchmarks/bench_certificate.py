"""How often a result that says it has converged is further off than it says, over architectures, layers and outputs.

    python -m benchmarks.bench_certificate [--seed 100] [--seeds 3] [--tolerance 0.01] [--model FOLDER] [--keep FOLDER]

Small random models of ten kinds and the bundled trained one (--model adds another), from three layers
(the embedding block, the token embeddings, the first encoder layer), with three outputs and three baselines. A random
stand-in for a network over one-hot bases has one layer, so it gets three sequences where the others get one. Random
weights are N(0, 0.35), in double precision. The constants of the estimate were chosen on seeds from 0 on.

The reference is Boole's rule on 513 nodes, and on more where it has not settled: where it changes, against Simpson's on
every second of its nodes, by more than a tenth of the tolerance, or misses completeness by as much, it is refined
until it does not. What does not settle within 16,385 nodes is counted apart and named. --keep keeps what is done of
each kind in a folder, and resumes from there.
"""

from __future__ import annotations

import argparse
import copy
import json
import math
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch
from torch import nn

import captum_dna
from captum_dna.core.sequences import Sequence
from captum_dna.engine.path import PathEngine
from captum_dna.engine.path_job import PathJob
from captum_dna.engine.path_spaces import LayerSpace
from captum_dna.engine.precision import OWN, resolution
from captum_dna.engine.protocol import Question
from captum_dna.engine.quadrature import AdaptiveRule
from captum_dna.engine.rule import Point
from captum_dna.model.hooks import find_layers
from tests.toy import dna, lawful
from tests.toy.models import roughen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from captum_dna import Classifier

LENGTH = 40
_ROWS = 128
_BOOLE = np.array([7, 32, 12, 32, 7]) / 90
_SIMPSON = np.array([1, 0, 4, 0, 1]) / 6
_STRETCHES, _MOST = 128, 16385
"""Stretches of five nodes that the reference begins with, and the most nodes that it may take."""

_SETTLED = 0.1
"""The share of the tolerance that the reference may be off by."""

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
    """Return what makes a tiny model of a family again, by seed."""

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


def cases(build: Callable[[int], Classifier], seeds: range) -> Iterator[Case]:
    """Yield a kind's cases."""
    for seed in seeds:
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


Stretch = tuple[float, float]


class Against:
    """A rule that is tried on a path whose fine integral is made first; it is told what was evaluated for that."""

    def __init__(self, rule: AdaptiveRule, tolerance: float) -> None:
        self.rule = rule
        self.share = _SETTLED * tolerance
        self.stretches: list[Stretch] = [(i / _STRETCHES, (i + 1) / _STRETCHES) for i in range(_STRETCHES)]
        self.settled = False
        self.seen: dict[Point, tuple[float, Any]] = {}
        self.known: dict[Stretch, tuple[Any, float]] = {}
        self.fine: Any = None

    def judge(self, views: Any) -> None:
        """Pass it on."""
        self.rule.judge(views)

    def add(self, point: Point, f: float, contributions: Any) -> None:
        """Keep it."""
        self.seen[point] = f, contributions

    def foreseen(self) -> list[Point]:
        """Foresee nothing."""
        return []

    def wanted(self) -> list[Point]:
        """Return the input, then what the reference lacks, then what the rule asks for beyond that."""
        if not self.seen:
            return [_point(1.0)]
        while self.fine is None:
            wanted = {_point(t) for stretch in self.stretches for t in _five(stretch)} - set(self.seen)
            if wanted:
                return sorted(wanted)
            self._refine()
        while points := self.rule.wanted():
            if missing := [point for point in points if point not in self.seen]:
                return missing
            for point in points:
                self.rule.add(point, *self.seen[point])
        return []

    def result(self) -> Any:
        """Return what the rule makes of it."""
        return self.rule.result()

    def _refine(self) -> None:
        """Halve the stretches that make the reference uncertain, or keep it as it is."""
        integrals, changes = zip(*map(self._stretch, self.stretches), strict=True)
        fine, off = np.sum(integrals, axis=0), np.array(changes)
        length, total = float(np.linalg.norm(fine)), float(np.abs(fine).sum())
        missing = abs(float(fine.sum()) - (self.seen[_point(1.0)][0] - self.seen[_point(0.0)][0]))
        self.settled = float(np.sqrt((off**2).sum())) <= self.share * length and missing <= self.share * total
        worst = off > max(self.share * length / len(off) ** 0.5, float(np.median(off)))
        if self.settled or not worst.any() or len(self.seen) + 4 * worst.sum() > _MOST:
            self.fine = fine
            return
        halves: list[Stretch] = []
        for (a, b), split in zip(self.stretches, worst, strict=True):
            halves += [(a, (a + b) / 2), ((a + b) / 2, b)] if split else [(a, b)]
        self.stretches = halves

    def _stretch(self, stretch: Stretch) -> tuple[Any, float]:
        """Return the (T,) integral over a stretch, and how far that by Simpson's rule is from it."""
        if stretch not in self.known:
            nodes = _five(stretch)
            values = np.array([self.seen[_point(t)][1].sum(axis=0) for t in nodes])
            speed = (stretch[1] - stretch[0]) * np.pi / 2 * np.sin(np.pi * np.array(nodes))
            fine, coarse = (_BOOLE * speed) @ values, (_SIMPSON * speed) @ values
            self.known[stretch] = fine, float(np.linalg.norm(fine - coarse))
        return self.known[stretch]


def _point(t: float) -> Point:
    return Point((1 - math.cos(math.pi * t)) / 2, gradient=True)


def _five(stretch: Stretch) -> list[float]:
    a, b = stretch
    return [a + (b - a) * i / 4 for i in range(5)]


class Found(NamedTuple):
    """One run against the fine integral: shares of the tolerance and of ``error`` that the true errors are."""

    settled: bool
    nodes: int
    converged: bool
    evaluations: int
    off: float
    exceeds: float
    name: str


def found(case: Case, tolerance: float) -> Found:
    """Run a case, and compare it with its fine integral."""
    classifier, choices = case.classifier, case.choices
    space = LayerSpace(classifier, find_layers(classifier, choices["layer"]))
    engine = PathEngine(classifier, space, choices["output"], batch_size=_ROWS)
    rule = Against(AdaptiveRule(tolerance, resolution(OWN, classifier.dtype)), tolerance)
    question = Question(0, Sequence("tried", case.bases), classifier.encode(case.bases))
    with classifier.at_rest():
        list(engine.run([PathJob(question, choices["baseline"], rule)]))
    scores, told = rule.result()
    missed = scores.sum(axis=0) - rule.fine
    length = float(np.linalg.norm(rule.fine))
    # What the reference itself may be off by is nobody's error.
    exact = float(np.linalg.norm(missed)) <= _SETTLED * tolerance * length
    return Found(
        rule.settled,
        len(rule.seen),
        told.converged,
        told.evaluations,
        float(np.linalg.norm(missed)) / length / tolerance if length else 0.0,
        0.0 if exact else float(np.abs(missed).sum()) / told.error,
        ", ".join(choices.values()),
    )


def row(kind: str, all_found: list[Found], tolerance: float) -> str:
    """Return one line of the table."""
    settled = [one for one in all_found if one.settled]
    done = [one for one in settled if one.converged]
    off = 100 * tolerance * np.array([one.off for one in done] or [np.nan])
    return (
        f"| {kind} | {len(settled)} | {len(all_found) - len(settled)} | {len(done)} | "
        f"{np.mean([one.evaluations for one in all_found]):.1f} | "
        f"{np.median(off):.2f} % | {np.percentile(off, 99):.2f} % | {off.max():.2f} % | "
        f"{sum(one.off > 1 for one in done)} | {sum(one.exceeds > 1 for one in done)} |"
    )


def measured(kind: str, build: Callable[[int], Classifier], options: argparse.Namespace) -> list[Found]:
    """Return what was found of a kind, or what was kept of it."""
    kept = Path(options.keep) / f"{kind}, {options.tolerance}, {options.seed}.json" if options.keep else None
    if kept and kept.exists():
        return [Found(*one) for one in json.loads(kept.read_text())]
    seeds = range(options.seed, options.seed + (1 if kind == ANOTHER else options.seeds))
    every = [found(case, options.tolerance) for case in cases(build, seeds)]
    if kept:
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(json.dumps(every))
    return every


ANOTHER = "another, trained"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=100, help="the first")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--tolerance", type=float, default=0.01)
    parser.add_argument("--model", help="a folder with one more trained model")
    parser.add_argument("--keep", help="a folder for what is done")
    parser.add_argument("--kinds", nargs="+", help="these alone")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    kinds = {kind: build for kind, build in KINDS.items() if kind in (options.kinds or KINDS)}
    if options.model:
        kinds[ANOTHER] = lambda _: captum_dna.load(options.model)
    print(
        "| model | runs | reference unsettled | converged | evaluations | median error | p99 | worst | "
        "error above the tolerance | L1 error above `error` |\n|---|---|---|---|---|---|---|---|---|---|"
    )
    every: list[Found] = []
    for kind, build in kinds.items():
        own = measured(kind, build, options)
        print(row(kind, own, options.tolerance), flush=True)
        every += own
        for one in own:
            if not one.settled:
                print(
                    f"{kind}: the reference has not settled on {one.nodes} nodes: {one.name}", file=sys.stderr
                )
    print(row("all", every, options.tolerance))


if __name__ == "__main__":
    main()
