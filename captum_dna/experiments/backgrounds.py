"""Sequences that experiments are made in or compared with: backgrounds of one length, and real negatives."""

from __future__ import annotations

from itertools import cycle, islice
from typing import TYPE_CHECKING

from captum_dna.core.baselines import BASELINES
from captum_dna.core.checks import check_name, whole_number
from captum_dna.core.errors import SequenceError, UserError
from captum_dna.core.sequences import Sequence
from captum_dna.engine.baselines import generator
from captum_dna.io.readers import read_once
from captum_dna.io.reading import Reading

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from captum_dna.core.types import SequencesLike
    from captum_dna.experiments.readout import Readout

COUNT = 100
"""Shuffles that are drawn where nobody says how many."""


def shuffles() -> dict[str, str]:
    """Return the ways to make backgrounds of sequences, in words."""
    return {name: one.words for name, one in BASELINES.items() if one.drawn}


def backgrounds_of(
    readout: Readout, given: SequencesLike, reading: Reading, shuffle: str | None, count: int | None
) -> list[Sequence]:
    """Return backgrounds of one length, as given or drawn from what is given.

    Parameters
    ----------
    readout
        Who reads them.
    given, reading
        Sequences, and how to read them.
    shuffle
        How to draw from them; ``None`` takes them as they are.
    count
        How many to draw, from one after the other.

    Raises
    ------
    UserError
        None, of several lengths, or not to be read by the model.
    """
    items = read_once(given, reading)
    if not items:
        raise SequenceError("There are no backgrounds to plant motifs in.")
    lengths = {len(item): item for item in items}
    if len(lengths) > 1:
        first, other, *_ = lengths.values()
        raise SequenceError(
            f"Background '{first.name}' has {len(first)} bases and '{other.name}' {len(other)}: motifs are planted at the "
            "same base of all, so cut backgrounds to one length."
        )
    if shuffle is None:
        if count is not None:
            raise UserError(
                "`count` is for backgrounds that are drawn. Give `shuffle=` as well.", option="count"
            )
    else:
        check_name("way to shuffle", shuffle, shuffles(), option="shuffle")
        items = shuffled(
            items, shuffle, whole_number("count", COUNT if count is None else count, 1), readout.seed
        )
    readout.check(items)
    return items


def shuffled(items: list[Sequence], how: str, count: int, seed: int) -> list[Sequence]:
    """Return so many shuffles of sequences, in turn; what is drawn depends on the seed and the sequence alone."""
    letters = BASELINES[how].letters
    if letters is None:
        raise UserError(
            f"The baseline {how!r} is not random, so it cannot make backgrounds.", option="shuffle"
        )
    sources = [(item, generator(seed, item.bases)) for item in items]
    return [
        Sequence(f"{item.name}, shuffle {number}", letters(item.bases, random), origin=item.origin)
        for number, (item, random) in enumerate(islice(cycle(sources), count), start=1)
    ]


def outputs_of_negatives(readout: Readout, negatives: SequencesLike | None) -> NDArray[np.float64] | None:
    """Return (N, C) logits of real negatives; ``None`` where there are none."""
    if negatives is None:
        return None
    items = read_once(negatives, Reading())
    readout.check(items)
    return readout.logits((item.bases for item in items), len(items), "the negatives", "Negatives")
