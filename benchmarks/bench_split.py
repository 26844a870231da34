"""How many sequences kept aside have relatives among those learned from, drawn one by one and by families.

Five kinds of relatives are made of known elements, so that the truth does not depend on how relatives are found:
mutants of one element, one backbone with inserts, both strands, one substitution in 40 bases, and windows of one
locus that overlap by 40 bases. Then a set of unrelated sequences tells what finding relatives costs.
"""

import argparse
import resource
import time
from collections.abc import Callable, Iterator

import numpy as np

from captum_dna.core.letters import reverse_complement, substitute
from captum_dna.core.sequences import Sequence
from captum_dna.training.splits import part

LENGTH = 200
SHARE = 0.2
LETTERS = np.frombuffer(b"ACGT", np.uint8)

Family = Callable[[np.random.Generator, str], list[str]]


def letters(rng: np.random.Generator, length: int) -> str:
    return rng.choice(LETTERS, length).tobytes().decode()


def mutants(_: np.random.Generator, element: str) -> list[str]:
    return [substitute(element, i, b) for i in range(0, LENGTH, 4) for b in "ACGT" if b != element[i]]


def inserts(rng: np.random.Generator, element: str) -> list[str]:
    return [element[:p] + letters(rng, 20) + element[p:] for p in rng.integers(0, LENGTH, size=60)]


def strands(_: np.random.Generator, element: str) -> list[str]:
    return [element, reverse_complement(element)]


def substitutions(_: np.random.Generator, element: str) -> list[str]:
    found = []
    for start in (0, 20):
        changed = element
        for place in range(start, LENGTH, 40):
            changed = substitute(changed, place, "ACGT"["CGTA".index(changed[place])])
        found.append(changed)
    return found


def windows(rng: np.random.Generator, element: str) -> list[str]:
    locus = element + letters(rng, 600)
    return [locus[start : start + LENGTH] for start in range(0, 601, 160)]


KINDS: dict[str, tuple[Family, int]] = {
    "mutants of one element": (mutants, 10),
    "one backbone with inserts": (inserts, 10),
    "both strands": (strands, 500),
    "one substitution in 40 bases": (substitutions, 500),
    "windows that overlap by 40 bases": (windows, 200),
}
"""Each kind, and of how many elements."""


def related(owner: list[int], aside: list[int], learned: list[int]) -> float:
    """Return the share of the sequences kept aside whose element is among those learned from."""
    known = {owner[i] for i in learned}
    return float(np.mean([owner[i] in known for i in aside]))


def shares() -> Iterator[tuple[str, int, float, float]]:
    for kind, (make, elements) in KINDS.items():
        rng = np.random.default_rng(0)
        rows = [(i, bases) for i in range(elements) for bases in make(rng, letters(rng, LENGTH))]
        rows = [rows[i] for i in rng.permutation(len(rows))]
        owner = [element for element, _ in rows]
        cut = int(SHARE * len(rows))
        drawn = related(owner, list(range(cut)), list(range(cut, len(rows))))
        sequences = [Sequence(str(n), bases, label=element % 2) for n, (element, bases) in enumerate(rows)]
        aside, learned = ([int(s.name) for s in some] for some in part(sequences, (SHARE, 1 - SHARE)).parts)
        yield kind, len(rows), drawn, related(owner, aside, learned)


def cost(count: int) -> str:
    rng = np.random.default_rng(0)
    sequences = [Sequence(str(i), letters(rng, 251), label=i % 2) for i in range(count)]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.perf_counter()
    part(sequences, (SHARE, 1 - SHARE))
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return f"{count:,} sequences of 251 bases: {seconds:.1f} s, {(peak - before) / 1024:,.0f} MB more memory"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cost", type=int, metavar="COUNT", help="time so many unrelated sequences instead")
    count = parser.parse_args().cost
    if count:
        print(cost(count))
        return
    print("| relatives | sequences | drawn one by one | drawn by families |")
    print("|---|---|---|---|")
    for kind, number, drawn, parted in shares():
        print(f"| {kind} | {number:,} | {drawn:.1%} | {parted:.1%} |")


if __name__ == "__main__":
    main()
