"""Outlines of letters, scaled to scores: one compound path per letter, however many bases there are."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.font_manager import FontProperties
from matplotlib.path import Path
from matplotlib.textpath import TextPath

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

WIDTH = 0.92
"""Share of its base's place that a letter takes."""


def letter_paths(sequence: str, scores: NDArray[np.float64], first: int = 0) -> Iterator[tuple[str, Path]]:
    """Yield each letter that occurs and one path with all its occurrences.

    A letter stands upright between 0 and its score, above or below zero.

    Parameters
    ----------
    sequence
        L letters; lower case is drawn as upper case.
    scores
        (L,) heights in data units; letters without height (0 or NaN) are left out.
    first
        Index of the first base: base i takes the place from ``first + i`` to ``first + i + 1``.
    """
    letters = np.array(list(sequence.upper()))
    drawn = np.isfinite(scores) & (scores != 0)
    for letter in sorted(set(letters[drawn].tolist())):
        places = np.flatnonzero(drawn & (letters == letter))
        vertices, codes = outline(letter)
        heights = scores[places][:, None]
        x = first + places[:, None] + 0.5 + WIDTH * (vertices[:, 0] - 0.5)
        y = np.where(heights > 0, vertices[:, 1], 1 - vertices[:, 1]) * heights
        yield letter, Path(np.stack([x, y], axis=-1).reshape(-1, 2), np.tile(codes, len(places)))


@cache
def outline(letter: str) -> tuple[NDArray[np.float64], NDArray[np.uint8]]:
    """Return the vertices of a letter, stretched to the unit square, and their path codes."""
    path = TextPath((0, 0), letter, size=1, prop=FontProperties(family="DejaVu Sans", weight="bold"))
    points = path.vertices[path.codes != Path.CLOSEPOLY]
    low, high = points.min(axis=0), points.max(axis=0)
    return (path.vertices - low) / (high - low), path.codes
