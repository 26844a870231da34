"""Every option that is a number is read strictly, in all commands."""

from __future__ import annotations

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from captum_dna.cli import main
from captum_dna.cli.numbers import Integer, Number, Whole
from captum_dna.cli.runs import part_of
from tests.core.test_written import ODD

_OF_CLICK = (click.types.IntParamType, click.types.FloatParamType)


def test_no_command_takes_a_number_as_click_reads_it():
    context = click.Context(main)
    kinds = [
        (name, option.opts[0], option.type)
        for name in main.list_commands(context)
        for option in main.get_command(context, name).params
        if isinstance(option.type, _OF_CLICK)
    ]
    assert len(kinds) > 20
    assert [kind for kind in kinds if not isinstance(kind[2], Integer | Number)] == []


@given(st.sampled_from([Integer(), Whole(), Number()]), st.sampled_from(ODD))
def test_what_is_no_number_is_refused_in_a_sentence(kind, text):
    with pytest.raises(click.BadParameter, match=r"is not a (whole )?number"):
        kind.convert(text, None, None)


@pytest.mark.parametrize("text", ["1_0/20", "\u0661/3", "9" * 5000 + "/3", "1/2/3", "/3", "-1/3"])
def test_a_part_is_two_plain_numbers(text):
    with pytest.raises(click.BadParameter, match="is not I/N"):
        part_of(None, None, text)
