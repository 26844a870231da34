from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from captum_dna.core.options import RULES
from captum_dna.engine.quadrature import AdaptiveRule, FixedRule, allowed_error


def solve(rule, f, slopes):
    """Drive a rule with a function of one variable whose derivative is split into named slopes."""
    asked = []
    while points := rule.wanted():
        for point in points:
            asked.append(point.alpha)
            rule.add(point, f(point.alpha), np.array([slopes(point.alpha)]) if point.gradient else None)
    return rule.result(), asked


def cubic(a):
    return a**3 + 2 * a


def cubic_slopes(a):
    return [3 * a**2, 2.0]


def test_nine_points_integrate_a_polynomial_exactly():
    integral, asked = solve(AdaptiveRule(), cubic, cubic_slopes)
    assert_allclose(integral.scores, [[1, 2]], atol=1e-12)
    assert integral.certificate.evaluations == len(asked) == 9
    assert integral.certificate.converged
    assert_allclose(
        (integral.certificate.f_input, integral.certificate.f_baseline, integral.certificate.delta),
        (3, 0, 0),
        atol=1e-12,
    )


def test_the_input_is_asked_for_first_because_it_decides_the_class():
    assert [p.alpha for p in AdaptiveRule().wanted()] == [1.0]


def steep(a, width=0.02):
    return math.tanh((a - 0.3) / width)


def steep_slopes(a, width=0.02):
    return [(1 - steep(a, width) ** 2) / width]


def test_a_step_is_refined_where_it_is_and_no_point_is_evaluated_twice():
    integral, asked = solve(AdaptiveRule(0.001), steep, steep_slopes)
    assert integral.certificate.converged
    assert len(set(asked)) == len(asked) == integral.certificate.evaluations
    assert abs(integral.scores.sum() - (steep(1) - steep(0))) <= 0.001 * (steep(1) - steep(0))
    near = [a for a in asked if abs(a - 0.3) < 0.15]
    assert len(near) > len(asked) / 2


def test_giving_up_is_said():
    integral, _ = solve(AdaptiveRule(1e-6, most_evaluations=21), steep, steep_slopes)
    assert not integral.certificate.converged
    assert integral.certificate.evaluations <= 21
    assert integral.certificate.error > 1e-6


def test_errors_that_cancel_are_not_taken_for_convergence():
    def f(a):
        return 10 * a + math.sin(16 * math.pi * a)

    integral, _ = solve(AdaptiveRule(0.01), f, lambda a: [10 + 16 * math.pi * math.cos(16 * math.pi * a)])
    assert integral.certificate.converged
    assert_allclose(integral.scores.sum(), 10, atol=0.1)
    assert integral.certificate.evaluations > 9


def test_not_a_number_ends_without_convergence():
    integral, _ = solve(AdaptiveRule(), lambda _: math.nan, lambda _: [math.nan])
    assert not integral.certificate.converged
    assert integral.certificate.evaluations == 9


@given(st.floats(0.01, 0.5), st.floats(0.1, 0.9), st.floats(0.001, 0.1))
def test_the_error_is_within_what_is_allowed_or_it_is_said(width, middle, tolerance):
    def f(a):
        return math.tanh((a - middle) / width)

    def slopes(a):
        whole = (1 - f(a) ** 2) / width
        return [0.3 * whole, 0.7 * whole]

    integral, _ = solve(AdaptiveRule(tolerance), f, slopes)
    if integral.certificate.converged:
        assert abs(integral.certificate.delta) <= allowed_error(tolerance, f(1) - f(0)) + 1e-12


@pytest.mark.parametrize("name", RULES)
def test_fixed_rules_have_captums_nodes(name):
    integral, asked = solve(FixedRule(64, name), cubic, cubic_slopes)
    assert integral.certificate.evaluations == 66
    assert len(asked) == 66
    rough = 1e-3 if name in ("gausslegendre", "riemann_middle") else 0.06
    assert_allclose(integral.scores[0], [1, 2], atol=rough)
    assert_allclose(integral.certificate.delta, integral.scores.sum() - 3, atol=1e-12)


def test_too_few_fixed_steps_do_not_pass_for_convergence():
    integral, _ = solve(FixedRule(2, "riemann_left"), cubic, cubic_slopes)
    assert not integral.certificate.converged
