"""``target="all"``: every class of a sequence, from what the model reads once."""

from __future__ import annotations

import numpy as np
import pytest

import captum_dna
from captum_dna.core.errors import UserError
from tests import toy

LETTERS = {"a": toy.dna(20, seed=1), "b": toy.dna(20, seed=2)}


@pytest.fixture(scope="module")
def model():
    return toy.kmer_bert(3, labels=4)


@pytest.fixture
def rows(model, monkeypatch):
    """Count the rows that the model reads."""
    read = []
    logits = model.logits

    def counted(ids, *rest, **more):
        read.append(len(ids))
        return logits(ids, *rest, **more)

    monkeypatch.setattr(model, "logits", counted)
    return read


@pytest.mark.parametrize(
    ("method", "share"),
    [("integrated_gradients", 0.6), ("nucleotide_gradients", 0.6), ("ism", 0.26), ("base_mask", 0.26)],
)
def test_every_class_is_explained_as_if_alone_from_fewer_passes(model, rows, method, share):
    choices = {"method": method, "progress": False}
    alone = [captum_dna.attribute(model, LETTERS, target=i, **choices) for i in range(4)]
    each = sum(rows)
    rows.clear()
    every = captum_dna.attribute(model, LETTERS, target="all", **choices)
    assert [(one.name, one.target_index) for one in every] == [
        (name, i) for name in LETTERS for i in range(4)
    ]
    for place, result in enumerate(every):
        one = alone[place % 4][place // 4]
        np.testing.assert_allclose(result.base_scores, one.base_scores, atol=1e-9)
        assert result.f_input == pytest.approx(one.f_input, abs=1e-12)
        assert result.evaluations == one.evaluations
    assert sum(rows) <= share * each


def test_a_class_of_that_name_is_a_class(model):
    named = captum_dna.Classifier(model.model, model.tokenizer, labels=["all", "b", "c", "d"])
    (result,) = captum_dna.attribute(named, LETTERS["a"], target="all", tolerance="preview", progress=False)
    assert result.target == "all"


def test_folders_take_one_class(model, tmp_path):
    with pytest.raises(UserError, match=r"`target='all'` works in attribute\(\) only"):
        captum_dna.attribute_to(tmp_path / "run", model, LETTERS, target="all", progress=False)
