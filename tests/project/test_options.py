"""Every verb that takes options by name refuses one that it does not have, with the nearest that it has."""

from __future__ import annotations

import inspect

import pytest

import captum_dna as cd
from captum_dna.insights.app import create_app

SEQUENCES = {"a": "ACGTTGCATATAAAAGGCATGCCA"}
CALLS = {
    cd.attribute: ("demo", SEQUENCES),
    cd.attribute_to: ("folder", "demo", SEQUENCES),
    cd.evaluate: ("demo", SEQUENCES),
    cd.visualize: ("demo", SEQUENCES),
    cd.variant_effect: ("demo", [("ACGTTGCATATAAAAGGCATGCCA", 7, "A", "T")]),
    cd.ablate: ("demo", SEQUENCES, (8, 12)),
    cd.marginalize: ("demo", "TATAAA", SEQUENCES),
    cd.slide: ("demo", "TATAAA", SEQUENCES),
    cd.space: ("demo", "TATAAA", "GGC", SEQUENCES),
    cd.finetune: ("demo", SEQUENCES),
    create_app: ("demo", SEQUENCES),
}


@pytest.mark.parametrize(
    ("slip", "meant"),
    [
        ("label_colum", "label_column"),
        ("split_", "split"),
        ("targt", "target"),
        ("n_step", "n_steps"),
        ("strand", "strands"),
    ],
)
@pytest.mark.parametrize("verb", CALLS, ids=lambda verb: verb.__name__)
def test_a_slip_is_told_from_an_option(verb, slip, meant, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    needed = {"output": "folder"} if verb is cd.finetune else {}
    with pytest.raises(ValueError, match=f"has no option '{slip}'") as told:
        verb(*CALLS[verb], **needed, **{slip: "x"})
    takes = inspect.signature(verb).parameters
    if meant in takes or meant in ("label_column", "split"):
        assert f"did you mean `{meant}=`?" in str(told.value)
    assert list(tmp_path.iterdir()) == []
