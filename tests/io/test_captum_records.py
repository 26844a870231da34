"""Captum's records become results and results become records, with nothing made up on the way."""

import numpy as np
import pytest
import torch
from captum.attr import visualization
from hypothesis import given
from hypothesis import strategies as st

from captum_dna.core.attribution import Attribution, Run
from captum_dna.io.captum_records import RecordError, from_records, to_record
from captum_dna.io.frames import SUMMARY_COLUMNS, base_frame, summary_frame
from tests.fake_attributions import nested


def record(words, scores, **changes):
    values = {
        "word_attributions": scores,
        "pred_prob": 0.9,
        "pred_class": "promoter",
        "true_class": "unknown",
        "attr_class": "promoter",
        "attr_score": 1.0,
        "raw_input_ids": words,
        "convergence_score": 0.01,
    }
    return visualization.VisualizationDataRecord(**(values | changes))


def result(**changes):
    """Four bases in two overlapping 3-mers, whose scores 3 and 6 were split."""
    values = {
        "name": "a",
        "sequence": "ACGT",
        "tokens": ("[CLS]", "ACG", "CGT", "[SEP]"),
        "spans": (None, (0, 3), (1, 4), None),
        "token_scores": np.array([0.5, 3.0, 6.0, -0.25]),
        "base_scores": np.array([1.0, 3.0, 3.0, 2.0]),
        "target": "promoter",
        "predicted": "other",
        "probability": 0.75,
        "probabilities": np.array([0.75, 0.25]),
        "true_label": None,
        "f_input": 2.0,
        "f_baseline": -1.0,
        "delta": 0.125,
        "error": float("nan"),
        "converged": True,
        "evaluations": 10,
        "run": Run(labels=("other", "promoter")),
    }
    return Attribution(**nested(values | changes))


# --- out ------------------------------------------------------------------------------------------


def test_a_result_becomes_one_word_per_base_between_its_special_tokens():
    made = to_record(result())
    assert made.raw_input_ids == ["[CLS]", "A", "C", "G", "T", "[SEP]"]
    assert made.word_attributions.tolist() == [0.5, 1.0, 3.0, 3.0, 2.0, -0.25]
    assert made.attr_score == 9.25
    assert (made.true_class, made.pred_class, made.pred_prob, made.attr_class) == (
        "unknown",
        "other",
        0.75,
        "promoter",
    )
    assert made.convergence_score == 0.125


def test_a_known_truth_is_named():
    assert to_record(result(true_label="other")).true_class == "other"


def test_scores_of_bases_only_make_words_of_bases_only():
    made = to_record(result(token_scores=np.full(4, np.nan), base_scores=np.array([1.0, np.nan, 2.0, 3.0])))
    assert made.raw_input_ids == list("ACGT")
    assert made.word_attributions.tolist() == [1.0, 0.0, 2.0, 3.0]


def test_captums_own_drawing_takes_the_record(capsys):
    html = visualization.visualize_text([to_record(result())]).data
    assert "other (0.75)" in html
    assert "#CLS" in html or "[CLS]" in html


def test_there_and_back_keeps_sequence_scores_and_words():
    [back] = from_records([to_record(result())])
    assert back.sequence == "ACGT"
    assert back.base_scores.tolist() == [1.0, 3.0, 3.0, 2.0]
    assert back.special_score == 0.25
    assert (back.target, back.predicted, back.probability, back.true_label) == (
        "promoter",
        "other",
        0.75,
        None,
    )
    assert back.delta == 0.125


# --- in -------------------------------------------------------------------------------------------


def test_the_notebooks_record_of_kmers_is_put_together_and_its_scores_are_split():
    scores = torch.tensor([0.5, 3.0, 6.0, -0.25], requires_grad=True)
    [item] = from_records(
        record(
            ["[CLS]", "ACG", "CGT", "[SEP]"],
            scores,
            pred_prob=torch.tensor(0.5625),
            pred_class=torch.tensor(0),
            true_class=0,
            attr_class=[2088, 146],
            convergence_score=torch.tensor([0.25]),
        )
    )
    assert item.sequence == "ACGT"
    assert item.spans == (None, (0, 3), (1, 4), None)
    assert item.base_scores.tolist() == [1.0, 3.0, 3.0, 2.0]
    assert (item.predicted, item.probability, item.true_label) == ("0", 0.5625, "0")
    assert item.target == "unknown"  # the notebook puts the token ids there
    assert item.delta == 0.25


def test_what_a_record_does_not_say_stays_unknown():
    [item] = from_records(
        [record(list("ACGT"), [1.0, 2.0, 3.0, 4.0], true_class=None, convergence_score=None)]
    )
    assert item.true_label is None
    assert np.isnan([item.f_input, item.f_baseline, item.delta, item.error]).all()
    assert item.run.method == "Captum record"
    assert (item.run.output, item.run.baseline) == ("unknown", "unknown")
    assert not item.converged
    assert not item.run.complete
    assert "note" not in item.run.method_options


