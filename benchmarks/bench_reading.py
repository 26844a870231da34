"""How many records and intervals are read in a second, against the library that reads them alone.

Records are those of a FASTA file, of 251 bases; intervals are of 251 bases on either strand of a 10 Mb genome.
All figures are of one run, and each reading goes over the file twice: to check all, then to stream it.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import dnaio
import numpy as np
import pyfaidx

from captum_dna.io.readers import read

LENGTH = 251
GENOME = 10_000_000
LINE = 60


def letters(count: int, seed: int) -> str:
    return np.random.default_rng(seed).choice(np.frombuffer(b"ACGT", np.uint8), count).tobytes().decode()


def rate(name: str, count: int, call: Callable[[], object]) -> float:
    start = time.perf_counter()
    found = call()
    seconds = time.perf_counter() - start
    if found != count:
        raise SystemExit(f"{name} found {found} of {count}")
    print(f"{name:<34}{count / seconds:>12,.0f} per second")
    return seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=100_000)
    count = parser.parse_args().count
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        bases = letters(GENOME, 0)
        starts = np.random.default_rng(1).integers(0, GENOME - LENGTH, count).tolist()
        genome, records, bed = folder / "genome.fa", folder / "records.fa", folder / "peaks.bed"
        lines = "\n".join(bases[i : i + LINE] for i in range(0, GENOME, LINE))
        genome.write_text(f">chr1\n{lines}\n")
        records.write_text("".join(f">r{i}\n{bases[s : s + LENGTH]}\n" for i, s in enumerate(starts)))
        bed.write_text(
            "".join(f"chr1\t{s}\t{s + LENGTH}\tp{i}\t0\t{'+-'[i % 2]}\n" for i, s in enumerate(starts))
        )
        index = pyfaidx.Faidx(str(genome), as_raw=True)
        record_index = pyfaidx.Fasta(str(records), as_raw=True)

        def parsed() -> int:
            with dnaio.open(records) as reader:
                return sum(1 for _ in reader)

        alone = rate("FASTA records, dnaio alone", count, parsed)
        faidx = rate("FASTA records, pyfaidx alone", count, lambda: sum(1 for r in record_index if r[:]))
        ours = rate("FASTA records, captum_dna.read", count, lambda: sum(1 for _ in read(records)))
        print(f"  {ours / alone:.2f} times dnaio's time, {ours / faidx:.2f} times pyfaidx's")
        alone = rate(
            "intervals, pyfaidx alone",
            count,
            lambda: sum(len(index.fetch("chr1", s + 1, s + LENGTH)) == LENGTH for s in starts),
        )
        ours = rate("intervals, captum_dna.read", count, lambda: sum(1 for _ in read(bed, genome=genome)))
        print(f"  {ours / alone:.2f} times pyfaidx's time")


if __name__ == "__main__":
    main()
