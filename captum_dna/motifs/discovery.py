"""Motifs discovered de novo from the scores: a run of TF-MoDISco, the names of what it finds, and its report."""

from __future__ import annotations

from inspect import signature
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from captum_dna.core.letters import BASES
from captum_dna.core.packages import needs
from captum_dna.core.paths import at_home
from captum_dna.io.arrays import one_hot
from captum_dna.io.writing import OutputError, check_replaceable, unfinished, unfinished_folder
from captum_dna.motifs.compiled import threads_of_torch_kept
from captum_dna.motifs.discovery_page import CORE, write_page
from captum_dna.motifs.meme import read_motifs
from captum_dna.motifs.naming import closest, warn_of_few
from captum_dna.motifs.seqlets import check_several

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from captum_dna.core.attribution import Attribution


def modisco(
    results: Sequence[Attribution],
    folder: str | Path,
    *,
    motifs: str | Path | None = None,
    most_q: float = 0.05,
    window: int | None = None,
    **options: object,
) -> pd.DataFrame:
    """Discover motifs with TF-MoDISco (Shrikumar et al. 2018, arXiv:1811.00416); write its files and its report.

    The contributions are those of the bases that are there, or of all four letters where the method tells them:
    ``nucleotide_gradients``, and for any model ``ism`` (:attr:`captum_dna.Attribution.hypothetical`). Sequences of
    several lengths are filled up at the end with bases and scores of zero.

    Parameters
    ----------
    results
        Explained sequences: more than 100, and 50 bases at least, where the options are not changed.
    folder
        Gets ``sequences.npz`` and ``attributions.npz`` (each ``arr_0``, (N, 4, L), float32, as TF-MoDISco's own
        command takes them), ``modisco.h5`` and ``report/motifs.html``. It is made where it is not there.
    motifs
        A file in MEME format, to name the motifs that are found.
    most_q
        Where the best q-value is above this, ``motif`` stays missing.
    window
        Use only the middle so many bases of each sequence.
    **options
        Of ``modiscolite.tfmodisco.TFMoDISco``, such as ``min_metacluster_size`` or ``n_leiden_runs``.

    Returns
    -------
    A row per motif: ``pattern`` (its name in ``modisco.h5`` and the report, ``"pos_patterns.pattern_0"``),
    ``sign``, ``seqlets`` (how many are behind it) and ``letters``: the most frequent base of each position
    between the outermost that have 30 % of the strongest position's contribution. With ``motifs`` also the columns
    of :func:`name_seqlets`, for those positions.

    Raises
    ------
    ImportError
        The extra ``motifs`` is not installed.
    MotifError
        The file of motifs is not a MEME file, or holds no motifs of DNA.
    captum_dna.io.writing.OutputError
        The folder cannot be made.
    ValueError
        There is nothing to discover motifs in (no scores, or too short sequences), or no motif was found.
    TypeError
        One result is given instead of several, or an option that TF-MoDISco does not have.
    """
    check_several(results)
    home = checked_folder(folder)
    check_replaceable(home / "report")
    known = None if motifs is None else read_motifs(motifs)
    run = needs("modiscolite.tfmodisco", "motifs", "Motifs").TFMoDISco
    chosen = {name: option.default for name, option in signature(run).parameters.items()} | options
    letters, scores = _arrays(results, window)
    if not all(item.run.signed for item in results):
        raise ValueError(
            "TF-MoDISco tells motifs from chance by scores of both signs, and these have none. Explain the sequences with a "
            "method that has, such as `method='deeplift'` or `method='integrated_gradients'`."
        )
    _check(letters, scores, chosen)
    for name, array in (("sequences.npz", letters), ("attributions.npz", scores)):
        with (
            unfinished(home / name) as part,
            part.open("wb") as file,
        ):  # a file, for numpy adds .npz to a name
            np.savez_compressed(file, array.transpose(0, 2, 1))
    try:
        with threads_of_torch_kept():
            positive, negative = run(letters, scores, **options)
    except (ValueError, IndexError, ZeroDivisionError, FloatingPointError) as error:
        said = " ".join(str(error).split())[:200].rstrip(".")
        raise ValueError(
            f"TF-MoDISco failed on these {len(letters)} sequences ({said}): their scores are too few or too much alike to "
            f"tell motifs from chance. Give more sequences, or change its options. What it was given is in {home}."
        ) from error
    if not positive and not negative:
        raise ValueError(
            f"TF-MoDISco found no motif in {len(letters)} sequences. It looks for motifs of one sign only where more "
            f"than {chosen['min_metacluster_size']} stretches of that sign stand out, and keeps a motif that at least "
            f"{chosen['final_min_cluster_size']} of them share. Give more sequences, or lower min_metacluster_size "
            f"and final_min_cluster_size. What it was given is in {home}."
        )
    with unfinished(home / "modisco.h5") as part:
        try:
            needs("modiscolite.io", "motifs", "Motifs").save_hdf5(part, positive, negative, letters.shape[1])
        except RuntimeError as error:  # HDF5's own words for a full disk
            raise OSError(str(error)) from error
    table, cores = _table({"pos_patterns": positive or [], "neg_patterns": negative or []})
    with unfinished_folder(home / "report") as page:
        write_page(page, home / "modisco.h5", table["seqlets"].tolist(), cores, known or {})
    if known is None or motifs is None:
        return table
    warn_of_few(known, motifs)
    named: pd.DataFrame = table.assign(**closest(cores, known, most_q))
    return named


