"""Which pairs of bases of a long sequence are worth a look: those in blocks that depend on each other."""

from __future__ import annotations

from itertools import combinations, product
from typing import TYPE_CHECKING

import numpy as np

from captum_dna.core.letters import other_bases, plant
from captum_dna.engine.baselines import generator

if TYPE_CHECKING:
    from collections.abc import Iterator

    from captum_dna.core.sequences import Sequence
    from captum_dna.experiments.readout import Readout

    Pair = tuple[int, int]

BLOCKS = 32
"""Blocks that a sequence is cut into, at most."""

_DRAWS = 3
"""Ways in which all bases of a block are substituted."""


def pairs_in_blocks(readout: Readout, item: Sequence, target: int, most: int) -> list[Pair]:
    """Return about so many pairs of bases, those of the blocks that depend on each other most.

    Every base of a block is substituted at once. The dependency of two blocks is that of two bases; a block with
    itself counts with its own effect, which what lies within it cannot show.

    Parameters
    ----------
    readout, item
        The model and the sequence of L bases.
    target
        The class explained.
    most
        Pairs to return; as many whole pairs of blocks as have them.
    """
    bases = item.bases
    size = -(-len(bases) // BLOCKS)
    blocks = [(first, min(first + size, len(bases))) for first in range(0, len(bases), size)]
    random = generator(readout.seed, bases)
    drawn = [
        [
            "".join(random.choice(list(other_bases(letter))) for letter in bases[first:last])
            for _ in range(_DRAWS)
        ]
        for first, last in blocks
    ]
    several = list(combinations(range(len(blocks)), 2))

    def texts() -> Iterator[str]:
        yield bases
        for one, way in product(range(len(blocks)), range(_DRAWS)):
            yield plant(bases, blocks[one][0], drawn[one][way])
        for (one, other), way in product(several, range(_DRAWS)):
            yield plant(plant(bases, blocks[one][0], drawn[one][way]), blocks[other][0], drawn[other][way])

    total = 1 + _DRAWS * (len(blocks) + len(several))
    f = readout.f(readout.logits(texts(), total, item.name, "Pairs of blocks"), target)
    alone = (f[1 : 1 + _DRAWS * len(blocks)] - f[0]).reshape(len(blocks), _DRAWS)
    both = (f[1 + _DRAWS * len(blocks) :] - f[0]).reshape(len(several), _DRAWS)
    strength = {(one, one): float(np.abs(alone[one]).max()) for one in range(len(blocks))}
    for (one, other), value in zip(several, both, strict=True):
        strength[one, other] = float(np.abs(value - alone[one] - alone[other]).max())
    chosen: list[Pair] = []
    for one, other in sorted(strength, key=lambda pair: -strength[pair]):
        if len(chosen) >= most:
            break
        chosen += [(i, j) for i, j in product(range(*blocks[one]), range(*blocks[other])) if i < j]
    return chosen
