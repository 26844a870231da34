"""Real promoters and other sequences, 251 bases each, which the project does not carry.

The folder holds mouse_tata_promoters.fa and mouse_nonpromoters.fa; it is named by ``--data`` or by
CAPTUM_DNA_DATA.
"""

from __future__ import annotations

import hashlib
import os
import sys
import warnings
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import torch

import captum_dna
from captum_dna.core.sequences import Sequence, Track

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Iterator


_PARTS = Path(__file__).parents[1] / "examples" / "demo_parts.txt"
"""The part of each record by a hash of its letters; training is what is not named."""

FIRST, LAST, BOX = 160, 178, 8
CLASS = "TATA promoter"
"""The class of promoters in the bundled model."""

FILES = {"promoters": "mouse_tata_promoters.fa", "others": "mouse_nonpromoters.fa"}


def options_with(parser: argparse.ArgumentParser, count: int) -> argparse.Namespace:
    """Return the options of a benchmark that reads real sequences."""
    parser.add_argument("--data", default=os.environ.get("CAPTUM_DNA_DATA", "../shared/data"))
    parser.add_argument("--count", type=int, default=count, help="sequences of each kind")
    parser.add_argument("--skip", type=int, default=900, help="records of each file to leave out first")
    options = parser.parse_args()
    if not Path(options.data).is_dir():
        sys.exit(
            f"There is no folder {options.data}. Name that of {' and '.join(FILES.values())} with --data."
        )
    return options


def kinds(options: argparse.Namespace) -> Iterator[tuple[str, list[Sequence]]]:
    """Yield the name of each kind and as many of its sequences as asked for."""
    for kind in FILES:
        yield kind, list(islice(read(options.data, kind), options.skip, options.skip + options.count))


def read(folder: str, kind: str) -> Iterator[Sequence]:
    """Yield all sequences of a kind; that names are repeated does not matter here."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*a name that came before")
        yield from captum_dna.read(Path(folder) / FILES[kind])


def unseen(sequences: Iterable[Sequence]) -> Iterator[Sequence]:
    """Yield those that the bundled model was neither trained nor chosen on."""
    parts = dict(reversed(line.split()) for line in _PARTS.read_text().splitlines())
    for sequence in sequences:
        if parts.get(hashlib.sha256(sequence.bases.upper().encode()).hexdigest()[:8]) == "test":
            yield sequence


def promoters(folder: str, count: int) -> list[Sequence]:
    """Return unseen promoters with a TATA box where it belongs: the eight bases from the first TATAA there."""
    found: list[Sequence] = []
    for sequence in unseen(read(folder, "promoters")):
        start = sequence.bases.upper().find("TATAA", FIRST, LAST + 5)
        if start >= 0:
            box = Track("TATA box", ((start, start + BOX, sequence.bases[start : start + BOX]),))
            found.append(replace(sequence, name=f"promoter {len(found) + 1}", tracks=(box,)))
        if len(found) == count:
            break
    return found


def on_promoters(
    parser: argparse.ArgumentParser, count: int
) -> tuple[argparse.Namespace, captum_dna.Classifier]:
    """Return the options of a benchmark of the bundled model on such promoters, and the model."""
    parser.add_argument("--threads", type=int, default=2, help="of the processor")
    options = options_with(parser, count)
    torch.set_num_threads(options.threads)
    warnings.simplefilter("ignore", UserWarning)
    return options, captum_dna.load("demo")
