from __future__ import annotations

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from captum_dna.core.errors import UserError
from captum_dna.core.sequences import (
    IUPAC,
    Interval,
    Sequence,
    SequenceError,
    Track,
    clean,
    dinucleotide_shuffle,
    reverse_complement,
    shuffle,
)

letters = st.text(alphabet="ACGTRYSWKMBDHVNacgtn", min_size=1, max_size=60)


def test_clean_keeps_case_and_drops_white_space():
    assert clean(" acgt\r\nNNry U\t") == "acgtNNryU"
    assert clean("acgtacgtac gtacgtacgt acgtacgtac g") == "acgtacgtacgtacgtacgtacgtacgtacg"


@pytest.mark.parametrize(("text", "size"), [("A C G T", 1), ("ATG GCC AA", 3)])
def test_blanks_between_words_of_a_model_are_not_removed_silently(text, size):
    with pytest.warns(
        UserWarning, match=f"'mine' is written in words of {size} letters.*`stride` and `separator`"
    ):
        assert clean(text, "mine") == text.replace(" ", "")


@pytest.mark.parametrize("letter", [*IUPAC, *map(str.lower, IUPAC)])
def test_every_iupac_letter_is_a_base(letter):
    assert clean("A" + letter) == "A" + letter


@pytest.mark.parametrize(
    ("bases", "sentence"),
    [
        ("", r"Sequence 12 \('chr3:5'\) is empty"),
        (" \n", "is empty"),
        ("ACGTX", r"Sequence 12 \('chr3:5'\) has 'X' at position 5. Use A, C, G, T, U, N"),
        ("AC-GT", "has '-' at position 3.*Remove gaps"),
        ("ACG5T", "has '5' at position 4"),
        ("MKVLEEFIPQ", "looks like a protein"),
        ("nNNN", "has only N and no known base"),
        ("ACGÄ", "has 'Ä' at position 4"),
    ],
)
def test_bad_letters_get_a_sentence(bases, sentence):
    with pytest.raises(SequenceError, match=sentence):
        clean(bases, "chr3:5", 12)


def test_reverse_complement_by_hand():
    assert reverse_complement("AACGRtn") == "naYCGTT"
    assert reverse_complement("AUG") == "CAT"


@given(letters)
def test_reverse_complement_twice_is_the_sequence(bases):
    assert reverse_complement(reverse_complement(bases)) == bases


def test_turning_a_sequence_turns_what_is_drawn_on_it():
    sequence = Sequence(
        "s", "AACGT", interval=Interval("chr1", 10, 15), origin=1, tracks=(Track("t", ((0, 2, "AA"),)),)
    )
    turned = sequence.reverse_complement()
    assert turned.bases == "ACGTT"
    assert turned.interval == Interval("chr1", 10, 15, "-")
    assert turned.tracks[0].spans == ((3, 5, "AA"),)
    assert turned.origin == 3
    assert turned.reverse_complement() == sequence


@given(letters, st.integers(0, 1000))
def test_shuffle_keeps_the_letters(bases, seed):
    assert Counter(shuffle(bases, seed)) == Counter(bases)


@given(st.text(alphabet="ACGT", min_size=1, max_size=80), st.integers(0, 1000))
def test_dinucleotide_shuffle_keeps_dinucleotide_counts(bases, seed):
    mixed = dinucleotide_shuffle(bases, seed)
    assert Counter(pairwise(mixed)) == Counter(pairwise(bases))
    assert len(mixed) == len(bases)
    assert (mixed[0], mixed[-1]) == (bases[0], bases[-1])


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


def test_a_long_sequence_shows_itself_in_a_line():
    shown = repr(Sequence("chr one", "ACGT" * 5000, label="promoter", interval=Interval("chr1", 5, 20_005)))
    assert (
        shown
        == "<Sequence chr one, 20,000 bases, promoter, chr1:5-20005(+): ACGTACGTACGTACGTACGTACGTACGTAC...>"
    )
    assert repr(Sequence("a", "ACGT")) == "<Sequence a, 4 bases: ACGT>"


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Sequence(5, "ACGT"), "The name of Sequence"),
        (lambda: Sequence("a", None), "The bases of Sequence"),
        (lambda: Sequence("a", "ACGT", origin=None), "The origin of Sequence.* whole number"),
        (lambda: Sequence("a", "ACGT", interval=("chr1", 0, 4)), "The interval of Sequence"),
        (lambda: Sequence("a", "ACGT", tracks=("box",)), "The tracks of Sequence"),
        (lambda: Track("box", ((1, 3),)), "the track 'box' must be"),
        (lambda: Interval("chr1", "0", 4), "The start of Interval.* whole number"),
        (lambda: Interval(None, 0, 4), "The chromosome of Interval"),
        (lambda: Interval("chr1", 0, 4, "."), "The strand of an interval"),
    ],
)
def test_what_is_no_sequence_is_refused_where_it_is_made(make, words):
    with pytest.raises(UserError, match=words):
        make()


def test_numbers_of_numpy_and_lists_become_python_s_own():
    track = Track("box", [[np.int64(1), 3, "x"]])
    made = Sequence(
        "a", "ACGT", interval=Interval("chr1", np.int64(0), 4), origin=np.int32(2), tracks=[track]
    )
    assert made.tracks == (Track("box", ((1, 3, "x"),)),)
    assert [type(one) for one in (made.origin, made.interval.start, track.spans[0][0])] == [int, int, int]


@pytest.mark.parametrize("damage", "\x1c\x1d\x1e\x1f\x85\0\x1b")
def test_a_byte_of_a_damaged_file_is_no_white_space(damage):
    """Python's own idea of white space would drop it, and a base with it."""
    with pytest.raises(SequenceError, match="at position 3"):
        clean(f"A C{damage}GT")
    assert clean("A\tC\nG\r\nT\u00a0A\u2009C") == "ACGTAC"
