"""What letters of DNA are: their alphabet, cleaning, the other strand and substitution."""

from __future__ import annotations

import re

from captum_dna.core.errors import SequenceError
from captum_dna.core.notices import tell

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


def in_case_of(letters: str, bases: str) -> str:
    """Return letters in the case of as many others: what stands in for soft-masked bases is soft-masked.

    Examples
    --------
    >>> in_case_of("TTGG", "aCgT")
    'tTgG'
    """
    if bases.isupper():
        return letters.upper()
    return "".join(
        one.lower() if own.islower() else one.upper() for one, own in zip(letters, bases, strict=True)
    )


def plant(bases: str, at: int, letters: str) -> str:
    """Return a sequence with letters in place of as many of its own, from ``at`` on, in the case of these.

    Examples
    --------
    >>> plant("ACgtacGT", 3, "CCC")
    'ACgcccGT'
    """
    end = at + len(letters)
    return f"{bases[:at]}{in_case_of(letters, bases[at:end])}{bases[end:]}"


def substitute(bases: str, place: int, base: str) -> str:
    """Return the letters with another one at a place, counted from 0, in the case of the one there."""
    return plant(bases, place, base)
