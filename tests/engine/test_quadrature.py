from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from captum_dna.core.options import RULES
from captum_dna.engine.estimate import allowed_error
from captum_dna.engine.fixed_rule import FixedRule
from captum_dna.engine.panels import Panel
from captum_dna.engine.quadrature import AdaptiveRule


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
    assert AdaptiveRule().wanted()[0].alpha == 1.0


def steep(a, width=0.02):
    return math.tanh((a - 0.3) / width)


def steep_slopes(a, width=0.02):
    return [(1 - steep(a, width) ** 2) / width]


def test_no_panels_are_tried_that_rounding_makes_useless():
    """Panels are completed by f between the ends of the path, which is known to so many digits; whole paths are not."""
    integral, asked = solve(AdaptiveRule(0.01, resolution=0.1, resolution_at_ends=0.0), steep, steep_slopes)
    assert len(asked) == 17
    assert not integral.certificate.converged
    smooth, asked = solve(AdaptiveRule(0.01, resolution=0.1, resolution_at_ends=0.0), cubic, cubic_slopes)
    assert len(asked) == 9
    assert smooth.certificate.converged


def test_a_step_is_refined_where_it_is_and_no_point_is_evaluated_twice():
    integral, asked = solve(AdaptiveRule(0.001), steep, steep_slopes)
    assert integral.certificate.converged
    assert len(set(asked)) == len(asked) == integral.certificate.evaluations
    assert abs(integral.scores.sum() - (steep(1) - steep(0))) <= 0.001 * (steep(1) - steep(0))
    near = [a for a in asked if abs(a - 0.3) < 0.15]
    assert len(near) > len(asked) / 2


def test_points_are_added_two_to_a_panel_and_a_few_panels_at_a_time():
    """The errors of wide panels look larger than they are, so many points at once would be too many."""
    rule, rounds = AdaptiveRule(0.001), []
    while points := rule.wanted():
        rounds.append(len(points))
        for point in points:
            rule.add(point, steep(point.alpha), np.array([steep_slopes(point.alpha)]))
    assert rounds[0] == 9
    assert set(rounds[1:3]) <= {2, 4}
    assert all(many % 2 == 0 and many <= sum(rounds[:i]) / 2 for i, many in enumerate(rounds) if i)
    assert rule.result().certificate.evaluations == sum(rounds)


@pytest.mark.parametrize("tolerance", [1e-2, 1e-4])
@pytest.mark.parametrize("width", [0.02, 0.1, 0.5])
def test_what_is_asked_for_next_was_foreseen(tolerance, width):
    rule, foreseen, rounds = AdaptiveRule(tolerance), None, 0
    while points := rule.wanted():
        assert foreseen is None or set(points) <= foreseen
        foreseen, rounds = set(rule.foreseen()), rounds + 1
        assert not foreseen & set(points)
        for point in points:
            rule.add(point, steep(point.alpha, width), np.array([steep_slopes(point.alpha, width)]))
    assert rounds > 1 or width == 0.5


@given(st.integers(0, 6), st.data())
def test_a_panel_is_a_half_of_its_wide_one_and_shares_its_nodes(depth, data):
    i = data.draw(st.integers(0, 2 ** (depth + 1) - 1))
    width = 2.0 ** -(depth + 1)
    panel = Panel(i * width, (i + 1) * width, 3)
    assert panel in panel.wide.halves
    assert set(panel.nodes) == set(panel.finer.nodes) & set(panel.wide.nodes)
    assert (panel.nodes[0], panel.nodes[-1]) == (panel.start, panel.end)


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


def turning(width, middle, shift):
    """Return f and slopes of two tokens that turn at different places, in opposite directions, and the scores."""
    turns = ((1.0, middle), (-0.7, min(middle + shift, 1.0)))

    def f(a):
        return sum(size * math.tanh((a - place) / width) for size, place in turns)

    def slopes(a):
        return [size * (1 - math.tanh((a - place) / width) ** 2) / width for size, place in turns]

    exact = [size * (math.tanh((1 - place) / width) + math.tanh(place / width)) for size, place in turns]
    return f, slopes, np.array(exact)


@given(st.floats(0.04, 0.5), st.floats(0.1, 0.9), st.floats(0, 0.3), st.floats(0.001, 0.01))
# One node of three had all the slopes; then, twice, two rules agreed by accident.
@example(0.04, 0.1, 0.041015625, 0.0078125)
@example(0.06024747050212752, 0.16312412691275516, 0.19209442937821067, 0.0010219811070295028)
@example(0.06369855056736791, 0.5365841377301331, 0.18358617243119288, 0.009892545370239472)
@settings(max_examples=200)
def test_the_scores_and_not_only_their_sum_are_within_the_tolerance(width, middle, shift, tolerance):
    f, slopes, exact = turning(width, middle, shift)
    integral, _ = solve(AdaptiveRule(tolerance), f, slopes)
    told, difference = integral.certificate, integral.scores[0] - exact
    if told.converged:
        assert np.linalg.norm(difference) <= 2 * tolerance * np.linalg.norm(exact)
        assert np.abs(difference).sum() <= 2 * told.error + 1e-12
        assert abs(told.delta) <= allowed_error(tolerance, integral.scores, f(1) - f(0)) + 1e-12


