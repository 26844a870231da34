"""Experiments on models whose answers are known: what is needed, enough, where, with what, and how sure."""

from __future__ import annotations

import math
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import captum_dna
from captum_dna import Classifier, OneHot, ablate, attribute, dependencies, marginalize, slide, space
from captum_dna import test as verdicts_of
from captum_dna.core.errors import UserError
from captum_dna.core.numbers import percent
from captum_dna.core.sequences import Sequence
from captum_dna.experiments.motif import Motif
from captum_dna.experiments.pictures import dependency_map
from captum_dna.experiments.statistics import as_far, mean_interval
from tests import toy
from tests.additive import additive
from tests.grammar import DECOY, FAR, NEAR, A, B, grammar

QUIET = {"progress": False}


def random_bases(length: int, seed: int = 0) -> str:
    return "".join(np.random.default_rng(seed).choice(list("ACGT"), length))


def backgrounds(count: int, length: int, seed: int = 1) -> list[str]:
    return [random_bases(length, seed * 1000 + i) for i in range(count)]


@pytest.fixture(scope="module")
def model():
    return grammar()


@pytest.fixture(scope="module")
def regulated():
    """Return a sequence with both motifs 15 bases apart and the decoy, and where each stands."""
    parts = [random_bases(12, 5), DECOY, random_bases(12, 6), A, random_bases(15, 7), B, random_bases(16, 8)]
    starts = np.cumsum([0, *map(len, parts)])
    spans = {name: (int(starts[i]), int(starts[i + 1])) for name, i in (("decoy", 1), ("A", 3), ("B", 5))}
    return "".join(parts), spans


# --- the known grammar ---


def test_both_motifs_are_needed_and_the_decoy_is_not(model, regulated):
    bases, spans = regulated
    found = ablate(model, {"x": bases}, {"x": list(spans.values())}, draws=30, target=0, **QUIET)
    decoy_row, a, b = found.table.to_dict("records")
    assert decoy_row["effect"] == 0
    assert decoy_row["effect"] > decoy_row["control"]  # stretches elsewhere touch the motifs
    for row in (a, b):
        assert row["effect"] == pytest.approx(-4)
        assert row["effect"] < row["control"]
        assert row["q"] < 0.05


def test_no_motif_is_enough_alone_and_both_are_at_the_right_distance(model):
    given = backgrounds(25, 50)
    for motif, added in ((A, 0), (B, 0), (DECOY, 0), (f"{A}{'N' * 12}{B}", 4)):
        found = marginalize(model, motif, given, target=0, orientations="+", **QUIET)
        assert found.table["effect"][0] == pytest.approx(added)
        assert found.table["control"][0] == pytest.approx(0)


def test_sliding_finds_where_the_second_motif_counts(model):
    first = f"{A}{random_bases(45, 3)}"
    found = slide(model, B, [first] * 20, target=0, positions=range(7, 46), **QUIET)
    counts = found.table.loc[found.table["effect"] > 1, "position"]
    assert counts.tolist() == list(range(len(A) + NEAR, len(A) + FAR + 1))
    assert (found.table["control"] == 0).all()


def test_spacing_recovers_distance_order_and_orientation(model):
    found = space(
        model,
        A,
        B,
        backgrounds(20, 46),
        distances=[0, 5, 9, 10, 15, 20, 21, 30],
        orientations=["++", "-+", "--"],
        target=0,
        **QUIET,
    )
    beyond = found.table[found.table["q"] < 0.05]
    assert set(beyond["order"]) == {"AB"}
    assert set(beyond["orientation"]) == {"++"}
    assert beyond["distance"].tolist() == [10, 15, 20]
    assert beyond["interaction"].to_numpy() == pytest.approx(4, abs=0.3)


def test_the_first_motif_stays_where_it_is_told_to_in_either_order(model):
    given = backgrounds(20, 60)
    found = space(model, A, B, given, distances=[0, 12], position=25, target=0, **QUIET)
    table = found.table.set_index(["order", "distance"])
    for distance, at in ((0, 32), (12, 44)):
        both = [f"{text[:25]}{A}{text[32:at]}{B}{text[at + 6 :]}" for text in given]
        logits = model.predict_logits([model.encode(text) for text in both])
        plain = model.predict_logits([model.encode(text) for text in given])
        effect = float(((logits - plain)[:, 0] - (logits - plain)[:, 1]).mean())
        assert table["effect_ab"]["AB", distance] == pytest.approx(effect, abs=1e-6)
    for order, room in (("AB", 22), ("BA", 19)):
        with pytest.raises(UserError, match=f"room for {room} bases"):
            space(model, A, B, given, distances=[30], position=25, orders=[order], target=0, **QUIET)
    assert space(model, A, B, given, position=25, target=0, **QUIET).table["distance"].max() == 19


