"""How consistent the scores of one model are over many sequences: a number for choosing between models.

After Majdandzic et al. 2022 (Selecting deep neural networks that yield consistent attribution-based interpretations for
genomics, Proceedings of Machine Learning Research 200, 131-149): a model that knows motifs gives the same few directions
to the hypothetical scores of short stretches again and again, noise gives all directions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from captum_dna.core.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from captum_dna.core.explained import Scored

    Floats = NDArray[np.float64]

STRETCH = 3
"""Bases whose hypothetical scores are added up."""
SHARE = 0.04
"""The share of the stretches, by the length of their sum, that counts."""
BOXES = 30
"""Boxes of equal area in each of the two coordinates of a direction."""
_FEWEST = 100
_DRAWS = 20

_ON_PLANE = np.array([[-1, 1, 0, 0] / np.sqrt(2), [-1, -1, 2, 0] / np.sqrt(6), [-1, -1, -1, 3] / np.sqrt(12)])
"""Three orthonormal directions in which mean-centred scores of four letters lie."""


def consistency(results: Iterable[Scored], seed: int = 0) -> float:
    """Return the attribution consistency of a set of results, in nats.

    The hypothetical scores of each base are centred on their mean over A, C, G and T, divided by their summed length in
    their sequence and added up over three neighbouring bases. The directions of the longest 4 % of these sums are
    counted in boxes of equal area, weighted by their squared length. The consistency is the Kullback-Leibler
    divergence of that distribution from the uniform one, less what random directions of the same lengths have. It
    compares models on the same sequences; 0 is noise.

    Parameters
    ----------
    results
        Results of one model that have hypothetical scores.
    seed
        Seed of the random directions.

    Raises
    ------
    UserError
        A result has no hypothetical scores, or there are too few bases.
    """
    sums = np.concatenate([np.empty((3, 0)), *map(_sums, results)], axis=1)
    lengths = np.sqrt((sums**2).sum(axis=0))
    count = round(SHARE * len(lengths))
    if count < _FEWEST:
        raise UserError(
            f"The consistency of scores needs {_FEWEST / SHARE:.0f} stretches of {STRETCH} bases or more, "
            f"but there are {len(lengths)}. Give more sequences."
        )
    longest = np.argsort(-lengths, kind="stable")[:count]
    weights = lengths[longest] ** 2
    random = np.random.default_rng(seed)
    chance = [_divergence(random.standard_normal((3, count)), weights) for _ in range(_DRAWS)]
    return _divergence(sums[:, longest], weights) - float(np.mean(chance))


def _sums(result: Scored) -> Floats:
    """Return the (3, L - 2) sums of the centred scores of neighbouring bases, where all are known."""
    every = result.hypothetical
    if every is None:
        raise UserError(
            f"'{result.name}' has no hypothetical scores, so its consistency cannot be computed. Explain "
            "it with "
            "`method='nucleotide_gradients'` or 'ism'."
        )
    centred = every - every.mean(axis=0)
    size = np.nansum(np.sqrt((centred**2).sum(axis=0)))
    windows = np.lib.stride_tricks.sliding_window_view(_ON_PLANE @ centred, STRETCH, axis=1).sum(axis=-1)
    known: Floats = windows[:, np.isfinite(windows).all(axis=0)] / (size or 1.0)
    return known


def _divergence(vectors: Floats, weights: Floats) -> float:
    """Return how far the weighted directions of (3, N) vectors are from uniform, in nats."""
    x, y, z = vectors / np.sqrt((vectors**2).sum(axis=0))
    edges = [np.linspace(-np.pi, np.pi, BOXES + 1), np.linspace(-1, 1, BOXES + 1)]
    counts, _, _ = np.histogram2d(np.arctan2(y, x), np.clip(z, -1, 1), edges, weights=weights)
    shares = counts[counts > 0] / counts.sum()
    return float((shares * np.log(shares * BOXES**2)).sum())
