"""One result minus another, whoever asks for it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from captum_dna.core.difference import difference
from tests.fake_attributions import make, nested


def test_a_difference_is_after_minus_before_and_stays_complete():
    before, after = make(60, seed=0), make(60, seed=1)
    found = difference(before, after)
    np.testing.assert_allclose(found.base_scores, after.base_scores - before.base_scores)
    np.testing.assert_allclose(found.token_scores, after.token_scores - before.token_scores)
    assert found.token_scores.sum() == pytest.approx(found.f_input - found.f_baseline + found.delta)
    assert found.error == before.error + after.error
    assert found.run == replace(after.run, difference=True)
    assert found.remarks == ()


def test_a_gap_of_either_is_a_gap_and_other_tokens_are_left_out():
    before, after = make(60), make(60)
    gapped = replace(
        before, sequence="-" + before.sequence[1:], base_scores=np.r_[np.nan, before.base_scores[1:]]
    )
    found = difference(gapped, replace(after, spans=(None, *((i, i + 5) for i in range(55)), None)))
    assert found.sequence == "-" + after.sequence[1:]
    assert found.tokens == found.spans == ()
    assert len(found.token_scores) == 0
    assert found.remarks == ()


def test_it_converged_where_both_did():
    one = make(60)
    other = replace(one, **nested({"converged": False}, one.certificate))
    assert not difference(one, other).converged
    assert not difference(other, one).converged


def test_windows_are_differences_too():
    windows = tuple(make(60, seed=i) for i in range(2))
    nan = float("nan")
    whole = make(
        100, windows=windows, f_input=nan, f_baseline=nan, extras={"window_starts": np.array([0.0, 40.0])}
    )
    found = difference(whole, whole)
    assert [one.run.difference for one in found.windows] == [True, True]
    assert [one.code for one in found.caveats] == ["windows"]


def test_other_lengths_are_refused():
    with pytest.raises(ValueError, match="Align them first"):
        difference(make(60), make(61))
