"""Seqlets: the stretches of a sequence whose scores stand out."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from captum_dna.core.attribution import Attribution
from captum_dna.core.packages import needs
from captum_dna.core.sequences import Sequence as DnaSequence
from captum_dna.motifs.compiled import kept, threads_of_torch_kept

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import ModuleType

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

COLUMNS = (
    "name",
    "start",
    "end",
    "sign",
    "score",
    "p-value",
    "chromosome",
    "genome_start",
    "genome_end",
    "strand",
)
_FOUND = ("example_idx", "start", "end", "attribution", "p-value")


def find_seqlets(
    results: Sequence[Attribution],
    *,
    method: Literal["recursive", "tfmodisco"] = "recursive",
    **options: object,
) -> pd.DataFrame:
    """Return the stretches whose scores stand out, of both signs.

    Parameters
    ----------
    results
        Explained sequences, of any lengths.
    method
        ``"recursive"``: short, sharp stretches, each with a p-value. The scores of all sequences make one
        null distribution; between two sequences stand a few bases with the median score, so that no stretch
        runs from one into the next. Negative stretches are found in the negated scores; one that overlaps a
        positive stretch is left out. ``"tfmodisco"``: windows of one width with flanks, as TF-MoDISco
        cuts them, without p-values; sequences of one length share their thresholds.
    **options
        Of tangermeme's ``recursive_seqlets`` (``threshold``, 0.01 by default, ``min_seqlet_len``,
        ``max_seqlet_len``, ...) or ``tfmodisco_seqlets`` (``window_size``, ``flank``, ``target_fdr``, ...).

    Returns
    -------
    A row per seqlet, in the order of the sequences: ``sequence`` (its index in ``results``), ``name``,
    ``start`` and ``end`` (bases of the sequence, 0-based and half-open), ``letters``, ``sign``, ``score``
    (the sum over its bases; over the window without flanks for ``"tfmodisco"``), ``p-value``, and where the
    sequence has a place in a genome ``chromosome``, ``genome_start``, ``genome_end`` and ``strand``.
    The p-value ranks seqlets: neighbouring scores are not independent, so it is no error rate.

    Raises
    ------
    ImportError
        The extra ``motifs`` is not installed.
    ValueError
        There are no scores, or a sequence is shorter than the window.
    TypeError
        One result is given instead of several.
    """
    if method not in ("recursive", "tfmodisco"):
        raise ValueError(f"There is no seqlet caller {method!r}. Choose 'recursive' or 'tfmodisco'.")
    check_several(results)
    if not len(results):
        raise ValueError("There are no results to find seqlets in. Explain some sequences first.")
    callers = kept(needs("tangermeme.seqlet", "motifs", "Motifs"))
    scores = [np.asarray(item.base_scores, dtype=np.float64) for item in results]
    if not any(np.isfinite(one).any() for one in scores):
        raise ValueError("None of these results has a score for any base, so there are no seqlets.")
    signed = all(item.run.signed for item in results)
    with threads_of_torch_kept():
        if method == "recursive":
            found = _both_signs(callers, scores, signed, options)
        else:
            found = _by_length(callers, results, scores, options)
    return _table(results, found)


def check_several(results: object) -> None:
    """Say so where one result, or one sequence, is given instead of several."""
    if isinstance(results, (Attribution, DnaSequence)):
        raise TypeError(
            f"This is one result, '{results.name}'. Give a list, such as [result], or all results."
        )


def check_found_in(results: Sequence[Attribution], stretches: pd.DataFrame) -> None:
    """Say so where seqlets or matches were found in other results than these."""
    for index, name in stretches[["sequence", "name"]].drop_duplicates().itertuples(index=False):
        if index >= len(results) or results[index].name != name:
            raise ValueError(
                f"Sequence {index} of the table is '{name}', but not in these {len(results)} results. Give "
                "the results that the table was made from."
            )


def _both_signs(
    callers: ModuleType, scores: list[Floats], signed: bool, options: dict[str, object]
) -> pd.DataFrame:
    up = _recursive(callers, scores, options)
    if not signed:
        return up
    down = _recursive(callers, [-one for one in scores], options)
    down["attribution"] = -down["attribution"]
    taken = [np.zeros(len(one), dtype=bool) for one in scores]
    for i, start, end in _places(up):
        taken[i][start:end] = True
    free = [not taken[i][start:end].any() for i, start, end in _places(down)]
    return pd.concat([up, down[free]]) if len(up) else down


def _places(found: pd.DataFrame) -> Iterator[tuple[int, int, int]]:
    return zip(found["example_idx"].tolist(), found["start"].tolist(), found["end"].tolist(), strict=True)


def _recursive(callers: ModuleType, scores: list[Floats], options: dict[str, Any]) -> pd.DataFrame:
    """Call seqlets in all sequences as one row, with gaps in which nothing can stand out."""
    gap = options.get("min_seqlet_len", 4)
    middle = float(np.median(np.concatenate([one[np.isfinite(one)] for one in scores])))
    filled = [np.where(np.isfinite(one), one, middle) for one in scores]
    row = np.concatenate([np.concatenate([one, np.full(gap, middle)]) for one in filled])
    starts = np.cumsum([0, *(len(one) + gap for one in filled)])
    found: pd.DataFrame = callers.recursive_seqlets(row[None], **options)
    lengths = np.array([len(one) for one in filled])
    place = np.searchsorted(starts, found["start"].to_numpy(), side="right") - 1
    place += (
        found["start"].to_numpy() - starts[place] >= lengths[place]
    )  # begins in the gap before a sequence
    found["example_idx"] = place
    found["start"] = np.maximum(found["start"] - starts[place], 0)
    found["end"] = np.minimum(found["end"] - starts[place], lengths[place])
    found["attribution"] = [float(filled[i][start:end].sum()) for i, start, end in _places(found)]
    return found


def _by_length(
    callers: ModuleType, results: Sequence[Attribution], scores: list[Floats], options: dict[str, Any]
) -> pd.DataFrame:
    import torch

    window, flank = options.get("window_size", 21), options.get("flank", 10)
    for item in results:
        if len(item) < window + 2 * flank:
            raise ValueError(
                f"'{item.name}' has {len(item)} bases, fewer than a window of {window} with flanks of {flank}. "
                'Leave it out, ask for a smaller window_size or flank, or take method="recursive".'
            )
    parts = []
    for length in sorted({len(one) for one in scores}):
        members = [i for i, one in enumerate(scores) if len(one) == length]
        block = torch.from_numpy(np.nan_to_num(np.stack([scores[i] for i in members])).astype(np.float32))
        with warnings.catch_warnings():  # tangermeme hands tensors to functions of NumPy's
            warnings.simplefilter("ignore", DeprecationWarning)
            part = callers.tfmodisco_seqlets(block, **options)
        part["example_idx"] = [members[i] for i in part["example_idx"]]
        parts.append(part)
    found: pd.DataFrame = pd.concat(parts)
    found["p-value"] = np.nan
    return found


def _table(results: Sequence[Attribution], found: pd.DataFrame) -> pd.DataFrame:
    rows = [_row(results, *values) for values in found[list(_FOUND)].itertuples(index=False)]
    columns = ("sequence", COLUMNS[0], "start", "end", "letters", *COLUMNS[3:])
    frame: pd.DataFrame = pd.DataFrame(rows, columns=list(columns))
    ordered: pd.DataFrame = frame.sort_values(["sequence", "start"], kind="stable", ignore_index=True)
    for name in ("genome_start", "genome_end"):
        ordered[name] = ordered[name].astype("Int64")
    return ordered


def _row(
    results: Sequence[Attribution], index: int, start: int, end: int, score: float, p: float
) -> tuple[object, ...]:
    item = results[int(index)]
    start, end = int(start), int(end)
    about = (
        int(index),
        item.name,
        start,
        end,
        item.sequence[start:end],
        "+" if score >= 0 else "-",
        score,
        p,
    )
    place = item.interval
    if place is None:
        return (*about, None, None, None, None)
    if place.strand == "-":
        return (*about, place.chromosome, place.end - end, place.end - start, "-")
    return (*about, place.chromosome, place.start + start, place.start + end, place.strand)
