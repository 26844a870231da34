"""What a result says of itself holds against a fine integral; see ``benchmarks/bench_certificate.py`` for more of it."""

from __future__ import annotations

import copy
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from torch import nn

from captum_dna import Classifier, OneHot, attribute
from captum_dna.core.certificate import Certificate, mean_of
from captum_dna.methods.gradient_shap import standard_errors
from tests.toy import dna, kmer_bert, lawful
from tests.toy.models import roughen

pytestmark = pytest.mark.filterwarnings("ignore")


def kinked(seed=0):
    torch.manual_seed(seed)
    network = nn.Sequential(
        nn.Conv1d(4, 12, 7, padding=3), nn.ReLU(), nn.MaxPool1d(4), nn.Flatten(), nn.Linear(120, 16), nn.ReLU(),
        nn.Linear(16, 2),
    )  # fmt: skip
    return Classifier(network.double().eval(), OneHot(length=40), name="kinked", labels=["no", "yes"])


def off(result, fine):
    """Return the true errors of the scores: L2 as a share, and L1."""
    missed = result.token_scores - fine.token_scores
    return np.linalg.norm(missed) / np.linalg.norm(fine.token_scores), np.abs(missed).sum()


@pytest.mark.parametrize("output", ["log_odds", "probability"])
@pytest.mark.parametrize("baseline", ["zero", "dinucleotide_shuffle"])
@pytest.mark.parametrize("name", ["3-mer BERT", "Roberta", "HyenaDNA", "kinked"])
def test_converged_scores_are_as_near_to_a_fine_integral_as_they_say(name, baseline, output):
    model = kinked() if name == "kinked" else lawful(name)
    result, fine = (
        attribute(model, dna(40, 3), output=output, baseline=baseline, **how)[0]
        for how in ({}, {"n_steps": 400})
    )
    relative, absolute = off(result, fine)
    assert result.converged
    assert relative <= 0.015
    assert absolute <= result.error
    assert result.certificate.relative_error <= 0.01


class Scaled(nn.Module):
    """A body whose outputs are in another unit, under a head of any kind."""

    def __init__(self, body, unit, labels, kind):
        super().__init__()
        self.body, self.unit, self.labels = body, unit, labels
        self.config = SimpleNamespace(num_labels=labels, problem_type=kind, vocab_size=body.config.vocab_size)

    def get_input_embeddings(self):
        return self.body.get_input_embeddings()

    def forward(self, input_ids):
        return SimpleNamespace(logits=self.unit * self.body(input_ids).logits[:, : self.labels])


# What is linear in the logits, for each kind of head: a probability has its own unit, and no other.
HEADS = {
    "regression": (1, "regression", "logit"),
    "two classes": (2, "single_label_classification", "log_odds"),
    "three classes": (3, "single_label_classification", "logit"),
    "multi-label": (3, "multi_label_classification", "log_odds"),
}


@pytest.mark.parametrize("unit", [1e-4, 1e4])
@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize(
    "method", ["integrated_gradients", "nucleotide_gradients", "expected_gradients", "deeplift"]
)
def test_another_unit_of_the_output_changes_nothing_else(method, head, unit):
    labels, kind, output = HEADS[head]
    body, words = kmer_bert(3, 3).model, kmer_bert(3, 3).tokenizer
    plain, scaled = (
        attribute(
            Classifier(Scaled(body, one, labels, kind), words), dna(40, 5), method=method, output=output
        )[0]
        for one in (1.0, unit)
    )
    assert scaled.evaluations == plain.evaluations
    assert scaled.converged is plain.converged
    assert_allclose(scaled.base_scores, unit * plain.base_scores, rtol=1e-6, atol=1e-9 * unit)
    assert_allclose(scaled.error, unit * plain.error, rtol=1e-4)
    assert_allclose(scaled.certificate.relative_error, plain.certificate.relative_error, rtol=1e-4)


