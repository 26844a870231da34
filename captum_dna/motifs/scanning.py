"""Instances of known motifs in sequences, by their letters (FIMO), with the scores that lie on them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from captum_dna.core.packages import needs
from captum_dna.core.slips import names_slips
from captum_dna.io.arrays import one_hot
from captum_dna.motifs.compiled import threads_of_torch_kept
from captum_dna.motifs.meme import read_motifs
from captum_dna.motifs.seqlets import check_several

if TYPE_CHECKING:
    from collections.abc import Sequence as SequenceABC
    from pathlib import Path

    from captum_dna.core.attribution import Attribution
    from captum_dna.core.sequences import Sequence

    Item = Attribution | Sequence

COLUMNS = ("sequence", "name", "motif", "start", "end", "strand", "match_score", "p-value", "score")


@names_slips
def scan(
    sequences: SequenceABC[Attribution] | SequenceABC[Sequence],
    motifs: str | Path,
    *,
    threshold: float = 1e-4,
) -> pd.DataFrame:
    """Return where known motifs occur, by the letters alone.

    Parameters
    ----------
    sequences
        Results, or sequences that nothing has explained yet.
    motifs
        A file in MEME format.
    threshold
        Largest p-value of a match, under equal chances for all letters (Grant, Bailey and Noble 2011,
        doi:10.1093/bioinformatics/btr064). It is not corrected for the number of places looked at.

    Returns
    -------
    A row per match: ``sequence`` (its index), ``name``, ``motif``, ``start`` and ``end`` (0-based, half-open),
    ``strand``, ``match_score`` (log2 odds), ``p-value``, and ``score``: the sum of the base scores on it, NaN
    where there are none.

    Raises
    ------
    MotifError
        The file is not a MEME file, or holds no motifs of DNA.
    ValueError
        The threshold is not a p-value.
    TypeError
        One sequence is given instead of several.
    """
    check_several(sequences)
    if not 0 < threshold < 1:
        raise ValueError(f"threshold must be a p-value between 0 and 1, not {threshold}.")
    known = read_motifs(motifs)
    letters = [_letters(item) for item in sequences]
    if not letters:
        nothing: pd.DataFrame = pd.DataFrame(columns=list(COLUMNS))
        return nothing
    longest = max(map(len, letters))
    block = np.zeros((len(letters), 4, longest), dtype=np.int8)
    for row, bases in zip(block, letters, strict=True):
        row[:, : len(bases)] = one_hot(bases)
    fimo = needs("memelite", "motifs", "Motifs").fimo
    with threads_of_torch_kept():
        found = pd.concat(fimo(known, block, threshold=threshold))
    rows = [
        _match(sequences[int(i)], int(i), len(letters[int(i)]), *values)
        for i, *values in found[
            ["sequence_name", "motif_name", "start", "end", "strand", "score", "p-value"]
        ].itertuples(index=False)
    ]
    frame: pd.DataFrame = pd.DataFrame([row for row in rows if row is not None], columns=list(COLUMNS))
    ordered: pd.DataFrame = frame.sort_values(
        ["sequence", "start", "motif"], kind="stable", ignore_index=True
    )
    return ordered


def _letters(item: Any) -> str:
    return str(item.sequence if hasattr(item, "base_scores") else item.bases)


def _match(
    item: Item, index: int, length: int, motif: str, start: int, end: int, strand: str, match: float, p: float
) -> tuple[object, ...] | None:
    start, end = int(start), int(end)
    if end > length:  # over the zeros after a sequence that is shorter than others
        return None
    score = float(item.base_scores[start:end].sum()) if hasattr(item, "base_scores") else float("nan")
    return index, item.name, motif, start, end, strand, float(match), float(p), score
