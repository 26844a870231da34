"""Numbers in text: whatever Python's own int() and float() take besides, it is no number here."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captum_dna.core.labels import measured_value
from captum_dna.core.over import Over
from captum_dna.core.written import digits, number, whole

ODD = (
    "1_0",
    "\u0661\u0662",
    "\uff11",
    "\u00b2",
    "0x10",
    "1e",
    "",
    " ",
    "nan",
    "inf",
    "-Infinity",
    "1 0",
    "--1",
    "9" * 5000,
)


@given(st.integers(0, 10**18 - 1), st.sampled_from(["", "+", "-"]))
def test_whole_numbers_are_read_back(value, sign):
    assert digits(f" {value}\n") == value
    assert whole(f"{sign}{value}") == int(f"{sign}{value}")
    assert (digits(f"{sign}{value}") is None) == bool(sign)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_are_read_back(value):
    assert number(repr(value)) == value
    assert measured_value(value) == value


@given(
    st.one_of(
        st.sampled_from(ODD), st.text(max_size=6), st.from_regex(r"[0-9_\u0660-\u0669]{1,6}", fullmatch=True)
    )
)
def test_what_is_read_is_ascii(text):
    for read in (digits, whole, number):
        if read(text) is not None:
            assert set(text.strip()) <= set("0123456789+-.eE")


@pytest.mark.parametrize("phase", ["1-999999999999", "\u0661-\u0663", "9" * 5000])
def test_a_span_without_an_end_is_no_phase(phase):
    with pytest.raises(ValueError, match="numbers of bases"):
        Over.of({"phase": phase})
