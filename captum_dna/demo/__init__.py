"""The bundled checkpoint, which ``captum_dna.load("demo")`` takes, and sequences to try it on."""

from __future__ import annotations

import csv
from importlib.resources import files

from captum_dna.core.sequences import Sequence, Track

_START = 200
"""Index of the transcription start in every promoter here."""


def sequences() -> list[Sequence]:
    """Return all demo sequences: the designed ones, then the human ones.

    Examples
    --------
    >>> len(sequences())
    15
    """
    return [*designed(), *human()]


def designed() -> list[Sequence]:
    """Return made-up promoters: random letters with TATA boxes planted in the right and the wrong places.

    The true class is that of the design: a TATA promoter has a box where promoters have it. The planted boxes are a
    track; where they are is in the name, too. The model is wrong about the last two.

    Examples
    --------
    >>> designed()[0].tracks[0].spans
    ((169, 177, 'TATAAAAG'),)
    >>> designed()[0].label
    'TATA promoter'
    """
    return [
        Sequence(
            row["name"],
            row["seq"],
            label=row["class"],
            origin=_START,
            tracks=_planted(row["planted"]),
        )
        for row in _rows("designed.tsv")
    ]


def human() -> list[Sequence]:
    """Return five human sequences of the data set human_nontata_promoters, as its readers know them.

    Their labels there tell promoters without a TATA box from what is not a promoter: another question than the bundled
    model's, for which all of them are ``other``. The name says which they are.

    Examples
    --------
    >>> human()[2].name, human()[2].label
    ('promoter without a TATA box (human test[1055])', 'other')
    """
    return [
        Sequence(row["name"], row["seq"], label="other", origin=_START if row["label"] == "1" else 0)
        for row in _rows("human.tsv")
    ]


def _rows(name: str) -> list[dict[str, str]]:
    text = files("captum_dna.demo").joinpath(name).read_text(encoding="ascii")
    return list(csv.DictReader(text.splitlines(), delimiter="\t"))


def _planted(text: str) -> tuple[Track, ...]:
    """Return ``"169-177:TATAAAAG ..."`` as a track, and nothing for no text."""
    spans = []
    for stretch in text.split():
        place, box = stretch.split(":")
        start, end = place.split("-")
        spans.append((int(start), int(end), box))
    return (Track("planted TATA box (designed)", tuple(spans)),) if spans else ()
