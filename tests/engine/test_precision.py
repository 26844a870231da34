"""The ladder of precisions: what is tried where, when it climbs, and that the process gets its settings back."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from torch import nn

from captum_dna import Classifier, attribute
from captum_dna.core.errors import UserError
from captum_dna.engine import integrate, precision
from captum_dna.engine.precision import Hardware, computing_in, ladder, resolution, rungs
from captum_dna.engine.quadrature import AdaptiveRule
from captum_dna.methods.deeplift import method as deeplift
from tests.toy import dna, kmer_bert

HALVES = ("float16", "bfloat16")
CPU = torch.device("cpu")


@pytest.mark.parametrize(
    ("hardware", "dtype", "tried"),
    [
        (Hardware("cuda", (9, 0)), torch.float32, ("float16", "tf32", "float32")),
        (Hardware("cuda", (8, 0)), torch.float32, ("float16", "tf32", "float32")),
        (Hardware("cuda", (7, 5)), torch.float32, ("float16", "float32")),
        (Hardware("cuda", (6, 1)), torch.float32, ("float32",)),
        (Hardware("cuda", (9, 0)), torch.float64, ("float32",)),
        (Hardware("cuda", (9, 0)), torch.bfloat16, ("float32",)),
        (Hardware("cpu"), torch.float32, ("float32",)),
        (Hardware("mps"), torch.float32, ("float32",)),
    ],
)
def test_the_cheapest_that_the_hardware_is_fast_at_goes_first(hardware, dtype, tried):
    assert ladder(hardware, dtype) == tried
    noise = [resolution(one, dtype) for one in tried]
    assert noise == sorted(noise, reverse=True)


def test_a_device_that_does_not_know_a_precision_says_so():
    with pytest.raises(UserError, match=r"does not support TF32.*precision='auto'") as told:
        attribute(single(), dna(40), precision="tf32")
    assert told.value.option == "precision"
    with pytest.raises(UserError, match="PyTorch has no float16 on"):
        rungs("float16", torch.device("meta"), torch.float32)


def single():
    """Return a model in single precision, with weights of its own."""
    body = kmer_bert(3)
    model = type(body.model)(body.model.config)
    model.load_state_dict(body.model.state_dict())
    return Classifier(model.float().eval(), body.tokenizer)


def climbing(monkeypatch, *tried):
    """Let the hardware be fast at other precisions than its own, and return what each evaluation was in."""
    seen = []
    monkeypatch.setattr(precision, "ladder", lambda *_: (*tried, "float32"))
    started = integrate.PathEngine.__init__

    def noted(engine, classifier, space, output, form, batch_size):
        seen.append(form)
        started(engine, classifier, space, output, form, batch_size)

    monkeypatch.setattr(integrate.PathEngine, "__init__", noted)
    return seen


@pytest.mark.parametrize("half", HALVES)
def test_what_rounding_spoils_climbs_and_is_as_exact_as_ever(monkeypatch, half):
    model, sequences = single(), [dna(40, seed) for seed in range(3)]
    exact = attribute(model, sequences, tolerance=1e-3)
    seen = climbing(monkeypatch, half)
    found = attribute(model, sequences, tolerance=1e-3, precision="auto")
    assert seen == [half, "float32"]
    for ours, theirs in zip(found, exact, strict=True):
        assert ours.converged
        assert ours.evaluations > theirs.evaluations
        assert_allclose(ours.token_scores, theirs.token_scores, rtol=2e-3, atol=1e-5)


@pytest.mark.parametrize("half", HALVES)
def test_what_the_tolerance_bears_stays_where_it_is(monkeypatch, half):
    model, sequences = single(), [dna(40, seed) for seed in range(3)]
    exact = attribute(model, sequences)
    seen = climbing(monkeypatch, half)
    found = attribute(model, sequences, tolerance=0.2, precision="auto")
    assert seen[0] == half
    for ours, theirs in zip(found, exact, strict=True):
        assert ours.converged
        off = np.linalg.norm(ours.token_scores - theirs.token_scores)
        assert off <= 0.2 * np.linalg.norm(theirs.token_scores)


@pytest.mark.parametrize("half", HALVES)
def test_an_offset_of_the_output_makes_nothing_climb(monkeypatch, half):
    """However large f is beside what it moves by: it is rounded between the ends of the path, and read exactly at them."""
    model, sequences = single(), [dna(40, seed) for seed in range(3)]
    exact = attribute(model, sequences, target=0)
    monkeypatch.setattr(precision, "ladder", lambda *_: (half, "float32"))
    with torch.no_grad():
        model.model.classifier.bias[0] += 200
    for ours, theirs in zip(attribute(model, sequences, tolerance=0.2, target=0), exact, strict=True):
        assert ours.precision == half
        assert ours.converged
        off = np.linalg.norm(ours.token_scores - theirs.token_scores)
        assert off <= 0.2 * np.linalg.norm(theirs.token_scores)


@pytest.mark.parametrize("half", HALVES)
@pytest.mark.parametrize("method", ["integrated_gradients", "expected_gradients"])
def test_the_prediction_and_the_ends_are_the_models_own_in_every_precision(monkeypatch, half, method):
    model, sequences = single(), [dna(40, seed) for seed in range(6)]
    options = {"method": method, "tolerance": 0.5} | (
        {"samples": 2} if method == "expected_gradients" else {}
    )
    exact = attribute(model, sequences, **options)
    monkeypatch.setattr(precision, "ladder", lambda *_: (half, "float32"))
    for ours, theirs in zip(attribute(model, sequences, **options), exact, strict=True):
        assert ours.precision == half
        assert theirs.precision == "float32"
        assert ours.predicted == theirs.predicted
        assert_allclose(ours.probabilities, theirs.probabilities, rtol=1e-6)
        assert ours.f_input == pytest.approx(theirs.f_input, rel=1e-5)
        assert ours.f_baseline == pytest.approx(theirs.f_baseline, rel=1e-5)
        assert ours.evaluations > theirs.evaluations


def test_a_method_without_a_ladder_says_that_it_is_in_the_models_own_format():
    assert attribute(single(), dna(40), method="saliency")[0].precision == "float32"
    assert attribute(single(), dna(40), method="saliency", precision="bfloat16")[0].precision == "bfloat16"


def test_the_format_of_a_model_in_double_precision_is_named():
    model = kmer_bert(3)
    assert model.dtype == torch.float64
    for method in ("saliency", "integrated_gradients"):
        assert attribute(model, dna(40), method=method)[0].precision == "float64"
        assert attribute(model, dna(40), method=method, precision="float32")[0].precision == "float64"


def test_deeplift_leaves_half_precision_out_and_climbs_where_it_is_not_complete(monkeypatch):
    model, tried = single(), []
    monkeypatch.setattr(precision, "ladder", lambda *_: ("float16", "tf32", "float32"))
    started = deeplift.Room.__init__

    def noted(room, classifier, form, batch_size):
        tried.append(form)
        started(room, classifier, "bfloat16" if form == "tf32" else form, batch_size)

    monkeypatch.setattr(deeplift.Room, "__init__", noted)
    exact = attribute(model, dna(40), method="deeplift", precision="float32")[0]
    tried.clear()
    found = attribute(model, dna(40), method="deeplift", tolerance=1e-3)[0]
    assert tried == ["tf32", "float32"]
    assert found.evaluations == 4
    assert found.precision == "float32"
    assert_allclose(found.token_scores, exact.token_scores, rtol=1e-6, atol=1e-9)


class Overflowing(nn.Module):
    """A model whose logits are out of float16's range inside, and as ever outside."""

    def __init__(self, model):
        super().__init__()
        self.model, self.config, self.wide = model, model.config, nn.Linear(2, 2, bias=False)
        with torch.no_grad():
            self.wide.weight.copy_(torch.eye(2) * 2e5)

    def get_input_embeddings(self):
        return self.model.get_input_embeddings()

    def forward(self, input_ids, attention_mask=None):
        found = self.model(input_ids, attention_mask=attention_mask)
        found.logits = self.wide(found.logits).float() / 2e5
        return found