@given(st.integers(-40, 40), st.floats(0.02, 0.5), st.floats(0.1, 0.9))
def test_another_unit_of_the_output_changes_nothing_else(power, width, middle):
    f, slopes, _ = turning(width, middle, 0.1)
    unit = 2.0**power
    plain, asked = solve(AdaptiveRule(resolution=1e-9), f, slopes)
    scaled, asked_too = solve(
        AdaptiveRule(resolution=1e-9), lambda a: unit * f(a), lambda a: [unit * s for s in slopes(a)]
    )
    assert asked == asked_too
    assert_allclose(scaled.scores, unit * plain.scores, rtol=1e-12)
    ours, theirs = plain.certificate, scaled.certificate
    assert_allclose([theirs.error, theirs.delta], [unit * ours.error, unit * ours.delta], rtol=1e-9)
    assert_allclose(theirs.relative_error, ours.relative_error, rtol=1e-9)
    assert theirs.converged is ours.converged


def test_errors_of_tokens_that_cancel_in_the_sum_are_seen():
    def slopes(a):
        wave = 40 * math.cos(40 * a)
        return [5 + wave, 5 - wave]

    integral, _ = solve(AdaptiveRule(), lambda a: 10 * a, slopes)
    assert integral.certificate.converged
    assert_allclose(integral.scores[0], [5 + math.sin(40), 5 - math.sin(40)], rtol=0.01)


def test_what_rounding_hides_is_not_taken_for_exact():
    integral, asked = solve(
        AdaptiveRule(resolution=1e-6),
        lambda a: 1000 + 1e-3 * cubic(a),
        lambda a: [1e-3 * slope for slope in cubic_slopes(a)],
    )
    assert not integral.certificate.converged
    assert len(asked) == 9
    assert integral.certificate.error >= 1e-3


def test_an_output_that_jumps_is_never_taken_for_converged():
    integral, _ = solve(AdaptiveRule(), lambda a: a + 0.2 * (a > 0.4), lambda _: [0.5, 0.5])
    assert not integral.certificate.converged


@pytest.mark.parametrize("place", [0.001, 0.25, 1 / 3, 0.5, 0.77, 0.999])
def test_an_output_that_jumps_is_refined_no_further_than_numbers_go(place):
    integral, asked = solve(AdaptiveRule(), lambda a: a + 0.2 * (a > place), lambda _: [0.5, 0.5])
    assert not integral.certificate.converged
    assert len(set(asked)) == len(asked) == integral.certificate.evaluations


def test_kinks_are_refined_until_the_scores_are_within_the_tolerance():
    places = np.linspace(0.05, 0.93, 23)

    def slopes(a):
        return [float(np.sum(a > places[::2])), -float(np.sum(a > places[1::2]))]

    def f(a):
        return float(np.maximum(a - places[::2], 0).sum() - np.maximum(a - places[1::2], 0).sum())

    integral, _ = solve(AdaptiveRule(), f, slopes)
    exact = [np.maximum(1 - places[::2], 0).sum(), -np.maximum(1 - places[1::2], 0).sum()]
    assert integral.certificate.converged
    assert np.linalg.norm(integral.scores[0] - exact) <= 0.01 * np.linalg.norm(exact)


@pytest.mark.parametrize("name", RULES)
def test_fixed_rules_tell_their_error(name):
    for width in (0.5, 0.1, 0.03):
        f, slopes, exact = turning(width, 0.4, 0.1)
        for steps in (8, 25, 50, 101):
            integral, _ = solve(FixedRule(steps, name), f, slopes)
            told, difference = integral.certificate, integral.scores[0] - exact
            if told.converged:
                assert np.abs(difference).sum() <= told.error + 1e-4 * np.abs(exact).sum()
                assert np.linalg.norm(difference) <= 0.01 * np.linalg.norm(exact)
    if name == "gausslegendre":
        assert told.converged


def risen_and_fallen(steepness, up, down):
    """Return f that rises by one for some tokens and falls by one for others, its slopes, and the scores."""
    rising, falling, rest = np.array([[1.0, 0.5, -0.5], [-0.2, -0.9, 0.1], [0.03, 0.03, 0.04]])

    def step(a, place):
        return 1 / (1 + math.exp(-min(max(steepness * (a - place), -700), 700)))

    def f(a):
        return step(a, up) - step(a, down) + 0.1 * a

    def slopes(a):
        (p, q) = step(a, up), step(a, down)
        return steepness * (p * (1 - p) * rising + q * (1 - q) * falling) + rest

    def moved(place):
        return step(1, place) - step(0, place)

    return f, slopes, moved(up) * rising + moved(down) * falling + rest


@pytest.mark.parametrize(
    "rule", [AdaptiveRule, lambda: FixedRule(20), lambda: FixedRule(50, "riemann_middle")]
)
@given(st.floats(1.3, 5), st.floats(0.05, 0.9), st.floats(0.01, 0.8))
@settings(max_examples=200)
def test_what_f_shows_between_flat_slopes_is_not_overlooked(rule, steep, up, width):
    """It rises and falls again, so that no sum lacks it; a node that lies in between has seen it."""
    down = min(up + width, 0.97)
    f, slopes, exact = risen_and_fallen(10**steep, up, down)
    integral, asked = solve(rule(), f, slopes)
    seen = any(abs(f(a) - 0.1 * a) > 0.02 for a in asked)
    if integral.certificate.converged and seen:
        assert np.linalg.norm(integral.scores[0] - exact) <= 0.02 * np.linalg.norm(exact)


def test_a_few_fixed_steps_cannot_tell_and_say_so():
    told = solve(FixedRule(4), cubic, cubic_slopes)[0].certificate
    assert math.isnan(told.error)
    assert not told.converged


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
