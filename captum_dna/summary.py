"""What the scores of many sequences have in common: profiles by position, and k-mers that stand out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.stats import hypergeom  # type: ignore[import-untyped]

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

TOP_SHARE = 0.05
"""Share of the windows of each sequence, by score, that count as its top windows."""

TEST = (
    "One-sided hypergeometric test: is the k-mer found more often among the top 5 % of the windows of each sequence "
    "(by summed score) than among all its windows? Occurrences are counted as if independent, which overlapping "
    "windows are not, so p is a ranking rather than an error rate; q is p after Benjamini and Hochberg, over all "
    "k-mers that occur."
)

_SHOWN = 50
_LEAST = 3
"""Fewest occurrences of a k-mer that is shown."""


@dataclass(frozen=True)
class Scored:
    """One sequence with its base scores, as a summary needs it.

    ``origin`` is the base numbered 0, and 0 for none; ``groups`` are the (group, name) pairs that it belongs to.
    """

    bases: str
    scores: Floats
    origin: int
    groups: tuple[tuple[str, str], ...]


def profiles(rows: list[Scored]) -> tuple[int, list[dict[str, Any]]]:
    """Return the first position, and per group the mean score and the number of rows at each position.

    Where some rows have an origin, those without one are left out: they cannot be aligned with the others.
    """
    if not rows:
        return 0, []
    rows = [row for row in rows if row.origin] or rows
    first = min(-row.origin for row in rows)
    size = max(len(row.scores) - row.origin for row in rows) - first
    sums: dict[tuple[str, str], Floats] = {}
    counts: dict[tuple[str, str], NDArray[np.int64]] = {}
    members: dict[tuple[str, str], int] = {}
    for row in rows:
        start = -row.origin - first
        known = np.isfinite(row.scores)
        values = np.where(known, row.scores, 0.0)
        for group in row.groups:
            total = sums.setdefault(group, np.zeros(size))
            total[start : start + len(values)] += values
            seen = counts.setdefault(group, np.zeros(size, dtype=np.int64))
            seen[start : start + len(values)] += known
            members[group] = members.get(group, 0) + 1
    told = []
    for group, total in sums.items():
        seen = counts[group]
        means = [float(f"{total[i] / seen[i]:.5g}") if seen[i] else None for i in range(size)]
        about = {"group": group[0], "name": group[1], "count": members[group]}
        told.append(about | {"scores": means, "rows": seen.tolist()})
    return first, sorted(told, key=lambda one: (one["group"], one["name"]))


def kmers(rows: list[Scored], k: int) -> list[dict[str, Any]]:
    """Return the k-mers that stand out most among the top windows, and how strong they are.

    Parameters
    ----------
    rows
        Scored sequences; windows with an ambiguous letter or an unknown score are left out.
    k
        Length.
    """
    codes, values, tops, places = _windows(rows, k)
    if not len(codes):
        return []
    size = 4**k
    count = np.bincount(codes, minlength=size)
    total = np.bincount(codes, values, minlength=size)
    top = np.bincount(codes[tops], minlength=size)
    seen = np.flatnonzero(count)
    drawn = int(tops.sum())
    p = hypergeom.sf(top[seen] - 1, len(codes), count[seen], drawn)
    q = _benjamini_hochberg(p)
    enough = np.flatnonzero(count[seen] >= min(_LEAST, len(rows)))
    best = enough[np.lexsort((-total[seen[enough]] / count[seen[enough]], p[enough]))][:_SHOWN]
    told = []
    for i in best:
        code = seen[i]
        expected = count[code] * drawn / len(codes)
        told.append(
            {
                "kmer": "".join("ACGT"[(code >> 2 * (k - 1 - j)) & 3] for j in range(k)),
                "count": int(count[code]),
                "sequences": len(np.unique(places[codes == code])),
                "score": float(f"{total[code] / count[code]:.6g}"),
                "top": int(top[code]),
                "enrichment": float(f"{top[code] / expected:.4g}") if expected else None,
                "p": float(f"{p[i]:.4g}"),
                "q": float(f"{q[i]:.4g}"),
            }
        )
    return told


def _windows(rows: list[Scored], k: int) -> tuple[Any, Floats, Any, Any]:
    """Return code, summed score, whether it is a top window, and sequence, of every known window."""
    table = np.full(256, -1, dtype=np.int64)
    for number, alike in enumerate(("Aa", "Cc", "Gg", "TtUu")):
        for letter in alike:
            table[ord(letter)] = number
    parts: list[tuple[Any, ...]] = []
    weights = 4 ** np.arange(k)[::-1]
    for place, row in enumerate(rows):
        if len(row.bases) < k:
            continue
        letters = table[np.frombuffer(row.bases.encode("ascii"), dtype=np.uint8)]
        windows = np.lib.stride_tricks.sliding_window_view(letters, k)
        summed = np.convolve(row.scores, np.ones(k), "valid")
        known = (windows >= 0).all(axis=1) & np.isfinite(summed)
        code, value = windows[known] @ weights, summed[known]
        if not len(code):
            continue
        is_top = np.zeros(len(code), dtype=bool)
        is_top[np.argsort(-value, kind="stable")[: max(1, round(TOP_SHARE * len(code)))]] = True
        parts.append((code, value, is_top, np.full(len(code), place)))
    if not parts:
        nothing = np.empty(0)
        return nothing, nothing, nothing, nothing
    codes, values, tops, places = (np.concatenate(column) for column in zip(*parts, strict=True))
    return codes, values, tops, places


def _benjamini_hochberg(p: Floats) -> Floats:
    """Return p corrected for the false discovery rate (Benjamini and Hochberg 1995)."""
    order = np.argsort(p)[::-1]
    ranks = np.arange(len(p), 0, -1)
    q = np.empty(len(p))
    q[order] = np.minimum(1, np.minimum.accumulate(p[order] * len(p) / ranks))
    return q
