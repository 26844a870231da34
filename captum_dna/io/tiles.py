"""Windows over a genome as a source of sequences: laid by rule, read one by one, never all in memory.

The letters are looked at once, before any model runs. Runs of N are gaps, which no window enters; what lies between two
gaps, or between a gap and an end of its chromosome, is a stretch. In a stretch (or what regions leave of it) windows
begin every ``stride`` bases, and the last is moved back so that it ends with the stretch. A region shorter than a window
gets one around its middle, and a stretch shorter than a window is one shorter window, or is skipped where it has less
than half the bases of one.
"""

from __future__ import annotations

from collections.abc import Sequence as SequenceABC
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, overload

import numpy as np

from captum_dna.core.errors import SequenceError, UserError
from captum_dna.core.sequences import Interval, Sequence
from captum_dna.io.bed import FOLLOWING, read_places
from captum_dna.io.files import InputError
from captum_dna.io.genome import Genome, no_chromosome

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    Spans = NDArray[np.int64]

GAP = 10
"""Letters N in a row that are a gap of the assembly, as at NCBI; fewer are read as they stand."""
_LEAST = 0.5
"""The share of a window that a shorter stretch must have to be read at all."""
_READ = 1 << 24
"""Bases of a chromosome that are looked at at a time."""
_N = ord("n")
_SMALL = 0x20
"""What makes a letter of ASCII a small one."""
_KNOWN = np.zeros(256, dtype=bool)
_KNOWN[list(b"ACGTURYSWKMBDHVNacgturyswkmbdhvn")] = True
_LISTED = 3


@dataclass(frozen=True, slots=True)
class Skipped:
    """What no window covers, of the bases that were asked for.

    Parameters
    ----------
    gaps, gap_bases
        Runs of N, and the bases in them.
    short, short_bases
        Stretches that are too short for a window, and the bases in them.
    """

    gaps: int
    gap_bases: int
    short: int
    short_bases: int

    def __str__(self) -> str:
        parts = [
            f"{count:,} {words} ({bases:,} bases)"
            for count, bases, words in (
                (self.gaps, self.gap_bases, "stretch of N" if self.gaps == 1 else "stretches of N"),
                (
                    self.short,
                    self.short_bases,
                    f"{'stretch' if self.short == 1 else 'stretches'} shorter than half a window",
                ),
            )
            if count
        ]
        return " and ".join(parts)


