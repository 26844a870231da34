"""Write the designed demo sequences: random backgrounds with TATA boxes where we put them.

    python examples/make_demo_sequences.py > captum_dna/demo/designed.tsv

All of them are made up: 251 bases, transcription start at index 200. Those of one background differ in the
box alone, so that what the model makes of the box can be read off directly.
"""

from __future__ import annotations

import sys

import numpy as np

LENGTH, START = 251, 200
STRONG, WEAK = "TATAAAAG", "TATAAA"
BROKEN = "TGTCACAG"
"""The strong box with three of its As replaced."""

DESIGNS: tuple[tuple[str, int, tuple[tuple[int, str], ...]], ...] = (
    ("box at -31", 1, ((-31, STRONG),)),
    ("no box", 1, ()),
    ("broken box at -31", 1, ((-31, BROKEN),)),
    ("box at the wrong place, -140", 1, ((-140, STRONG),)),
    ("two boxes, at -31 and -90", 1, ((-31, STRONG), (-90, STRONG))),
    ("short box at -30", 2, ((-30, WEAK),)),
    ("no box", 2, ()),
    ("box at -29", 3, ((-29, STRONG),)),
    ("no box", 13, ()),
    ("no box", 21, ()),
)
"""Design, number of the background, and boxes by distance to the transcription start.

The model calls the last two promoters, though no box was planted into them: it is wrong there.
"""
IN_PLACE = range(-32, -27)
"""Where a box begins in a promoter, by distance to the transcription start."""
BASE_SHARES = {"A": 0.22, "C": 0.28, "G": 0.28, "T": 0.22}


def main() -> None:
    """Print one row per design: name, letters, and the planted boxes as start-end:text."""
    rows = [("name", "seq", "planted", "class")]
    for design, number, boxes in DESIGNS:
        bases = background(number)
        planted = []
        for distance, box in boxes:
            at = START + distance
            bases = bases[:at] + box + bases[at + len(box) :]
            planted.append(f"{at}-{at + len(box)}:{box}")
        promoter = any(distance in IN_PLACE and box != BROKEN for distance, box in boxes)
        label = "TATA promoter" if promoter else "other"
        rows.append((f"{design} (designed {number})", bases, " ".join(planted), label))
    sys.stdout.writelines("\t".join(row) + "\n" for row in rows)


def background(number: int) -> str:
    """Return random letters without TATA in them, the same ones for the same number."""
    rng = np.random.default_rng(number)
    while True:
        bases = "".join(rng.choice(list(BASE_SHARES), size=LENGTH, p=list(BASE_SHARES.values())))
        if "TATA" not in bases:
            return bases


if __name__ == "__main__":
    main()
