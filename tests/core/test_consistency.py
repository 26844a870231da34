"""Attribution consistency: repeated motifs have few directions, noise has all."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from captum_dna.core.consistency import consistency
from captum_dna.core.errors import UserError


def _set(signal: float, count: int = 20, length: int = 250) -> list[SimpleNamespace]:
    """Return hypothetical scores with one motif in noise, as strong as said."""
    random = np.random.default_rng(1)
    motif = 3 * random.standard_normal((4, 8))
    made = []
    for i in range(count):
        scores = random.standard_normal((4, length))
        scores[:, 100:108] = (1 - signal) * scores[:, 100:108] + signal * motif
        made.append(SimpleNamespace(name=f"s{i}", hypothetical=scores))
    return made


def test_noise_has_no_consistency_and_a_motif_has():
    noise, weak, strong = (consistency(_set(signal)) for signal in (0.0, 0.7, 1.0))
    assert noise == pytest.approx(0, abs=0.15)
    assert noise < weak < strong
    assert strong > 1


def test_scales_and_offsets_of_the_letters_do_not_count():
    some = _set(1.0)
    moved = [SimpleNamespace(name=one.name, hypothetical=5 * one.hypothetical + 3) for one in some]
    assert consistency(moved) == pytest.approx(consistency(some))


def test_what_it_needs_is_said():
    with pytest.raises(UserError, match="no hypothetical scores"):
        consistency([SimpleNamespace(name="a", hypothetical=None)])
    with pytest.raises(UserError, match="needs 2500 stretches of 3 bases or more, but there are 248"):
        consistency(_set(1.0, count=1))
