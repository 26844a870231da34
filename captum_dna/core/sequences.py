"""What a DNA sequence is: its alphabet, cleaning, reverse complement and shuffles.

Nothing here knows about models, files or torch.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np

from captum_dna.core.checks import whole_number
from captum_dna.core.errors import UserError
from captum_dna.core.notices import tell
from captum_dna.core.slips import names_slips

BASES = "ACGT"
"""The one-hot order of the four bases."""

IUPAC = {
    "A": "A", "C": "C", "G": "G", "T": "T", "U": "T",
    "R": "AG", "Y": "CT", "S": "CG", "W": "AT", "K": "GT", "M": "AC",
    "B": "CGT", "D": "AGT", "H": "ACT", "V": "ACG", "N": "ACGT",
}  # fmt: skip
"""What each letter stands for (NC-IUB, 1984; doi:10.1093/nar/13.9.3021)."""

_LETTERS = frozenset("".join(IUPAC) + "".join(IUPAC).lower())
_COMPLEMENT = str.maketrans("ACGTURYSWKMBDHVNacgturyswkmbdhvn", "TGCAAYRSWMKVHDBNtgcaayrswmkvhdbn")
_ALLOWED = "".join(_LETTERS).encode()
_PROTEIN_ONLY = frozenset("EFILPQZJOX")


_BLANKS = re.compile(r"[^\S\x1c-\x1f\x85]+")
"""White space, without the control characters that Python counts to it: nobody writes them, so a file is damaged."""
_LONGEST_WORD = 8
"""Letters of a word that is a token of some model; files have blocks of ten and more for the eye."""


class SequenceError(UserError):
    """A sequence that cannot be explained, with its name, the position, and what to do."""


class TooLongError(SequenceError):
    """A sequence that does not fit the model; whoever can do something about it says what.

    Parameters
    ----------
    fact
        What is too long for what.
    advice
        What to do about it.
    """

    def __init__(self, fact: str, advice: str = "Cut it") -> None:
        super().__init__()
        self.args = (fact, advice)

    def __str__(self) -> str:
        return f"{self.args[0]}. {self.args[1]}."

    def advised(self, advice: str) -> TooLongError:
        """Return the same error with the advice of a call that can follow it."""
        return TooLongError(self.args[0], advice)


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
    """

    name: str
    bases: str
    label: str | int | float | None = None
    interval: Interval | None = None
    origin: int = 0
    tracks: tuple[Track, ...] = ()
    words: int | None = field(default=None, compare=False, repr=False)
    after: str = field(default="", compare=False, repr=False)

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
        return longer.part(by, len(longer))

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
        )


def is_bases(text: str) -> bool:
    """Whether a text is IUPAC codes and nothing else, at least one.

    Examples
    --------
    >>> is_bases("acgtN"), is_bases("AC-G"), is_bases("\u017f")
    (True, False, False)
    """
    return bool(text) and _LETTERS.issuperset(text)


def word_length(text: str) -> int | None:
    """Return the length of the words that letters are written in, with one blank between them; ``None`` where they are not.

    Examples
    --------
    >>> word_length("ATG GCC TAA"), word_length("ATGGCCTAA"), word_length("ATG GCCT AA")
    (3, None, None)
    """
    words = text.split()
    if len(words) <= 2 or text.strip().split(" ") != words or len(words[0]) > _LONGEST_WORD:
        return None
    return len(words[0]) if {len(word) for word in words[:-1]} == {len(words[0])} else None


