from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from captum_dna.motifs.tomtom import tomtom

KNOWN = json.loads(Path(__file__).with_name("tomtom.json").read_text())
"""Letters and random motifs with what memelite 0.5.0 says of them (its defaults), p-values down to 1e-9."""
TARGETS = [np.array(columns).T for columns in KNOWN["targets"]]
QUERIES = [np.array(columns).T for columns in KNOWN["queries"]]


def test_the_numbers_are_those_of_memelite():
    found = tomtom(QUERIES, TARGETS)
    np.testing.assert_allclose(found.p, KNOWN["p"], rtol=1e-9)
    assert found.offset.tolist() == KNOWN["offset"]
    assert found.reverse.astype(int).tolist() == KNOWN["reverse"]
    assert found.p.min() < 1e-6


@given(st.integers(0, len(TARGETS) - 1), st.integers(0, 3), st.booleans())
def test_a_part_of_a_target_is_found_in_its_place_on_its_strand(index, cut, turned):
    target = TARGETS[index]
    part = target[:, min(cut, target.shape[1] - 3) :]
    query = part[::-1, ::-1] if turned else part
    found = tomtom([query], TARGETS)
    assert found.p[0].argmin() == index
    assert bool(found.reverse[0, index]) == turned
    assert found.offset[0, index] == (0 if turned else target.shape[1] - part.shape[1])


def test_company_changes_nothing():
    together = tomtom(QUERIES + QUERIES[::-1], TARGETS)
    for i, query in enumerate(QUERIES):
        for one, many in zip(tomtom([query], TARGETS), together, strict=True):
            np.testing.assert_array_equal(one[0], many[i])
            np.testing.assert_array_equal(one[0], many[-1 - i])


def test_by_chance_a_p_value_is_as_small_as_it_says():
    """Queries made of columns of the targets, drawn at random, as the p-value has it."""
    rng = np.random.default_rng(0)
    columns = np.concatenate([*TARGETS, *(one[::-1, ::-1] for one in TARGETS)], axis=1)
    drawn = [columns[:, rng.integers(columns.shape[1], size=8)] for _ in range(200)]
    long = [one for one in TARGETS if one.shape[1] > 6]
    p = tomtom(drawn, [*long, *TARGETS]).p[:, : len(long)]
    for level in (0.5, 0.1, 0.02):
        assert (p <= level).mean() == pytest.approx(level, rel=0.35)
