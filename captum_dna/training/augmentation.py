"""Small random changes to training sequences, so that a model cannot learn them by heart.

Masked stretches also teach a model what a masked token means: nothing. That makes the mask a
baseline worth integrating from.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from captum_dna.core.letters import BASES, in_case_of
from captum_dna.core.shuffles import dinucleotide_shuffle
from captum_dna.core.slips import names_slips

if TYPE_CHECKING:
    from numpy.random import Generator

    from captum_dna.model.encoding import Encoding


@names_slips
@dataclass(frozen=True, slots=True)
class Augmentation:
    """What may happen to a sequence each time that training reads it.

    Parameters
    ----------
    substitute
        Share of bases replaced by random ones.
    shift
        Most bases that a sequence is moved to either side; what leaves at one end enters at the other.
    mask
        About the share of bases hidden behind mask tokens, in stretches of ``mask_span`` bases at random places.
    mask_span
        Length of a hidden stretch in bases; more than k, or the neighbouring k-mers still spell it.
    shuffle
        Share of sequences replaced by their dinucleotide shuffle, which keeps the composition and
        destroys every motif.
    shuffle_label
        The class of such a shuffle, by name or index; sequences of this class are not shuffled.
    """

    substitute: float = 0.0
    shift: int = 0
    mask: float = 0.0
    mask_span: int = 15
    shuffle: float = 0.0
    shuffle_label: str | int | None = None

    def __post_init__(self) -> None:
        for name in ("substitute", "mask", "shuffle"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name}={getattr(self, name)} is not a share. Give a number from 0 to 1.")
        if self.shift < 0 or self.mask_span < 1:
            raise ValueError("shift is at least 0 and mask_span at least 1 base.")
        if self.shuffle and self.shuffle_label is None:
            raise ValueError("A shuffled sequence needs a class. Name it with shuffle_label=.")

    def change_label(self, bases: str, label: int, shuffled: int | None, rng: Generator) -> tuple[str, int]:
        """Return the letters and class of a sequence that may have become a shuffle of itself."""
        if shuffled is None or label == shuffled or rng.random() >= self.shuffle:
            return bases, label
        return dinucleotide_shuffle(bases, rng), shuffled

    def change_bases(self, bases: str, rng: Generator) -> str:
        """Return the letters after a shift and substitutions."""
        if self.shift:
            by = int(rng.integers(-self.shift, self.shift + 1))
            bases = bases[-by:] + bases[:-by]
        if self.substitute:
            hit = rng.random(len(bases)) < self.substitute
            new = rng.integers(len(BASES), size=len(bases))
            drawn = "".join(
                BASES[j] if replaced else base for base, replaced, j in zip(bases, hit, new, strict=True)
            )
            bases = in_case_of(drawn, bases)
        return bases

    def change_ids(self, encoding: Encoding, mask_id: int | None, rng: Generator) -> list[int]:
        """Return the token ids with those that touch a hidden stretch masked."""
        ids = list(encoding.input_ids)
        if not self.mask or mask_id is None:
            return ids
        length = len(encoding.bases)
        count = rng.poisson(self.mask * length / self.mask_span)
        for start in rng.integers(1 - self.mask_span, length, size=count):
            for i, span in enumerate(encoding.spans):
                if span is not None and span[0] < start + self.mask_span and start < span[1]:
                    ids[i] = mask_id
        return ids
