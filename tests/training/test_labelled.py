"""The splits of a data set are its parts, its classes keep names and order, and what does not apply is refused."""

from __future__ import annotations

import datasets
import numpy as np
import pytest

from captum_dna.core.sequences import Sequence
from captum_dna.io.files import InputError
from captum_dna.io.reading import Reading
from captum_dna.training.folder import TrainingError, TrainingFolder
from captum_dna.training.labelled import OWN, labelled, names_of
from captum_dna.training.tasks import SingleLabel


def a_split(count: int, seed: int) -> datasets.Dataset:
    rng = np.random.default_rng(seed)
    rows = {
        "seq": ["".join(rng.choice(list("ACGT"), 60)) for _ in range(count)],
        "label": [0, 1] * (count // 2),
    }
    features = datasets.Features(
        seq=datasets.Value("string"), label=datasets.ClassLabel(names=["TATA promoter", "other"])
    )
    return datasets.Dataset.from_dict(rows, features=features)


def parts_of(data, validation=OWN, test=OWN, **reading):
    return labelled(data, validation, test, Reading(**reading), by_class=True)


def test_splits_are_the_parts_and_classes_keep_their_names_and_order():
    data = datasets.DatasetDict(train=a_split(20, 0), validation=a_split(6, 1), test=a_split(8, 2))
    found = parts_of(data)
    assert {name: len(some) for name, some in found.parts.items()} == {
        "training": 20,
        "validation": 6,
        "test": 8,
    }
    assert found.parts["training"][0].label == "TATA promoter"
    assert names_of(SingleLabel, found) == ("TATA promoter", "other")
    assert found.related == {"validation": 0.0, "test": 0.0}


def test_without_a_validation_split_a_share_of_train_is_kept_aside_and_split_chooses_one():
    data = datasets.DatasetDict(train=a_split(40, 0), test=a_split(8, 2))
    sizes = {name: len(some) for name, some in parts_of(data).parts.items()}
    assert sizes == {"training": 34, "validation": 6, "test": 8}
    chosen = parts_of(data, validation=None, split="test").parts
    assert {name: len(some) for name, some in chosen.items()} == {"training": 8, "validation": 0, "test": 0}


def test_splits_without_one_to_learn_from_are_told():
    with pytest.raises(TrainingError, match="splits a, b, and none is called train"):
        parts_of(datasets.DatasetDict(a=a_split(4, 0), b=a_split(4, 1)))


def test_a_validation_set_with_relatives_is_told_with_its_share():
    rng = np.random.default_rng(0)
    data = [Sequence(str(i), "".join(rng.choice(list("ACGT"), 80)), label=i % 2) for i in range(8)]
    found = parts_of(data, validation=data[:4])
    assert found.related == {"validation": 1.0}
    assert any("100 % of the 4 validation sequences have relatives" in notice for notice in found.notices)


def test_columns_and_splits_are_refused_where_there_are_none(tmp_path):
    fasta = tmp_path / "a.fa"
    fasta.write_text(">a\nACGT\n")
    with pytest.raises(InputError, match="has no columns, so there is no column 'dna'"):
        parts_of({"a": fasta, "b": fasta}, column="dna")
    with pytest.raises(InputError, match="has no splits, so there is no split 'test'"):
        parts_of({"a": fasta, "b": fasta}, split="test")


def test_nothing_to_resume_is_told(tmp_path):
    folder = TrainingFolder(tmp_path / "run", {})
    assert "nothing to resume" in folder.claim(resume=True)[0]
    assert "no whole checkpoint" in folder.claim(resume=True)[0]
