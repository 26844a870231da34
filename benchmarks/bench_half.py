"""How often a result in half precision that says it has converged misses the tolerance.

    python -m benchmarks.bench_half [--precisions bfloat16 float16] [--seed 100] [--seeds 6] [--tolerance 0.01]

The models, layers, outputs and baselines of `bench_certificate`, in single precision, against the same integral in
float32 at a tenth of the tolerance; models whose slopes jump or that have a layer of token ids alone are left out.
"""

from __future__ import annotations

import argparse
import copy
import warnings
from typing import TYPE_CHECKING

import numpy as np

import captum_dna
from benchmarks.bench_certificate import KINDS, LENGTH, cases

if TYPE_CHECKING:
    from collections.abc import Callable

    from captum_dna import Classifier

LEFT_OUT = ("Mamba", "HyenaDNA", "CNN, ReLU and max-pool")


def single(build: Callable[[int], Classifier]) -> Callable[[int], Classifier]:
    """Return what makes the same models in single precision."""

    def built(seed: int) -> Classifier:
        known = build(seed)
        if isinstance(known.tokenizer, captum_dna.OneHot):
            network = copy.deepcopy(known.model.network).float()
            return captum_dna.load(network, captum_dna.OneHot(length=LENGTH), labels=["no", "yes"])
        return captum_dna.load(copy.deepcopy(known.model).float(), known.tokenizer)

    return built


def row(kind: str, precision: str, errors: list[float], runs: int, tolerance: float) -> str:
    worst = f"{max(errors):.2%}".replace("%", " %") if errors else ""
    wrong = sum(error > tolerance for error in errors)
    return f"| {kind} | {precision} | {runs} | {len(errors)} | {wrong} | {worst} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--precisions", nargs="+", default=["bfloat16", "float16"])
    parser.add_argument("--seed", type=int, default=100, help="the first")
    parser.add_argument("--seeds", type=int, default=6)
    parser.add_argument("--tolerance", type=float, default=0.01)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    print("| model | precision | runs | converged | above the tolerance | worst |\n|---|---|---|---|---|---|")
    for precision in options.precisions:
        every: list[float] = []
        all_runs = 0
        for kind, build in KINDS.items():
            if kind in LEFT_OUT:
                continue
            errors, runs = [], 0
            for case in cases(single(build), range(options.seed, options.seed + options.seeds)):
                if case.choices["layer"] == "tokens" and not isinstance(
                    case.classifier.tokenizer, captum_dna.OneHot
                ):
                    continue
                how = {"target": 0, "progress": False, **case.choices}
                half, exact = (
                    captum_dna.attribute(case.classifier, case.bases, precision=one, tolerance=near, **how)[0]
                    for one, near in ((precision, options.tolerance), ("float32", options.tolerance / 10))
                )
                runs += exact.converged
                if half.converged and exact.converged:
                    missed = np.linalg.norm(half.token_scores - exact.token_scores)
                    errors.append(float(missed / np.linalg.norm(exact.token_scores)))
            print(row(kind, precision, errors, runs, options.tolerance), flush=True)
            every, all_runs = every + errors, all_runs + runs
        print(row("all", precision, every, all_runs, options.tolerance), flush=True)


if __name__ == "__main__":
    main()
