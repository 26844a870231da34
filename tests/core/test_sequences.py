from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from captum_dna.core.errors import UserError
from captum_dna.core.letters import reverse_complement
from captum_dna.core.sequences import Interval, Sequence, Track


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


@given(st.text("ACGT", min_size=8, max_size=20), st.integers(1, 6), st.text("ACGT", max_size=8))
def test_a_shifted_window_keeps_what_its_chance_is_drawn_from(bases, by, after):
    shifted = Sequence("x", bases, after=after).shifted(by)
    for one, letters in ((shifted, bases), (shifted.reverse_complement(), reverse_complement(bases))):
        assert one.drawn_from == letters
        places = {at + one.drawn_at: base for at, base in enumerate(one.bases)}
        assert all(letters[at] == base for at, base in places.items() if 0 <= at < len(bases))
        assert len([at for at in places if 0 <= at < len(bases)]) == len(bases) - by
