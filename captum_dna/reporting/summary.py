"""What the scores of many sequences have in common: profiles by position, and k-mers that stand out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypedDict

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Windows = tuple[NDArray[np.int64], Floats, NDArray[np.bool_], NDArray[np.int64]]

TOP_SHARE = 0.05
"""Share of the windows of each sequence, by score, that count as its top windows."""

TEST = (
    "One-sided hypergeometric test: is the k-mer found more often among the top 5 % of the windows of each sequence "
    "(by summed score) than among all its windows? Occurrences are counted as if independent, which overlapping "
    "windows are not, so p is a ranking rather than an error rate; q is p after Benjamini and Hochberg, over all "
    "k-mers that occur."
)

_TOGETHER = 1 << 17
"""Bases computed in one array."""
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


class Kmer(TypedDict):
    """A k-mer of the top windows, as :func:`kmers` counts it."""

    kmer: str
    count: int
    sequences: int
    score: float
    top: int
    enrichment: float | None
    p: float
    q: float


def aligned(rows: list[Scored]) -> list[Scored]:
    """Return the rows that can be aligned: where some have an origin, those without one cannot."""
    return [row for row in rows if row.origin] or rows


def profiles(rows: list[Scored]) -> tuple[int, list[dict[str, Any]]]:
    """Return the first position, and per group the mean score and the number of rows at each position.

    Rows that cannot be aligned are left out.
    """
    if not rows:
        return 0, []
    rows = aligned(rows)
    first = min(-row.origin for row in rows)
    size = max(len(row.scores) - row.origin for row in rows) - first
    groups = list(dict.fromkeys(group for row in rows for group in row.groups))
    number = {group: i for i, group in enumerate(groups)}
    sums, counts, members = (
        np.zeros((len(groups), size)),
        np.zeros((len(groups), size)),
        np.zeros(len(groups)),
    )
    for alike in _alike(rows, lambda row: (len(row.bases), row.origin)):
        scores = np.stack([row.scores for _, row in alike])
        known = np.isfinite(scores)
        belong = np.zeros((len(groups), len(alike)))
        for column, (_, row) in enumerate(alike):
            belong[[number[group] for group in row.groups], column] = 1
        start = -alike[0][1].origin - first
        here = slice(start, start + scores.shape[1])
        sums[:, here] += belong @ np.where(known, scores, 0.0)
        counts[:, here] += belong @ known
        members += belong.sum(axis=1)
    told = []
    for group, total, seen, count in zip(groups, sums, counts.astype(int), members, strict=True):
        means = [float(f"{total[i] / seen[i]:.5g}") if seen[i] else None for i in range(size)]
        about = {"group": group[0], "name": group[1], "count": int(count)}
        told.append(about | {"scores": means, "rows": seen.tolist()})
    return first, sorted(told, key=lambda one: (one["group"], one["name"]))


def kmers(rows: list[Scored], k: int) -> list[Kmer]:
    """Return the k-mers that stand out most among the top windows, and how strong they are.

    Parameters
    ----------
    rows
        Scored sequences; windows with an ambiguous letter or an unknown score are left out.
    k
        Length.
    """
    from scipy.stats import false_discovery_control, hypergeom

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
    q = false_discovery_control(p)
    enough = np.flatnonzero(count[seen] >= min(_LEAST, len(rows)))
    best = enough[np.lexsort((-total[seen[enough]] / count[seen[enough]], p[enough]))][:_SHOWN]
    told: list[Kmer] = []
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


def _windows(rows: list[Scored], k: int) -> Windows:
    """Return code, summed score, whether it is a top window, and sequence, of every known window."""
    table = np.full(256, -1, dtype=np.int64)
    for number, alike in enumerate(("Aa", "Cc", "Gg", "TtUu")):
        for letter in alike:
            table[ord(letter)] = number
    parts: list[Windows] = []
    for together in _alike(rows, lambda row: len(row.bases)):
        size = len(together[0][1].bases)
        if size < k:
            continue
        text = "".join(row.bases for _, row in together).encode("ascii")
        letters = table[np.frombuffer(text, dtype=np.uint8)].reshape(-1, size)
        scores = np.stack([row.scores for _, row in together])
        count = size - k + 1
        shifts = range(k)
        codes, values = np.zeros((len(together), count), dtype=np.int64), np.zeros((len(together), count))
        for i in shifts:
            codes += letters[:, i : i + count] << 2 * (k - 1 - i)
            values += scores[:, i : i + count]
        known = np.logical_and.reduce([letters[:, i : i + count] >= 0 for i in shifts]) & np.isfinite(values)
        order = np.argsort(np.where(known, -values, np.inf), axis=1, kind="stable")
        most = np.maximum(1, np.rint(TOP_SHARE * known.sum(axis=1)))[:, None]
        top = np.zeros_like(known)
        np.put_along_axis(top, order, np.arange(count) < most, axis=1)
        places = np.repeat([place for place, _ in together], count).reshape(-1, count)
        parts.append((codes[known], values[known], top[known], places[known]))
    if not parts:
        nothing: NDArray[Any] = np.empty(0)
        return nothing, nothing, nothing, nothing
    codes, values, tops, places = (np.concatenate(column) for column in zip(*parts, strict=True))
    return codes, values, tops, places


def _alike(rows: list[Scored], key: Callable[[Scored], object]) -> Iterator[list[tuple[int, Scored]]]:
    """Yield the rows of one key together, with their places: an array of many is quicker than many arrays."""
    groups: dict[object, list[tuple[int, Scored]]] = {}
    for place, row in enumerate(rows):
        groups.setdefault(key(row), []).append((place, row))
    for alike in groups.values():
        most = max(1, _TOGETHER // max(1, len(alike[0][1].bases)))
        for start in range(0, len(alike), most):
            yield alike[start : start + most]
