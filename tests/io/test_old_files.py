"""Files of earlier versions load, with the numbers that they were saved with."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from captum_dna import Attributions

DATA = Path(__file__).parents[1] / "data"


@pytest.mark.parametrize("version", ["0.1"])
def test_results_of_an_earlier_version_load_with_their_numbers(version):
    results = Attributions.load(DATA / f"results_{version}.parquet")
    known = json.loads((DATA / f"results_{version}.json").read_text())
    assert len(results) == len(known)
    for result, was in zip(results, known, strict=True):
        numbers = [result.f_input, result.f_baseline, result.delta, result.error]
        np.testing.assert_allclose(
            numbers, [was["f_input"], was["f_baseline"], was["delta"], was["error"]], rtol=0, atol=1e-12
        )
        assert (result.name, result.method, result.target) == (was["name"], was["method"], was["target"])
        assert (result.converged, result.evaluations) == (was["converged"], was["evaluations"])
        assert np.nansum(result.base_scores) == pytest.approx(was["base_sum"], abs=1e-12)
        assert np.nanmax(np.abs(result.base_scores)) == pytest.approx(was["largest"], abs=1e-12)
        assert (sorted(result.extras), len(result.windows)) == (was["extras"], was["windows"])
        assert (result.origin, str(result.interval) if result.interval else None) == (
            was["origin"],
            was["interval"],
        )
