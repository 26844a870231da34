from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from captum_dna.core.options import PROJECTIONS
from captum_dna.core.projection import CONSERVING, project

# Two overlapping 3-mers between special tokens, over five bases of which the last is covered by none.
SPANS = (None, (0, 3), (1, 4), None)
SCORES = [10.0, 3.0, -6.0, 20.0]
BY_HAND = {
    "split": [1, 1 - 2, 1 - 2, -2, np.nan],
    "mean": [3, -1.5, -1.5, -6, np.nan],
    "max": [3, -6, -6, -6, np.nan],
    "center": [0, 3, -6, 0, np.nan],
}


@pytest.mark.parametrize("how", PROJECTIONS)
def test_by_hand(how):
    assert_allclose(project(SCORES, SPANS, 5, how), BY_HAND[how])


def test_the_middle_of_an_even_token_is_two_bases():
    assert_allclose(project([4.0], [(0, 4)], 4, "center"), [0, 2, 2, 0])


@st.composite
def scored_spans(draw):
    length = draw(st.integers(1, 40))
    starts = st.integers(0, length - 1)
    spans = draw(
        st.lists(st.none() | starts.flatmap(lambda s: st.tuples(st.just(s), st.integers(s + 1, length))))
    )
    scores = draw(st.lists(st.floats(-1e3, 1e3), min_size=len(spans), max_size=len(spans)))
    return scores, spans, length


@pytest.mark.parametrize("how", sorted(CONSERVING))
@given(scored_spans())
def test_conserving_projections_keep_the_sum(how, case):
    scores, spans, length = case
    covering = sum(s for s, span in zip(scores, spans, strict=True) if span is not None)
    assert_allclose(np.nansum(project(scores, spans, length, how)), covering, atol=1e-8)


@pytest.mark.parametrize("how", ["mean", "max"])
@given(scored_spans())
def test_other_projections_stay_within_the_covering_scores(how, case):
    scores, spans, length = case
    result = project(scores, spans, length, how)
    for base in range(length):
        over = [
            s for s, span in zip(scores, spans, strict=True) if span is not None and span[0] <= base < span[1]
        ]
        if not over:
            assert np.isnan(result[base])
        else:
            assert min(over) - 1e-9 <= result[base] <= max(over) + 1e-9
            if how == "max":
                assert abs(result[base]) == max(map(abs, over))


@given(scored_spans())
def test_split_is_linear_in_the_scores(case):
    scores, spans, length = case
    assert_allclose(
        project(np.multiply(2, scores), spans, length), 2 * project(scores, spans, length), atol=1e-9
    )


def test_bad_calls_get_a_sentence():
    with pytest.raises(ValueError, match=r"no projection 'sum'\. Choose one of split"):
        project([1.0], [(0, 1)], 1, "sum")
    with pytest.raises(ValueError, match="2 token scores but 1 spans"):
        project([1.0, 2.0], [(0, 1)], 1)
