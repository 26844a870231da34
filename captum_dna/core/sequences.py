"""What a DNA sequence is: named letters, where they lie in a genome, and what is known of them.

Nothing here knows about models, files or torch.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from captum_dna.core.checks import whole_number
from captum_dna.core.errors import SequenceError, UserError
from captum_dna.core.letters import reverse_complement
from captum_dna.core.slips import names_slips

_SHOWN = 30
"""Letters of a sequence that are shown of it in a line."""


def _check_kind(of: object, name: str, kinds: type | tuple[type, ...], words: str) -> None:
    """Refuse a field that is not what it should be."""
    value = getattr(of, name)
    if not isinstance(value, kinds):
        raise SequenceError(f"The {name} of {type(of).__name__}() must be {words}, not {value!r:.40}.")


def _whole_number_in(of: object, name: str) -> None:
    """Make a field Python's own whole number, or refuse it."""
    value = getattr(of, name)
    if type(value) is not int:
        try:
            object.__setattr__(of, name, whole_number(name, value))
        except UserError:
            raise SequenceError(
                f"The {name} of {type(of).__name__}() must be a whole number, not {value!r:.40}."
            ) from None


@names_slips
@dataclass(frozen=True, slots=True)
class Interval:
    """A stretch of a genome: 0-based and half-open, as in BED."""

    chromosome: str
    start: int
    end: int
    strand: str = "+"

    def __post_init__(self) -> None:
        _check_kind(self, "chromosome", str, "the name of a chromosome")
        _whole_number_in(self, "start")
        _whole_number_in(self, "end")
        if self.strand not in ("+", "-"):
            raise SequenceError(f"The strand of an interval is '+' or '-', not {self.strand!r:.40}.")

    def __str__(self) -> str:
        return f"{self.chromosome}:{self.start}-{self.end}({self.strand})"


@names_slips
@dataclass(frozen=True, slots=True)
class Track:
    """Named stretches on the base axis of one sequence, such as known or planted motifs.

    Parameters
    ----------
    name
        What the track shows, for example ``"planted TATA box (designed)"``.
    spans
        ``(start, end, text)`` per stretch; 0-based, half-open, in bases of the sequence.
    """

    name: str
    spans: tuple[tuple[int, int, str], ...]

    def __post_init__(self) -> None:
        _check_kind(self, "name", str, "a text")
        try:
            spans = tuple(
                (whole_number("start", start), whole_number("end", end), str(text))
                for start, end, text in self.spans
            )
        except (TypeError, ValueError) as error:
            raise SequenceError(
                f"The spans of the track {self.name!r} must be (start, end, text) each, not {self.spans!r:.60}."
            ) from error
        object.__setattr__(self, "spans", spans)


