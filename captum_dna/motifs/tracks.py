"""Named seqlets and motif matches as a track under the picture."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from captum_dna.core.sequences import Track
from captum_dna.core.slips import names_slips
from captum_dna.motifs.seqlets import check_found_in
from captum_dna.results import Attributions

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

    from captum_dna.core.attribution import Attribution


@names_slips
def with_track(
    results: Sequence[Attribution], stretches: pd.DataFrame, name: str = "motifs, by TOMTOM"
) -> Attributions:
    """Return results with a track of seqlets or motif matches; the picture draws it under the logo.

    Parameters
    ----------
    results
        The results in which the stretches were found.
    stretches
        What :func:`find_seqlets`, :func:`name_seqlets` or :func:`scan` returned. A seqlet without a name is
        shown as ``"?"``; a match on the other strand, and a negative seqlet, is marked so.
    name
        What the track shows.

    Raises
    ------
    ValueError
        The stretches were found in other results.
    """
    check_found_in(results, stretches)
    spans: dict[int, list[tuple[int, int, str]]] = {}
    for row in stretches.to_dict("records"):
        spans.setdefault(int(row["sequence"]), []).append((int(row["start"]), int(row["end"]), _text(row)))
    return Attributions(
        replace(item, tracks=(*item.tracks, Track(name, tuple(spans[i])))) if i in spans else item
        for i, item in enumerate(results)
    )


def _text(row: Mapping[Hashable, Any]) -> str:
    motif = row.get("motif")
    text = "?" if motif is None or pd.isna(motif) else str(motif)
    if text != "?" and row.get("match_strand", row.get("strand")) == "-":
        text += " (-)"
    return f"{text}, negative" if row.get("sign") == "-" else text