class Tiles(SequenceABC[Sequence]):
    r"""The windows of a genome, or of regions of it, in the order of the genome's chromosomes.

    Parameters
    ----------
    genome
        The FASTA file.
    window
        Bases of a window.
    stride
        Bases from the start of one window to that of the next.
    regions
        A BED file of the places to cover; all chromosomes by default. Overlapping regions are taken together, and their
        strands are not looked at.

    Attributes
    ----------
    sizes
        Bases of each chromosome of the genome.
    skipped
        What is not covered, and why.

    Raises
    ------
    InputError
        Files that cannot be read, a letter that no sequence has, or nothing to cover.
    SequenceError
        Regions that do not lie on the genome.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "genome.fa"
    >>> _ = file.write_text(">chr1\n" + "ACGTTGCA" * 4 + "N" * 20 + "TTGACATT\n")
    >>> tiles = Tiles(file, window=12, stride=8)
    >>> [str(tile.interval) for tile in tiles]
    ['chr1:0-12(+)', 'chr1:8-20(+)', 'chr1:16-28(+)', 'chr1:20-32(+)', 'chr1:52-60(+)']
    >>> print(tiles.skipped)
    1 stretch of N (20 bases)
    """

    def __init__(
        self, genome: str | Path, *, window: int, stride: int, regions: str | Path | None = None
    ) -> None:
        if not 0 < stride <= window:
            raise UserError(
                f"`window_stride` is {stride} bases, and windows of {window} bases would leave bases out between them, or "
                f"never move on. Give 1 to {window}.",
                option="window_stride",
            )
        self.window, self.stride = window, stride
        self._regions = None if regions is None else str(regions)
        self._genome: Genome | None = None
        with Genome(genome) as opened:
            self.path = opened.path
            self.sizes = opened.sizes
            wanted = _wanted(opened, regions)
            laid = [self._laid(opened, name, spans) for name, spans in wanted.items()]
        self.skipped = Skipped(*np.sum([skipped for _, skipped in laid], axis=0).tolist())
        self._chromosomes = tuple(wanted)
        spans = [rows for rows, _ in laid]
        self._of = np.repeat(np.arange(len(spans)), [len(rows) for rows in spans])
        self._rows = np.concatenate(spans)
        """Of each stretch that is covered: the first start, the last start, and the bases of a window."""
        counts = 1 + -(-(self._rows[:, 1] - self._rows[:, 0]) // self.stride)
        self._before = np.concatenate([[0], np.cumsum(counts)])
        if not len(self):
            raise InputError(
                f"{self.what} has no stretch of at least {_least(window)} bases without a gap. Give a shorter `window`.",
                option="window",
            )

    @property
    def what(self) -> str:
        """What to call it in sentences."""
        return str(self.path) if self._regions is None else f"{self._regions} on {self.path}"

    @property
    def identity(self) -> dict[str, object]:
        """What tells these windows from others, apart from their letters, as JSON takes it."""
        return {
            "genome": self.path.name,  # the file may lie elsewhere on another machine
            "chromosomes": self.sizes,
            "window": self.window,
            "window_stride": self.stride,
            "regions": None if self._regions is None else sha256(self._rows.tobytes()).hexdigest(),
        }

    def __len__(self) -> int:
        return int(self._before[-1])

    @overload
    def __getitem__(self, index: int) -> Sequence: ...
    @overload
    def __getitem__(self, index: slice) -> list[Sequence]: ...
    def __getitem__(self, index: int | slice) -> Sequence | list[Sequence]:
        """Return a window, or some, with its letters."""
        if isinstance(index, slice):
            return [self[place] for place in range(*index.indices(len(self)))]
        place = self.interval(index)
        genome = self._opened()
        last = min(place.end + FOLLOWING, self.sizes[place.chromosome])
        letters = genome.bases(place.chromosome, place.start, last)
        size = place.end - place.start
        return Sequence(str(place), letters[:size], interval=place, after=letters[size:])

    def __iter__(self) -> Iterator[Sequence]:
        return (self[index] for index in range(len(self)))

    def interval(self, index: int) -> Interval:
        """Return the place of a window, without its letters."""
        if index < 0:
            index += len(self)
        if not 0 <= index < len(self):
            raise IndexError(index)
        row = int(np.searchsorted(self._before, index, side="right")) - 1
        first, last, size = self._rows[row].tolist()
        start = min(first + (index - int(self._before[row])) * self.stride, last)
        return Interval(self._chromosomes[int(self._of[row])], start, start + size)

    def close(self) -> None:
        """Close the genome's file, which is opened where a window is asked for."""
        if self._genome is not None:
            self._genome.close()
            self._genome = None

    def __getstate__(self) -> dict[str, object]:
        return self.__dict__ | {"_genome": None}  # a process opens the file for itself

    def _opened(self) -> Genome:
        if self._genome is None:
            self._genome = Genome(self.path)
        return self._genome

    def _laid(
        self, genome: Genome, chromosome: str, wanted: Spans | None
    ) -> tuple[Spans, tuple[int, int, int, int]]:
        """Return the rows of a chromosome's covered stretches, and the numbers of what is skipped."""
        gaps = _gaps(genome, chromosome)
        size = self.sizes[chromosome]
        edges = np.concatenate([[0], gaps.ravel(), [size]]).reshape(-1, 2)
        stretches = edges[edges[:, 1] > edges[:, 0]]
        long = stretches[:, 1] - stretches[:, 0] >= _least(self.window)
        asked = np.array([[0, size]]) if wanted is None else wanted
        rows = [
            row
            for start, end in asked.tolist()
            for stretch in _overlapping(stretches[long], start, end).tolist()
            if (row := self._row(stretch, start, end)) is not None
        ]
        # regions near one another may ask for the same window
        kept = [row for at, row in enumerate(rows) if not at or row[0] != rows[at - 1][1]]
        skipped = (*_inside(gaps, asked), *_inside(stretches[~long], asked))
        return np.array(kept, dtype=np.int64).reshape(-1, 3), skipped

    def _row(self, stretch: list[int], start: int, end: int) -> tuple[int, int, int]:
        """Return the first and the last start of the windows that cover a region in a stretch, and their length."""
        first, last = max(start, stretch[0]), min(end, stretch[1])
        size = min(self.window, stretch[1] - stretch[0])
        if last - first > size:
            return first, last - size, size
        centred = (first + last) // 2 - size // 2
        placed = min(max(centred, stretch[0]), stretch[1] - size)
        return placed, placed, size


def _least(window: int) -> int:
    """Return the bases that a stretch must have."""
    return max(1, round(_LEAST * window))


def _wanted(genome: Genome, regions: str | Path | None) -> dict[str, Spans | None]:
    """Return the regions on each chromosome, in order and apart; ``None`` for a whole one."""
    if regions is None:
        return {name: None for name, size in genome.sizes.items() if size}
    sizes = genome.sizes
    by_chromosome: dict[str, list[tuple[int, int]]] = {}
    wrong = []
    for place in read_places(regions):
        if place.chromosome not in sizes:
            wrong.append(no_chromosome(place.chromosome, sizes, f"the genome {genome.path.name}"))
        elif place.start < 0 or place.end > sizes[place.chromosome]:
            wrong.append(
                f"{place.chromosome}:{place.start}-{place.end} does not lie on {place.chromosome}, which has "
                f"{sizes[place.chromosome]:,} bases in {genome.path.name}."
            )
        else:
            by_chromosome.setdefault(place.chromosome, []).append((place.start, place.end))
    if wrong:
        told = list(dict.fromkeys(wrong))
        more = f"\n  and {len(told) - _LISTED} more." if len(told) > _LISTED else ""
        listed = "\n  ".join(told[:_LISTED])
        raise SequenceError(f"{regions}: {len(wrong)} regions cannot be used:\n  {listed}{more}")
    if not by_chromosome:
        raise InputError(f"{regions} has no regions.")
    return {
        name: _together(np.array(sorted(by_chromosome[name]), dtype=np.int64))
        for name in genome.chromosomes
        if name in by_chromosome
    }


def _together(spans: Spans) -> Spans:
    """Return spans, sorted by their starts, with those that overlap or touch as one."""
    reach = np.maximum.accumulate(spans[:, 1])
    first = np.concatenate([[True], spans[1:, 0] > reach[:-1]])
    ends = reach[np.concatenate([np.flatnonzero(first)[1:] - 1, [len(spans) - 1]])]
    return np.column_stack([spans[first, 0], ends])


def _gaps(genome: Genome, chromosome: str) -> Spans:
    """Return where a chromosome's letters are all N, for long enough.

    Raises
    ------
    InputError
        It has a letter that no sequence has.
    """
    edges: list[NDArray[np.int64]] = []
    inside = False
    size = genome.length(chromosome)
    for start in range(0, size, _READ):
        bases = genome.bases(chromosome, start, min(start + _READ, size))
        letters = np.frombuffer(bases.encode("ascii", "replace"), dtype=np.uint8)
        known = _KNOWN[letters]
        if not known.all():
            at = int(np.argmin(known))
            raise InputError(
                f"{chromosome} has {bases[at]!r} at position {start + at + 1:,} of {genome.path.name}; allowed are A, C, G, "
                "T, U, N and the other IUPAC codes."
            )
        missing = (letters | _SMALL) == _N
        edges.append(np.flatnonzero(np.diff(missing, prepend=inside)) + start)
        inside = bool(missing[-1])
    runs = np.concatenate([*edges, np.array([size] if inside else [], dtype=np.int64)]).reshape(-1, 2)
    gaps: Spans = runs[runs[:, 1] - runs[:, 0] >= GAP]
    return gaps


def _overlapping(spans: Spans, start: int, end: int) -> Spans:
    """Return those of some spans, in order and apart, that have bases in a stretch."""
    first = int(np.searchsorted(spans[:, 1], start, side="right"))
    return spans[first : int(np.searchsorted(spans[:, 0], end, side="left"))]


def _inside(spans: Spans, asked: Spans) -> tuple[int, int]:
    """Return how many spans have bases in what is asked for, and how many bases these are."""
    count = bases = 0
    for start, end in asked.tolist():
        found = _overlapping(spans, start, end)
        count += len(found)
        bases += int((np.minimum(found[:, 1], end) - np.maximum(found[:, 0], start)).sum())
    return count, bases