def test_hypothetical_scores_are_within_the_tolerance_too():
    model = kmer_bert(3)
    result, fine = (
        attribute(model, dna(40, 2), method="nucleotide_gradients", **how)[0]
        for how in ({}, {"n_steps": 300})
    )
    assert result.converged
    for ours, exact in (
        (result.base_scores, fine.base_scores),
        (result.extras["hypothetical"], fine.extras["hypothetical"]),
    ):
        assert np.linalg.norm(ours - exact) <= 0.015 * np.linalg.norm(exact)


def test_errors_stay_where_scores_of_opposite_sign_cancel_in_the_mean():
    one = Certificate(
        1.0, 0.0, 0.0, error=0.02, relative_error=0.008, converged=True, evaluations=9, tolerance=0.01
    )
    alike = mean_of([one, one], [1.0, 1.0], 1.0)
    assert alike.converged
    assert_allclose([alike.error, alike.relative_error], [0.02, 0.008])
    opposite = mean_of([one, one], [1.0, 1.0], 0.1)
    assert_allclose([opposite.error, opposite.relative_error], [0.02, 0.08])
    assert not opposite.converged


def test_expected_gradients_are_as_near_to_fine_ones_as_they_say():
    results = [
        attribute(kmer_bert(3), dna(40), method="expected_gradients", samples=3, **how)[0]
        for how in ({}, {"n_steps": 200})
    ]
    relative, absolute = off(*results)
    assert results[0].converged
    assert relative <= 0.01
    assert absolute <= results[0].error


def test_joined_windows_are_as_near_to_fine_ones_as_they_say():
    results = [attribute(kmer_bert(3), dna(70), window_length=40, **how)[0] for how in ({}, {"n_steps": 200})]
    relative, absolute = off(*results)
    assert results[0].converged
    assert relative <= 0.01
    assert absolute <= results[0].error == pytest.approx(sum(w.error for w in results[0].windows))


def test_the_mean_of_both_strands_is_as_near_to_a_fine_one_as_it_says():
    results = [attribute(kmer_bert(3), dna(40), strands="both", **how)[0] for how in ({}, {"n_steps": 200})]
    relative, absolute = off(*results)
    assert results[0].converged
    assert relative <= 0.01
    assert absolute <= results[0].error


def test_the_stated_error_of_samples_holds_in_most_draws():
    fine = attribute(kmer_bert(3), dna(40), n_steps=200)[0]
    draws = [attribute(kmer_bert(3), dna(40), method="gradient_shap", seed=seed)[0] for seed in range(12)]
    within = [off(one, fine)[1] <= one.error for one in draws]
    assert sum(within) >= 9


def test_single_precision_that_cannot_tell_does_not_pass_for_convergence():
    model = roughen(copy.deepcopy(kmer_bert(3).model)).float()
    with torch.no_grad():
        model.classifier.weight.mul_(1e-6)
        model.classifier.bias.fill_(100.0)
    result = attribute(Classifier(model, kmer_bert(3).tokenizer), dna(40), output="logit")[0]
    assert not result.converged
    assert result.evaluations == 9


def test_the_standard_error_of_a_stratified_mean_is_that_of_repeated_draws():
    random = np.random.default_rng(0)

    def draw():
        at = (np.arange(20) + random.random(20)) / 20
        return np.stack([np.exp(2 * at), np.sin(3 * at)], axis=1)

    draws = [draw() for _ in range(400)]
    spread = np.std([one.mean(axis=0) for one in draws], axis=0)
    told = np.sqrt(np.mean([standard_errors(one) ** 2 for one in draws], axis=0))
    assert_allclose(told, spread, rtol=0.25)


@pytest.mark.parametrize(
    "choices", [{}, {"n_steps": 20}, {"method": "deeplift"}, {"method": "gradient_shap"}]
)
def test_nothing_is_exactly_nothing(choices):
    """A sequence compared with itself: all scores are zero, and so is their error, whatever f is rounded to."""
    letters = dna(40)
    (result,) = attribute(kmer_bert(3), letters, baseline=letters, **choices)
    assert not result.token_scores.any()
    assert result.converged
    assert not result.relative_error > 0
    assert [remark.code for remark in result.caveats if remark.code != "heights"] == ["nothing_to_explain"]
