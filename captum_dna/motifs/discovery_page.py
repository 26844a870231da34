"""TF-MoDISco's report of the motifs that it found, with the known motifs that are nearest to each beside it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from captum_dna.core.packages import needs
from captum_dna.motifs.tomtom import tomtom

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from captum_dna.motifs.meme import Motifs

MATCHES = 3
"""Known motifs that the report shows beside each that was found."""
CORE = 0.3
"""The letters of a motif run from the first to the last position with this share of its strongest."""
_LOGOS = "trimmed_logos"


def write_page(
    folder: Path, file: Path, seqlets: Sequence[int], cores: Sequence[NDArray[np.float64]], known: Motifs
) -> None:
    """Write ``motifs.html`` with its pictures.

    Parameters
    ----------
    folder
        Gets the page; it is made.
    file
        TF-MoDISco's results.
    seqlets, cores
        How many seqlets are behind each motif of the file, in its order, and the (4, width) letters of each.
    known
        Motifs to compare them with; none for a page of those found alone.
    """
    theirs = needs("modiscolite.report", "motifs", "Motifs")
    (folder / _LOGOS).mkdir(parents=True)
    tags = theirs.create_modisco_logos(file, folder / _LOGOS, CORE, ["pos_patterns", "neg_patterns"])
    columns: dict[str, list[object]] = {"pattern": tags, "num_seqlets": list(seqlets)}
    for way in ("fwd", "rev"):
        columns[f"modisco_cwm_{way}"] = [f"./{_LOGOS}/{tag}.cwm.{way}.png" for tag in tags]
    if known:
        matrices = list(known.values())
        # Names that can be those of pictures, and of nothing else, in a page.
        names = [re.sub(r"[^\w .:+()-]", "_", name) for name in known]
        p = tomtom(cores, matrices).p
        nearest = p.argsort(axis=1, kind="stable")[:, :MATCHES]
        for i in np.unique(nearest):
            theirs.make_logo(names[i], folder, {names[i]: matrices[i].T})
        for place, some in enumerate(nearest.T):
            columns[f"match{place}"] = [names[i] for i in some]
            columns[f"pval{place}"] = [p[row, i] for row, i in enumerate(some)]
            columns[f"match{place}_logo"] = [f"./{names[i]}.png" for i in some]
    pictures = {name: theirs.path_to_image_html for name in columns if "logo" in name or "cwm" in name}
    with pd.option_context("display.max_colwidth", None):
        page = pd.DataFrame(columns).to_html(escape=False, formatters=pictures, index=False)
    (folder / "motifs.html").write_text(page, encoding="utf-8")
