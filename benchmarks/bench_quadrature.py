"""How many evaluations the adaptive rule needs, and how far its scores are from a fine integral.

    python -m benchmarks.bench_quadrature [--model FOLDER] [--data FOLDER] [--count 60] [--nodes 300]

On the bundled model, or another trained one, and real promoters and other sequences; relative L2 error of the token
scores against Gauss-Legendre integration with many nodes. For DeepLIFT, which is another method, it is the difference
from the integral; r and the slope are those of its token scores against the integral's.
"""

from __future__ import annotations

import argparse

import numpy as np

import captum_dna
from benchmarks.real_sequences import kinds, options_with


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nodes", type=int, default=300)
    parser.add_argument("--model", default="demo", help="a folder with a trained model")
    options = options_with(parser, count=60)
    classifier = captum_dna.load(options.model)
    rules = {
        "adaptive, 5 %": {"tolerance": 0.05},
        "adaptive, 1 %": {"tolerance": 0.01},
        "adaptive, 0.1 %": {"tolerance": 0.001},
        "preview": {"tolerance": "preview"},
        "deeplift": {"method": "deeplift"},
    }
    print(
        "| sequences | rule | evaluations | converged | median error | p90 | worst | least r | slopes |\n"
        "|---|---|---|---|---|---|---|---|---|"
    )
    for kind, sequences in kinds(options):
        fine = captum_dna.attribute(classifier, sequences, n_steps=options.nodes)
        for rule, choice in rules.items():
            results = captum_dna.attribute(classifier, sequences, **choice)
            pairs = [(r.token_scores, f.token_scores) for r, f in zip(results, fine, strict=True)]
            errors = [100 * np.linalg.norm(own - exact) / np.linalg.norm(exact) for own, exact in pairs]
            slopes = [own @ exact / (exact @ exact) for own, exact in pairs]
            points = np.percentile(errors, [50, 90, 100])
            print(
                f"| {kind} | {rule} | {np.mean([r.evaluations for r in results]):.1f} | "
                f"{sum(r.converged for r in results)} of {len(results)} | "
                + " | ".join(f"{point:.2f} %" for point in points)
                + f" | {min(np.corrcoef(*pair)[0, 1] for pair in pairs):.4f} | "
                f"{min(slopes):.2f} to {max(slopes):.2f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
