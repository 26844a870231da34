"""The compact JSON of a picture: nothing is lost but half a step, and nothing in it is markup."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import captum_dna
from captum_dna.core.sequences import Interval, Track
from captum_dna.render.figure.words import caption
from captum_dna.render.payload import NO_DATA, picture, quantise, restore, shared, to_json
from tests import toy
from tests.fake_attributions import MARKUP, RUN, bpe, hostile, make


@given(
    hnp.arrays(
        np.float64, st.integers(0, 40), elements=st.one_of(st.floats(-1e6, 1e6), st.just(float("nan")))
    )
)
def test_scores_come_back_to_half_a_step_of_the_largest(scores):
    largest, text = quantise(scores)
    back = restore((largest, text))
    assert np.array_equal(np.isnan(back), np.isnan(scores))
    known = ~np.isnan(scores)
    assert np.all(np.abs(back[known] - scores[known]) <= np.abs(scores[known]).max(initial=0) / 32767)


def test_steps_are_little_endian_and_worked_out_by_hand():
    assert quantise([2.0, -1.0, float("nan"), 0.0]) == (2.0, "/38AwACAAAA=")
    assert NO_DATA == -32768


def test_infinite_and_empty_scores_are_no_data():
    assert quantise([]) == (0.0, "")
    assert np.isnan(restore(quantise([float("inf"), 1.0]))[0])
    assert restore(quantise([0.0, 0.0])).tolist() == [0.0, 0.0]


@pytest.mark.parametrize("text", [MARKUP, "<!--", "]]>", "&amp;", "</SCRIPT >", "\u2028"])
def test_json_cannot_end_its_script_and_still_says_the_same(text):
    coded = to_json({"a": text})
    assert not set("<>&\u2028") & set(coded)
    assert json.loads(coded) == {"a": text}


def test_kmers_are_three_numbers_and_special_tokens():
    tokens = picture([make()], [RUN])["l"][0]["t"]
    assert tokens == {"count": 248, "special": {0: "[CLS]", 247: "[SEP]"}, "k": 6, "step": 1, "first": 0}


def test_other_tokens_are_a_list_of_spans():
    item = bpe()
    tokens = picture([item], [RUN])["l"][0]["t"]
    spans = list(zip(tokens["spans"][::2], tokens["spans"][1::2], strict=True))
    assert [span if span[0] is not None else None for span in spans] == list(item.spans)


def test_a_token_whose_text_is_not_its_bases_keeps_its_text():
    item = make(20)
    item = replace(item, tokens=("[CLS]", "[UNK]", *item.tokens[2:]))
    assert picture([item], [RUN])["l"][0]["t"]["texts"] == {1: "[UNK]"}


def test_unknown_truth_is_left_out_and_not_class_zero():
    assert "y" not in picture([make(true_label=None)], [RUN])
    assert picture([make()], [RUN])["y"] == "TATA promoter"


def test_missing_numbers_are_null_and_labels_are_told_by_their_place():
    layer = picture([make(f_baseline=float("nan"), delta=float("nan"), predicted="other")], [RUN])["l"][0]
    assert layer["f"][1:3] == [None, None]
    assert (layer["c"], layer["p"]) == (1, "other")


def test_place_and_tracks_are_kept():
    item = make(interval=Interval("chr1", 5, 256, "-"), tracks=(Track("t", ((1, 2, "x"),)),))
    coded = picture([item], [RUN])
    assert coded["g"] == ["chr1", 5, 256, "-"]
    assert coded["a"] == [["t", [[1, 2, "x"]]]]


def test_what_pictures_share_stands_once_with_the_extremes_of_all():
    low, high = make(base_scores=np.full(251, -2.0)), make(base_scores=np.full(251, 3.0))
    common = shared([RUN], ["before", "after"], [(low, high)])
    assert common["extent"] == {"log_odds": [-2.0, 3.0]}
    assert common["layers"] == ["before", "after"]
    assert common["runs"][0]["labels"] == ["non-promoter", "TATA promoter"]


def test_a_regression_is_marked_as_one():
    run = replace(RUN, labels=("expression",), output="logit", head="regression")
    item = make(run=run, probabilities=np.array([3.2]), probability=3.2)
    assert shared([run], [""], [[item]])["runs"][0]["regression"] is True
    assert "regression" not in shared([RUN], [""], [[make()]])["runs"][0]


def test_markup_in_every_field_stays_text():
    item = hostile()
    coded = to_json(picture([item], [item.run])) + to_json(shared([item.run], [MARKUP], [(item,)]))
    assert "<" not in coded


def test_a_joined_result_brings_its_windows_and_no_f_of_the_whole():
    (result,) = captum_dna.attribute(
        toy.kmer_bert(6), toy.dna(150, 1), window_length=60, tolerance="preview", progress=False
    )
    (layer,) = picture([result], [result.run])["l"]
    assert layer["f"][:2] == [None, None]
    first = result.windows[0]
    assert layer["v"][0][:2] == [0, 60]
    assert layer["v"][0][2:5] == pytest.approx([first.f_input, first.f_baseline, first.delta], rel=1e-5)
    ((name, spans),) = picture([result], [result.run])["a"]
    assert name == f"f(x) in each of {len(result.windows)} windows of 60 bases"
    assert [spans[0][0], spans[-1][1]] == [0, 150]
    assert all(end == start for (_, end, _), (start, _, _) in pairwise(spans))


def test_a_figure_of_a_joined_result_gives_f_by_window():
    (result,) = captum_dna.attribute(
        toy.kmer_bert(6), toy.dna(150, 1), window_length=60, tolerance="preview", progress=False
    )
    words = caption({"": result})[0][0].replace("\N{NO-BREAK SPACE}", " ")
    assert f"{len(result.windows)} windows of 60 bases" in words
    assert "by window" in words
    assert "nan" not in words
