"""How the bases of a sequence are numbered, for people; ``static/element/axis.js`` numbers them in the same way.

From the origin where there is one, else by the place in the genome (from 1, as genome browsers do), else from 0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from captum_dna.core.sequences import Interval, Sequence


class Placed(Protocol):
    """What has an origin and, perhaps, a place in a genome: sequences and results."""

    @property
    def origin(self) -> int:
        """The base that is numbered 0."""
        ...

    @property
    def interval(self) -> Interval | None:
        """The place in a genome."""
        ...


def base_number(item: Placed, base: int) -> int:
    """Return the number of a base, which is given by its index."""
    place = item.interval
    if place is None or item.origin:
        return base - item.origin
    return place.end - base if place.strand == "-" else place.start + 1 + base


def base_name(item: Placed, base: int) -> str:
    """Return the number of a base as words: "-30", "+5", "chr1:12345".

    Examples
    --------
    >>> from captum_dna.core.sequences import Interval, Sequence
    >>> base_name(Sequence("a", "ACGT"), 2), base_name(Sequence("a", "ACGT", origin=1), 2)
    ('2', '+1')
    >>> base_name(Sequence("a", "ACGT", interval=Interval("chr1", 100, 104, "-")), 0)
    'chr1:104'
    """
    number = base_number(item, base)
    if item.interval is not None and not item.origin:
        return f"{item.interval.chromosome}:{number}"
    return f"+{number}" if item.origin and number > 0 else str(number)


def range_name(item: Placed, start: int, end: int) -> str:
    """Return a half-open stretch from its first to its last base; in a genome the smaller number comes first.

    Examples
    --------
    >>> from captum_dna.core.sequences import Interval, Sequence
    >>> range_name(Sequence("a", "ACGT"), 1, 3), range_name(Sequence("a", "ACGT", origin=2), 0, 2)
    ('1..2', '-2..-1')
    >>> range_name(Sequence("a", "ACGT", interval=Interval("chr1", 100, 104, "-")), 0, 2)
    'chr1:103-104'
    """
    if end - start == 1:
        return base_name(item, start)
    if item.interval is None or item.origin:
        return f"{base_name(item, start)}..{base_name(item, end - 1)}"
    first, last = sorted((base_number(item, start), base_number(item, end - 1)))
    return f"{item.interval.chromosome}:{first}-{last}"


def window_name(sequence: Sequence, start: int, size: int) -> str:
    """Return what a window of a sequence is called: by its bases, as the axis of the whole numbers them.

    Examples
    --------
    >>> from captum_dna.core.sequences import Sequence
    >>> window_name(Sequence("a", "ACGT"), 1, 3)
    'a, bases 1..3'
    """
    return f"{sequence.name}, bases {range_name(sequence, start, start + size)}"
