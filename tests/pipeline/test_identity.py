"""A class is its index: through strands, windows, variants, evaluations and files; names are for people."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from captum_dna import Attributions, Sequence, attribute, evaluate, variant_effect
from captum_dna.model.classifier import Classifier
from tests.toy import dna, kmer_bert


@pytest.fixture(scope="module")
def twins():
    """Return a model of two classes of one name, a sequence, and the class predicted of it: the second of these."""
    for k in (3, 4, 5, 6):
        plain = kmer_bert(k, labels=3)
        for seed in range(30):
            index = int(logits(plain, dna(60, seed)).argmax())
            if index:
                labels = ["enhancer" if i in (0, index) else "other" for i in range(3)]
                return Classifier(plain.model, plain.tokenizer, labels=labels), dna(60, seed), index
    raise AssertionError("no sequence is predicted as another class than the first")


def logits(model, bases):
    return model.predict_logits([model.encode(bases)])[0]


def log_odds(model, bases, index):
    found = logits(model, bases)
    return found[index] - np.logaddexp.reduce(np.delete(found, index))


def test_the_predicted_one_of_two_classes_of_one_name_is_explained(twins):
    model, bases, index = twins
    [one] = attribute(model, bases, method="saliency")
    assert (one.target, one.target_index, one.same_target) == ("enhancer", index, index)
    assert_allclose(one.f_input, log_odds(model, bases, index), rtol=1e-5)


def test_both_strands_windows_and_variants_keep_to_the_class(twins):
    model, bases, index = twins
    [both] = attribute(model, bases, method="saliency", strands="both")
    turned = Sequence("x", bases).reverse_complement().bases
    mean = (log_odds(model, bases, index) + log_odds(model, turned, index)) / 2
    assert_allclose(both.f_input, mean, rtol=1e-5)
    [cut] = attribute(model, bases, method="saliency", window_length=40, target=index)
    for window in cut.windows:
        assert_allclose(window.f_input, log_odds(model, window.sequence, index), rtol=1e-5)
    other = "ACGT".replace(bases[30], "")[0]
    [effect] = variant_effect(model, [(bases, 30, bases[30], other)], method="saliency")
    changed = bases[:30] + other + bases[31:]
    expected = log_odds(model, changed, index) - log_odds(model, bases, index)
    assert_allclose(effect.effect, expected, rtol=1e-4, atol=1e-6)


def test_results_are_evaluated_and_stored_with_the_class(twins, tmp_path):
    model, bases, index = twins
    results = attribute(model, bases, method="saliency")
    assert evaluate(model, results, measures=["infidelity"]).table.notna().to_numpy().any()
    again = Attributions.load(results.save(tmp_path / "run.parquet"))
    assert again[0].target_index == index


def test_labels_that_are_numbers_are_names_in_data(tmp_path):
    plain = kmer_bert(3, labels=3)
    model = Classifier(plain.model, plain.tokenizer, labels=["2", "0", "1"])
    path = tmp_path / "x.csv"
    path.write_text(f"sequence,label\n{dna(40, 1)},0\n{dna(40, 2)},2\n")
    assert [one.true_label for one in attribute(model, path, method="saliency")] == ["0", "2"]
    named, counted = (attribute(model, dna(40), target=target, method="saliency")[0] for target in ("0", 0))
    assert (named.target_index, counted.target_index) == (1, 0)


@pytest.mark.parametrize(
    ("method", "options"), [("nucleotide_gradients", {}), ("ism", {}), ("expected_gradients", {"samples": 2})]
)
def test_what_else_a_method_found_is_turned_and_averaged_over_both_strands(method, options):
    model, one = kmer_bert(3), Sequence("one", dna(40))
    settings = {"method": method, **options} | ({} if method == "ism" else {"tolerance": 1e-3})
    [forward] = attribute(model, one, **settings)
    [reverse] = attribute(model, one.reverse_complement(), target=forward.target_index, **settings)
    [both] = attribute(model, one, strands="both", **settings)
    for name in ("hypothetical", "substitutions"):
        if name in forward.extras:
            mean = (forward.extras[name] + reverse.extras[name][::-1, ::-1]) / 2
            assert_allclose(both.extras[name], mean, rtol=1e-5, atol=1e-7)
            assert both.extras[name].shape == (4, 40)
    assert forward.extras.keys() <= both.extras.keys()
    if method == "expected_gradients":
        assert_allclose(both.extras["scores_by_baseline"].mean(0), both.token_scores, atol=1e-6)


def test_what_cannot_be_averaged_over_both_strands_is_named(monkeypatch):
    from captum_dna.methods.saliency import Saliency

    whole = Saliency.explain

    def explain(self, *given):
        for answer in whole(self, *given):
            extras = {"odd": answer.token_scores[: 5 + answer.index]}
            yield replace(answer, extras=extras)

    monkeypatch.setattr(Saliency, "explain", explain)
    with pytest.warns(UserWarning, match="odd cannot be averaged over both strands"):
        [both] = attribute(kmer_bert(3), dna(40), method="saliency", strands="both")
    assert "odd" not in both.extras
