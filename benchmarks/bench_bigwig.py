"""How long a bigWig of 10 Mb takes to write and to check, against the libraries that write alone."""

import argparse
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pybigtools
import pyBigWig

from captum_dna.core.sequences import Interval
from captum_dna.results import Attributions
from tests import fake_attributions

LENGTH = 10_000


def seconds(name: str, call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    taken = time.perf_counter() - start
    print(f"{name:<44}{taken:8.2f} s")
    return taken


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bases", type=int, default=10_000_000)
    count = parser.parse_args().bases // LENGTH
    base = fake_attributions.make(LENGTH)
    scores = np.random.default_rng(0).normal(0, 1, (count, LENGTH)).astype(np.float32)
    results = Attributions(
        replace(
            base,
            base_scores=row.astype(np.float64),
            interval=Interval("chr1", i * LENGTH, (i + 1) * LENGTH, "+-"[i % 2]),
        )
        for i, row in enumerate(scores)
    )
    whole = scores.ravel()
    sizes = {"chr1": count * LENGTH}

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)

        def with_pybigwig() -> None:
            with pyBigWig.open(str(folder / "a.bw"), "w") as file:
                file.addHeader(list(sizes.items()))
                file.addEntries("chr1", 0, values=whole, span=1, step=1)

        def with_pybigtools() -> None:
            entries = (("chr1", i, i + 1, value) for i, value in enumerate(whole.tolist()))
            pybigtools.open(str(folder / "b.bw"), "w").write(sizes, entries)

        one = seconds("pyBigWig alone", with_pybigwig)
        other = seconds("pybigtools alone", with_pybigtools)
        ours = seconds(
            "to_bigwig, joined, sorted, and read back", lambda: results.to_bigwig(folder / "c.bw", sizes)
        )
        print(
            f"{count * LENGTH:,} bases: {ours / one:.2f} times pyBigWig, {ours / other:.2f} times pybigtools"
        )


if __name__ == "__main__":
    main()
