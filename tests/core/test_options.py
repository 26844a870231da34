"""The choices of a call stand in one place: defaults, checks, and what each face calls them."""

from __future__ import annotations

import inspect

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import captum_dna
from captum_dna.cli import main
from captum_dna.core.errors import UserError
from captum_dna.core.options import HELP, NUMBERS, Options, check_option, defaults


@pytest.mark.parametrize("call", ["attribute", "evaluate", "variant_effect"])
def test_signatures_have_the_defaults_of_the_options(call):
    own = inspect.signature(getattr(captum_dna, call)).parameters
    shared = {name: own[name].default for name in own.keys() & defaults().keys()}
    assert shared == {name: defaults()[name] for name in shared}
    assert "target" in shared
    if call == "attribute":
        assert shared == defaults()


def test_the_command_line_has_every_option_with_its_default_and_its_words():
    flags = {one.name: one for one in main.commands["attribute"].params}
    for name, default in defaults().items():
        if name != "on_invalid":
            assert flags[name].default == (None if default is None else str(default))
            assert flags[name].help.startswith(HELP[name])
    assert HELP.keys() == defaults().keys()


@given(
    st.sampled_from(["n_steps", "batch_size", "window_length", "overlap", "seed"]),
    st.integers(1, 10_000),
    st.sampled_from([int, np.int32, np.uint16, np.array, torch.tensor]),
)
def test_whole_numbers_of_any_library_are_numbers(name, number, kind):
    value = check_option(name, kind(number))
    assert (type(value), value) == (int, number)


@pytest.mark.parametrize("kind", [float, np.float32, np.float64, np.array, torch.tensor])
def test_real_numbers_of_any_library_are_numbers(kind):
    value = Options(tolerance=kind(0.25)).tolerance
    assert (type(value), value) == (float, 0.25)


@pytest.mark.parametrize("truth", [True, np.True_, torch.tensor(True)])
@pytest.mark.parametrize("name", [*NUMBERS, "target"])
def test_truth_values_are_no_numbers(name, truth):
    with pytest.raises(UserError) as refused:
        check_option(name, truth)
    assert refused.value.option == name


@pytest.mark.parametrize("targets", [[1, 0], (1, 0), np.array([1, 0]), torch.tensor([1, 0])])
def test_targets_come_as_any_list(targets):
    assert Options(target=targets).target == (1, 0)


@pytest.mark.parametrize(
    ("choices", "option"),
    [
        ({"n_steps": 0}, "n_steps"),
        ({"rule": "simpson"}, "rule"),
        ({"tolerance": float("nan")}, "tolerance"),
        ({"precision": "float8"}, "precision"),
        ({"output": "logodds"}, "output"),
        ({"window_length": "long"}, "window_length"),
        ({"overlap": 5}, "overlap"),
        ({"window_length": 10, "overlap": 10}, "overlap"),
        ({"devices": [0]}, "devices"),
        ({"method": None}, "method"),
        ({"layer": []}, "layer"),
        ({"seed": -1}, "seed"),
        ({"on_invalid": "ignore"}, "on_invalid"),
    ],
)
def test_errors_carry_the_option_that_they_are_about(choices, option):
    with pytest.raises(UserError) as refused:
        Options(**choices)
    assert refused.value.option == option


@pytest.mark.parametrize("call", ["attribute", "variant_effect", "attribute_to"])
@pytest.mark.parametrize(
    ("slip", "meant"), [("n_step", "n_steps"), ("strand", "strands"), ("colum", "column")]
)
def test_a_slip_is_noticed_and_what_was_meant_is_asked(call, slip, meant, tmp_path):
    given = {"attribute": (), "attribute_to": (tmp_path / "run",), "variant_effect": ()}[call]
    with pytest.raises(UserError, match=rf"did you mean `{meant}=`") as refused:
        getattr(captum_dna, call)(*given, "demo", ["ACGTTGCA" * 8], **{slip: 5})
    assert refused.value.option == slip


def test_more_nodes_than_their_places_can_be_computed_are_refused():
    assert Options(n_steps=10_000).n_steps == 10_000
    with pytest.raises(
        UserError, match=r"`n_steps` is 1,000,000,000, but a path can have 10,000 nodes at most"
    ):
        Options(n_steps=1_000_000_000)
