"""A variant and the two sequences that it is about: the reference's bases and the alternative's, aligned.

Both begin at the same base and have the variant's first base at the same place. The bases after the variant
take up the change of length: a deletion lets further bases in at the right end, an insertion pushes some out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

import numpy as np

from captum_dna.core.errors import SequenceError
from captum_dna.core.letters import in_case_of, is_bases
from captum_dna.core.sequences import Interval, Sequence
from captum_dna.core.variant import Variant, short_allele
from captum_dna.io.genome import no_chromosome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray


_OWN = "the sequence has"


class Letters(Protocol):
    """A genome, as far as variants need it."""

    @property
    def chromosomes(self) -> Iterable[str]:
        """Names of the chromosomes."""
        ...

    def length(self, chromosome: str) -> int:
        """Return the number of bases of a chromosome."""
        ...

    def bases(self, chromosome: str, start: int, end: int) -> str:
        """Return the letters from ``start`` to before ``end``, from 0."""
        ...


@dataclass(frozen=True, slots=True)
class Alleles:
    """The two sequences of one variant.

    Parameters
    ----------
    variant
        What changes.
    reference, alternative
        The sequences without and with the change.
    offset
        Index of the variant's first base in both.
    remark
        What is not as usual, in a sentence; empty if nothing is.
    """

    variant: Variant
    reference: Sequence
    alternative: Sequence
    offset: int
    remark: str = ""

    def columns(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return, per column of the alignment, the base of the reference and that of the alternative.

        Returns
        -------
        Two (C,) arrays of indices, -1 where an allele has no base. Alleles are aligned from their first
        letters, as VCF writes them, and what is left of the longer one stands opposite a gap.
        """
        ref, alt = len(self.variant.ref), len(self.variant.alt)
        right = (len(self.reference) - self.offset - ref, len(self.alternative) - self.offset - alt)
        middle, end = max(ref, alt), max(right)
        return (
            _placed(self.offset, ref, middle, right[0], end),
            _placed(self.offset, alt, middle, right[1], end),
        )


def alleles_in_genome(variant: Variant, genome: Letters, length: int) -> Alleles:
    """Return the two sequences of ``length`` bases with the variant's first base in their middle.

    Near an end of the chromosome the window is moved, so that it lies within; a remark says so.

    Raises
    ------
    SequenceError
        The chromosome is not in the genome, the position not on it, the reference allele not what the
        genome has there, or an allele no letters or too long.
    """
    if variant.chromosome not in genome.chromosomes:
        raise SequenceError(
            f"{variant}: {no_chromosome(variant.chromosome, genome.chromosomes, 'the genome')}"
        )
    chromosome = variant.chromosome
    size = genome.length(chromosome)
    start = max(0, min(variant.position - 1 - length // 2, size - length))
    end = min(start + length, size)
    _check(variant, size, f"{chromosome} has", lambda a, b: genome.bases(chromosome, a, b))
    whole = genome.bases(chromosome, start, min(end + len(variant.ref), size))
    reference = Sequence("", whole[: end - start], interval=Interval(chromosome, start, end))
    pair = _pair(variant, reference, whole, variant.position - 1 - start, length)
    if pair.offset == length // 2:
        return pair
    moved = (
        f"It stands at base {pair.offset + 1} of {len(reference)}, not in the middle, because {chromosome} "
        f"{'begins' if pair.offset < length // 2 else 'ends'} there."
    )
    return replace(pair, remark=f"{moved} {pair.remark}".strip())


def alleles_in_sequence(sequence: Sequence, offset: int, ref: str, alt: str, length: int) -> Alleles:
    """Return the two sequences of a change at ``offset``, counted from 0, of a sequence of one's own.

    Of a sequence longer than ``length`` the bases around the variant are taken. Where there are no further
    bases, the alternative of a deletion is shorter than its reference.

    Raises
    ------
    SequenceError
        The sequence has other letters there, or an allele is not letters or too long.
    """
    variant = Variant(sequence.name, offset + 1, ref, alt)
    size = len(sequence)
    _check(variant, size, _OWN, lambda a, b: sequence.bases[a:b])
    start = max(0, min(offset - length // 2, size - length))
    end = min(start + length, size)
    return _pair(variant, sequence.part(start, end), sequence.bases[start:], offset - start, length)


def _pair(variant: Variant, reference: Sequence, whole: str, offset: int, length: int) -> Alleles:
    """Return both sequences, of letters that begin with the reference's and may go on beyond them."""
    after = offset + len(variant.ref)
    room = length - offset - len(variant.alt)
    if after > len(reference) or room < 0:
        longest = max((variant.ref, variant.alt), key=len)
        raise SequenceError(
            f"{variant}: an allele of {len(longest)} bases does not fit into sequences of {length} bases "
            f"in which it begins at base {offset + 1}. Give a larger length."
        )
    replaced = whole[offset:after].ljust(len(variant.alt), whole[after - 1])[: len(variant.alt)]
    alt = in_case_of(variant.alt, replaced)
    bases = whole[:offset] + alt + whole[after : after + room]
    shorter = len(reference) - len(bases)
    moved = len(variant.ref) != len(variant.alt)
    return Alleles(
        variant,
        replace(reference, name=f"{variant}, reference", label=None),
        replace(
            reference,
            name=f"{variant}, alternative",
            bases=bases,
            label=None,
            interval=None if moved else reference.interval,
            tracks=() if moved else reference.tracks,
            drawn_from=reference.bases,
        ),
        offset,
        f"The alternative is {shorter} bases shorter, because no letters follow." if shorter > 0 else "",
    )


def _check(variant: Variant, size: int, owner: str, letters: Callable[[int, int], str]) -> None:
    """Refuse alleles that are not letters, and a reference that is not what is there."""
    if not variant.alt or variant.alt == ".":
        raise SequenceError(f"{variant} has no alternative allele, so there is nothing to compare.")
    for kind, allele in (("reference", variant.ref), ("alternative", variant.alt)):
        if not is_bases(allele):
            raise SequenceError(
                f"{variant} has the {kind} allele {allele!r}, which is not written in bases: symbolic alleles, "
                'breakends and * cannot be explained. Leave it out, or skip such variants with `on_invalid="skip"`.'
            )
    if variant.ref.upper() == variant.alt.upper():
        raise SequenceError(f"{variant} changes nothing: its alleles are the same.")
    start = variant.position - 1
    if start < 0 or start + len(variant.ref) > size:
        raise SequenceError(
            f"{variant} reaches from base {variant.position:,} to {start + len(variant.ref):,}, but {owner} "
            f"{size:,} bases."
        )
    found = letters(start, start + len(variant.ref))
    if found.upper() != variant.ref.upper():
        raise SequenceError(
            f"{variant} says {short_allele(variant.ref)}, but {owner} {short_allele(found)} at base {variant.position:,}: "
            f"is this the right {'assembly' if owner != _OWN else 'sequence'}, and does the place count from "
            f"{'1, as in VCF' if owner != _OWN else '0'}?"
        )


def _placed(offset: int, own: int, middle: int, right: int, end: int) -> NDArray[np.int64]:
    """Return the bases of one allele's sequence at the columns of both, -1 at gaps."""
    gap = np.full(middle - own, -1)
    rest = np.full(end - right, -1)
    after = offset + own
    return np.concatenate([np.arange(after), gap, np.arange(after, after + right), rest])
