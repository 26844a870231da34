"""What the listed rows share, against the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from captum_dna.insights.limits import Problem
from captum_dna.insights.schema.summary import Contrast, ContrastKmer, Side
from captum_dna.reporting.contrast import (
    FEWEST,
    TEST,
    WIDTH,
    contrasting_kmers,
    mean_letters,
    where_they_differ,
)
from captum_dna.reporting.summary import Scored, aligned, profiles

if TYPE_CHECKING:
    from collections.abc import Callable

    from captum_dna.insights.filters import Selection

_RIGHT = 1
_SIGNIFICANT = 0.05
_SIDES = ("group", "rest")


def contrast_of(
    kept: Selection, output: str, k: int, scored: Callable[[Selection, list[int]], list[Scored]]
) -> Contrast:
    """Return what the rows that are kept share.

    Parameters
    ----------
    kept
        The rows, under one model and one way to explain.
    output
        The scalar explained.
    k
        Length of the k-mers.
    scored
        Takes rows that are explained, and returns their scores.

    Raises
    ------
    Problem
        There are no rows on one of the sides.
    """
    wrong = kept.filters.correct == ("wrong",)
    others = ~kept.kept & (kept.correct == _RIGHT) if wrong else ~kept.kept
    masks = (kept.kept, others)
    if not all(mask.any() for mask in masks):
        raise Problem(
            "There is nothing to compare with. Filter the list so that some sequences are left out."
        )
    names = ("wrong", "correct") if wrong else ("listed", "the rest")
    rows = [[int(row) for row in np.flatnonzero(mask)] for mask in masks]
    explained = [scored(kept, [row for row in side if kept.scores.explained[row]]) for side in rows]
    marked = aligned(
        [
            Scored(one.bases, one.scores, one.origin, (("side", name),))
            for name, side in zip(_SIDES, explained, strict=True)
            for one in side
        ]
    )
    shown = [[one for one in marked if one.groups == (("side", name),)] for name in _SIDES]
    start, found = profiles(marked)
    means = {str(one["name"]): one["scores"] for one in found}
    lines = [list(means.get(name, [])) for name in _SIDES]
    place = start + where_they_differ(lines[0], lines[1], WIDTH) if all(lines) else start
    sides = [
        Side(
            name=name,
            rows=len(own),
            explained=len(known),
            scores=line,
            letters=mean_letters(drawn, place, WIDTH) if drawn else [],
        )
        for name, own, known, drawn, line in zip(names, rows, explained, shown, lines, strict=True)
    ]
    texts = [[kept.data.sequences[row].bases for row in own] for own in rows]
    kmers = [ContrastKmer(**one) for one in contrasting_kmers(texts[0], texts[1], k)]
    return Contrast(
        sides=sides,
        start=start,
        place=place,
        output=output,
        kmers=kmers,
        sentences=[*_sentences(sides, kmers, k), *_not_aligned(sides, shown)],
        test=TEST,
    )


def _sentences(sides: list[Side], kmers: list[ContrastKmer], k: int) -> list[str]:
    group, rest = sides
    if min(group.rows, rest.rows) < FEWEST:
        fewer = min(sides, key=lambda side: side.rows)
        said = [
            f"Too few sequences to test k-mers: {fewer.rows} {fewer.name}. The test needs {FEWEST} on each side."
        ]
    else:
        known = [one for one in kmers if one.q < _SIGNIFICANT]
        if known:
            best = known[0]
            held = f"{best.group} of {group.rows} {group.name} and in {best.rest} of {rest.rows} {rest.name} sequences"
            said = [
                f"{best.kmer} is in {held} (q = {best.q:.2g}).",
                f"{len(known)} {k}-mers differ with q < {_SIGNIFICANT:g}.",
            ]
        else:
            said = [f"No {k}-mer differs significantly between the two groups."]
    said += [
        f"{side.rows - side.explained} of {side.rows} {side.name} sequences are not explained and are missing from the "
        "mean scores."
        for side in sides
        if side.explained < side.rows
    ]
    return said


def _not_aligned(sides: list[Side], shown: list[list[Scored]]) -> list[str]:
    """Return how many rows could not be aligned with the others."""
    return [
        f"{side.explained - len(drawn)} of {side.rows} {side.name} sequences have no origin and are missing from the mean "
        "scores."
        for side, drawn in zip(sides, shown, strict=True)
        if len(drawn) < side.explained
    ]
