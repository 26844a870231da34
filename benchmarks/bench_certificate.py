"""How often a result that says it has converged is further off than it says, over architectures, layers and outputs.

    python -m benchmarks.bench_certificate [--seeds 3] [--nodes 600] [--tolerance 0.01] [--model FOLDER]

Small random models of nine kinds and the bundled trained one (--model adds another), from three layers
(the embedding block, the token embeddings, the first encoder layer), with three outputs and three baselines,
against a fine integral of many Gauss-Legendre nodes. A random stand-in for a network over one-hot bases has one
layer, so it gets three sequences where the others get one. Random weights are N(0, 0.35), in double precision.
"""

from __future__ import annotations

import argparse
import copy
import warnings
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch
from torch import nn

import captum_dna
from captum_dna.core.sequences import SequenceError
from tests.toy import dna, lawful
from tests.toy.models import roughen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from captum_dna import Classifier

LENGTH = 40
_ROWS = 128
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
    """Return a token that stands for nothing, zero, and shuffled bases where they have as many tokens."""
    known = [
        name for name in ("mask", "unk") if getattr(classifier.tokenizer, f"{name}_token_id") is not None
    ]
    blank = known[0] if known else "mean"
    try:
        captum_dna.attribute(classifier, dna(LENGTH), baseline="dinucleotide_shuffle", tolerance="preview")
    except SequenceError:
        return blank, "zero", "pad" if classifier.tokenizer.pad_token_id is not None else "gc_random"
    return blank, "zero", "dinucleotide_shuffle"


class Found(NamedTuple):
    """One run against the fine integral: shares of the tolerance and of ``error`` that the true errors are."""

    converged: bool
    evaluations: int
    off: float
    exceeds: float


def found(case: Case, tolerance: float, nodes: int) -> Found:
    """Run a case, and compare it with many nodes."""
    run, fine = (
        captum_dna.attribute(case.classifier, case.bases, batch_size=_ROWS, **case.choices, **how)[0]
        for how in ({"tolerance": tolerance}, {"n_steps": nodes})
    )
    missed = run.token_scores - fine.token_scores
    length = float(np.linalg.norm(fine.token_scores))
    # What the fine integral itself may be off by, in the arithmetic of the model, is nobody's error.
    exact = float(np.abs(missed).sum()) <= 1e-6 * float(np.abs(fine.token_scores).sum())
    return Found(
        run.converged,
        run.evaluations,
        float(np.linalg.norm(missed)) / length / tolerance if length else 0.0,
        0.0 if exact else float(np.abs(missed).sum()) / run.error,
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
    parser.add_argument("--nodes", type=int, default=600)
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
        own = [found(case, options.tolerance, options.nodes) for case in cases(build, seeds)]
        print(row(kind, own, options.tolerance), flush=True)
        every += own
    print(row("all", every, options.tolerance))


if __name__ == "__main__":
    main()
