"""Sequences longer than the model sees: cut, explained in windows of one class, and joined without a seam."""

from __future__ import annotations

import copy

import numpy as np
import pytest

import captum_dna
from captum_dna.core.errors import SequenceError
from captum_dna.core.options import Options
from captum_dna.core.projection import CONSERVING
from captum_dna.core.sequences import Interval, Sequence, Track
from captum_dna.pipeline.joining import weights
from captum_dna.pipeline.windows import cut, pooled, window_starts, windowing_of
from captum_dna.results import Attributions
from tests import toy
from tests.additive import OPTIONS, additive, by_hand


@pytest.mark.parametrize("k", [3, 6])
@pytest.mark.parametrize(("length", "overlap"), [("auto", None), (25, 10), (30, 21), (37, 12)])
def test_a_linear_models_joined_scores_are_those_worked_by_hand(k, length, overlap):
    classifier, bases = additive(k), toy.dna(211, 3)
    (result,) = captum_dna.attribute(classifier, bases, window_length=length, overlap=overlap, **OPTIONS)
    np.testing.assert_allclose(result.base_scores, by_hand(classifier, bases), rtol=0, atol=1e-12)
    inner = [i for i, span in enumerate(result.spans) if span is not None]
    assert [result.spans[i] for i in inner] == [(i, i + k) for i in range(211 - k + 1)]
    assert [result.tokens[i] for i in inner] == [bases[i : i + k] for i in range(211 - k + 1)]


@pytest.mark.parametrize("strands", ["forward", "both"])
@pytest.mark.parametrize("projection", sorted(CONSERVING))
@pytest.mark.parametrize("k", [3, 4])
def test_the_scores_of_tokens_and_bases_of_a_joined_result_have_one_sum(strands, projection, k):
    how = {"strands": strands, "projection": projection, "progress": False}
    (result,) = captum_dna.attribute(toy.kmer_bert(k), toy.dna(300, 5), window_length=60, **how)
    inner = sum(s for s, span in zip(result.token_scores, result.spans, strict=True) if span is not None)
    assert inner == pytest.approx(result.base_scores.sum(), abs=1e-12)


def test_no_jump_at_a_seam_is_beyond_what_one_window_has_inside():
    """A smooth model: neighbouring bases differ no more at the joints than within a window."""
    classifier = additive(6, limit=300)
    (whole,) = captum_dna.attribute(classifier, toy.dna(280, 1), **OPTIONS)
    (joined,) = captum_dna.attribute(classifier, toy.dna(280, 1), window_length=70, **OPTIONS)
    assert np.abs(np.diff(joined.base_scores)).max() <= np.abs(np.diff(whole.base_scores)).max() + 1e-12


def test_a_joint_weighs_its_windows_by_turns():
    """Two windows that disagree: the joined score goes from the one to the other in even steps."""
    weight = weights([0, 6], 10, 0)
    joined = np.zeros(16)
    for start, own, level in ((0, weight[0], 0.0), (6, weight[1], 1.0)):
        joined[start : start + 10] += own * level
    np.testing.assert_allclose(joined, [0] * 6 + [0.2, 0.4, 0.6, 0.8] + [1] * 6, atol=1e-15)


