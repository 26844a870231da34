"""How many evaluations the adaptive rule needs, and how far its scores are from a fine integral.

    python -m benchmarks.bench_quadrature [--data FOLDER] [--count 60] [--nodes 300]

On the bundled model and real promoters and other sequences; relative L2 error of the token scores
against Gauss-Legendre integration with many nodes.
"""

from __future__ import annotations

import argparse

import numpy as np

import captum_dna
from benchmarks.real_sequences import kinds, options_with


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nodes", type=int, default=300)
    options = options_with(parser, count=60)
    classifier = captum_dna.load("demo")
    rules = {
        "15 Gauss-Legendre nodes": {"n_steps": 15},
        "50 Gauss-Legendre nodes": {"n_steps": 50},
        "adaptive, 5 %": {"tolerance": 0.05},
        "adaptive, 1 %": {"tolerance": 0.01},
        "adaptive, 0.1 %": {"tolerance": 0.001},
        "preview": {"tolerance": "preview"},
    }
    print(
        "| sequences | rule | evaluations | median error | p95 | p99 | worst |\n|---|---|---|---|---|---|---|"
    )
    for kind, sequences in kinds(options):
        fine = captum_dna.attribute(classifier, sequences, n_steps=options.nodes)
        for rule, choice in rules.items():
            results = captum_dna.attribute(classifier, sequences, **choice)
            errors = [
                100 * np.linalg.norm(r.token_scores - f.token_scores) / np.linalg.norm(f.token_scores)
                for r, f in zip(results, fine, strict=True)
            ]
            evaluations = np.mean([r.evaluations for r in results])
            points = np.percentile(errors, [50, 95, 99, 100])
            print(
                f"| {kind} | {rule} | {evaluations:.1f} | " + " | ".join(f"{p:.2f} %" for p in points) + " |",
                flush=True,
            )


if __name__ == "__main__":
    main()
