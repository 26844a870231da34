"""Sentences name options once, and each face spells them in its own way."""

from __future__ import annotations

import copy

from hypothesis import given
from hypothesis import strategies as st

from captum_dna.core.errors import SequenceError, UserError, options_in, spelled

SENTENCE = "Sequence 'a' is long. Give `window_length='auto'`, name its `column=`, and mind `overlap`."


def test_a_sentence_is_readable_as_it_stands_and_spelt_for_others():
    assert str(UserError(SENTENCE)) == SENTENCE
    flags = UserError(SENTENCE).spelled(lambda name, value: f"--{name} {value or ''}".strip())
    assert flags == (
        "Sequence 'a' is long. Give --window_length auto, name its --column, and mind --overlap."
    )
    assert list(options_in(SENTENCE)) == [("window_length", "auto"), ("column", ""), ("overlap", None)]


def test_what_a_speller_does_not_know_stays():
    assert spelled(SENTENCE, lambda _name, _value: None) == SENTENCE


def test_errors_carry_their_option_also_between_processes():
    error = SequenceError("No.", option="target")
    again = copy.copy(error)  # by way of __reduce__, as pickle does
    assert (type(again), str(again), again.option) == (SequenceError, "No.", "target")
    assert UserError("No.").option is None


@given(st.text(alphabet=st.characters(exclude_characters="`")), st.sampled_from(["n_steps", "column"]))
def test_words_of_the_user_are_never_taken_for_options(words, name):
    sentence = f"{words}. Give `{name}=`"
    assert spelled(sentence, lambda _name, _value: "X") == f"{words}. Give X"
