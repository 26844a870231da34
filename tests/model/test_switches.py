"""Switches that people set around a call: the same numbers, and afterwards the switches as they were."""

from __future__ import annotations

from contextlib import contextmanager, nullcontext

import pytest
import torch
from numpy.testing import assert_array_equal

from captum_dna import attribute
from captum_dna.model.classifier import Classifier
from tests.toy import dna, kmer_bert

METHODS = ("integrated_gradients", "deeplift", "ism", "saliency", "nucleotide_gradients", "gradient_shap")


@contextmanager
def default_dtype(dtype):
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        yield
    finally:
        torch.set_default_dtype(before)


@contextmanager
def deterministic():
    torch.use_deterministic_algorithms(True)
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(False)


AROUND = {
    "no_grad": torch.no_grad,
    "set_grad_enabled": lambda: torch.set_grad_enabled(False),
    "inference_mode": torch.inference_mode,
    "float64": lambda: default_dtype(torch.float64),
    "bfloat16": lambda: default_dtype(torch.bfloat16),
    "autocast": lambda: torch.autocast("cpu", dtype=torch.bfloat16),
    "meta device": lambda: torch.device("meta"),
    "deterministic": deterministic,
}


def switches():
    return (
        torch.is_grad_enabled(),
        torch.is_inference_mode_enabled(),
        torch.get_default_dtype(),
        torch.get_default_device(),
        torch.is_autocast_enabled("cpu"),
        torch.are_deterministic_algorithms_enabled(),
    )


@pytest.fixture(scope="module")
def single():
    """Return a model in single precision, for which a default of double precision is another."""
    import copy

    toy = kmer_bert(4)
    return Classifier(copy.deepcopy(toy.model).float(), toy.tokenizer)


@pytest.fixture(scope="module")
def plain(single):
    return {method: attribute(single, dna(24), method=method)[0].base_scores for method in METHODS}


@pytest.mark.parametrize("around", AROUND)
def test_what_is_switched_around_a_call_changes_nothing(around, single, plain):
    with AROUND[around]():
        before = switches()
        for method in METHODS:
            result = attribute(single, dna(24), method=method)[0]
            assert_array_equal(result.base_scores, plain[method], err_msg=method)
            assert switches() == before
        assert_array_equal(single.predict(dna(24)).argmax(), single.label_index(result.predicted))


def test_a_classifier_made_in_inference_mode_is_no_other(single, plain):
    with torch.inference_mode():
        made = Classifier(type(single.model)(single.config).float(), single.tokenizer)
        made.model.load_state_dict(single.model.state_dict())
    weights = list(made.model.parameters())
    for around in (nullcontext, torch.inference_mode):
        with around():
            scores = attribute(made, dna(24))[0].base_scores
        assert_array_equal(scores, plain["integrated_gradients"])
    assert all(one is other for one, other in zip(weights, made.model.parameters(), strict=True))
    assert all(one.is_inference() for one in weights)
