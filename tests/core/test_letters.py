from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captum_dna.core.errors import SequenceError
from captum_dna.core.letters import IUPAC, clean, plant, reverse_complement, substitute

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


@pytest.mark.parametrize("damage", "\x1c\x1d\x1e\x1f\x85\0\x1b")
def test_a_byte_of_a_damaged_file_is_no_white_space(damage):
    """Python's own idea of white space would drop it, and a base with it."""
    with pytest.raises(SequenceError, match="at position 3"):
        clean(f"A C{damage}GT")
    assert clean("A\tC\nG\r\nT\u00a0A\u2009C") == "ACGTAC"


@given(letters, st.text(alphabet="ACGTacgt", max_size=20), st.data())
def test_letters_in_the_place_of_others_take_their_case(bases, motif, data):
    motif = motif[: len(bases)]
    at = data.draw(st.integers(0, len(bases) - len(motif)))
    planted = plant(bases, at, motif)
    assert planted.upper() == f"{bases[:at]}{motif}{bases[at + len(motif) :]}".upper()
    assert [letter.islower() for letter in planted] == [letter.islower() for letter in bases]
    place = data.draw(st.integers(0, len(bases) - 1))
    assert substitute(bases, place, "T") == plant(bases, place, "t")
