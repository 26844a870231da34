from __future__ import annotations

from collections import Counter
from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from captum_dna.core.baselines import gc_random
from captum_dna.core.shuffles import dinucleotide_shuffle, shuffle

letters = st.text(alphabet="ACGTRYSWKMBDHVNacgtn", min_size=1, max_size=60)


@given(letters, st.integers(0, 1000))
def test_shuffle_keeps_the_letters(bases, seed):
    assert Counter(shuffle(bases, seed)) == Counter(bases)


@given(st.text(alphabet="ACGT", min_size=1, max_size=80), st.integers(0, 1000))
def test_dinucleotide_shuffle_keeps_dinucleotide_counts(bases, seed):
    mixed = dinucleotide_shuffle(bases, seed)
    assert Counter(pairwise(mixed)) == Counter(pairwise(bases))
    assert len(mixed) == len(bases)
    assert (mixed[0], mixed[-1]) == (bases[0], bases[-1])


@given(letters, st.integers(0, 1000))
def test_soft_masked_bases_are_shuffled_as_others_and_the_mask_stays(bases, seed):
    mixed = dinucleotide_shuffle(bases, seed)
    assert mixed.upper() == dinucleotide_shuffle(bases.upper(), seed)
    assert [letter.islower() for letter in mixed] == [letter.islower() for letter in bases]


def test_dinucleotide_shuffle_reaches_every_euler_walk_equally():
    # The walks of AACAG with first A, last G: edges AA, AC, CA, AG. The last edge out of A is AG, so AA and AC
    # come in either order: AACAG and ACAAG.
    rng = np.random.default_rng(0)
    seen = Counter(dinucleotide_shuffle("AACAG", rng) for _ in range(2000))
    assert set(seen) == {"AACAG", "ACAAG"}
    assert abs(seen["AACAG"] - 1000) < 150


def test_shuffles_are_seeded():
    bases = "ACGTTGCATATAAAAGGC" * 5
    assert dinucleotide_shuffle(bases, 3) == dinucleotide_shuffle(bases, 3)
    assert dinucleotide_shuffle(bases, 3) != dinucleotide_shuffle(bases, 4)
    assert shuffle(bases, 3) == shuffle(bases, 3)


@given(st.text(alphabet="ACGTacgt", min_size=1, max_size=30), st.integers(0, 60))
def test_letters_that_may_be_anything_do_not_count_in_the_share_of_g_and_c(bases, unknown):
    drawn = gc_random(bases + "N" * unknown, np.random.default_rng(0))
    again = gc_random(bases + "R" * unknown, np.random.default_rng(0))
    assert drawn == again
    assert drawn[: len(bases)] == gc_random(bases, np.random.default_rng(0))
    assert set(gc_random("GC" + "N" * 50, np.random.default_rng(1))) == {"G", "C"}