def test_dependencies_link_the_motifs_and_nothing_else(model, regulated):
    bases, spans = regulated
    start, end = spans["A"][0] - 2, spans["A"][0] + 4
    found = dependencies(model, bases, (start, end), substitutions=1, target=0, **QUIET)
    inside = np.arange(start, end) >= spans["A"][0]
    off = ~np.eye(end - start, dtype=bool)
    linked = inside[:, None] & inside[None] & off
    assert found.matrix[linked] == pytest.approx(4)  # either substitution already takes all of the pair's 4
    assert found.matrix[~linked & off] == pytest.approx(0)
    assert not found.shared[off].any()


def scored(result, *spans):
    """Return a result whose scores name these stretches, the first as the strongest."""
    scores = np.zeros(len(result))
    for strength, (start, end) in zip(np.linspace(2, 1, len(spans)), spans, strict=True):
        scores[start:end] = strength
    return replace(result, base_scores=scores)


def test_verdicts_of_motifs_that_count_only_together(model, regulated):
    bases, spans = regulated
    result = attribute(model, {"x": bases}, method="ism", target=0, **QUIET)[0]
    named = scored(result, spans["A"], spans["B"], spans["decoy"])
    found = verdicts_of(named, model, draws=25, count=25, **QUIET)
    assert dict(zip(found.table["letters"], found.table["verdict"], strict=True)) == {
        A: "needed but not enough",
        B: "needed but not enough",
        DECOY: "neither",
    }
    assert found.sentences[0].startswith(
        f"x: {A} at {spans['A'][0]}..{spans['A'][1] - 1} is needed: without it the log-odds"
    )


def test_there_is_no_verdict_without_an_interval_and_a_control(model, regulated):
    bases, spans = regulated
    short = f"AC{A}GT"
    cases = [
        (bases, spans["A"], {"draws": 19, "count": 20}, "There are 19 draws"),
        (bases, spans["A"], {"draws": 20, "count": 19}, "There are 19 backgrounds"),
        (
            short,
            (2, 9),
            {"draws": 20, "count": 20, "kind": "gc_random"},
            "'x' has no other stretch of 7 bases",
        ),
    ]
    for letters, span, how, why in cases:
        result = attribute(model, {"x": letters}, method="ism", target=0, **QUIET)[0]
        found = verdicts_of(scored(result, span), model, **how, **QUIET)
        assert found.table["verdict"].tolist() == ["not known"]
        assert "There is no verdict without a control and an interval" in found.sentences[0]
        assert any(why in remark for remark in found.remarks)


def test_verdict_of_a_motif_that_suffices():
    alone = grammar(strength=0, alone=5)
    bases = f"{random_bases(20, 1)}{A}{random_bases(20, 2)}"
    result = attribute(alone, {"x": bases}, method="ism", target=0, **QUIET)[0]
    found = verdicts_of(result, alone, draws=25, count=25, **QUIET)
    assert found.table["letters"].tolist() == [A]
    assert found.table["verdict"].tolist() == ["needed and enough"]


# --- against other hands ---


