"""Reading motifs from a MEME file, with a sentence for what is wrong with it."""

from __future__ import annotations

import re
from itertools import takewhile
from typing import TYPE_CHECKING

import numpy as np

from captum_dna.core.errors import UserError
from captum_dna.core.packages import needs
from captum_dna.core.paths import at_home

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    Motifs = dict[str, NDArray[np.float64]]


class MotifError(UserError):
    """A file of motifs that cannot be used, and what to do."""


def read_motifs(path: str | Path) -> Motifs:
    """Return the motifs of a file in minimal MEME format: (4, width) letter probabilities by name.

    Raises
    ------
    MotifError
        No MEME file, no motif in it, a name twice, or a matrix that does not hold probabilities.
    FileNotFoundError
        There is no such file.
    """
    file = at_home(path)
    if not file.is_file():
        raise FileNotFoundError(f"There is no file {file}. Give a file of motifs in MEME format.")
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise MotifError(f"{file} is not text, so it is not a file in MEME format.") from error
    if not any(line.startswith("MEME version") for line in lines):
        raise MotifError(
            f"{file} has no line 'MEME version ...', so it is not a file in MEME format. Convert it, as the MEME suite's "
            "jaspar2meme and transfac2meme do."
        )
    if any(line.replace(" ", "").startswith("ALPHABET=ACDE") for line in lines):
        raise MotifError(f"{file} holds motifs of proteins. Give motifs of DNA (ALPHABET= ACGT).")
    names = [" ".join(line[5:].split()) for line in lines if line.startswith("MOTIF")]
    if not names:
        raise MotifError(f"{file} has no line 'MOTIF name', so there is no motif in it.")
    if "" in names:
        raise MotifError(f"{file} has a motif without a name. Write one after MOTIF.")
    twice = next((name for i, name in enumerate(names) if name in names[:i]), None)
    if twice is not None:
        raise MotifError(f"{file} has two motifs called {twice!r}. Rename one.")
    _check_blocks(file, lines)
    _check_widths(file, lines)
    try:
        motifs: Motifs = needs("memelite.io", "motifs", "Motifs").read_meme(str(file))
    except (ValueError, AttributeError, IndexError) as error:
        raise MotifError(
            f"{file} has a motif whose matrix cannot be read: after 'letter-probability matrix: "
            "alength= 4 w= WIDTH' there must be WIDTH lines of four numbers."
        ) from error
    for name in names:
        _check(file, name, motifs.get(name))
    return motifs


def _check_blocks(file: Path, lines: list[str]) -> None:
    """Refuse a motif without a matrix; readers would give it that of the next."""
    name, missing = "", False
    for line in (*lines, "MOTIF"):
        if line.startswith("MOTIF"):
            if missing:
                raise MotifError(
                    f"{file}: the motif {name!r} has no whole letter-probability matrix. Write it, or leave the motif out."
                )
            name, missing = " ".join(line[5:].split()), True
        elif line.lstrip().startswith("letter-probability matrix"):
            if _WIDTH.search(line) is None:
                raise MotifError(
                    f"{file}: the head of the matrix of the motif {name!r} has no width. Write "
                    "'letter-probability "
                    "matrix: alength= 4 w= WIDTH', and WIDTH lines of four numbers after it."
                )
            letters = _LETTERS.search(line)
            if letters is not None and letters[1] != "4":
                raise MotifError(
                    f"{file}: the matrix of the motif {name!r} is of {letters[1]} letters. Give motifs of DNA, "
                    "alength= 4."
                )
            missing = False


def _check_widths(file: Path, lines: list[str]) -> None:
    """Refuse a matrix with more or fewer lines than its head says; readers would cut it without a word."""
    name = ""
    for number, line in enumerate(lines):
        if line.startswith("MOTIF"):
            name = " ".join(line[5:].split())
        said = _WIDTH.search(line)
        if said is None:
            continue
        rows = list(takewhile(_is_row, lines[number + 1 :]))
        if len(rows) != int(said[1]):
            raise MotifError(
                f"{file}: the matrix of the motif {name!r} has {len(rows)} lines, and its head says w= {said[1]}. "
                "Correct the one that is wrong."
            )


def _is_row(line: str) -> bool:
    return bool(line.strip()) and not line.startswith(("MOTIF", "URL", "letter-probability"))


def _check(file: Path, name: str, matrix: NDArray[np.float64] | None) -> None:
    if matrix is None or not matrix.size:
        raise MotifError(f"{file}: the motif {name!r} has no whole letter-probability matrix.")
    sums = matrix.sum(axis=0)
    wrong = np.flatnonzero(~(np.abs(sums - 1) < _ROUNDING) | (matrix < 0).any(axis=0))
    if len(wrong):
        raise MotifError(
            f"{file}: position {wrong[0] + 1} of the motif {name!r} holds no probabilities: its four numbers "
            f"must not be negative and must sum to 1, but they sum to {sums[wrong[0]]:.4g}."
        )


_WIDTH = re.compile(r"^letter-probability matrix:.*\bw=\s*([0-9]{1,9})\b")
_LETTERS = re.compile(r"\balength=\s*([0-9]+)")
_ROUNDING = 0.02
"""Databases round their probabilities to a few digits."""
