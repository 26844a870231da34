"""What a part of a large run costs beside its own work: its start, its way through the input, and a shard's files.

    python -m benchmarks.bench_parts way [--records 10000 1000000]
    python -m benchmarks.bench_parts shard

Records are FASTA of 251 bases. *Start* is the time from the call to the first batch of the part's first shard, with
the model loaded. *One shard to the end* is the processor time of a part that has one shard. Memory is what
the process has grown by, at the start or at most on the way; the first line has what the model needs, too.
"""

from __future__ import annotations

import argparse
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
import psutil

from captum_dna import Attributions, attribute, attribute_to, load
from captum_dna.core.sequences import Sequence
from captum_dna.io.claims import Claims
from captum_dna.io.run_folder import RunFolder

LENGTH = 251
OPTIONS = {"method": "saliency"}


def grown(before: float) -> float:
    return psutil.Process().memory_info().rss / 2**20 - before


def started(model: object, fasta: Path, folder: Path) -> tuple[float, float, float]:
    """Return the seconds, those of the processor, and the memory, from the call of part 3 of 64 to its first result."""
    before, began, spent = grown(0), time.perf_counter(), time.process_time()
    found: list[tuple[float, float, float]] = []

    def stop(*_: int) -> None:
        found.append((time.perf_counter() - began, time.process_time() - spent, grown(before)))
        raise KeyboardInterrupt

    try:
        attribute_to(folder, model, fasta, part=(3, 64), progress=stop, **OPTIONS)
    except KeyboardInterrupt:
        return found[0]
    raise SystemExit("The part was over before it began.")


def gone_through(model: object, fasta: Path, folder: Path) -> tuple[float, float]:
    """Return the processor seconds, and the memory, of one shard and the way to the input's end."""
    before, began = grown(0), time.process_time()
    over, most = threading.Event(), [0.0]

    def watch() -> None:
        while not over.wait(0.1):
            most[0] = max(most[0], grown(before))

    watching = threading.Thread(target=watch)
    watching.start()
    attribute_to(folder, model, fasta, part=(3, 1 << 30), progress=False, **OPTIONS)
    over.set()
    watching.join()
    return time.process_time() - began, most[0]


def shard_costs(model: object, folder: Path) -> list[tuple[str, float]]:
    """Return the processor seconds of what a shard of 500 costs."""
    bases = np.random.default_rng(0).choice(list("ACGT"), (500, LENGTH))
    sequences = [Sequence(f"s{i}", "".join(row)) for i, row in enumerate(bases)]
    found = []

    def timed(what: str, call: object) -> object:
        began = time.process_time()
        back = call()
        found.append((what, time.process_time() - began))
        return back

    results = timed("its model, by saliency", lambda: attribute(model, sequences, progress=False, **OPTIONS))
    run = RunFolder(folder)
    run.begin({}, {})
    about = {"run": "", "input": "", "left_out": (), "by": "", "seconds": 1.0, "finished": ""}
    timed("writing it, with its digest and its mark", lambda: run.finish(0, results, **about))
    with Claims(run.claims) as claims:
        timed("claiming it and giving it back", lambda: claims.take("000000") and claims.release("000000"))
    timed("checking it", lambda: run.is_sound(0, run.mark(0)))
    timed("loading it", lambda: Attributions.load(folder))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["way", "shard"])
    parser.add_argument("--records", type=int, nargs="+", default=[10_000, 1_000_000])
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        if asked.what == "way":
            print_way(load("demo"), Path(place), asked.records)
        else:
            print_shard(load("demo"), Path(place))


def print_way(model: object, here: Path, counts: list[int]) -> None:
    rng = np.random.default_rng(0)
    some = ["".join(rng.choice(list("ACGT"), LENGTH)) for _ in range(1000)]
    print("| records | start, s | processor s | MiB | one shard to the end, processor s | MiB |")
    print("|---:|---:|---:|---:|---:|---:|")
    for count in counts:
        fasta = here / f"{count}.fa"
        with fasta.open("w") as file:
            file.writelines(f">r{i}\n{some[i % len(some)]}\n" for i in range(count))
        start, spent, at_start = started(model, fasta, here / f"start-{count}")
        through, at_end = gone_through(model, fasta, here / f"through-{count}")
        print(f"| {count:,} | {start:.1f} | {spent:.1f} | {at_start:.0f} | {through:.1f} | {at_end:.0f} |")


def print_shard(model: object, here: Path) -> None:
    print("| of a shard of 500 sequences of 251 bases | processor s |\n|---|---:|")
    for what, seconds in shard_costs(model, here / "run"):
        print(f"| {what} | {seconds:.2f} |")
    size = (here / "run" / "shard-000000.parquet").stat().st_size
    print(f"| bytes per base in Parquet | {size / 500 / LENGTH:.1f} |")


if __name__ == "__main__":
    main()
