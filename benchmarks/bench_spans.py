"""What spans and projection cost per sequence, beside the attribution itself: the mark is below 2 %.

Run: python benchmarks/bench_spans.py [--sequences 64] [--bases 251]
"""

from __future__ import annotations

import argparse
import time
from typing import TYPE_CHECKING

import numpy as np
import torch

import captum_dna
from captum_dna.core.projection import project

if TYPE_CHECKING:
    from collections.abc import Callable

MARK = 0.02


def seconds(work: Callable[[], object], repeats: int = 5) -> float:
    """Return the shortest of several runs."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def main() -> None:
    """Print microseconds per sequence and the share of the attribution."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sequences", type=int, default=64)
    parser.add_argument("--bases", type=int, default=251)
    options = parser.parse_args()
    model = captum_dna.load("demo", device="cpu")
    rng = np.random.default_rng(0)
    letters = ["".join(row) for row in rng.choice(list("ACGT"), size=(options.sequences, options.bases))]
    encodings = [model.encode(bases) for bases in letters]
    scores = [rng.normal(size=len(encoding)) for encoding in encodings]

    spans = seconds(lambda: [model.encode(bases) for bases in letters])
    projection = seconds(
        lambda: [
            project(own, encoding.spans, options.bases, "split")
            for own, encoding in zip(scores, encodings, strict=True)
        ]
    )
    print(
        f"{options.sequences} sequences of {options.bases} bases, demo model, {torch.get_num_threads()} threads"
    )
    print(f"{'spans':<24}{spans / options.sequences * 1e6:>10.0f} us per sequence")
    print(f"{'projection':<24}{projection / options.sequences * 1e6:>10.0f} us per sequence")
    for method in ("integrated_gradients", "deeplift"):
        whole = seconds(
            lambda method=method: captum_dna.attribute(model, letters, method=method, progress=False), 2
        )
        share = (spans + projection) / whole
        verdict = "below" if share < MARK else "ABOVE"
        print(
            f"{method:<24}{whole / options.sequences * 1e6:>10.0f} us per sequence; spans and projection are "
            f"{share:.2%} of it, {verdict} the mark of {MARK:.0%}"
        )


if __name__ == "__main__":
    main()
