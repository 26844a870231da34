"""What is said of several tracks of one sequence."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from captum_dna.core.agreement import correlation, mattering, overlap, where_it_matters
from captum_dna.core.comparison import remarks_between
from tests.fake_attributions import make


def texts(**tracks):
    return [remark.text for remark in remarks_between(tracks)]


def test_tracks_of_one_class_and_output_need_no_word():
    assert texts(a=make(60), b=make(60)) == []


def test_classes_outputs_and_signs_that_differ_are_named():
    one = make(60)
    other = replace(one, target="non-promoter")
    assert texts(a=one, b=other) == [
        "The tracks explain different classes (TATA promoter, non-promoter) on one common scale."
    ]
    probability = replace(one, run=replace(one.run, output="probability"))
    assert texts(a=one, b=probability)[0].startswith("The outputs differ (log-odds, probability)")
    unsigned = replace(one, run=replace(one.run, signed=False))
    assert texts(a=one, b=unsigned)[0].startswith("Signed and unsigned scores do not share a scale")
    change = replace(one, run=replace(one.run, difference=True))
    assert texts(before=one, after=one, change=change) == [
        "change has a separate scale, because differences are small."
    ]


def test_methods_are_compared_with_mutagenesis_where_it_matters():
    one = make(60)
    experiment = replace(one, extras={"substitutions": np.zeros((4, 60))})
    [said] = texts(gradients=one, ism=experiment)
    assert said.startswith("gradients correlates with mutagenesis (r = 1.00) on the 8 bases")
    assert mattering(60) == 8
    assert texts(gradients=replace(one, target="non-promoter"), ism=experiment) == [
        "The tracks explain different classes (non-promoter, TATA promoter) on one common scale."
    ]


def test_agreement_by_hand():
    a = np.array([0, 1, 0, 0, 0, 2, 0, 0, 0, 0], dtype=float)
    b = np.array([0, 1, 0, 0, 0, 2, 0, np.nan, 0, 0], dtype=float)
    assert correlation(a, b) == pytest.approx(1)
    assert np.isnan(correlation(a, np.zeros(10)))
    assert correlation(a, -b, signed=False) == pytest.approx(1)
    assert overlap(a, b) == 1
    assert overlap(a, np.roll(a, 1)) == 0
    assert where_it_matters(a, a) == pytest.approx(1)
