"""Noise in proportion to what a layer gives, drawn per sequence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor

    from captum_dna.engine.gradients import Values


def noise_like(values: Values, share: float, random: np.random.Generator) -> Values:
    """Return (T, D) Gaussian noise per layer.

    Its standard deviation is ``share`` of that of the layer's values over all tokens and features of
    this sequence, so that one number suits models of any scale.
    """
    return {name: _noise(value, share, random) for name, value in values.items()}


def _noise(value: Tensor, share: float, random: np.random.Generator) -> Tensor:
    if share == 0:
        return torch.zeros_like(value)
    drawn = torch.from_numpy(random.standard_normal(tuple(value.shape)))
    return drawn.to(value) * (share * value.double().std().to(value))


def check_noise(share: float) -> None:
    """Raise ``ValueError`` where a share of noise makes no sense."""
    if not 0 <= share < float("inf"):
        raise ValueError(
            f"noise must be a share of the embedding's standard deviation, 0 or more, not {share}."
        )


def check_samples(samples: int, least: int = 1) -> None:
    """Raise ``ValueError`` where a number of random draws makes no sense."""
    if samples < least:
        raise ValueError(f"samples must be the number of random draws, at least {least}, not {samples}.")