@names_slips
@dataclass(frozen=True, slots=True)
class Sequence:
    """One DNA (or RNA) sequence and what is known about it.

    Parameters
    ----------
    name
        What the user calls it; shown everywhere.
    bases
        The letters as the user wrote them, white space removed. Lower case (soft-masked) is kept.
    label
        The true class, by name or index, or the measured value; ``None`` where it is unknown.
    interval
        Where it lies in a genome, if known; its length is that of ``bases``.
    origin
        The index of the base to number as 0 on the axis (a transcription start, say).
    tracks
        Annotations to draw on the same axis.
    words
        Length of the words that the letters were written in, with a blank between them; ``None`` where they were not.
    after
        The letters that follow in the genome, on the same strand, as far as they are known.
    drawn_from
        Of a mutant, the letters of the sequence that it is compared with: what is random, such as a shuffled baseline, is
        drawn from these, so that it is the same for both. Its own where empty.
    drawn_at
        Index among those letters of the first base: of a shifted window, by how much it is shifted.
    """

    name: str
    bases: str
    label: str | int | float | None = None
    interval: Interval | None = None
    origin: int = 0
    tracks: tuple[Track, ...] = ()
    words: int | None = field(default=None, compare=False, repr=False)
    after: str = field(default="", compare=False, repr=False)
    drawn_from: str = field(default="", compare=False, repr=False)
    drawn_at: int = field(default=0, compare=False, repr=False)

    def __post_init__(self) -> None:
        _check_kind(self, "name", str, "a text")
        _check_kind(self, "bases", str, "a text of letters")
        _check_kind(self, "interval", (Interval, type(None)), "an Interval or None")
        tracks = tuple(self.tracks) if isinstance(self.tracks, (list, tuple)) else None
        if tracks is None or not all(isinstance(one, Track) for one in tracks):
            raise SequenceError(
                f"The tracks of Sequence() must be a tuple of Track, not {self.tracks!r:.60}."
            )
        object.__setattr__(self, "tracks", tracks)
        _whole_number_in(self, "origin")

    def __repr__(self) -> str:
        letters = self.bases if len(self.bases) <= _SHOWN else f"{self.bases[:_SHOWN]}..."
        known = [str(one) for one in (self.label, self.interval) if one is not None]
        return f"<Sequence {', '.join([self.name, f'{len(self):,} bases', *known])}: {letters}>"

    def __len__(self) -> int:
        return len(self.bases)

    def reverse_complement(self) -> Sequence:
        """Return the other strand; tracks and the origin turn with it."""
        length = len(self)
        turned = tuple(
            Track(t.name, tuple(sorted((length - end, length - start, text) for start, end, text in t.spans)))
            for t in self.tracks
        )
        interval = self.interval
        if interval is not None:
            strand = "-" if interval.strand == "+" else "+"
            interval = Interval(interval.chromosome, interval.start, interval.end, strand)
        return replace(
            self,
            bases=reverse_complement(self.bases),
            interval=interval,
            origin=length - 1 - self.origin if self.origin else 0,
            tracks=turned,
            after="",
            drawn_from=reverse_complement(self.drawn_from),
            drawn_at=len(self.drawn_from) - length - self.drawn_at if self.drawn_from else 0,
        )

    def shifted(self, by: int) -> Sequence:
        """Return the window that begins so many bases later, as long as this one where what follows in the genome is known.

        Examples
        --------
        >>> Sequence("x", "ACGTAC", after="GG").shifted(1).bases, Sequence("x", "ACGTAC").shifted(1).bases
        ('CGTACG', 'CGTAC')
        """
        added = self.after[:by]
        interval = self.interval
        if interval is not None and interval.strand == "+":
            interval = replace(interval, end=interval.end + len(added))
        elif interval is not None:
            interval = replace(interval, start=interval.start - len(added))
        longer = replace(self, bases=self.bases + added, interval=interval, after=self.after[by:])
        return replace(
            longer.part(by, len(longer)),
            drawn_from=self.drawn_from or self.bases,
            drawn_at=self.drawn_at + by,
        )

    def part(self, start: int, end: int) -> Sequence:
        """Return the bases from ``start`` to before ``end``, with what is known of them.

        The genome interval and the tracks are cut; the axis goes on counting as that of the whole does.
        """
        interval = self.interval
        if interval is not None:
            before, after = start, len(self) - end
            if interval.strand == "-":
                before, after = after, before
            interval = replace(interval, start=interval.start + before, end=interval.end - after)
        tracks = tuple(
            Track(
                track.name,
                tuple(
                    (max(a, start) - start, min(b, end) - start, text)
                    for a, b, text in track.spans
                    if a < end and b > start
                ),
            )
            for track in self.tracks
        )
        counts_on = self.origin or interval is None
        return replace(
            self,
            bases=self.bases[start:end],
            interval=interval,
            origin=self.origin - start if counts_on else 0,
            tracks=tracks,
            after=self.after if end == len(self) else "",
            drawn_from="" if self.drawn_at else self.drawn_from[start:end],
            drawn_at=0,
        )
