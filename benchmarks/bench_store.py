"""How long saving and loading of 10,000 results of 251 bases in 6-mers takes, and how large the file is.

A first small file loads what pyarrow loads once; seconds are those of the clock and of the processor.
"""

import tempfile
import time
from pathlib import Path

import numpy as np

from captum_dna.attribution import Attribution, Attributions, Run
from captum_dna.io.store import load, save

RESULTS, LENGTH, K = 10_000, 251, 6


def made_up(count: int) -> Attributions:
    rng = np.random.default_rng(0)
    run = Run(labels=("other", "promoter"))
    spans = (None, *((i, i + K) for i in range(LENGTH - K + 1)), None)
    items = []
    for number in range(count):
        bases = "".join(rng.choice(list("ACGT"), LENGTH))
        items.append(
            Attribution(
                name=f"sequence {number}",
                sequence=bases,
                tokens=("[CLS]", *(bases[i : i + K] for i in range(LENGTH - K + 1)), "[SEP]"),
                spans=spans,
                token_scores=rng.normal(size=len(spans)),
                base_scores=rng.normal(size=LENGTH),
                target="promoter",
                predicted="promoter",
                probability=0.9,
                probabilities=np.array([0.1, 0.9]),
                true_label=None,
                f_input=2.0,
                f_baseline=-1.0,
                delta=1e-3,
                error=float("nan"),
                converged=True,
                evaluations=10,
                run=run,
            )
        )
    return Attributions(items)


def main() -> None:
    items = made_up(RESULTS)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "run.parquet"
        load(save(items[:10], path))
        for verb, call in (("save", lambda: save(items, path)), ("load", lambda: load(path))):
            wall, cpu = time.perf_counter(), time.process_time()
            call()
            print(
                f"{verb} {time.perf_counter() - wall:.2f} s ({time.process_time() - cpu:.2f} s of processor)"
            )
        print(f"{RESULTS} results of {LENGTH} bases, {path.stat().st_size / 1e6:.0f} MB")


if __name__ == "__main__":
    main()
