"""Places in a genome, from BED and narrowPeak files, and the sequences that lie there."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from captum_dna.core.errors import SequenceError
from captum_dna.core.letters import reverse_complement
from captum_dna.core.paths import at_home
from captum_dna.core.sequences import Interval, Sequence, Track
from captum_dna.io.files import InputError, beginning, explained, file_opener, is_plain
from captum_dna.io.formats import Reader, Source
from captum_dna.io.genome import Genome
from captum_dna.io.places import START, NoPlacesError, Place, Placed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from captum_dna.io.files import Opener
    from captum_dna.io.formats import Records
    from captum_dna.io.reading import Windows

_HEADERS = ("track", "browser")
_NARROW_PEAK = 10
"""Columns of narrowPeak; the last is the summit's distance from the start, or -1."""
_MOST = 12
_STRANDS = {"+": "+", "1": "+", "-": "-", "-1": "-", ".": "+", "*": "+", "NA": "+", "": "+"}
"""What tools write for a strand; where none is known, the forward one is read."""
_PLACE = re.compile(r"\S+:[0-9]+-[0-9]+")
"""What SEACR writes where BED has the strand: the place of the highest signal."""
_WHOLE = re.compile(r"-?[0-9]{1,18}")
_NUMBER = re.compile(r"[+-]?[0-9][0-9.,_]*([eE][+-]?[0-9]+)?")
_FIRST_LINES = 20
FOLLOWING = 16
"""Bases after an interval that are read as well, for windows that are shifted by less than a word."""


class _Line(NamedTuple):
    """What a line of BED says."""

    place: Interval
    name: str
    score: str
    summit: int | None


def looks_like_bed(beginning: bytes) -> bool:
    """Whether text begins as BED does: a name and two numbers, after header lines if there are any."""
    for line in beginning.decode("utf-8", "replace").splitlines()[:_FIRST_LINES]:
        words = _words(line)
        if words:
            return len(words) >= 3 and words[1].isdecimal() and words[2].isdecimal()
    return False


def read_places(path: str | Path) -> Iterator[Interval]:
    """Yield the intervals of a BED file in its order, without their letters.

    Raises
    ------
    SequenceError
        A line that is not one, with its number.
    """
    for number, words in _lines(file_opener(at_home(path)), str(path)):
        try:
            yield _line(words).place
        except SequenceError as error:
            raise SequenceError(f"{path}: line {number}: {error}") from error


def _lines(opener: Opener, what: str, place: Place = START) -> Iterator[tuple[int, list[str]]]:
    """Yield the number and the columns of each line that holds an interval; any line ends do."""
    with explained(what), opener() as stream:
        if place.at:
            stream.seek(place.at)
        text = io.TextIOWrapper(stream, encoding="utf-8", newline=None)
        for number, line in enumerate(text, start=place.line + 1):
            words = _words(line)
            if words:
                yield number, words


def _walk(opener: Opener, what: str, windows: Windows) -> Iterator[tuple[int, int, str]]:
    """Yield where each line with an interval begins, the lines before it, and the name of its sequence."""
    with explained(what), opener() as stream:
        at = stream.tell()
        for before, raw in enumerate(stream):
            line = raw.decode()
            if "\r" in line.rstrip("\r\n"):  # ends a line as well
                raise NoPlacesError
            words = _words(line)
            if words:
                yield at, before, _name(words, windows)
            at += len(raw)