def test_verbs_equal_tangermeme_on_the_same_sequences(monkeypatch):
    from tangermeme.ablate import ablate as their_ablate
    from tangermeme.marginalize import marginalize as their_marginalize
    from tangermeme.space import space as their_space
    from tangermeme.utils import one_hot_encode

    from captum_dna.engine.perturbation import Experiments

    network = toy.lawful("One-hot network")
    given = backgrounds(20, 41)
    hot = torch.stack([one_hot_encode(bases) for bases in given]).double()
    on = {"device": "cpu"}
    how = {"target": 0, "output": "logit", **QUIET}
    before, after = their_marginalize(network.model.network, hot, "GATTACA", **on)
    own = marginalize(network, "GATTACA", given, orientations="+", **how)
    np.testing.assert_allclose(own.effects[:, 0], (after - before)[:, 0], rtol=0, atol=1e-12)

    alone = [
        their_marginalize(network.model.network, hot, motif, start=at, **on)
        for motif, at in (("GATT", 10), ("CCGT", 19))
    ]
    before, together = their_space(
        network.model.network, hot, ["GATT", "CCGT"], torch.tensor([[5]]), start=10, **on
    )
    own = space(network, "GATT", "CCGT", given, distances=[5], orders="AB", position=10, **how)
    theirs = together[:, 0, 0] - before[:, 0] - sum((y - x)[:, 0] for x, y in alone)
    np.testing.assert_allclose(own.interactions[:, 0], theirs, rtol=0, atol=1e-12)

    read: list[str] = []
    asked = Experiments.read_letters
    monkeypatch.setattr(
        Experiments,
        "read_letters",
        lambda self, texts, name: (read.extend(texts), asked(self, texts, name))[1],
    )
    own = ablate(network, given[:1], (10, 20), draws=20, kind="gc_random", **how)
    changed = read[1::2]  # with a control after each
    drawn = torch.stack([one_hot_encode(text) for text in changed]).double()
    before, after = their_ablate(
        network.model.network, hot[:1], 10, 20, n=20, shuffle_fn=lambda *_, **__: drawn[None], **on
    )
    assert own.table["effect"][0] == pytest.approx(float((after[0, :, 0] - before[0, 0]).mean()), abs=1e-12)
    assert len(changed) == 20
    assert all(text[:10] == given[0][:10] and text[20:] == given[0][20:] for text in changed)


# --- dependencies ---


@pytest.mark.parametrize("k", [1, 3])
def test_an_additive_model_has_no_dependencies_beyond_the_band_of_its_tokens(k):
    found = dependencies(additive(k), random_bases(14), substitutions=3, output="logit", target=0, **QUIET)
    apart = np.abs(np.subtract.outer(np.arange(14), np.arange(14)))
    assert (found.shared == (apart < k)).all()
    assert found.matrix[apart >= k] == pytest.approx(0, abs=1e-12)
    if k > 1:
        assert np.abs(found.matrix[(apart > 0) & (apart < k)]).max() > 0.1
        assert f"the band of {2 * k - 1} bases" in found.remarks[-1]


class Product(torch.nn.Module):
    """The first logit is a number of base 2 times a number of base 9, and a sum over all."""

    def __init__(self) -> None:
        super().__init__()
        self.numbers = torch.nn.Parameter(torch.tensor([1.0, -2.0, 0.5, 3.0], dtype=torch.float64))

    def forward(self, one_hot):
        value = torch.einsum("bcl,c->bl", one_hot, self.numbers)
        first = value[:, 2] * value[:, 9] + value.sum(1)
        return torch.stack([first, torch.zeros_like(first)], dim=1)


@pytest.mark.parametrize("summary", ["largest", "mean"])
def test_a_product_of_two_tokens_has_exactly_its_product(summary):
    product = Classifier(Product(), OneHot(length=12), labels=["a", "b"], head="single_label", name="product")
    bases = "ACGTTGCATCAG"
    number = dict(zip("ACGT", (1.0, -2.0, 0.5, 3.0), strict=True))
    found = dependencies(product, bases, output="logit", target=0, summary=summary, substitutions=3, **QUIET)
    values = [
        (number[a] - number[bases[2]]) * (number[b] - number[bases[9]])
        for a in "ACGT" if a != bases[2]
        for b in "ACGT" if b != bases[9]
    ]  # fmt: skip
    expected = np.mean(values) if summary == "mean" else max(values, key=abs)
    assert found.matrix[2, 9] == found.matrix[9, 2] == pytest.approx(expected, abs=1e-12)
    others = found.matrix.copy()
    others[2, 9] = others[9, 2] = 0
    assert others[~np.eye(12, dtype=bool)] == pytest.approx(0, abs=1e-12)


def test_a_long_sequence_is_thinned_to_the_blocks_that_matter(model):
    bases = f"{random_bases(60, 1)}{A}{random_bases(15, 2)}{B}{random_bases(62, 3)}"
    found = dependencies(model, bases, substitutions=1, pairs=300, target=0, **QUIET)
    examined = np.isfinite(found.matrix).sum() // 2
    assert 300 <= examined < 350
    assert np.nanmax(found.matrix[60:67, 82:88]) == pytest.approx(4)


