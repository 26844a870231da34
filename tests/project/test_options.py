"""Everything public refuses an option that it does not have, with the nearest that it has."""

from __future__ import annotations

import inspect

import pytest

import captum_dna as cd
from captum_dna import motifs, training
from captum_dna.core.errors import UserError
from captum_dna.core.slips import names_slips
from captum_dna.evaluation.result import Evaluation
from captum_dna.experiments import Ablation, Dependencies, Marginalization, Slide, Spacing, Verdicts
from captum_dna.insights.app import create_app
from captum_dna.render.view import View
from captum_dna.variants.effects import VariantEffect, VariantEffects
from tests import fake_attributions

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
    cd.Insights: ("demo", SEQUENCES),
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
        ("prot", "port"),
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


RESULTS = (
    *(Ablation, Dependencies, Marginalization, Slide, Spacing, Verdicts),
    *(Evaluation, VariantEffect, VariantEffects, View),
)
CLASSES = (
    *(getattr(cd, name) for name in cd.__all__ if inspect.isclass(getattr(cd, name))),
    *(getattr(training, name) for name in training.__all__ if inspect.isclass(getattr(training, name))),
    *RESULTS,
)
MADE_FOR_US = (
    cd.Attribution,
    cd.Attributions,
    cd.Interrupted,
    cd.SequenceError,
    training.TrainingError,
    training.Finetuned,
)
"""Objects that a user is given and does not make."""


def options_of(call):
    """Return what a call takes by name and may go without."""
    return [
        one.name
        for one in inspect.signature(call).parameters.values()
        if one.kind in (one.KEYWORD_ONLY, one.POSITIONAL_OR_KEYWORD)
        and one.default is not one.empty
        and len(one.name) > 2  # a name as short is not near to any other
    ]


def public():
    """Yield every public function and method that has options, and every class that is made with some."""
    for place in (cd, motifs, training):
        for name in place.__all__:
            if inspect.isfunction(getattr(place, name)):
                yield name, getattr(place, name)
    for one in CLASSES:
        for name, method in inspect.getmembers(one, inspect.isfunction):
            if not name.startswith("_") and method.__module__.startswith("captum_dna"):
                yield f"{one.__name__}.{name}", method
        if one not in (*MADE_FOR_US, *RESULTS):
            yield one.__name__, one.__init__


PUBLIC = {name: call for name, call in public() if options_of(call)}


@pytest.mark.parametrize("name", PUBLIC)
def test_every_public_call_names_what_a_slip_was_meant_for(name):
    """Each option with a letter too many, and nothing else given: what is not there is not asked for before."""
    call = PUBLIC[name]
    for option in options_of(call):
        needed = [
            None
            for one in inspect.signature(call).parameters.values()
            if one.default is one.empty and one.kind is one.POSITIONAL_OR_KEYWORD
        ]
        if any(one.kind is one.VAR_KEYWORD for one in inspect.signature(call).parameters.values()):
            continue  # with **options, which the test above tries
        with pytest.raises(TypeError, match=f"did you mean `{option}=`") as told:
            call(*needed, **{f"{option}x": 1})
        assert isinstance(told.value, UserError)


def test_a_call_that_takes_any_option_is_not_checked_by_its_own_names():
    def call(known: int = 0, **options: object) -> object:
        return known, options

    with pytest.raises(TypeError, match=r"call\(\) takes any option"):
        names_slips(call)


def test_pictures_and_files_name_what_a_slip_was_meant_for(tmp_path):
    results = cd.Attributions([fake_attributions.make(20)])
    view = cd.visualize(results)
    for call in (results.plot, results[0].plot, view.figure):
        with pytest.raises(ValueError, match="did you mean `window=`"):
            call(windw=(0, 5))
    with pytest.raises(ValueError, match="did you mean `window=`"):
        view.save(tmp_path / "x.svg", windw=(0, 5))
    for one in (results, results[0]):
        with pytest.raises(ValueError, match="did you mean `table=`"):
            one.save(tmp_path / "x.tsv", tabel="summary")
