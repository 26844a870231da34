"""How long a logo of 512 bases takes to lay out and to write as an image and as a drawing."""

import io
import time

import numpy as np

from captum_dna.attribution import Attribution, Run
from captum_dna.render.figure import figure

LENGTH, K, REPEATS = 512, 6, 5


def made_up() -> Attribution:
    rng = np.random.default_rng(0)
    bases = "".join(rng.choice(list("ACGT"), LENGTH))
    spans = (None, *((i, i + K) for i in range(LENGTH - K + 1)), None)
    return Attribution(
        name="made up",
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
        run=Run(labels=("other", "promoter")),
    )


def main() -> None:
    item = made_up()
    print(f"{LENGTH} bases in one row, best of {REPEATS}")
    for kind in ("png", "svg", "pdf"):
        seconds = []
        for _ in range(REPEATS):
            began = time.perf_counter()
            figure(item, rows=1).savefig(io.BytesIO(), format=kind, dpi=150)
            seconds.append(time.perf_counter() - began)
        print(f"{kind} {min(seconds):.3f} s")


if __name__ == "__main__":
    main()
