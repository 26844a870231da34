"""What two groups of sequences do not share."""

from __future__ import annotations

import numpy as np
from scipy.stats import fisher_exact

from captum_dna.reporting.contrast import contrasting_kmers, mean_letters, where_they_differ
from captum_dna.reporting.summary import Scored
from tests.toy import dna


def test_a_planted_kmer_is_found_and_tested_as_fisher_does():
    group = [dna(20, at) + "TATAAA" + dna(20, 50 + at) for at in range(8)]
    rest = [dna(46, 100 + at).replace("TATAAA", "GGGGGG") for at in range(12)]
    best = contrasting_kmers(group, rest, 6)[0]
    assert (best["kmer"], best["group"], best["rest"]) == ("TATAAA", 8, 0)
    exact = fisher_exact([[8, 0], [0, 12]]).pvalue
    assert exact <= best["p"] <= 2 * exact * 1.001
    assert best["q"] < 0.05
    assert contrasting_kmers(group[:4], rest, 6) == []


def test_mean_letters_and_the_place_where_profiles_differ_by_hand():
    rows = [
        Scored("ACGT", np.array([1.0, 2.0, 3.0, 4.0]), 1, ()),
        Scored("CCGN", np.array([3.0, 4.0, np.nan, 1.0]), 1, ()),
    ]
    # Positions 0 and 1: the second and third letters. G counts in one row only.
    assert mean_letters(rows, 0, 2) == [[0, 0], [3.0, 0], [0, 3.0], [0, 0]]
    assert where_they_differ([0, 0, 5, 0, None], [0, 0, 0, 0, 0], 2) in (1, 2)
