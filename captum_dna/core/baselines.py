"""What a sequence is compared with, by name: what "nothing there" means.

How a baseline of tokens or vectors becomes the start of a path is :mod:`captum_dna.engine.baselines`'s business.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from captum_dna.core.letters import BASES, in_case_of
from captum_dna.core.registry import Registry
from captum_dna.core.shuffles import dinucleotide_shuffle

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np


@dataclass(frozen=True, slots=True)
class Baseline:
    """A reference input.

    Parameters
    ----------
    name, words
        Its name among the baselines, and what it does.
    letters
        For a reference that is a sequence itself: takes the letters of the sequence explained and a random
        generator of its own, and returns as many letters; these are then tokenised. ``None`` where tokens or
        vectors are replaced instead.
    drawn
        Whether the letters are random, so that several draws say more than one.
    """

    name: str
    words: str
    letters: Callable[[str, np.random.Generator], str] | None = None
    drawn: bool = False


def gc_random(bases: str, random: np.random.Generator) -> str:
    """Return random bases, G and C with the share that they have in the sequence; N and the like have none."""
    strong, weak = (sum(map(bases.upper().count, letters)) for letters in ("GCS", "ATUW"))
    share = strong / (strong + weak) if strong + weak else 0.5
    weights = {"A": 1 - share, "C": share, "G": share, "T": 1 - share}
    drawn = random.choice(list(BASES), size=len(bases), p=[weights[base] / 2 for base in BASES])
    return in_case_of("".join(drawn), bases)


_OWN = (
    Baseline("mask", "every token that covers bases becomes the mask token"),
    Baseline("pad", "every token that covers bases becomes the padding token"),
    Baseline("unk", "every token that covers bases becomes the unknown token"),
    Baseline("zero", "the layer's output becomes the zero vector at every token that covers bases"),
    Baseline("mean", "every token that covers bases gets the mean of all token embeddings"),
    Baseline(
        "dinucleotide_shuffle",
        "the sequence with its bases shuffled, dinucleotide counts kept, then tokenised",
        dinucleotide_shuffle,
        drawn=True,
    ),
    Baseline(
        "gc_random",
        "random bases with the sequence's share of G and C, then tokenised",
        gc_random,
        drawn=True,
    ),
)

BASELINES: Registry[Baseline] = Registry(
    "baseline",
    "captum_dna.baselines",
    {one.name: one for one in _OWN},
    needs=("name", "words", "letters", "drawn"),
)
"""All baselines; open to other packages by the entry points ``captum_dna.baselines``. A DNA sequence of the same
length can stand in place of a name."""