def test_an_overflow_climbs_at_once_and_is_not_seen_in_the_result(monkeypatch):
    body = single()
    model = Classifier(Overflowing(body.model).eval(), body.tokenizer)
    exact = attribute(model, dna(40))[0]
    seen = climbing(monkeypatch, "float16")
    found = attribute(model, dna(40), precision="auto")[0]
    assert seen == ["float16", "float32"]
    assert found.converged
    assert found.evaluations == exact.evaluations + 9 + 2  # the nodes in half precision, and both ends
    assert_allclose(found.token_scores, exact.token_scores, rtol=1e-4, atol=1e-6)


def test_a_rule_that_gives_up_where_points_no_longer_help_goes_on_where_they_do():
    """Slopes with rounding errors a hundred times the tolerance."""
    random = np.random.default_rng(0)

    def followed(rule, noise):
        while points := rule.wanted():
            for point in points:
                slopes = np.array([1.0, 2.0, -0.5]) * (1 + point.alpha**2)
                rule.add(
                    point,
                    2.5 * (point.alpha + point.alpha**3 / 3),
                    (slopes * (1 + noise * random.normal(size=3)))[None],
                )
        return rule.result().certificate

    rough = AdaptiveRule(1e-3, least_progress=0.5)
    given_up = followed(rough, 0.1)
    assert not given_up.converged
    assert given_up.evaluations <= 65
    again = AdaptiveRule(1e-3).beginning_with(rough.nodes)
    assert again.nodes == rough.nodes
    assert followed(again, 0.0).converged
    assert again.result().certificate.evaluations == given_up.evaluations
    assert followed(AdaptiveRule(1e-3, least_progress=0.5), 0.0).evaluations == 9


@pytest.mark.parametrize("before", [False, True])
def test_tf32_is_for_our_passes_alone(before):
    products = torch.backends.cuda.matmul
    name, off, on = (
        ("fp32_precision", "ieee", "tf32")
        if hasattr(products, "fp32_precision")
        else ("allow_tf32", False, True)
    )
    found = getattr(products, name)
    setattr(products, name, on if before else off)
    try:
        with computing_in("tf32", CPU):
            with computing_in("tf32", CPU):
                assert getattr(products, name) == on
            assert getattr(products, name) == on
        assert getattr(products, name) == (on if before else off)
    finally:
        setattr(products, name, found)