def clean(bases: str, name: str = "sequence", number: int | None = None) -> str:
    """Return the letters of a sequence without white space, or say what is wrong with them.

    Parameters
    ----------
    bases
        Letters as read; case is kept, white space goes.
    name, number
        How to call the sequence in an error: its name and its place in the input, from 1.

    Raises
    ------
    SequenceError
        Empty, a letter that is not a base (with its position from 1), a protein, or nothing but N.

    Warns
    -----
    UserWarning
        The letters stand in words of one length, as for a model of k-mers, and the blanks are removed.

    Examples
    --------
    >>> clean("acgt NNRY")
    'acgtNNRY'
    """
    letters = _BLANKS.sub("", bases)
    size = word_length(bases)
    if size is not None:
        tell(
            f"Sequence '{name}' is written in words of {size} letters. The spaces are removed, and the "
            "model splits the letters itself. 'captum-dna models MODEL' shows how; `stride` and "
            "`separator` of load() change it.",
        )
    if letters.isascii() and not letters.encode().translate(None, _ALLOWED) and letters.strip("Nn"):
        return letters
    who = f"Sequence {number} ('{name}')" if number is not None else f"Sequence '{name}'"
    if not letters:
        raise SequenceError(f"{who} is empty. Remove it or give it bases.")
    upper = letters.upper()
    unknown = {c.upper() for c in set(letters) - _LETTERS}
    if unknown:
        if len(unknown & _PROTEIN_ONLY) > 1 and all(c.isalpha() or c == "*" for c in upper):
            raise SequenceError(
                f"{who} looks like a protein (it has {', '.join(repr(c) for c in sorted(unknown)[:5])}): "
                "captum_dna explains models of DNA and RNA. Give nucleotides."
            )
        position = next(i for i, c in enumerate(letters) if c not in _LETTERS)
        hint = " Remove gaps before attributing an alignment." if letters[position] in "-." else ""
        raise SequenceError(
            f"{who} has {letters[position]!r} at position {position + 1}. "
            f"Use A, C, G, T, U, N or the other IUPAC codes.{hint}"
        )
    if set(upper) <= {"N"}:
        raise SequenceError(f"{who} has only N and no known base, so there is nothing to explain.")
    return letters


def reverse_complement(bases: str) -> str:
    """Return the other strand, read 5' to 3'; IUPAC codes and case are respected, U pairs with A.

    Examples
    --------
    >>> reverse_complement("AACGRt")
    'aYCGTT'
    """
    return bases.translate(_COMPLEMENT)[::-1]


def other_bases(letter: str) -> str:
    """Return A, C, G and T without the given letter; U counts as T, and an ambiguity code leaves all four.

    Examples
    --------
    >>> other_bases("u"), other_bases("N")
    ('ACG', 'ACGT')
    """
    own = letter.upper().replace("U", "T")
    return BASES.replace(own, "")


def substitute(bases: str, place: int, base: str) -> str:
    """Return the letters with another one at a place, counted from 0."""
    return f"{bases[:place]}{base}{bases[place + 1 :]}"


def shuffle(bases: str, seed: int | np.random.Generator = 0) -> str:
    """Return the same letters in random order (mononucleotide shuffle)."""
    letters = np.frombuffer(bases.encode("ascii"), dtype=np.uint8)
    return np.random.default_rng(seed).permutation(letters).tobytes().decode("ascii")


def dinucleotide_shuffle(bases: str, seed: int | np.random.Generator = 0) -> str:
    """Return a random sequence with the same dinucleotide counts and the same first and last letter.

    A sequence is a walk over the graph whose edges are its dinucleotides; every Euler walk of that
    graph is equally likely: a uniform spanning tree towards the last letter fixes the last edge out
    of each letter, all other edges are permuted (Altschul and Erickson 1985,
    doi:10.1093/oxfordjournals.molbev.a040370; Kandel et al. 1996, doi:10.1016/S0166-218X(97)81456-4).

    Parameters
    ----------
    bases
        Any letters.
    seed
        A seed or a generator.
    """
    rng = np.random.default_rng(seed)
    successors: dict[str, list[str]] = {}
    for a, b in pairwise(bases):
        successors.setdefault(a, []).append(b)
    last = bases[-1:]
    final_edge = _tree_towards(last, successors, rng)
    for letter, targets in successors.items():
        order = [targets[i] for i in rng.permutation(len(targets))]
        if letter in final_edge:
            order.remove(final_edge[letter])
            order.append(final_edge[letter])
        successors[letter] = order
    walk = list(bases[:1])
    position = dict.fromkeys(successors, 0)
    for _ in range(len(bases) - 1):
        here = walk[-1]
        walk.append(successors[here][position[here]])
        position[here] += 1
    return "".join(walk)


def _tree_towards(root: str, successors: dict[str, list[str]], rng: np.random.Generator) -> dict[str, str]:
    """Return the edge out of each letter of a uniform spanning tree towards ``root`` (Wilson 1996)."""
    edge: dict[str, str] = {}
    in_tree = {root}
    for start in successors:
        here = start
        while here not in in_tree:
            targets = successors[here]
            edge[here] = targets[int(rng.integers(len(targets)))]
            here = edge[here]
        here = start
        while here not in in_tree:
            in_tree.add(here)
            here = edge[here]
    return edge