@pytest.mark.parametrize(
    ("length", "size", "overlap", "margin"), [(97, 20, 5, 0), (97, 20, 14, 5), (41, 40, 12, 2)]
)
def test_weights_sum_to_one_at_each_base(length, size, overlap, margin):
    count = -(-(length - overlap) // (size - overlap))
    starts = window_starts(length, [size] * count)
    total = np.zeros(length)
    for start, own in zip(starts, weights(starts, size, margin), strict=True):
        assert own.min() >= 0
        total[start : start + size] += own
    np.testing.assert_allclose(total, 1, atol=1e-12)
    assert starts[0] == 0
    assert starts[-1] + size == length
    assert max(np.diff(starts)) <= size - overlap


def test_each_window_is_a_result_of_its_own_with_real_special_tokens():
    classifier, bases = toy.kmer_bert(6), toy.dna(150, 2)
    (result,) = captum_dna.attribute(classifier, bases, window_length=60, target=1, progress=False)
    assert result.windows
    starts = result.extras["window_starts"].astype(int)
    alone = captum_dna.attribute(
        classifier, [bases[start : start + 60] for start in starts], target=1, progress=False
    )
    for window, other in zip(result.windows, alone, strict=True):
        assert (window.tokens[0], window.tokens[-1]) == ("[CLS]", "[SEP]")
        assert window.f_input == pytest.approx(other.f_input, rel=1e-9)
        np.testing.assert_allclose(window.base_scores, other.base_scores, rtol=1e-7, atol=1e-12)


def test_a_joined_result_claims_no_f_of_the_whole():
    (result,) = captum_dna.attribute(toy.kmer_bert(6), toy.dna(200, 1), window_length="auto", progress=False)
    assert np.isnan([result.f_input, result.f_baseline]).all()
    worst = max((window.delta for window in result.windows), key=abs)
    assert result.delta == worst
    assert result.converged
    assert f"{len(result.windows)} windows" in result.headline()
    assert result.evaluations == sum(window.evaluations for window in result.windows)


def test_one_window_that_does_not_converge_is_told_of_by_its_name():
    with pytest.warns(UserWarning, match=r"Not converged .*bases 0\.\.39"):
        (result,) = captum_dna.attribute(
            toy.kmer_bert(3), toy.dna(90, 4), window_length=40, n_steps=1, tolerance=1e-6, progress=False
        )
    assert not result.converged
    assert any("Not converged within the tolerance of 1e-06 in" in remark for remark in result.remarks)


@pytest.mark.parametrize(
    ("place", "named"),
    [
        ({}, "bases 0..39"),
        ({"origin": 50}, "bases -50..-11"),
        ({"interval": Interval("chr1", 100, 190, "-")}, "bases chr1:151-190"),
    ],
)
def test_windows_are_named_as_the_axis_of_the_picture_numbers_them(place, named):
    sequence = Sequence("long", toy.dna(90, 4), **place)
    with pytest.warns(UserWarning, match="Not converged"):
        (result,) = captum_dna.attribute(
            toy.kmer_bert(3), sequence, window_length=40, n_steps=1, tolerance=1e-6, progress=False
        )
    assert result.windows[0].name == f"long, {named}"
    assert named in next(remark for remark in result.remarks if remark.startswith("Not converged"))


def test_all_windows_explain_the_class_of_their_mean_log_probability():
    classifier = toy.kmer_bert(6, 3)
    (result,) = captum_dna.attribute(classifier, toy.dna(400, 8), window_length=60, progress=False)
    probabilities = np.array([window.probabilities for window in result.windows])
    mean = np.log(probabilities).mean(axis=0)
    assert {window.target for window in result.windows} == {result.target}
    assert result.target == result.predicted == classifier.labels[mean.argmax()]
    np.testing.assert_allclose(result.probabilities, np.exp(mean) / np.exp(mean).sum(), rtol=1e-9)


def test_pooling_keeps_what_the_outputs_mean():
    two = np.array([[0.2, 0.9], [0.8, 0.1]])
    np.testing.assert_allclose(pooled("multi_label", two), np.sqrt([0.16, 0.09]))
    np.testing.assert_allclose(pooled("regression", np.array([[1.0], [4.0]])), [2.5])


def test_place_origin_and_tracks_stay_with_the_whole_and_with_each_window():
    bases = toy.dna(100, 1)
    sequence = Sequence(
        "a", bases, "LABEL_1", Interval("chr2", 1000, 1100, "-"), 50, (Track("known", ((35, 45, "box"),)),)
    )
    (result,) = captum_dna.attribute(toy.kmer_bert(6), sequence, window_length=40, overlap=10, progress=False)
    assert (result.name, result.sequence, result.interval) == ("a", bases, sequence.interval)
    assert (result.origin, result.tracks, result.true_label) == (50, sequence.tracks, "LABEL_1")
    first, second, last = result.windows
    assert first.interval == Interval("chr2", 1060, 1100, "-")
    assert last.interval == Interval("chr2", 1000, 1040, "-")
    assert first.tracks[0].spans == ((35, 40, "box"),)
    assert second.origin == 50 - 30


def test_both_strands_are_averaged_window_by_window():
    (both,) = captum_dna.attribute(
        toy.kmer_bert(6), toy.dna(130, 6), window_length=60, target=0, strands="both", progress=False
    )
    (forward,) = captum_dna.attribute(
        toy.kmer_bert(6), toy.dna(130, 6), window_length=60, target=0, progress=False
    )
    np.testing.assert_allclose(both.extras["forward"], forward.base_scores, rtol=1e-7, atol=1e-12)
    np.testing.assert_allclose(
        both.base_scores, (both.extras["forward"] + both.extras["reverse"]) / 2, atol=1e-12
    )
    assert -1 <= float(both.extras["strand_agreement"]) <= 1


def test_short_sequences_among_long_ones_are_explained_whole():
    classifier = toy.kmer_bert(6)
    sequences = {"long": toy.dna(200, 1), "short": toy.dna(50, 2)}
    long, short = captum_dna.attribute(classifier, sequences, window_length="auto", progress=False)
    (alone,) = captum_dna.attribute(classifier, {"short": sequences["short"]}, progress=False)
    assert long.windows
    assert not short.windows
    np.testing.assert_allclose(short.base_scores, alone.base_scores, rtol=1e-7, atol=1e-12)


def test_tokens_of_differing_length_are_cut_to_fit():
    classifier = toy.family("ModernBert")
    bases = toy.dna(900, 1)
    (result,) = captum_dna.attribute(
        classifier, bases, window_length="auto", target=0, tolerance="preview", progress=False
    )
    assert max(len(window.tokens) for window in result.windows) <= classifier.max_tokens
    assert len(result.windows[0]) > classifier.max_tokens  # tokens are longer than a base, and windows use it
    assert np.isfinite(result.base_scores).all()


def test_matrices_over_bases_are_joined_too():
    (result,) = captum_dna.attribute(
        additive(3), toy.dna(70, 1), method="ism", window_length=30, output="logit", target=0, progress=False
    )
    assert result.extras["substitutions"].shape == (4, 70)


def test_a_saved_result_keeps_its_windows(tmp_path):
    results = captum_dna.attribute(
        toy.kmer_bert(6), [toy.dna(150, 1), toy.dna(40, 2), toy.dna(90, 3)], window_length=60, progress=False
    )
    loaded = Attributions.load(results.save(tmp_path / "long.parquet"))
    for one, other in zip(results, loaded, strict=True):
        assert len(one.windows) == len(other.windows)
        for a, b in zip((one, *one.windows), (other, *other.windows), strict=True):
            assert (a.name, a.tokens, a.spans, a.run, a.interval) == (
                b.name,
                b.tokens,
                b.spans,
                b.run,
                b.interval,
            )
            np.testing.assert_array_equal(a.token_scores, b.token_scores)
            np.testing.assert_array_equal([a.f_input, a.delta], [b.f_input, b.delta])


def test_shards_hold_joined_results_and_progress_counts_sequences(tmp_path):
    told = []
    folder = captum_dna.attribute_to(
        tmp_path / "run",
        toy.kmer_bert(6),
        [toy.dna(120, i) for i in range(3)],
        shard_size=2,
        window_length=60,
        tolerance="preview",
        progress=lambda done, total: told.append((done, total)),
    )
    assert [len(result.windows) for result in Attributions.load(folder)] == [3, 3, 3]
    assert told[-1] == (3, 3)
    assert all(done <= 3 for done, _ in told)


@pytest.mark.parametrize(
    ("length", "overlap", "sentence"),
    [
        (
            10,
            10,
            "Windows of 10 bases are not longer than their overlap of 10 bases. Give a longer `window_length`",
        ),
        (30, 5, "`overlap` is 5 bases, but 6-mers need at least 10"),
        (None, 20, "`overlap` needs windows. Give `window_length=`"),
        (0, None, "`window_length` must be a number of bases, at least 1, or 'auto', not 0"),
        ("long", None, "`window_length` must be a number of bases, at least 1, or 'auto', not 'long'"),
        (40, -1, "`overlap` must be a number of bases, at least 0, not -1"),
    ],
)
def test_windows_that_cannot_be_are_refused(length, overlap, sentence):
    with pytest.raises(ValueError, match=sentence):
        captum_dna.attribute(toy.kmer_bert(6), toy.dna(100, 1), window_length=length, overlap=overlap)


def test_a_sequence_too_long_names_the_way_out():
    with pytest.raises(
        SequenceError, match=r"takes at most 83 bases. Explain it in .* `window_length='auto'"
    ):
        captum_dna.attribute(toy.kmer_bert(6), toy.dna(100, 1))


def test_a_window_that_the_model_cannot_read_is_named_before_it_runs():
    bases = toy.dna(60, 1) + "N" * 80 + toy.dna(60, 2)
    with pytest.raises(SequenceError, match=r"'sequence 1, bases \d+\.\.\d+'.*tokens are unknown"):
        captum_dna.attribute(toy.kmer_bert(6), [bases], window_length=40)


def test_a_window_longer_than_the_model_sees_is_refused():
    with pytest.raises(
        ValueError, match=r"Windows of 90 bases are too long for the model, which takes at most 83"
    ):
        captum_dna.attribute(toy.kmer_bert(6), toy.dna(200, 1), window_length=90)


def test_cutting_leaves_the_model_alone():
    classifier = copy.copy(toy.kmer_bert(6))
    windows = cut(
        classifier, Sequence("x", toy.dna(200)), windowing_of(classifier, Options(window_length=50))
    )
    assert [len(window.sequence) for window in windows] == [50] * len(windows)


@pytest.mark.parametrize("strands", ["forward", "both"])
def test_ctrl_c_keeps_the_sequences_whose_windows_are_all_done(strands):
    """Three windows each, and on both strands six: Ctrl-C comes within the second sequence's last ones."""
    sequences = {"one": toy.dna(120, 1), "two": toy.dna(120, 2)}
    stop_at = 4 if strands == "forward" else 6 + 4

    def stop(done: int, _total: int) -> None:
        if done == stop_at:
            raise KeyboardInterrupt

    with pytest.raises(captum_dna.Interrupted) as stopped:
        captum_dna.attribute(
            toy.kmer_bert(6), sequences, window_length=60, strands=strands, batch_size=1, progress=stop
        )
    assert stopped.value.total == 2
    assert [result.name for result in stopped.value.finished] == ["one"]
    assert len(stopped.value.finished[0].windows) == 3


@pytest.mark.parametrize("family", toy.LAWFUL)
def test_every_family_is_read_in_windows_that_fit(family):
    classifier = toy.lawful(family)
    (result,) = captum_dna.attribute(
        classifier, toy.dna(130, 1), window_length=50, target=0, tolerance="preview", progress=False
    )
    assert len(result.windows) == 4
    inner = sum(s for s, span in zip(result.token_scores, result.spans, strict=True) if span is not None)
    assert inner == pytest.approx(result.base_scores.sum(), rel=1e-9, abs=1e-12)
    for window, start in zip(result.windows, result.extras["window_starts"].astype(int), strict=True):
        alone = classifier.encode(Sequence("alone", result.sequence[start : start + 50]))
        assert (window.tokens, window.spans) == (alone.tokens, alone.spans)


@pytest.mark.parametrize(("stride", "length"), [(3, 61), (3, 60), (2, 62)])
def test_windows_begin_with_a_word_of_the_whole_sequence(stride, length):
    model = codon_model(stride)
    bases = toy.dna(length)
    [result] = captum_dna.attribute(model, bases, method="saliency", window_length=25, target=0)
    whole = model.encode(bases)
    assert set(zip(result.tokens, result.spans, strict=True)) == set(
        zip(whole.tokens, whole.spans, strict=True)
    )
    assert len(result) == length
    uncovered = [i for start, end in whole.uncovered for i in range(start, end)]
    assert np.flatnonzero(np.isnan(result.base_scores)).tolist() == uncovered
    assert np.nansum(result.base_scores) + result.special_score == pytest.approx(result.token_scores.sum())


def codon_model(stride=3):
    overlapping = toy.kmer_bert(3)
    return captum_dna.load(overlapping.model, overlapping.tokenizer, stride=stride)


def test_a_sequence_of_one_window_and_less_than_a_word_stays_whole():
    model = codon_model()
    [result] = captum_dna.attribute(model, toy.dna(26), method="saliency", window_length=24, target=0)
    assert (len(result), result.windows) == (26, ())


def test_windows_too_near_for_the_words_are_refused():
    model = codon_model()
    with pytest.raises(ValueError, match=r"where words begin every 3 bases\. Give a longer `window_length`"):
        captum_dna.attribute(model, toy.dna(60), method="saliency", window_length=10, overlap=8)