def test_dependencies_of_scores_say_what_one_base_does_to_the_others():
    found = dependencies(
        additive(3),
        random_bases(12),
        (2, 10),
        of="attribution",
        method="ism",
        output="logit",
        target=0,
        **QUIET,
    )
    apart = np.abs(np.subtract.outer(np.arange(8), np.arange(8)))
    assert found.matrix[apart >= 3] == pytest.approx(0, abs=1e-9)
    assert np.abs(found.matrix[(apart > 0) & (apart < 3)]).max() > 0.1


# --- how sure ---


class Weighing(torch.nn.Module):
    """The first logit is a sum of a number per base."""

    def __init__(self, *weights: float) -> None:
        super().__init__()
        self.weights = torch.nn.Parameter(torch.tensor(weights, dtype=torch.float64))

    def forward(self, one_hot):
        first = torch.einsum("bcl,c->b", one_hot, self.weights)
        return torch.stack([first, torch.zeros_like(first)], dim=1)


def weighing(*weights: float) -> Classifier:
    return Classifier(Weighing(*weights), OneHot(), labels=["a", "b"], head="single_label", name="weighing")


@pytest.fixture(scope="module")
def population():
    """Return what a motif that does nothing on average does to each background that there is of 5 bases."""
    all_of_them = ["".join("ACGT"[i // 4**j % 4] for j in range(5)) for i in range(4**5)]
    found = marginalize(
        weighing(1.0, -1.0, 0.5, -0.5), "AC", all_of_them, orientations="+", target=0, **QUIET
    )
    assert found.effects.mean() == pytest.approx(0, abs=1e-12)
    return found.effects[:, 0]


@pytest.mark.parametrize("count", [20, 100])
def test_intervals_hold_the_truth_as_often_as_they_say(population, count):
    drawn = np.random.default_rng(0).choice(population, size=(count, 1000))
    low, high = mean_interval(drawn)
    assert 0.93 <= np.mean((low <= 0) & (high >= 0)) <= 0.97


def test_tests_of_nothing_are_significant_as_often_as_they_may_be(population):
    from captum_dna.experiments.statistics import p_values

    drawn = np.random.default_rng(1).choice(population, size=(50, 2000))
    assert np.mean(p_values(drawn) < 0.05) == pytest.approx(0.05, abs=0.015)


def test_rates_are_those_of_benjamini_and_hochberg(model):
    table = slide(model, B, backgrounds(20, 30), target=0, positions=range(0, 24, 6), **QUIET).table
    assert table["q"].to_numpy() == pytest.approx(stats.false_discovery_control(table["p"]))


def test_few_backgrounds_give_no_interval_and_say_so(model):
    found = marginalize(model, A, backgrounds(19, 30), target=0, **QUIET)
    assert found.table[["low", "high", "p", "q"]].isna().all(axis=None)
    assert found.caveats[0].severity == "warning"
    assert "There are 19 backgrounds, but an interval and a test need at least 20" in found.remarks[0]


@pytest.mark.parametrize("count", [7, 20])
def test_no_sentence_tells_the_result_of_a_test_that_was_not_made(model, count):
    given = backgrounds(count, 40)
    slid = slide(model, A, given, target=0, step=10, **QUIET)
    spaced = space(model, A, B, given, target=0, distances=[5, 15], **QUIET)
    tested = count >= 20
    assert slid.table["q"].notna().all() == spaced.table["q"].notna().all() == tested
    for sentence in (*slid.sentences, *spaced.sentences):
        assert ("was not tested" in sentence) != tested
        assert (
            bool(
                re.search(
                    r"positions and orientations it differs|(?:arrangements|no arrangement) differs? from a sum",
                    sentence,
                )
            )
            == tested
        )


def test_a_motif_that_is_its_own_shuffle_has_no_control_and_is_not_tested(model):
    given = backgrounds(20, 40)
    (slid,) = slide(model, "AAAA", given, target=0, step=10, **QUIET).sentences
    assert slid.endswith("there is no control. Whether it differs from a control was not tested.")
    planted = marginalize(model, "AAAA", given, target=0, **QUIET)
    assert planted.table[["control", "difference", "p", "q"]].isna().all(axis=None)
    assert planted.table["low"].notna().all()
    assert all(sentence.endswith("; there is no control.") for sentence in planted.sentences)


def test_there_is_no_verdict_on_a_stretch_that_is_its_own_shuffle(model):
    bases = f"{random_bases(30, 1)}AAAAA{random_bases(30, 2)}"
    result = attribute(model, {"x": bases}, method="ism", target=0, **QUIET)[0]
    found = verdicts_of(scored(result, (30, 35)), model, draws=20, count=20, **QUIET)
    assert found.table["verdict"].tolist() == ["not known"]
    assert any("every shuffle of AAAAA spells AAAAA" in remark for remark in found.remarks)


# --- honest ---


def test_backgrounds_that_answer_themselves_are_warned_of():
    easy = grammar(strength=0, alone=5)
    given = [f"{A}{random_bases(20, i)}" for i in range(20)]
    found = marginalize(easy, A, given, target=0, position=12, **QUIET)
    (warning,) = (one for one in found.caveats if one.code == "background_answers")
    assert "20 of 20 backgrounds are predicted as 'regulated' before anything is planted" in warning.text


def test_the_distance_from_negatives_is_in_their_standard_deviations():
    counting = weighing(1.0, 0.0, 0.0, 0.0)
    negatives = ["C" * 20, f"{'A' * 2}{'C' * 18}"]  # outputs 0 and 2: mean 1, deviation the square root of 2
    found = marginalize(counting, "GG", [f"{'A' * 5}{'C' * 15}"] * 20, target=0, negatives=negatives, **QUIET)
    assert found.about.choices["distance"] == pytest.approx(4 / np.sqrt(2))
    assert any(one.code == "far_from_negatives" for one in found.caveats)
    without = marginalize(counting, "GG", ["ACGTACGTACGT"] * 20, target=0, **QUIET)
    assert any(one.code == "no_negatives" for one in without.caveats)


def test_a_class_is_known_by_its_place_where_names_repeat():
    twins = Classifier(toy.lawful("One-hot network").model.network, OneHot(), labels=["a", "a", "b", "c"])
    found = marginalize(twins, "GAT", backgrounds(20, 20), target=1, output="logit", **QUIET)
    other = marginalize(twins, "GAT", backgrounds(20, 20), target=0, output="logit", **QUIET)
    assert found.about.target_index == 1
    assert found.table["effect"][0] != other.table["effect"][0]


@pytest.mark.parametrize("family", ["3-mer BERT", "Bert, byte pairs", "Llama", "One-hot network"])
def test_every_edited_sequence_is_tokenised_anew_whatever_the_tokenizer(family):
    reader = toy.lawful(family)
    given = backgrounds(20, 30)
    found = marginalize(
        reader, "GATTA", given, position=9, orientations="+", target=0, output="logit", **QUIET
    )
    letters = [f"{bases[:9]}GATTA{bases[14:]}" for bases in given]
    logits = reader.predict_logits([reader.encode(text) for text in [*given, *letters]])[:, 0]
    np.testing.assert_allclose(found.effects[:, 0], logits[20:] - logits[:20], atol=1e-9)


def test_batches_and_company_change_nothing_and_seeds_do(model, regulated):
    bases, spans = regulated

    def of(given, **how):
        return ablate(model, given, spans["A"], draws=20, target=0, **how, **QUIET).table.iloc[0]

    alone = of({"x": bases})
    pd.testing.assert_series_equal(alone, of({"x": bases}, batch_size=3))
    in_company = of({"x": bases, "other": random_bases(len(bases))})
    assert (
        alone[["effect", "low", "high", "control"]].tolist()
        == in_company[["effect", "low", "high", "control"]].tolist()
    )
    assert alone["control"] != of({"x": bases}, seed=1)["control"]


def test_the_sentence_of_a_stretch_has_its_effect_interval_and_control(model, regulated):
    bases, spans = regulated
    found = ablate(model, {"x": bases}, spans["A"], draws=20, target=0, **QUIET)
    control, rank = -found.table["control"][0], percent(found.table["as_far"][0])
    (sentence,) = found.sentences
    assert sentence == (
        f"x: without {A} at {spans['A'][0]}..{spans['A'][1] - 1}, the log-odds of 'regulated' fall by 4 "
        f"(95 % interval 4 to 4; other stretches of its length: {control:.2g}, {rank} of them as far)."
    )


def test_a_stretch_among_its_like_is_told_from_one_that_matters_more(model, regulated):
    """A mean over draws differs from that of the controls for many stretches; their rank does not."""
    bases, spans = regulated
    places = [(at, at + len(A)) for at in range(0, len(bases) - len(A), 4)]
    apart = [span for span in places if all(span[1] <= a or b <= span[0] for a, b in spans.values())]
    table = ablate(model, {"x": bases}, {"x": [spans["A"], *apart]}, draws=40, target=0, **QUIET).table
    own, *others = table["as_far"]
    assert own < 0.25  # where the other motif is hit, as much is lost
    assert np.median(others) > 0.5


@given(st.lists(st.floats(-5, 5), min_size=1, max_size=9), st.lists(st.floats(-5, 5), min_size=1, max_size=9))
def test_the_rank_of_an_effect_counts_controls_in_its_direction(effects, controls):
    effects, controls = np.array(effects), np.array(controls)
    mean = effects.mean()
    beyond = controls <= mean if math.copysign(1, mean) < 0 else controls >= mean
    assert as_far(effects, controls) == pytest.approx(beyond.mean())
    assert as_far(-effects, -controls) == as_far(effects, controls)
    assert math.isnan(as_far(effects, np.full(3, np.nan)))


def asked_of(model, bases, span):
    """Return each verb with a question that takes more reading than one look, and how many rows its answer has."""
    many = backgrounds(60, 50)
    result = attribute(model, {"x": bases, "y": bases}, method="ism", target=0, **QUIET)
    return {
        "ablate": (lambda **how: ablate(model, {"x": bases}, span, draws=80, target=0, **how), 1),
        "marginalize": (lambda **how: marginalize(model, A, many, target=0, **how), 2),
        "slide": (lambda **how: slide(model, A, many, step=10, target=0, **how), 5),
        "space": (lambda **how: space(model, A, B, many, distances=[12], target=0, **how), 2),
        "dependencies": (lambda **how: dependencies(model, bases, (0, 30), target=0, **how), 435),
        "test": (lambda **how: verdicts_of(result, model, share=0.3, draws=20, count=20, **how), 4),
    }


@pytest.mark.parametrize("verb", ["ablate", "marginalize", "slide", "space", "dependencies", "test"])
def test_results_are_shown_as_they_come_and_end_as_without_anybody_looking(model, regulated, verb):
    bases, spans = regulated
    run, count = asked_of(model, bases, spans["A"])[verb]
    parts = []
    whole, plain = run(partial=parts.append, **QUIET), run(**QUIET)
    assert parts
    for one in parts:
        assert type(one) is type(whole)
        assert list(one.table.columns) == list(whole.table.columns)
        assert one.sentences
    grown = [one.about.experiments for one in parts]
    assert sorted(set(grown)) == grown
    assert grown[-1] < whole.about.experiments
    pd.testing.assert_frame_equal(whole.table, plain.table, rtol=1e-9)
    assert (whole.sentences, whole.remarks) == (plain.sentences, plain.remarks)
    assert len(whole.table) == count


# --- motifs ---


def test_a_matrix_is_drawn_with_its_probabilities():
    matrix = np.array([[0.7, 0, 1], [0.1, 0.5, 0], [0.1, 0.5, 0], [0.1, 0, 0]])
    random = np.random.default_rng(0)
    drawn = [Motif.of(matrix).draw(random) for _ in range(2000)]
    assert np.mean([text[0] == "A" for text in drawn]) == pytest.approx(0.7, abs=0.04)
    assert {text[1] for text in drawn} == {"C", "G"}
    assert {text[2] for text in drawn} == {"A"}


# --- what is written ---


def test_pairs_in_one_token_and_no_others_are_hatched():
    size, letters = 12, Sequence("one", random_bases(12))

    def drawn(shared):
        figure = dependency_map(np.zeros((size, size)), shared, letters, 0, "log-odds", 4.0)
        figure.canvas.draw()
        box = figure.axes[0].get_window_extent()
        rows = np.asarray(figure.canvas.buffer_rgba())[::-1]
        return rows[int(box.y0) : int(box.y1), int(box.x0) : int(box.x1), :3].astype(int)

    upper = np.triu(np.ones((size, size), bool), 4)
    changed = (drawn(upper) != drawn(np.zeros_like(upper))).any(axis=-1)[::-1]
    cells = np.array(
        [[part.any() for part in np.array_split(row, size, 1)] for row in np.array_split(changed, size)]
    )
    assert cells[upper].all()
    assert not cells[~np.triu(np.ones_like(upper), 3)].any()


def test_results_are_saved_as_tables_and_pictures(model, regulated, tmp_path):
    bases, spans = regulated
    result = attribute(model, {"x": bases}, method="ism", target=0, **QUIET)[0]
    made = [
        ablate(model, bases, spans["A"], draws=20, target=0, **QUIET),
        marginalize(model, A, backgrounds(20, 20), target=0, **QUIET),
        slide(model, A, backgrounds(20, 20), target=0, step=5, **QUIET),
        space(model, A, B, backgrounds(20, 40), target=0, distances=[5, 15], **QUIET),
        dependencies(model, bases, (0, 8), substitutions=1, target=0, **QUIET),
        verdicts_of(result, model, draws=20, count=20, **QUIET),
    ]
    for number, one in enumerate(made):
        one.save(tmp_path / f"{number}.parquet")
        back = pd.read_parquet(tmp_path / f"{number}.parquet")
        pd.testing.assert_frame_equal(back, one.to_frame(), check_dtype=False)
        assert back.attrs["target_index"] == 0
        one.save(tmp_path / f"{number}.tsv")
        assert (
            pd.read_csv(tmp_path / f"{number}.tsv", sep="\t").columns.tolist() == one.table.columns.tolist()
        )
        assert one.about.experiments > 0
        assert one.sentences
        assert repr(one).startswith(f"<{type(one).__name__} of grammar>")
    for number, one in enumerate(made[:1] + made[3:]):
        one.save(tmp_path / f"{number}.svg")
        assert "<svg" in (tmp_path / f"{number}.svg").read_text()[:2000]
    with pytest.raises(UserError, match=r"a table \(\.tsv, \.csv, \.parquet\) or a picture"):
        made[0].save(tmp_path / "x.html")


def test_verdicts_need_the_model_that_was_explained(model, regulated):
    bases, _ = regulated
    result = attribute(model, {"x": bases}, method="ism", target=0, **QUIET)
    with pytest.raises(UserError, match="weights differ from those"):
        verdicts_of(result, grammar(strength=1), **QUIET)


def test_the_verb_test_is_no_test():
    assert captum_dna.test.__test__ is False
    assert captum_dna.experiments.test is captum_dna.test


# --- bad input ---

LONG, SHORT = "ACGTACGTACGTACGT", "ACGTAC"
BAD = {
    "a stretch outside": (
        lambda m: ablate(m, {"x": LONG}, (10, 20)), "'x' has 16 bases, so there is no stretch from 10 to 20"),
    "a stretch longer than it": (
        lambda m: ablate(m, {"x": SHORT}, (0, 9)), "'x' has 6 bases, so there is no stretch from 0 to 9"),
    "a stretch of one number": (lambda m: ablate(m, LONG, (3,)), r"`stretch` must be \(start, end\)"),
    "another kind": (lambda m: ablate(m, LONG, (3, 6), kind="shuffle"), "no kind of replacement 'shuffle'"),
    "a motif longer than a background": (
        lambda m: marginalize(m, LONG, [SHORT]), "`motif` ACGTACGTACGTACGT has 16 bases, and the backgrounds have 6"),
    "rows that do not sum to one": (
        lambda m: marginalize(m, np.full((4, 3), 0.3), [LONG]), "place 1 of the matrix holds no probabilities.*sum to 1.2"),
    "a matrix on its side": (lambda m: marginalize(m, np.full((3, 4), 0.25), [LONG]), "Transpose it"),
    "letters that are none": (lambda m: marginalize(m, "GAT-ACA", [LONG]), "a motif is written in A, C, G, T and IUPAC"),
    "backgrounds of other lengths": (
        lambda m: marginalize(m, "GA", {"a": LONG, "b": SHORT}), "'a' has 16 bases and 'b' 6"),
    "a place outside": (lambda m: slide(m, "GAT", [LONG], positions=[14]), "`positions` is 14.*fits into .* at 0 to 13"),
    "a motif that reaches past the background": (
        lambda m: space(m, "GAT", "CCA", [LONG], position=14), "`position` is 14.*at 0 to 13"),
    "no room beside a motif": (
        lambda m: space(m, "GAT", "CCA", [LONG], position=1, orders="BA"), "2 bases longer than the backgrounds have room"),
    "a distance that does not fit": (lambda m: space(m, "GAT", "CCA", [LONG], distances=[11]), "reaches 11.*room for 10"),
    "an order that is none": (lambda m: space(m, "GAT", "CCA", [LONG], orders=["BB"]), "no order 'BB'"),
    "several sequences": (lambda m: dependencies(m, [LONG, SHORT]), "there are 2. Give one of them"),
    "a count without a shuffle": (lambda m: marginalize(m, "GA", [LONG], count=50), "Give `shuffle=` as well"),
    "nothing to test": (lambda m: verdicts_of([], m), "There are no results to test"),
}  # fmt: skip


@pytest.mark.parametrize("kind", BAD)
def test_bad_input_gets_a_sentence(model, kind):
    run, sentence = BAD[kind]
    with pytest.raises(UserError, match=sentence):
        run(model)


def test_one_of_anything_is_singular(model, regulated):
    bases, spans = regulated
    found = ablate(model, {"x": bases}, spans["A"], draws=1, target=0, **QUIET)
    assert "There is 1 draw, but an interval and a test need at least 20, so there are none." in found.remarks
    [planted, *_] = marginalize(model, A, backgrounds(1, 30), target=0, **QUIET).sentences
    assert "of 1 background adds" in planted
    [spaced] = space(model, A, B, backgrounds(1, 40), target=0, distances=[1], **QUIET).sentences
    assert "1 base before" in spaced


def test_a_class_that_differs_between_sequences_has_no_name(model):
    results = attribute(model, backgrounds(2, 40), method="ism", target=["regulated", 1], **QUIET)
    found = verdicts_of([scored(one, (5, 12)) for one in results], model, most=1, draws=2, count=2, **QUIET)
    assert found.about.target_index is None
    assert any("backgrounds are predicted as the class explained" in remark for remark in found.remarks)


@pytest.mark.parametrize("given", [7, "model", ["ACGT"], 169])
def test_a_stretch_or_results_that_are_none_get_a_sentence(model, given):
    wrong = model if given == "model" else given
    with pytest.raises(
        UserError, match=r"`attributions` must be results, as attribute\(\) returns them, not an? "
    ):
        verdicts_of(wrong, model)
    if given != ["ACGT"]:
        with pytest.raises(UserError, match=r"`stretch` must be \(start, end\)"):
            ablate(model, [random_bases(30)], wrong)


# --- soft-masked bases ---


def test_soft_masking_changes_no_experiment_of_a_model_without_small_letters(model, regulated):
    bases, spans = regulated
    start, end = spans["A"]
    soft = bases[:start] + bases[start:end].lower() + bases[end:]
    assert model.encode(soft).input_ids == model.encode(bases).input_ids

    def tables(given):
        shuffled = {"shuffle": "dinucleotide_shuffle", "count": 20, "target": 0, **QUIET}
        yield ablate(model, [given], spans["A"], draws=20, target=0, **QUIET)
        yield marginalize(model, A, [given], position=start, **shuffled)
        explained = attribute(model, [given], method="ism", target=0, **QUIET)
        yield verdicts_of(explained, model, most=1, draws=20, count=20, **QUIET)

    for hard, masked in zip(tables(bases), tables(soft), strict=True):
        numbers = [found.table.select_dtypes("number") for found in (hard, masked)]
        pd.testing.assert_frame_equal(*numbers)


def test_a_dependency_of_scores_has_nothing_of_random_baselines():
    model, bases = additive(3), random_bases(30, 9)
    options = {"of": "attribution", "output": "logit", "target": 0, "baseline": "gc_random", **QUIET}
    found = dependencies(model, bases, (10, 20), **options)
    apart = np.abs(np.subtract.outer(np.arange(10), np.arange(10))) > 2
    assert np.abs(found.matrix[apart]).max() < 1e-6
