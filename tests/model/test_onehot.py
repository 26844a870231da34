from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from torch import nn

from captum_dna import OneHot, attribute, load
from captum_dna.core.errors import SequenceError
from tests.toy import dna, roughen


class Weighted(nn.Module):
    """A sum of weights of the bases at each position, which can be explained by hand."""

    def __init__(self, length, layout):
        super().__init__()
        self.layout = layout
        self.weights = nn.Parameter(torch.randn(length, 4, generator=torch.Generator().manual_seed(0)))

    def forward(self, one_hot):
        rows = one_hot.transpose(1, 2) if self.layout == "channels_first" else one_hot
        return (rows * self.weights).sum((1, 2))


@pytest.mark.parametrize("layout", ["channels_first", "channels_last"])
@pytest.mark.parametrize("order", ["ACGT", "TGCA"])
@pytest.mark.parametrize("method", ["integrated_gradients", "deeplift", "occlusion"])
def test_a_weight_matrix_gives_each_base_its_weight(layout, order, method):
    network = Weighted(12, layout).double()
    bases = "ACGTTGCAACGT"
    options = {"window": 1, "stride": 1} if method == "occlusion" else {}
    model = load(network, OneHot(layout=layout, order=order, length=12))
    result = attribute(model, bases, method=method, **options)[0]
    weights = network.weights.detach().numpy()
    assert_allclose(
        result.base_scores, [weights[i, order.index(base)] for i, base in enumerate(bases)], rtol=1e-9
    )
    assert_allclose(result.f_input, result.base_scores.sum())


def test_ambiguity_codes_are_mixtures_or_nothing():
    mixed, zeros = OneHot().table().numpy(), OneHot(unknown_as="zeros").table().numpy()
    rows = OneHot().get_vocab()
    assert_allclose(mixed[rows["N"]], [0.25] * 4)
    assert_allclose(mixed[rows["R"]], [0.5, 0, 0.5, 0])
    assert_allclose(mixed.sum(axis=1), 1)
    assert_allclose(zeros[:4], np.eye(4))
    assert not zeros[4:].any()


def test_lower_case_and_u_are_read_as_the_network_was_trained():
    model = load(roughen(Weighted(4, "channels_first")), OneHot(length=4))
    assert model.encode("acgu").input_ids == model.encode("ACGT").input_ids


def test_a_network_of_one_length_refuses_others_by_name():
    network = nn.Sequential(nn.Flatten(), nn.Linear(40, 2))
    model = load(network, OneHot(length=10), labels=["closed", "open"])
    assert model.predict("ACGTACGTAC").shape == (1, 2)
    with pytest.raises(SequenceError, match=r"has 11 bases, but the network takes sequences of exactly 10"):
        model.predict("ACGTACGTACG")
    with pytest.raises(SequenceError, match=r"1 of 2 sequences.*\n.*has 9 bases"):
        attribute(model, {"good": "ACGTACGTAC", "short": "ACGTACGTA"})


def test_a_profile_is_no_logits():
    with pytest.raises(
        ValueError, match=r"returned \(2, 3, 32\): more than one number .*returns what to explain"
    ):
        load(nn.Conv1d(4, 3, 5, padding="same"), OneHot())


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"order": "ACG"}, "order must name the four channels"),
        ({"layout": "NCHW"}, "no layout 'NCHW'. Choose one of channels_first, channels_last"),
        ({"unknown_as": "A"}, "unknown_as is 'mixture' or 'zeros'"),
    ],
)
def test_impossible_choices_get_a_sentence(options, sentence):
    with pytest.raises(ValueError, match=sentence):
        OneHot(**options)


def test_the_network_is_left_as_it_was_found():
    network = nn.Sequential(nn.Conv1d(4, 3, 5), nn.Dropout(0.5), nn.AdaptiveMaxPool1d(1), nn.Flatten())
    network.train()
    before = [(name, parameter.requires_grad) for name, parameter in network.named_parameters()]
    attribute(load(network, OneHot()), dna(40), tolerance="preview")
    assert [(name, parameter.requires_grad) for name, parameter in network.named_parameters()] == before
    assert all(module.training for module in network.modules())
