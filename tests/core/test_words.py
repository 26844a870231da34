"""Counts, kinds and lists as sentences have them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from captum_dna.core.words import counted, kind_of, listed
from captum_dna.io.genome import no_chromosome


@pytest.mark.parametrize(
    ("number", "words"),
    [(0, "0 epochs"), (1, "1 epoch"), (1.0, "1 epoch"), (0.5, "0.5 epochs"), (2500, "2,500 epochs")],
)
def test_one_is_singular(number, words):
    assert counted(number, "epoch") == words


def test_kinds_have_the_article_that_is_spoken():
    values = [3, "a", np.zeros(2), pd.DataFrame(), iter([]), None]
    assert [kind_of(one) for one in values] == [
        "an int",
        "a str",
        "an ndarray",
        "a DataFrame",
        "a list_iterator",
        "None",
    ]


def test_a_list_that_is_cut_says_by_how_much_and_ends_as_a_sentence_does():
    assert listed(["a", "b"], 2) == "a, b"
    known = [f"FP{number:06d}" for number in range(100)]
    sentence = no_chromosome("chr1", known, "the genome")
    assert sentence.endswith(" more.")
    assert "..." not in sentence
