"""How many evaluations the adaptive rule needs, and how far its scores are from a fine integral.

    python benchmarks/bench_quadrature.py [--data FOLDER] [--count 60] [--nodes 300]

On the bundled model and real promoters and other sequences; relative L2 error of the token scores
against Gauss-Legendre integration with many nodes. The folder holds mouse_tata_promoters.fa and
mouse_nonpromoters.fa; it is taken from CAPTUM_DNA_DATA by default.
"""

from __future__ import annotations

import argparse
import os
from itertools import islice
from pathlib import Path

import numpy as np

import captum_dna


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--data", default=os.environ.get("CAPTUM_DNA_DATA", Path(__file__).parents[2] / "shared/data")
    )
    parser.add_argument("--count", type=int, default=60)
    parser.add_argument("--nodes", type=int, default=300)
    parser.add_argument("--skip", type=int, default=900, help="records of each file to leave out first")
    options = parser.parse_args()
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
    for kind, name in (("promoters", "mouse_tata_promoters.fa"), ("others", "mouse_nonpromoters.fa")):
        source = captum_dna.read(Path(options.data) / name)
        sequences = list(islice(source, options.skip, options.skip + options.count))
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
