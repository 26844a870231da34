"""The options of reading stand in one place, and every call that reads takes all of them."""

import inspect
from dataclasses import fields

import numpy as np
import pandas as pd
import pytest

import captum_dna as cd
from captum_dna.io.genome import Genome
from captum_dna.io.reading import Reading

PROMOTER = "GCGCCTATAAAAGGCGGCACGTTGCA" * 4
FRAME = pd.DataFrame(
    {"dna1": [PROMOTER, PROMOTER[::-1]], "truth": ["TATA promoter", "other"], "who": ["a", "b"]}
)
OPTIONS = {"column": "dna1", "label_column": "truth", "name_column": "who", "origin": 7}


def test_read_spells_out_every_option_with_its_default():
    spelt = {n: p.default for n, p in inspect.signature(cd.read).parameters.items()}
    del spelt["source"], spelt["on_invalid"]
    assert spelt == {field.name: field.default for field in fields(Reading)}


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"length": 5}, "`length=` is for the intervals"),
        ({"length": 0, "genome": "g.fa"}, "at least 1"),
        ({"length": 2.5, "genome": "g.fa"}, "whole number"),
        ({"origin": "x"}, "whole number"),
        ({"centre": "left"}, "'middle' or 'summit'"),
    ],
)
def test_what_no_source_could_follow_is_refused(options, sentence):
    with pytest.raises(ValueError, match=sentence):
        Reading(**options)


def test_numbers_of_numpy_are_numbers():
    assert Reading(origin=np.int64(3)).origin == 3


def test_attribute_and_what_passes_on_to_it_take_them(tmp_path):
    result = cd.attribute("demo", FRAME, method="saliency", **OPTIONS)
    assert [(r.name, r.true_label, r.origin) for r in result] == [
        ("a", "TATA promoter", 7),
        ("b", "other", 7),
    ]
    cd.attribute_to(tmp_path / "run", "demo", FRAME, method="saliency", **OPTIONS)
    assert [r.name for r in cd.Attributions.load(tmp_path / "run")] == ["a", "b"]
    drawn = cd.visualize("demo", FRAME, method="saliency", **OPTIONS)
    assert [r.name for r in drawn.layers[""]] == ["a", "b"]


def test_prediction_evaluation_and_the_viewer_take_them():
    model = cd.load("demo")
    expected = model.predict([PROMOTER, PROMOTER[::-1]])
    np.testing.assert_allclose(model.predict(FRAME, **OPTIONS), expected)
    found = cd.evaluate(model, FRAME, methods=["saliency"], measures=["removal"], **OPTIONS)
    assert [r.name for r in found.explained["saliency"]] == ["a", "b"]
    with cd.Insights(model, FRAME, store=False, **OPTIONS) as viewer:
        assert viewer.url


def test_training_takes_them(tmp_path):
    data = pd.concat([FRAME] * 4, ignore_index=True).assign(who=[f"s{i}" for i in range(8)])
    trained = cd.finetune(
        "demo", data, validation=None, output=tmp_path / "m", epochs=1, progress=False, **OPTIONS
    )
    assert trained.classifier.labels == cd.load("demo").labels


def test_evaluate_refuses_them_for_results_that_are_read_already():
    result = cd.attribute("demo", PROMOTER, method="saliency")
    with pytest.raises(ValueError, match="column: results are read already"):
        cd.evaluate("demo", result, column="dna")


@pytest.mark.parametrize("ask", [lambda p: list(cd.read(p)), Genome, cd.load])
def test_the_home_of_a_user_that_there_is_not_gets_a_sentence(ask):
    with pytest.raises(FileNotFoundError, match=r"there is no such home folder"):
        ask("~nobody-here/x.fa")