def test_scores_divided_by_their_norm_are_noted():
    scores = np.array([3.0, 4.0]) / 5
    [item] = from_records([record(["A", "C"], scores)])
    assert "norm 1" in item.run.method_options["note"]


def test_word_pieces_stand_end_to_end():
    [item] = from_records(
        [record(["<s>", "▁ACG", "TT", "##A", "Ġgg", "</s>"], [0.0, 3.0, 2.0, 1.0, 4.0, 0.0])]
    )
    assert item.sequence == "ACGTTAgg"
    assert item.spans == (None, (0, 3), (3, 5), (5, 6), (6, 8), None)
    assert item.base_scores.tolist() == [1, 1, 1, 1, 1, 1, 2, 2]


def test_kmers_that_do_not_overlap_stand_end_to_end():
    [item] = from_records([record(["ACGTAC", "TTTAAA", "CCGTAA"], [6.0, 0.0, 0.0])])
    assert item.sequence == "ACGTACTTTAAACCGTAA"


def test_unknown_kmers_take_their_step_and_leave_n_where_no_other_spells_the_base():
    # ACGNTTA in 3-mers: the three that cover N are unknown.
    [item] = from_records(
        [record(["[CLS]", "ACG", "[UNK]", "[UNK]", "[UNK]", "TTA", "TAC"], [0, 3, 0, 3, 0, 3, 3])]
    )
    assert item.sequence == "ACGNTTAC"
    assert item.spans[2:5] == ((1, 4), (2, 5), (3, 6))


@given(st.text("ACGT", min_size=12, max_size=40), st.integers(1, 8))
def test_any_sequence_comes_back_from_its_kmers(bases, k):
    words = [bases[i : i + k] for i in range(len(bases) - k + 1)]
    [item] = from_records([record(["[CLS]", *words, "[SEP]"], np.arange(len(words) + 2.0))])
    assert item.sequence == bases
    assert item.base_scores.sum() + item.special_score == pytest.approx(sum(range(len(words) + 2)))


@pytest.mark.parametrize(
    ("words", "scores", "sentence"),
    [
        (
            ["ACG", "CGT", "TTT", "TTT"],
            [1, 2, 3, 4],
            r"Record 1 .*3-mers, but 'TTT' at place 3 does not follow",
        ),
        (["2088", "146"], [1, 2], "the word '2088' at place 1, which is not DNA"),
        (["ACGT", "##"], [1, 2], "the word '##' at place 2"),
        (["[CLS]", "[SEP]"], [1, 2], "no word of DNA"),
        (["ACG", "[UNK]", "TTACC"], [1, 2, 3], r"'\[UNK\]' at place 2, and its words do not show"),
        (["A", "C"], [1], r"2 words but scores of shape \(1,\)"),
        (["A", "C"], np.ones((2, 8)), r"scores of shape \(2, 8\): sum the attributions"),
    ],
)
def test_records_that_cannot_be_read_are_named_with_the_word(words, scores, sentence):
    with pytest.raises(RecordError, match=sentence):
        from_records([record(words, np.array(scores, dtype=float))])


# --- tables ---------------------------------------------------------------------------------------


def test_summary_has_a_row_per_sequence_with_the_peak_counted_from_one():
    frame = summary_frame([result(), result(true_label="other", name="b")])
    assert list(frame.columns) == list(SUMMARY_COLUMNS)
    first, second = frame.to_dict("records")
    assert (first["peak_position"], first["peak_score"], first["strongest_kmer"]) == (2, 3.0, "CGT")
    assert first["special_share"] == pytest.approx(0.75 / 9.75)
    assert frame["correct"].isna().tolist() == [True, False]
    assert second["correct"]


def test_summary_sums_a_kmer_that_stands_twice():
    scores = {"tokens": ("AC", "CA", "AC"), "spans": ((0, 2), (1, 3), (2, 4)), "sequence": "ACAC"}
    frame = summary_frame([result(**scores, token_scores=np.array([2.0, -3.0, 2.0]))])
    assert frame["strongest_kmer"].tolist() == ["AC"]


def test_summary_of_scores_that_are_all_unknown_and_of_nothing():
    frame = summary_frame([result(base_scores=np.full(4, np.nan), token_scores=np.full(4, np.nan))])
    assert frame["peak_position"].isna().all()
    assert len(summary_frame([])) == len(base_frame([])) == 0


def test_base_table_has_a_row_per_base():
    frame = base_frame([result(), result(name="b", base_scores=np.array([0.0, 0.0, 0.0, np.nan]))])
    assert frame.iloc[1].tolist() == ["a", 2, "C", 3.0]
    assert len(frame) == 8
    assert np.isnan(frame["score"].iloc[-1])