def _name(words: list[str], windows: Windows) -> str:
    """Return what the sequence of a line is called, nothing for a line that is not right."""
    if len(words) > 5 and words[3].strip() not in ("", "."):
        return words[3].strip()
    if len(words) == 3 and _quick(words[1]) and _quick(words[2]):  # as the lines below, and quicker
        start, end, length = int(words[1]), int(words[2]), windows.length
        start, end = (start, end) if length is None else _around((start + end) // 2, length)
        return f"{words[0].strip()}:{start}-{end}(+)"
    try:
        line = _line(words)
        return line.name or str(_taken(line, windows))
    except SequenceError:
        return ""


def _quick(text: str) -> bool:
    """Tell digits that a number can be made of at once."""
    return text.isdecimal() and len(text) < 19


def _words(line: str) -> list[str]:
    """Return the columns of a line of BED, none of a blank one or a header."""
    stripped = line.rstrip("\r\n")
    words = stripped.split("\t") if "\t" in stripped else stripped.split()
    if not words or words[0].startswith("#") or words[0].split(" ")[0] in _HEADERS or not stripped.strip():
        return []
    return words


def _line(words: list[str]) -> _Line:
    """Return what the columns of a line say, or raise what is wrong with them."""
    if len(words) < 3:
        raise SequenceError(
            f"it has only {len(words)} of the first three columns of BED (chromosome, start and end, "
            "separated by tabs)."
        )
    if len(words) > _MOST:
        raise SequenceError(
            f"it has {len(words)} columns, and BED has at most {_MOST}. Keep the first ones, as cut -f1-6 does."
        )
    chromosome, *ends = (word.strip() for word in words[:3])
    if not all(_WHOLE.fullmatch(text) for text in ends):
        if all(text.isascii() and text.isdecimal() for text in ends):
            raise SequenceError(
                f"{chromosome}:{ends[0]:.40}-{ends[1]:.40} is beyond the end of every chromosome."
            )
        raise SequenceError(
            f"start and end are {ends[0]!r:.40} and {ends[1]!r:.40}, not whole numbers: {_way_out(words)}."
        )
    start, end = map(int, ends)
    if end <= start:
        raise SequenceError(f"{chromosome}:{start}-{end} is empty. BED counts from 0 and excludes the end.")
    rest = [word.strip() for word in words[3:]]
    if len(rest) in (1, 2) and rest[-1] in ("+", "-"):  # bedtools merge -s and others leave columns out
        if rest[0] == str(end - start + 1):
            raise SequenceError(
                f"{chromosome}:{start}-{end} is said to have {rest[0]} bases, so its start counts from 1. Subtract 1."
            )
        rest = [*[*rest[:-1], "", ""][:2], rest[-1]]
    strand = rest[2] if len(rest) > 2 else "."
    if _PLACE.fullmatch(strand):
        rest, strand = [], "."
    if strand not in _STRANDS:
        raise SequenceError(f"the strand of {chromosome}:{start}-{end} is {strand!r}, not +, - or '.'.")
    return _Line(
        Interval(chromosome, start, end, _STRANDS[strand]),
        name=rest[0] if rest and rest[0] != "." else "",
        score=rest[1] if len(rest) > 1 and rest[1] not in ("0", ".", "") else "",
        summit=_summit(words, start, end),
    )


def _way_out(words: list[str]) -> str:
    """Return what to do about a line whose second and third columns are not whole numbers."""
    first, start, end = (word.strip() for word in words[:3])
    if first.isdecimal() and end.isdecimal() and len(words) > 3 and words[3].strip().isdecimal():
        return "the first column is a bin, as in UCSC tables, so leave it out"
    if _NUMBER.fullmatch(start) and _NUMBER.fullmatch(end):
        return "write plain digits, without points, commas or exponents"
    if len(words) > 7 and words[3].strip().isdecimal() and words[4].strip().isdecimal():
        return "this looks like GFF or GTF, whose starts count from 1, so write it as BED"
    if start.isalpha() and end.isalpha():
        return "if these are the names of columns, begin the line with #"
    return "BED has the columns chromosome, start and end first, separated by tabs"


def _summit(words: list[str], start: int, end: int) -> int | None:
    """Return the summit's place in the genome; ``None`` where the line has none."""
    if len(words) != _NARROW_PEAK or words[-1].strip() == "-1":
        return None
    if not _WHOLE.fullmatch(words[-1].strip()):
        raise SequenceError(f"the summit is {words[-1]!r}, not a whole number.")
    offset = int(words[-1])
    if not 0 <= offset < end - start:
        raise SequenceError(
            f"the summit, {offset} bases from the start, is outside its interval of {end - start} bases."
        )
    return start + offset


def _sequence(line: _Line, genome: Genome, windows: Windows) -> Sequence:
    """Return the sequence of an interval, widened or narrowed, on the interval's strand."""
    taken = _taken(line, windows)
    place, start, end = line.place, taken.start, taken.end
    try:
        letters = genome.bases(place.chromosome, start, end)
    except SequenceError as error:
        widened = f" after it was resized to {windows.length} bases" if windows.length is not None else ""
        raise SequenceError(f"{_called(line)}{widened}: {error}") from error
    name = line.name or str(taken)
    tracks = _tracks(line, start, end)
    if place.strand == "+":
        last = min(genome.length(place.chromosome), end + FOLLOWING)
        after = genome.bases(place.chromosome, end, last)
        return Sequence(name, letters, interval=taken, tracks=tracks, after=after)
    after = reverse_complement(genome.bases(place.chromosome, max(0, start - FOLLOWING), start))
    if not tracks:
        return Sequence(name, reverse_complement(letters), interval=taken, after=after)
    forward = Sequence(name, letters, interval=Interval(place.chromosome, start, end), tracks=tracks)
    return replace(forward.reverse_complement(), after=after)


def _taken(line: _Line, windows: Windows) -> Interval:
    """Return the bases that are taken of an interval, or around it."""
    place = line.place
    if windows.length is None:
        return place
    if windows.centre == "summit" and line.summit is None:
        raise SequenceError(f"{_called(line)} has no summit. Use `centre='middle'`.")
    centre = (
        (place.start + place.end) // 2 if windows.centre == "middle" or line.summit is None else line.summit
    )
    start, end = _around(centre, windows.length)
    return replace(place, start=start, end=end)


def _around(centre: int, length: int) -> tuple[int, int]:
    """Return the bases of a window around one of them."""
    return centre - length // 2, centre - length // 2 + length


def _called(line: _Line) -> str:
    """Return the words for an interval in an error."""
    return f"{line.place} ('{line.name}')" if line.name else str(line.place)


def _tracks(line: _Line, start: int, end: int) -> tuple[Track, ...]:
    """Return a track of the interval within the bases taken, if it says more than they do."""
    place = line.place
    if (place.start, place.end) == (start, end) and not line.score and line.summit is None:
        return ()
    said = f"{line.name or 'interval'}{f', score {line.score}' if line.score else ''}"
    spans = [(max(place.start, start) - start, min(place.end, end) - start, said)]
    if line.summit is not None and start <= line.summit < end:
        spans.append((line.summit - start, line.summit - start + 1, "summit"))
    return (Track("interval", tuple(sorted(spans))),)


def _records(source: Source) -> Records:
    """Return what yields the sequences of a BED file's intervals, or what is wrong with a line.

    On the ``-`` strand the sequence is the reverse complement. Sequences are named as the intervals are,
    else by their place. Where the bases taken are not just the interval's, a track shows the interval.
    """
    what, opener, genome, windows = (
        source.what,
        source.opener,
        source.reading.genome,
        source.reading.windows,
    )
    source.reading.refuse_columns(what)
    if genome is None:
        raise InputError(
            f"{what} is BED. It has genome intervals but no letters. "
            "Name the FASTA file of that genome with `genome=`, such as `genome='genome.fa'`."
        )
    if beginning(source.opener, what)[:1] in b">@":
        raise InputError(f"{what} is FASTA, and `genome=` is for the intervals of a BED file. Leave it out.")
    Genome(genome).close()  # whatever is wrong with it is told first

    def records(place: Place = START) -> Iterator[Sequence | SequenceError]:
        with Genome(genome) as opened:
            for number, words in _lines(opener, what, place):
                try:
                    yield _sequence(_line(words), opened, windows)
                except SequenceError as error:
                    yield SequenceError(f"Line {number}: {error}")

    return Placed(records, lambda: _walk(opener, what, windows)) if is_plain(opener) else records


BED = Reader(
    name="bed",
    words="BED or narrowPeak (with `genome=`)",
    suffixes=(".bed", ".narrowpeak", ".broadpeak"),
    sniff=looks_like_bed,
    records=_records,
    intervals=True,
)
