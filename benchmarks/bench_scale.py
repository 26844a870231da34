"""What a million bases cost, what a genome costs, and what a cluster costs beside its work.

    python -m benchmarks.bench_scale cost [--device cuda] [--model FOLDER] [--methods deeplift saliency]
    python -m benchmarks.bench_scale bytes
    python -m benchmarks.bench_scale ray [--sequences 20000] [--workers 1]
    python -m benchmarks.bench_scale equal

*Cost* is the time of ``attribute()`` with the model loaded and warm, on sequences of 251 bases. Hours of a human genome are
computed from it: 3,100 million bases, windows that share a quarter, and workers that are kept busy as the simulation says.
*Ray* times whole runs in processes of their own, imports and all, in turn; both use the same number of cores.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import numpy as np

from captum_dna import Attributions, attribute, attribute_to, load
from captum_dna.core.sequences import Interval, Sequence
from captum_dna.methods import METHODS

LENGTH = 251
GENOME = 3_100e6
"""Bases of a human genome."""
OVERLAP = 4 / 3
"""Bases that are read for each base of a genome, with windows whose stride is three quarters of them."""
EFFICIENCY = 0.945
"""Of 64 workers with losses and stragglers: python -m tests.pipeline.simulation."""
NEEDS_A_CHOICE = {"layer_conductance"}
"""Methods that are not measured unless they are named: they do not run without an option."""


def sequences(count: int) -> list[Sequence]:
    rows = np.random.default_rng(0).choice(list("ACGT"), (count, LENGTH))
    return [
        Sequence(f"s{i}", "".join(row), interval=Interval("chr1", i * LENGTH, (i + 1) * LENGTH))
        for i, row in enumerate(rows)
    ]


def cost(model: object, method: str, seconds: float) -> float:
    """Return the seconds of a million bases, measured for about so many seconds."""
    count = 8
    while True:
        some = sequences(count)
        began = time.perf_counter()
        attribute(model, some, method=method, target=0, progress=False)
        took = time.perf_counter() - began
        if took > seconds / 4 or count >= 1 << 16:
            return took / (count * LENGTH) * 1e6
        count *= 4


def print_cost(asked: argparse.Namespace) -> None:
    import torch

    model = load(asked.model, device=asked.device)
    here = torch.cuda.get_device_name() if model.device.type == "cuda" else f"{torch.get_num_threads()} cores"
    print(f"| {asked.model}, {here} | s per million bases | human genome on 1, h | on 8, h | on 64, h |")
    print("|---|---:|---:|---:|---:|")
    for method in asked.methods:
        attribute(model, sequences(8), method=method, target=0, progress=False)
        one = cost(model, method, asked.seconds)
        hours = one * GENOME / 1e6 * OVERLAP / 3600
        rest = " | ".join(f"{hours / workers / EFFICIENCY:,.3g}" for workers in (8, 64))
        print(f"| {method} | {one:,.3g} | {hours:,.3g} | {rest} |", flush=True)


def print_bytes(_: argparse.Namespace) -> None:
    """Print what results take on disk, of sequences end to end on a chromosome."""
    results = attribute("demo", sequences(500), method="saliency", target=0, progress=False)
    bases = 500 * LENGTH
    with tempfile.TemporaryDirectory() as place:
        stored = results.save(Path(place) / "run.parquet")
        track = results.to_bigwig(Path(place) / "run.bw", {"chr1": bases})
        print("| | bytes per base | human genome, GB |\n|---|---:|---:|")
        for words, path, share in (
            ("Parquet, every window", stored, OVERLAP),
            ("bigWig, one track", track, 1),
        ):
            each = path.stat().st_size / bases
            print(f"| {words} | {each:.1f} | {each * GENOME * share / 1e9:.0f} |")


def print_ray(asked: argparse.Namespace) -> None:
    """Print how long runs take in one process and on a cluster of one machine, three times in turn."""
    with tempfile.TemporaryDirectory() as place:
        fasta = Path(place) / "x.fa"
        fasta.write_text("".join(f">{one.name}\n{one.bases}\n" for one in sequences(asked.sequences)))
        ways = {"one process": {}, "Ray": {"engine": "ray", "workers": asked.workers}}
        took: dict[str, list[float]] = {way: [] for way in ways}
        for turn in range(asked.turns):
            for number, (way, choices) in enumerate(ways.items()):
                folder = Path(place) / f"{number}-{turn}"
                threads = "1" if choices else str(asked.workers)
                took[way].append(timed(folder, fasta, choices, threads))
        one, other = (median(times) for times in took.values())
        print(f"| {asked.sequences:,} sequences, {asked.workers} cores | s |\n|---|---:|")
        print(f"| one process | {one:.1f} |\n| Ray, {asked.workers} workers | {other:.1f} |")
        print(f"| overhead | {other / one - 1:+.1%} |".replace("%", " %"))


def timed(folder: Path, fasta: Path, choices: dict[str, object], threads: str) -> float:
    """Return the seconds of a run in a process of its own, with the model loaded in it."""
    code = (
        "import json, sys, time\nfrom captum_dna import attribute_to, load\n"
        "folder, fasta, choices = json.loads(sys.argv[1])\nmodel = load('demo')\nbegan = time.perf_counter()\n"
        "attribute_to(folder, 'demo', fasta, method='deeplift', part=(0, 1), progress=False, **choices)\n"
        "print(time.perf_counter() - began)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, json.dumps([str(folder), str(fasta), choices])],
        env={**os.environ, "OMP_NUM_THREADS": threads},
        check=True,
        capture_output=True,
        text=True,
    )
    return float(done.stdout.splitlines()[-1])


def print_equal(_: argparse.Namespace) -> None:
    """Print whether one process, parts and workers give the same bytes in the same order."""
    with tempfile.TemporaryDirectory() as place:
        fasta = Path(place) / "x.fa"
        fasta.write_text("".join(f">{one.name}\n{one.bases}\n" for one in sequences(60)))
        how = {"method": "deeplift", "shard_size": 7, "progress": False}
        runs = {
            "one process": [{}],
            "4 parts": [{"part": (i, 4)} for i in (2, 0, 3, 1)],
            "Ray, 1 worker": [{"engine": "ray", "workers": 1}],
            "Ray, 2 workers": [{"engine": "ray", "workers": 2}],
        }
        found = {}
        for number, (words, calls) in enumerate(runs.items()):
            folder = Path(place) / str(number)
            for choices in calls:
                attribute_to(folder, "demo", fasta, **how, **choices)
            found[words] = [(one.name, one.base_scores.tobytes()) for one in Attributions.load(folder)]
        print("| 60 sequences | results | same bytes, same order |\n|---|---:|---|")
        for words, results in found.items():
            print(f"| {words} | {len(results)} | {'yes' if results == found['one process'] else 'NO'} |")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    ways = {"cost": print_cost, "bytes": print_bytes, "ray": print_ray, "equal": print_equal}
    parser.add_argument("what", choices=ways)
    parser.add_argument("--model", default="demo")
    parser.add_argument("--device")
    parser.add_argument("--methods", nargs="+", default=[one for one in METHODS if one not in NEEDS_A_CHOICE])
    parser.add_argument("--seconds", type=float, default=10.0, help="to measure each method for, about")
    parser.add_argument("--sequences", type=int, default=20_000)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--turns", type=int, default=1)
    asked = parser.parse_args()
    ways[asked.what](asked)


if __name__ == "__main__":
    main()
