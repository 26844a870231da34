"""A change of a sequence, as a line of VCF has it."""

from __future__ import annotations

from dataclasses import dataclass

from captum_dna.core.slips import names_slips


@names_slips
@dataclass(frozen=True, slots=True)
class Variant:
    """A change of a sequence, as a line of VCF has it.

    Parameters
    ----------
    chromosome
        Name of the chromosome, as the genome has it.
    position
        Position of the first letter of ``ref``, counted from 1.
    ref, alt
        The letters there, and those in their place; at least one each.
    name
        What to call it, such as its rs number.
    """

    chromosome: str
    position: int
    ref: str
    alt: str
    name: str = ""

    def __str__(self) -> str:
        place = f"{self.chromosome}:{self.position:,} {short_allele(self.ref)}>{short_allele(self.alt)}"
        return f"{self.name} ({place})" if self.name else place


def short_allele(allele: str) -> str:
    """Return an allele as a sentence has room for it."""
    return allele if len(allele) <= 12 else f"{allele[:5]}...{allele[-3:]} ({len(allele)} bases)"
