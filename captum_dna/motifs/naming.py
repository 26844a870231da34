"""Naming seqlets by the known motif that each resembles most (TOMTOM)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from captum_dna.core.notices import tell
from captum_dna.core.slips import names_slips
from captum_dna.io.arrays import one_hot
from captum_dna.motifs.meme import read_motifs
from captum_dna.motifs.seqlets import check_found_in
from captum_dna.motifs.tomtom import tomtom

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import pandas as pd
    from numpy.typing import NDArray

    from captum_dna.core.attribution import Attribution
    from captum_dna.motifs.meme import Motifs
    from captum_dna.motifs.tomtom import Matches

_AT_ONCE = 1000
"""Seqlets compared at a time: all motifs' answers are held for the q-values."""
_LEAST_MOTIFS = 25
"""Below this, TOMTOM's background, which is made of the motifs themselves, is too small for its p-values."""


@names_slips
def name_seqlets(
    seqlets: pd.DataFrame,
    results: Sequence[Attribution],
    motifs: str | Path,
    *,
    most_q: float = 0.05,
) -> pd.DataFrame:
    """Return seqlets with the known motif that each resembles most, by TOMTOM.

    The letters of a seqlet are compared with every motif on both strands (Gupta et al. 2007,
    doi:10.1186/gb-2007-8-2-r24); scores play no part in the comparison.

    Parameters
    ----------
    seqlets
        What :func:`find_seqlets` returned.
    results
        The same results.
    motifs
        A file in MEME format.
    most_q
        Where the best q-value is above this, ``motif`` stays missing; the numbers are given all the same.

    Returns
    -------
    The same rows with ``motif``, ``best_match`` (whatever its q-value), ``match_p``, ``match_q`` (Benjamini
    and Hochberg over the motifs of the file, per seqlet), ``match_strand`` (``"-"`` where the seqlet spells the
    other strand of the motif), and ``match_offset``: the base of the sequence, relative to the seqlet's
    start, where the motif begins; ``match_width`` is its width.

    Raises
    ------
    MotifError
        The file is not a MEME file, or holds no motifs of DNA.
    ValueError
        The seqlets were found in other results.
    """
    check_found_in(results, seqlets)
    known = read_motifs(motifs)
    warn_of_few(known, motifs)
    places = zip(
        seqlets["sequence"].tolist(), seqlets["start"].tolist(), seqlets["end"].tolist(), strict=True
    )
    named: pd.DataFrame = seqlets.assign(
        **closest([one_hot(results[i].sequence[start:end]) for i, start, end in places], known, most_q)
    )
    return named


def warn_of_few(known: Motifs, motifs: str | Path) -> None:
    """Say that a file holds too few motifs for good p-values, to the caller of who calls this."""
    if len(known) < _LEAST_MOTIFS:
        tell(
            f"{motifs} holds {len(known)} motifs: TOMTOM compares with what the other motifs would score, so with "
            f"fewer than {_LEAST_MOTIFS} its p-values are rough. Give a whole database where you have one.",
        )


def closest(queries: list[Any], known: Motifs, most_q: float) -> Mapping[str, NDArray[np.generic]]:
    """Return the columns of :func:`name_seqlets` for queries, each (4, width): letters or probabilities."""
    names, matrices = list(known), list(known.values())
    queries = [np.asarray(query, np.float64) for query in queries]
    readable = [i for i, query in enumerate(queries) if query.any()]
    columns = _empty(len(queries))
    for begin in range(0, len(readable), _AT_ONCE):
        rows = readable[begin : begin + _AT_ONCE]
        _fill(columns, rows, tomtom([queries[i] for i in rows], matrices), names, matrices, most_q)
    return columns


def _empty(size: int) -> Mapping[str, NDArray[np.generic]]:
    words = {name: np.full(size, None, dtype=object) for name in ("motif", "best_match")}
    numbers = {name: np.full(size, np.nan) for name in ("match_p", "match_q")}
    places = {
        name: np.full(size, None, dtype=object) for name in ("match_strand", "match_offset", "match_width")
    }
    return words | numbers | places


def _fill(
    columns: Mapping[str, Any],
    rows: list[int],
    found: Matches,
    names: list[str],
    matrices: list[NDArray[np.float64]],
    most_q: float,
) -> None:
    for place, row in enumerate(rows):
        p = found.p[place]
        best = int(p.argmin())
        ordered = np.sort(p)
        q = float(min(1, (ordered * len(ordered) / np.arange(1, len(ordered) + 1)).min()))
        columns["best_match"][row] = names[best]
        columns["motif"][row] = names[best] if q <= most_q else None
        columns["match_p"][row], columns["match_q"][row] = p[best], q
        columns["match_strand"][row] = "-" if found.reverse[place, best] else "+"
        columns["match_offset"][row] = int(-found.offset[place, best])
        columns["match_width"][row] = matrices[best].shape[1]
