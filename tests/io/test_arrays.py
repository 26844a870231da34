"""Arrays that other programs read hold each letter and score in its row."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from captum_dna.core.sequences import Interval
from captum_dna.results import Attributions
from tests import fake_attributions


def result(sequence, scores, **changes):
    base = fake_attributions.make(12, box=False)
    return replace(base, sequence=sequence, base_scores=np.array(scores, dtype=float), **changes)


def test_modisco_reads_letters_and_contributions_in_the_order_a_c_g_t(tmp_path):
    results = Attributions([result("ACgu", [1, -2, 3, 4]), result("NTRA", [9, 5, 9, np.nan])])
    with pytest.warns(UserWarning, match=r"method='ism'.*hypothetical=False"):
        paths = results.to_modisco(tmp_path / "run")
    assert paths == (tmp_path / "run" / "sequences.npz", tmp_path / "run" / "attributions.npz")
    onehot, contributions = (np.load(path)["arr_0"] for path in paths)
    assert onehot.shape == contributions.shape == (2, 4, 4)
    assert onehot.dtype == contributions.dtype == np.float32
    np.testing.assert_array_equal(onehot[0], np.eye(4))
    np.testing.assert_array_equal(contributions[0], np.diag([1, -2, 3, 4]))
    np.testing.assert_array_equal(onehot[1], [[0, 0, 0, 1], [0] * 4, [0] * 4, [0, 1, 0, 0]])
    np.testing.assert_array_equal(contributions[1], [[0] * 4, [0] * 4, [0] * 4, [0, 5, 0, 0]])


def test_modisco_gets_all_four_letters_where_the_method_tells_them(tmp_path):
    changes = np.array(
        [[0, -3.0], [-4, 0], [-2, -1], [-2, 0.0]]
    )  # of "AC": f of each letter minus f of the sequence
    results = Attributions([result("AC", [8 / 3, 4 / 3], extras={"substitutions": changes})])
    _, path = results.to_modisco(tmp_path / "run")
    contributions = np.load(path)["arr_0"][0]
    np.testing.assert_allclose(contributions, [[2, -2], [-2, 1], [0, 0], [0, 1]])  # less the mean of all four
    np.testing.assert_allclose(results[0].hypothetical, contributions)
    _, path = results.to_modisco(tmp_path / "run", hypothetical=False)
    np.testing.assert_allclose(np.load(path)["arr_0"][0], [[8 / 3, 0], [0, 4 / 3], [0, 0], [0, 0]])


@given(length=st.integers(1, 9), window=st.integers(1, 9))
@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_modisco_gets_the_middle_that_its_window_asks_for(tmp_path, length, window):
    results = Attributions([result("A" * length, range(1, length + 1))])
    if window > length:
        with pytest.raises(ValueError, match=f"`window` must be a whole number from 1 to {length}"):
            results.to_modisco(tmp_path, window=window, hypothetical=False)
        return
    _, path = results.to_modisco(tmp_path, window=window, hypothetical=False)
    kept = np.load(path)["arr_0"][0, 0]
    assert len(kept) == window
    assert (length - kept[-1]) - (kept[0] - 1) in (0, 1)


def test_modisco_wants_one_length_unless_shorter_ones_are_to_be_filled_up(tmp_path):
    results = Attributions([result("ACG", [1, 2, 3]), result("A", [7])])
    with pytest.raises(ValueError, match=r"1 to 3 bases.*length=.*pad=True"):
        results.to_modisco(tmp_path / "run")
    assert list(tmp_path.iterdir()) == []
    _, path = results.to_modisco(tmp_path / "run", pad=True, hypothetical=False)
    np.testing.assert_array_equal(np.load(path)["arr_0"][1, 0], [7, 0, 0])
    with pytest.raises(ValueError, match="no results"):
        Attributions().to_modisco(tmp_path / "run")


def test_numpy_file_holds_every_score_and_place_without_pickles(tmp_path):
    place = Interval("chr1", 5, 8, "-")
    results = Attributions([result("ACG", [1, np.nan, 3], interval=place), result("T", [7], name="t")])
    with np.load(results.to_npz(tmp_path / "run.npz"), allow_pickle=False) as file:
        assert file["offsets"].tolist() == [0, 3, 4]
        np.testing.assert_array_equal(file["base_scores"], [1, np.nan, 3, 7])
        assert file["sequences"].tolist() == ["ACG", "T"]
        assert file["names"][1] == "t"
        assert file["chromosomes"].tolist() == ["chr1", ""]
        assert (file["starts"].tolist(), file["ends"].tolist()) == ([5, -1], [8, -1])
        assert file["strands"].tolist() == ["-", ""]
