"""What a genome costs beside the model: windows of the bundled model's deeplift, and their tracks.

``explain`` times the shares of some windows and watches memory; ``merge`` joins windows of 10 Mb with scores that nobody
computed, against pyBigWig's own writing of as many; ``lay`` looks at a genome's letters.
"""

import argparse
import os
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import psutil
import pyBigWig

from captum_dna import load
from captum_dna.core.sequences import Interval
from captum_dna.io.run_folder import RunFolder
from captum_dna.io.tiles import Tiles
from captum_dna.methods import METHODS
from captum_dna.pipeline.merging import merge
from captum_dna.pipeline.whole_genome import attribute_genome
from tests import fake_attributions

WINDOW = 251
TARGET = "TATA promoter"


def genome(folder: Path, bases: int) -> Path:
    """Write a chromosome of random letters with a gap in it."""
    letters = np.random.default_rng(0).choice(np.frombuffer(b"ACGT", np.uint8), bases)
    letters[bases // 2 : bases // 2 + bases // 100] = ord("N")
    path = folder / "genome.fa"
    path.write_bytes(b">chr1\n" + letters.tobytes() + b"\n")
    return path


def memory() -> float:
    """Return the MiB of this process that no other shares."""
    return psutil.Process().memory_full_info().uss / (1 << 20)


@contextmanager
def model_time(name: str) -> Iterator[list[float]]:
    """Add up the seconds spent in a method, which is the model and its slopes."""
    spent = [0.0]
    explain = METHODS[name].explain

    def timed(method: Any, *arguments: Any) -> Iterator[Any]:
        answers = explain(method, *arguments)
        while True:
            began = time.perf_counter()
            try:
                answer = next(answers)
            except StopIteration:
                return
            finally:
                spent[0] += time.perf_counter() - began
            yield answer

    with mock.patch.object(METHODS[name], "explain", timed):
        yield spent


def explain(folder: Path, bases: int) -> None:
    path = genome(folder, bases)
    model = load("demo")
    seen: list[float] = []
    with model_time("deeplift") as spent, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        began = time.perf_counter()
        attribute_genome(
            folder / "run",
            model,
            path,
            window=WINDOW,
            method="deeplift",
            target=TARGET,
            progress=lambda done, _: seen.append(memory()) if done % 500 == 0 else None,
        )
        whole = time.perf_counter() - began
    total = RunFolder(folder / "run").total
    count = 0 if total is None else total.sequences
    kept = sum(one.stat().st_size for one in (folder / "run").glob("*.parquet"))
    print(
        f"{bases:,} bases in {count:,} windows of {WINDOW}: {whole:.1f} s, {bases / whole:,.0f} bases a second"
    )
    print(f"outside the model: {100 * (1 - spent[0] / whole):.1f} %")
    print(f"bytes per base of the genome in Parquet: {kept / bases:.1f}")
    first, last = seen[: max(1, len(seen) // 5)], seen[-max(1, len(seen) // 5) :]
    print(f"memory after a fifth of the windows: {max(first):.0f} MiB, at the end: {max(last):.0f} MiB")


def stored(folder: Path, bases: int) -> Path:
    """Return a run of windows with scores that nobody computed."""
    run = RunFolder(folder / "run")
    run.begin({"chromosomes": {"chr1": bases}}, {})
    base = fake_attributions.make(WINDOW)
    rng = np.random.default_rng(0)
    starts = [*range(0, bases - WINDOW, 189), bases - WINDOW]
    about = {"run": "", "input": "", "left_out": (), "by": "", "seconds": 0.0, "finished": ""}
    for number, first in enumerate(range(0, len(starts), 500)):
        items = [
            replace(
                base,
                base_scores=rng.normal(0, 1, WINDOW),
                interval=Interval("chr1", start, start + WINDOW),
            )
            for start in starts[first : first + 500]
        ]
        run.finish(number, items, **about)
    return run.path


def seconds(name: str, call: Callable[[], object]) -> float:
    """Return the processor's seconds, which other processes change least."""
    start, began = time.perf_counter(), time.process_time()
    call()
    taken = time.process_time() - began
    print(f"{name:<60}{taken:8.2f} s of the processor, {time.perf_counter() - start:.2f} s in all")
    return taken


def join(folder: Path, bases: int, turns: int) -> None:
    run = stored(folder, bases)
    whole = np.random.default_rng(1).normal(0, 1, bases).astype(np.float32)

    def with_pybigwig() -> None:
        with pyBigWig.open(str(folder / "a.bw"), "w") as file:
            file.addHeader([("chr1", bases)])
            file.addEntries("chr1", 0, values=whole, span=1, step=1)

    ratios = []
    before = memory()
    for _ in range(turns):
        alone = seconds("pyBigWig alone, of the scores", with_pybigwig)
        ours = seconds(
            "merge: scores, prediction, completeness, checked", lambda: merge(run, folder / "s.bw")
        )
        ratios.append(ours / alone)
    size = (folder / "s.bw").stat().st_size
    print(
        f"{bases:,} bases: {np.median(ratios):.2f} times pyBigWig (each turn: {[round(r, 2) for r in ratios]})"
    )
    print(f"bytes per base in bigWig: {size / bases:.1f}; memory grew by {memory() - before:.0f} MiB")


def lay(folder: Path, bases: int) -> None:
    path = genome(folder, bases)
    Tiles(path, window=WINDOW, stride=189)  # the index is written
    seconds(
        f"the letters of {bases:,} bases looked at, windows laid",
        lambda: Tiles(path, window=WINDOW, stride=189),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", nargs="?", choices=["explain", "merge", "lay", "all"], default="all")
    parser.add_argument(
        "--bases", type=int, help="Bases of the genome. Default: 200,000 to explain, 10,000,000 else."
    )
    parser.add_argument("--turns", type=int, default=3, help="How often the tracks are written.")
    given = parser.parse_args()
    os.nice(10)
    for name, call, bases in (
        ("explain", explain, 200_000),
        ("merge", lambda folder, bases: join(folder, bases, given.turns), 10_000_000),
        ("lay", lay, 10_000_000),
    ):
        if given.what in (name, "all"):
            with tempfile.TemporaryDirectory() as folder:
                call(Path(folder), given.bases or bases)


if __name__ == "__main__":
    main()
