from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from captum_dna.core.errors import UserError
from captum_dna.model.errors import ModelError
from captum_dna.model.heads import config_labels, given_labels, head_of_config, label_index

NAMES = ("none", "enhancer", "promoter")


@pytest.mark.parametrize(
    "one", [1, np.int64(1), np.uint8(1), torch.tensor(1), np.array(1), "enhancer", "1", " 1 "]
)
def test_a_class_by_index_of_any_library_or_by_name(one):
    assert label_index(NAMES, one) == 1


@pytest.mark.parametrize(
    "one", [-1, 3, True, np.True_, torch.tensor(True), 1.0, np.array([1]), torch.tensor([1]), "²", "Enhancer", "3", None]
)  # fmt: skip
def test_anything_else_is_no_class(one):
    with pytest.raises(UserError, match=r"has no class .*; its classes are 0 \(none\), 1 \(enhancer\)"):
        label_index(NAMES, one)


def test_names_that_are_numbers_are_names():
    assert label_index(("1", "0"), "1") == 0
    assert label_index(("1", "0"), 1) == 1
    with pytest.raises(UserError, match=r"no class '0'; its classes are 0 \(5\), 1 \(7\)"):
        label_index(("5", "7"), "0")


def test_a_name_of_two_classes_is_no_guess():
    names = ("other", "promoter", "promoter")
    assert [label_index(names, i) for i in range(3)] == [0, 1, 2]
    with pytest.raises(
        UserError, match=r"2 classes of the model are called 'promoter'.*by its index, such as 1"
    ):
        label_index(names, "promoter")


@given(st.lists(st.text(max_size=3), min_size=1, max_size=5))
def test_an_index_is_always_that_class_and_a_name_never_another(names):
    for i, name in enumerate(names):
        assert label_index(names, i) == i
        if names.count(name) == 1:
            assert label_index(names, name) == i
        else:
            with pytest.raises(UserError):
                label_index(names, name)


@pytest.mark.parametrize(
    "config",
    [
        {"id2label": {0: "a", 1: "b"}},
        {"id2label": {"0": "a", "1": "b"}},
        {"id2label": ["a", "b"]},
        {"id2label": {0: "LABEL_0", 1: "LABEL_1"}, "label2id": {"a": 0, "b": 1}},
        {"label2id": {"b": "1", "a": "0"}},
    ],
)
def test_names_come_from_a_configuration_however_it_has_them(config):
    assert config_labels(SimpleNamespace(**config), 2) == ("a", "b")


@pytest.mark.parametrize(
    "config", [{}, {"id2label": None}, {"id2label": {0: "a"}}, {"id2label": {0: "a", 2: "b"}}]
)
def test_names_of_other_outputs_are_not_taken(config):
    assert config_labels(SimpleNamespace(**config), 2) == ("LABEL_0", "LABEL_1")


def test_names_that_a_user_gives():
    for given_names in (
        ["a", "b"],
        np.array(["a", "b"]),
        pd.Series(["a", "b"]),
        {1: "b", 0: "a"},
        {"0": "a", "1": "b"},
    ):
        assert given_labels(given_names) == ("a", "b")
    with pytest.raises(ModelError, match="not the string 'ab'"):
        given_labels("ab")
    with pytest.raises(ModelError, match="its keys are 1, 2"):
        given_labels({1: "a", 2: "b"})


def test_the_head_of_a_configuration():
    words = ("multi_label_classification", "regression", "single_label_classification", None)
    found = [head_of_config(SimpleNamespace(problem_type=word)) for word in words]
    assert found == ["multi_label", "regression", "single_label", None]
