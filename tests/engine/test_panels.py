"""Integrals over one stretch, against those worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from torch import nn

from captum_dna import Classifier, OneHot, attribute
from captum_dna.engine.panels import LEAST_CHANGE, kinked, plain_change, smooth, wary
from captum_dna.engine.quadrature import AdaptiveRule
from tests.engine.test_quadrature import solve
from tests.toy import dna

SIMPSON, TRAPEZOID = np.array([[1, 4, 1]]) / 6, np.array([[1, 1]]) / 2


def tokens(*rows):
    """Return (nodes, 1, T) slopes."""
    return np.array(rows, dtype=float)[:, None, :]


def test_one_kink_in_each_interval_is_integrated_exactly():
    # The slopes of two tokens jump at 0.3 and at 0.8; f is what they sum to.
    piece = kinked(
        [0, 0.5, 1],
        tokens([1, 2], [4, 2], [4, -1]),
        np.array([0, 0.3 * 3 + 0.2 * 6, 0.9 + 0.5 * 6 + 0.2 * 3]),
    )
    assert_allclose(piece.integral, [[0.3 * 1 + 0.7 * 4, 0.8 * 2 - 0.2 * 1]], atol=1e-12)
    assert_allclose(piece.correction, 0, atol=1e-12)
    assert_allclose(piece.jumps, 0.5 * np.array([[[3, 0]], [[0, -3]]]))


def test_what_no_kink_explains_is_added_along_the_slopes_and_told():
    piece = kinked([0, 0.5, 1], tokens([1, 3], [1, 3], [1, 3]), np.array([0, 2, 5]))
    assert_allclose(piece.integral, [[1.25, 3.75]])
    assert_allclose(piece.correction, [[0.25, 0.75]])


@given(st.floats(0.05, 0.3), st.floats(0.1, 0.9), st.lists(st.floats(-2, 2), min_size=2, max_size=5))
@settings(derandomize=True, max_examples=50, deadline=None)
def test_slopes_that_go_with_f_are_integrated_exactly_however_sharply_it_turns(width, middle, shares):
    total = sum(shares)
    if abs(total) < 0.1:
        return

    def f(a):
        return total * math.tanh((a - middle) / width)

    alphas = np.array([0, 0.5, 1])
    slopes = tokens(
        *[[s * (1 - math.tanh((a - middle) / width) ** 2) / width for s in shares] for a in alphas]
    )
    piece = smooth(SIMPSON, TRAPEZOID, slopes, np.array([f(0), f(1)]))
    assert_allclose(piece.integral.sum(), f(1) - f(0), rtol=1e-9)
    assert_allclose(piece.integral[0], np.array(shares) / total * (f(1) - f(0)), rtol=1e-6, atol=1e-9)


def test_rules_that_agree_by_accident_are_not_believed():
    """Completed by f, any two rules agree where one node has all the slopes, whatever lies between the nodes."""
    slopes, f = tokens([8, -17], [0, 0], [0, 0]), np.array([0, -9 / 6])
    piece = smooth(SIMPSON, TRAPEZOID, slopes, f)
    assert_allclose(piece.change, 0, atol=1e-12)
    plain = plain_change(SIMPSON, TRAPEZOID, slopes)
    assert_allclose(plain, [[8 / 6 - 4, -17 / 6 + 17 / 2]])
    doubted = wary(piece, plain)
    assert np.linalg.norm(doubted.change) == pytest.approx(LEAST_CHANGE * np.linalg.norm(plain))
    assert_allclose(doubted.integral, piece.integral)
    believed = piece._replace(change=plain)
    assert wary(believed, plain) is believed


def test_a_token_without_a_slope_gets_nothing():
    piece = smooth(SIMPSON, TRAPEZOID, tokens([1, 0, 2], [3, 0, -1], [0, 0, 4]), np.array([0, 7]))
    assert piece.integral[0, 1] == 0
    assert_allclose(piece.integral.sum(), 7)


def test_slopes_that_never_sum_to_anything_are_left_alone():
    piece = smooth(SIMPSON, TRAPEZOID, tokens([1, -1], [3, -3], [1, -1]), np.array([0, 7]))
    assert_allclose(piece.integral, [[14 / 6, -14 / 6]])
    assert_allclose(piece.missing, 7)
    integral, _ = solve(AdaptiveRule(most_evaluations=33), lambda a: a, lambda _: [1.0, -1.0])
    assert not integral.certificate.converged


@pytest.mark.parametrize("output", ["log_odds", "probability"])
def test_networks_of_relu_and_max_pool_converge_to_what_a_fine_sum_says(output):
    torch.manual_seed(2)
    network = nn.Sequential(
        nn.Conv1d(4, 16, 7, padding=3), nn.ReLU(), nn.MaxPool1d(4), nn.Conv1d(16, 16, 5, padding=2), nn.ReLU(),
        nn.Flatten(), nn.Linear(160, 2),
    ).double().eval()  # fmt: skip
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.mul_(3)
    model = Classifier(network, OneHot(length=40), name="kinked", labels=["no", "yes"])
    how = {"baseline": "dinucleotide_shuffle", "output": output}
    result = attribute(model, dna(40, 1), **how)[0]
    fine = attribute(model, dna(40, 1), n_steps=2000, rule="riemann_middle", **how)[0]
    assert result.converged
    assert result.evaluations < 200
    missed = result.token_scores - fine.token_scores
    assert np.linalg.norm(missed) <= 0.01 * np.linalg.norm(fine.token_scores)
    assert np.abs(missed).sum() <= result.error
