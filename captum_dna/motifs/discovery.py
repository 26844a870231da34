"""Motifs discovered anew from the scores: a run of TF-MoDISco and its report."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from captum_dna.motifs.arrays import needed, one_hot
from captum_dna.motifs.meme import read_motifs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from captum_dna.attribution import Attribution

LEAST_SEQLETS = 100
"""TF-MoDISco looks for motifs of one sign only where it has more seqlets of it than this."""


def modisco(
    results: Sequence[Attribution],
    folder: str | Path,
    *,
    motifs: str | Path | None = None,
    window: int | None = None,
    **options: Any,
) -> dict[str, int]:
    """Discover motifs with TF-MoDISco (Shrikumar et al. 2018, arXiv:1811.00416); write its files and its report.

    The contributions are those of the bases that are there, or ``extras["hypothetical"]`` where the method
    (``nucleotide_gradients``) made them for all four. Sequences of several lengths are filled up at the end
    with bases and scores of zero.

    Parameters
    ----------
    results
        Explained sequences; some hundreds at least.
    folder
        Gets ``one_hot.npz`` and ``contributions.npz`` (each ``arr_0``, (N, 4, L), as TF-MoDISco's own command
        takes them), ``modisco.h5`` and ``report/motifs.html``.
    motifs
        A file in MEME format, to name the motifs that are found.
    window
        Use only the middle so many bases of each sequence.
    **options
        Of ``modiscolite.tfmodisco.TFMoDISco``, such as ``sliding_window_size`` or ``n_leiden_runs``.

    Returns
    -------
    The number of seqlets behind each motif, by its name (``"pos_patterns.pattern_0"``).

    Raises
    ------
    ValueError
        Fewer sequences than TF-MoDISco can use, or no motif was found.
    """
    if motifs is not None:
        read_motifs(motifs)
    run = needed("modiscolite.tfmodisco").TFMoDISco
    letters, scores = _arrays(results, window)
    home = Path(folder).expanduser()
    home.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(home / "one_hot.npz", letters.transpose(0, 2, 1))
    np.savez_compressed(home / "contributions.npz", scores.transpose(0, 2, 1))
    size = min(letters.shape[1], options.get("sliding_window_size", 21) + 2 * options.get("flank_size", 10))
    positive, negative = run(letters, scores, **options)
    if not positive and not negative:
        raise ValueError(
            f"TF-MoDISco found no motif in {len(results)} sequences: it needs more than {LEAST_SEQLETS} seqlets of "
            "one sign. Give more sequences. Its input is in the folder."
        )
    needed("modiscolite.io").save_hdf5(home / "modisco.h5", positive, negative, size)
    _report(home, motifs)
    return {
        f"{group}.pattern_{i}": len(pattern.seqlets)
        for group, patterns in (("pos_patterns", positive), ("neg_patterns", negative))
        for i, pattern in enumerate(patterns or ())
    }


def _arrays(
    results: Sequence[Attribution], window: int | None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return letters and contributions, (N, L, 4)."""
    if not len(results):
        raise ValueError("There are no results to discover motifs in: explain some sequences first.")
    letters, scores = [], []
    for item in results:
        hot = one_hot(item.sequence)
        own = hot * np.nan_to_num(item.base_scores)[:, None]
        made = item.extras.get("hypothetical")
        contributions = own if made is None else np.nan_to_num(made).T
        cut = slice(None)
        if window is not None and len(item) > window:
            start = (len(item) - window) // 2
            cut = slice(start, start + window)
        letters.append(hot[cut])
        scores.append(contributions[cut])
    longest = max(map(len, letters))
    shape = (len(letters), longest, 4)
    filled = np.zeros(shape), np.zeros(shape)
    for array, parts in zip(filled, (letters, scores), strict=True):
        for row, part in zip(array, parts, strict=True):
            row[: len(part)] = part
    return filled


def _report(home: Path, motifs: str | Path | None) -> None:
    import matplotlib.pyplot as plt

    needed("modiscolite.report").report_motifs(
        home / "modisco.h5",
        home / "report",
        "./",
        None if motifs is None else str(motifs),
        is_writing_tomtom_matrix=False,
        top_n_matches=3,
        ttl=True,
    )
    plt.close("all")