def checked_folder(folder: str | Path) -> Path:
    """Return a folder to write to, which is made where it is not there."""
    home = at_home(folder)
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"{home} cannot be a folder to write to ({error.strerror}). Name another."
        ) from error
    return home


def _arrays(
    results: Sequence[Attribution], window: int | None
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return letters and contributions, (N, L, 4)."""
    if not len(results):
        raise ValueError("There are no results to discover motifs in. Explain some sequences first.")
    longest = max(map(len, results))
    length = longest if window is None else min(window, longest)
    letters, scores = np.zeros((2, len(results), length, len(BASES)), np.float32)
    for item, row, score in zip(results, letters, scores, strict=True):
        start = max(0, (len(item) - length) // 2)
        cut = slice(start, start + length)
        hot = one_hot(item.sequence)[:, cut]
        made = item.hypothetical
        own = hot * item.base_scores[cut] if made is None else made[:, cut]
        row[: hot.shape[1]] = hot.T
        score[: hot.shape[1]] = np.nan_to_num(own).T
    return letters, scores


def _check(letters: NDArray[np.float32], scores: NDArray[np.float32], chosen: dict[str, Any]) -> None:
    """Say so where TF-MoDISco could not find anything."""
    if not (letters * scores).any():
        raise ValueError(
            "None of these results has a score other than 0, so there are no motifs to discover. "
            "Explain the sequences with another target, baseline or method."
        )
    least = max(
        chosen["sliding_window_size"] + 2 * chosen["flank_size"],
        chosen["trim_to_window_size"] + 2 * chosen["initial_flank_to_add"],
    )
    if letters.shape[1] < least:
        raise ValueError(
            f"TF-MoDISco grows a motif to {least} bases, and has {letters.shape[1]} of each sequence. Give longer "
            "sequences or a larger window, or lower sliding_window_size and flank_size, and trim_to_window_size and "
            "initial_flank_to_add."
        )


def _table(groups: dict[str, list[Any]]) -> tuple[pd.DataFrame, list[NDArray[np.float64]]]:
    """Return a row per motif, and the letter probabilities, (4, width), of its core."""
    rows, cores = [], []
    for group, patterns in groups.items():
        for i, pattern in enumerate(patterns):
            strength = np.abs(pattern.contrib_scores).sum(axis=1)
            strong = np.flatnonzero(strength >= CORE * strength.max())
            core = np.asarray(pattern.sequence, np.float64)[strong[0] : strong[-1] + 1].T
            word = "".join(BASES[row] for row in core.argmax(axis=0))
            rows.append((f"{group}.pattern_{i}", "+" if group[0] == "p" else "-", len(pattern.seqlets), word))
            cores.append(core)
    return pd.DataFrame(rows, columns=["pattern", "sign", "seqlets", "letters"]), cores
