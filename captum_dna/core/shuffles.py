"""Random sequences with the letters, or the pairs of letters, of a given one."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from captum_dna.core.letters import in_case_of


def shuffle(bases: str, seed: int | np.random.Generator = 0) -> str:
    """Return the same letters in random order (mononucleotide shuffle)."""
    letters = np.frombuffer(bases.encode("ascii"), dtype=np.uint8)
    return np.random.default_rng(seed).permutation(letters).tobytes().decode("ascii")


def dinucleotide_shuffle(bases: str, seed: int | np.random.Generator = 0) -> str:
    """Return a random sequence with the same dinucleotide counts and the same first and last letter.

    Capitals and small letters are the same letter, and soft-masked places stay soft-masked.

    A sequence is a walk over the graph whose edges are its dinucleotides; every Euler walk of that
    graph is equally likely: a uniform spanning tree towards the last letter fixes the last edge out
    of each letter, all other edges are permuted (Altschul and Erickson 1985,
    doi:10.1093/oxfordjournals.molbev.a040370; Kandel et al. 1996, doi:10.1016/S0166-218X(97)81456-4).

    Parameters
    ----------
    bases
        Any letters.
    seed
        A seed or a generator.
    """
    rng = np.random.default_rng(seed)
    letters = bases.upper()
    successors: dict[str, list[str]] = {}
    for a, b in pairwise(letters):
        successors.setdefault(a, []).append(b)
    final_edge = _tree_towards(letters[-1:], successors, rng)
    for letter, targets in successors.items():
        order = [targets[i] for i in rng.permutation(len(targets))]
        if letter in final_edge:
            order.remove(final_edge[letter])
            order.append(final_edge[letter])
        successors[letter] = order
    walk = list(letters[:1])
    position = dict.fromkeys(successors, 0)
    for _ in range(len(letters) - 1):
        here = walk[-1]
        walk.append(successors[here][position[here]])
        position[here] += 1
    return in_case_of("".join(walk), bases)


def _tree_towards(root: str, successors: dict[str, list[str]], rng: np.random.Generator) -> dict[str, str]:
    """Return the edge out of each letter of a uniform spanning tree towards ``root`` (Wilson 1996)."""
    edge: dict[str, str] = {}
    in_tree = {root}
    for start in successors:
        here = start
        while here not in in_tree:
            targets = successors[here]
            edge[here] = targets[int(rng.integers(len(targets)))]
            here = edge[here]
        here = start
        while here not in in_tree:
            in_tree.add(here)
            here = edge[here]
    return edge
