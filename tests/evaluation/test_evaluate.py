"""Evaluation: measures against worked examples and Captum's, on models whose answer is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from captum.metrics import infidelity as captum_infidelity
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from torch import nn

from captum_dna import Attributions, Sequence, attribute, demo, load
from captum_dna.core.agreement import correlation, where_it_matters
from captum_dna.core.options import Options
from captum_dna.core.sequences import Track
from captum_dna.evaluation.agreement import rank_correlation
from captum_dna.evaluation.curves import curves
from captum_dna.evaluation.evaluate import evaluate
from captum_dna.evaluation.measures.infidelity import Trials, infidelity, trials
from captum_dna.evaluation.measures.localisation import auroc, points_at, spans_of
from captum_dna.evaluation.measures.randomisation import scrambled
from captum_dna.evaluation.measures.removal import REMOVAL
from captum_dna.evaluation.measures.sensitivity import neighbours
from captum_dna.evaluation.removal import Removal
from captum_dna.methods.saliency import Saliency
from captum_dna.model.classifier import Classifier
from captum_dna.pipeline.validate import settings_of
from captum_dna.pipeline.windows import Piece
from tests.toy import dna, kmer_bert, kmer_tokenizer

PLACE = 10
BASES = "ACGTACGGCCATTTGCACGTACAGGTCA"


class OnePlace(nn.Module):
    """f = 5 if the 3-mer at one place is that of BASES, else what its own embedding says, below 5."""

    def __init__(self, tokenizer):
        super().__init__()
        self.table = nn.Embedding(69, 1, dtype=torch.float64)
        with torch.no_grad():
            self.table.weight.fill_(0.0)
            self.table.weight[tokenizer.convert_tokens_to_ids(BASES[PLACE : PLACE + 3])] = 5.0

    def get_input_embeddings(self):
        return self.table

    def forward(self, ids, _mask):
        return self.table(ids)[:, PLACE + 1, 0]


@pytest.fixture(scope="module")
def one_place():
    network = OnePlace(kmer_tokenizer(3))
    return Classifier(network, kmer_tokenizer(3), forward=network, logits=True, name="one place")


@pytest.fixture
def marked():
    return Sequence("marked", BASES, tracks=(Track("read", ((PLACE, PLACE + 3, "read"),)),))


def removal_of(model, how="mask", bases=BASES):
    settings = settings_of(model, Options())
    sequence = Sequence("s", bases)
    return Removal(model, Piece(sequence, model.encode(sequence)), 0, settings, how)


# --- a model that reads one place ----------------------------------------------------------------


def test_a_model_that_reads_one_place_is_found_out_at_once(one_place, marked):
    result = evaluate(one_place, marked, methods=["integrated_gradients", "ism", "base_mask"], hide="mask")
    row = result.table.loc["integrated_gradients"]
    assert row["pointing game"] == 1
    assert row["AUROC"] == 1
    assert_allclose(row["comprehensiveness"], 5)
    assert_allclose(row["infidelity"], 0, atol=0.5)
    curve = result.curves[result.curves["method"] == "integrated_gradients"]
    assert curve["deletion"].iloc[0] == 5
    assert (curve["deletion"].iloc[1:] == 0).all()
    assert_allclose(result.table.loc["ism", "mutagenesis r"], 1)
    assert row["deletion"] < result.table.loc["(random order)", "deletion"]
    assert row["insertion"] > result.table.loc["(random order)", "insertion"]


def test_removing_a_base_by_masking_changes_all_tokens_that_cover_it(one_place):
    removal = removal_of(one_place)
    removed = np.zeros((3, len(BASES)), bool)
    removed[1, PLACE + 2] = True
    removed[2, PLACE + 3] = True
    assert_allclose(removal.f(removed), [5, 0, 5])
    assert_allclose(removal.tokens_changed(removed), np.array([0, 3, 3]) / 26)


def test_removing_a_base_by_substitution_puts_another_letter(one_place):
    removal = removal_of(one_place, "substitute")
    removed = np.zeros((2, len(BASES)), bool)
    removed[0, PLACE] = True
    removed[1, PLACE + 3] = True
    assert_allclose(removal.f(removed), [0, 5])


def test_curves_by_hand(one_place):
    """Base 11 is best, then all others in order: two bases of 28 are gone at 7 %."""
    scores = -np.arange(len(BASES), dtype=float)
    scores[PLACE + 1] = 1
    found = curves(removal_of(one_place), scores, (0.05, 0.5))
    assert found.deletion.tolist() == [5] + [0] * (len(found.shares) - 1)
    # The three bases of the token are kept from rank 13 on: half of the bases.
    assert found.insertion.tolist() == [5.0 if share >= 0.5 else 0.0 for share in found.shares]
    numbers = found.numbers((0.05, 0.5))
    assert numbers["comprehensiveness"] == 5
    assert numbers["sufficiency"] == 2.5
    assert_allclose(numbers["deletion"], 5 * 0.01 / 2)
    assert_allclose(numbers["insertion"], 5 * (0.5 + 0.2 / 2))
    assert_allclose(found.tokens[1], 3 / 26)


def test_unknown_scores_are_removed_last(one_place):
    scores = np.full(len(BASES), np.nan)
    scores[3] = -1.0
    found = curves(removal_of(one_place), scores, (0.05,))
    assert found.deletion[1] == 5
    assert_allclose(found.tokens[1], 3 / 26)


def test_infidelity_is_captums():
    model = kmer_bert(6)
    removal = removal_of(model, bases=dna(40))
    tried = trials(removal)
    scores = attribute(model, dna(40), target=0)[0].base_scores
    removed = iter([tried.removed])
    ours = infidelity(tried, scores)

    def forward(present):
        return torch.from_numpy(removal.f(present.numpy() < 0.5))

    def perturb(inputs):
        away = torch.from_numpy(next(removed).astype(float))
        return away, inputs - away

    theirs = captum_infidelity(
        forward,
        perturb,
        torch.ones(1, 40, dtype=torch.float64),
        torch.from_numpy(scores)[None],
        n_perturb_samples=len(tried.falls),
        normalize=True,
    )
    assert_allclose(ours * np.mean(tried.falls**2), theirs.item(), rtol=1e-6)


def test_scores_that_add_up_are_not_unfaithful():
    model = kmer_bert(6)
    tried = trials(removal_of(model, bases=dna(40)))
    linear = tried._replace(falls=tried.removed @ np.arange(40.0))
    assert_allclose(infidelity(linear, 3 * np.arange(40.0)), 0, atol=1e-12)
    assert_allclose(infidelity(linear, np.zeros(40)), 1)


# --- small measures ------------------------------------------------------------------------------


def test_auroc_and_pointing_by_hand():
    scores = np.array([0.0, 3, 2, 1, np.nan])
    assert auroc(scores, [(1, 3)]) == 1
    assert auroc(scores, [(0, 1)]) == 0.25
    assert np.isnan(auroc(scores, [(0, 5)]))
    assert [points_at(scores, [(3, 4)], margin) for margin in (0, 1, 2)] == [0, 0, 1]
    assert points_at(np.full(3, np.nan), [(0, 3)], 5) == 0


def test_regions_come_from_tracks_or_from_a_mapping(marked):
    other = Sequence("other", "ACGTACGT")
    assert spans_of([marked, other], None) == [((10, 13),), ()]
    assert spans_of([marked, other], "read") == [((10, 13),), ()]
    assert spans_of([marked, other], {"other": [(1, 3)]}) == [(), ((1, 3),)]
    with pytest.raises(ValueError, match=r"None of the sequences .* has a stretch in the track 'motif'"):
        spans_of([marked, other], "motif")
    with pytest.raises(ValueError, match="'other' has 8 bases, so there is no stretch from 3 to 9"):
        spans_of([marked, other], {"other": [(3, 9)]})


def test_correlations_by_hand():
    assert_allclose(correlation(np.array([1.0, 2, 3]), np.array([2.0, 4, 6])), 1)
    assert_allclose(correlation(np.array([1.0, -2, 3]), np.array([1.0, 2, 3]), signed=False), 1)
    assert np.isnan(correlation(np.ones(3), np.arange(3.0)))
    assert_allclose(rank_correlation(np.array([1.0, -2, 30]), np.array([4.0, 5, np.nan])), 1)
    mutagenesis = np.concatenate([np.arange(8) + 5.0, np.zeros(32)])
    scores = np.concatenate([np.arange(8.0), np.random.default_rng(0).normal(size=32)])
    assert_allclose(where_it_matters(scores, mutagenesis), 1)


@given(
    scores=st.lists(st.integers(-5, 5), min_size=12, max_size=12).map(lambda s: np.array(s, float)),
    falls=st.lists(st.integers(-5, 5), min_size=6, max_size=6).map(lambda s: np.array(s, float)),
    size=st.floats(0.01, 100),
)
def test_infidelity_condemns_scores_of_the_wrong_sign(scores, falls, size):
    removed = np.array([[start <= place < start + 4 for place in range(12)] for start in range(0, 12, 2)])
    tried = Trials(removed, falls)
    found, negated = infidelity(tried, scores), infidelity(tried, -scores)
    if not falls.any():
        assert np.isnan(found)
        return
    assert 0 <= found <= 1 + 1e-9
    assert max(found, negated) == pytest.approx(1)  # one of the two points the wrong way
    assert infidelity(tried, size * scores) == pytest.approx(found, abs=1e-6)


def test_negated_scores_are_worse_by_every_measure_with_a_direction():
    sequences = demo.designed()[:2]
    results = attribute("demo", sequences, progress=False)
    negated = Attributions(replace(one, base_scores=-one.base_scores) for one in results)
    found = evaluate(
        "demo",
        sequences,
        methods={"as they are": results, "negated": negated},
        measures=["removal", "infidelity"],
    )
    right, wrong = found.table.loc["as they are"], found.table.loc["negated"]
    assert wrong["infidelity"] == pytest.approx(1)
    assert right["infidelity"] < 0.5
    for column in ("comprehensiveness", "sufficiency", "deletion", "insertion"):
        better = right[column] > wrong[column]
        assert better == (REMOVAL.columns[column] == "higher"), column


def test_random_order_is_the_same_whatever_else_is_measured():
    sequences = demo.designed()[:1]
    alone, beside = (
        evaluate("demo", sequences, methods=["saliency"], measures=measures).table.loc[
            "(random order)", "deletion"
        ]
        for measures in (["removal"], ["removal", "infidelity"])
    )
    assert alone == beside


def test_scrambling_changes_the_model_and_is_undone():
    model = kmer_bert(6)
    before = [p.detach().clone() for p in model.model.parameters()]
    changed = []

    def stop():
        with scrambled(model, 0):
            changed.extend(
                not torch.equal(a, b) for a, b in zip(before, model.model.parameters(), strict=True)
            )
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stop()
    assert any(changed)
    assert all(torch.equal(a, b) for a, b in zip(before, model.model.parameters(), strict=True))


def test_neighbours_are_those_that_the_model_hardly_notices(one_place):
    for near in neighbours(removal_of(one_place)):
        assert sum(a != b for a, b in zip(near.bases, BASES, strict=True)) == 1
        assert near.bases[PLACE : PLACE + 3] == BASES[PLACE : PLACE + 3]


# --- the whole -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def boxes():
    one = next(s for s in demo.designed() if s.name.startswith("box at -31"))
    return [one, replace(one, name="in lower case", bases=one.bases.lower())]


@pytest.fixture(scope="module")
def evaluation(boxes):
    return evaluate(
        load("demo"),
        boxes,
        methods={
            "reference": "integrated_gradients",
            "fixed": {"n_steps": 5, "tolerance": 0.5},
            "length of the gradient": Saliency("l1"),
        },
        measures=["removal", "infidelity", "localisation", "randomisation", "sensitivity"],
        target="TATA promoter",
    )


def test_planted_boxes_are_found(evaluation):
    table = evaluation.table
    assert list(table.index) == ["reference", "fixed", "length of the gradient", "(random order)"]
    assert (table["pointing game"].dropna() == 1).all()
    assert (table["AUROC"].dropna() > 0.95).all()
    methods = table.iloc[:3]
    assert (methods["comprehensiveness"] > table.loc["(random order)", "comprehensiveness"]).all()
    assert (methods["sufficiency"] < table.loc["(random order)", "sufficiency"]).all()
    assert methods["infidelity"].between(0, 1).all()
    assert (methods["after randomising"].abs() < 0.6).all()
    assert (methods["sensitivity"] >= 0).all()
    assert table.loc["length of the gradient", "evaluations"] == 1


def test_results_are_told_in_frames_and_words(evaluation):
    assert isinstance(evaluation.table, pd.DataFrame)
    assert evaluation.per_sequence.index.names == ["method", "sequence"]
    assert len(evaluation.per_sequence) == 8
    assert_allclose(evaluation.agreement.to_numpy().diagonal(), 1)
    assert evaluation.agreement.loc["reference", "fixed"] > 0.9
    text = evaluation.to_markdown()
    assert "| length of the gradient (unsigned) |" in text
    assert "| method | comprehensiveness ↑ | sufficiency ↓ |" in text
    assert "2 sequences (2 with known stretches), model demo, output log_odds" in text
    assert "removing 10 % of the bases changes" in text
    assert evaluation._repr_markdown_() == text


def test_the_figure_shows_every_method(evaluation, tmp_path):
    import matplotlib as mpl

    figure = evaluation.figure()
    assert [axes.get_title() for axes in figure.axes][:2] == ["deletion", "insertion"]
    assert {line.get_label() for line in figure.axes[1].lines} == set(evaluation.table.index)
    figure.savefig(tmp_path / "figure.png")
    assert (tmp_path / "figure.png").stat().st_size > 10_000
    assert mpl.get_backend()


def test_methods_are_asked_about_the_class_predicted_for_each():
    model = kmer_bert(6, labels=3)
    sequences = [dna(40, seed) for seed in range(3)]
    result = evaluate(model, sequences, methods=["saliency"], measures=["removal"])
    predicted = [model.labels[i] for i in model.predict(sequences).argmax(axis=1)]
    assert [one.target for one in result.explained["saliency"]] == predicted
    assert "figure" not in result.about
    assert not hasattr(result.table, "AUROC")


def test_results_are_evaluated_as_they_are():
    model = kmer_bert(6)
    results = attribute(model, [dna(40), dna(44, 1)], target=1)
    alone = evaluate(model, results, measures=["removal"])
    assert alone.explained["integrated_gradients"] is results
    assert np.isnan(alone.table.loc["integrated_gradients", "seconds"])
    beside = evaluate(
        model,
        [dna(40), dna(44, 1)],
        methods={"mine": results, "saliency": "saliency"},
        measures=["removal"],
        target=1,
    )
    assert_allclose(beside.table.loc["mine", "deletion"], alone.table.loc["integrated_gradients", "deletion"])


def test_company_changes_nothing():
    model = kmer_bert(6)
    options = {
        "methods": ["input_x_gradient"],
        "measures": ["removal", "infidelity", "mutagenesis", "sensitivity"],
    }
    together = evaluate(model, {"a": dna(40), "b": dna(44, 1)}, **options).per_sequence
    alone = evaluate(model, {"b": dna(44, 1)}, **options).per_sequence
    ignored = ["seconds"]
    assert_allclose(
        together.loc[("input_x_gradient", "2: b")].drop(ignored).astype(float),
        alone.loc[("input_x_gradient", "1: b")].drop(ignored).astype(float),
        rtol=1e-7,
    )


def test_agreement_alone_has_a_figure_too(one_place):
    result = evaluate(one_place, BASES, methods=["saliency", "input_x_gradient"], measures=[])
    assert len(result.figure().axes) == 1
    assert result.curves.empty
    assert result.note().endswith("top 5, 10, 20 %.")


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"measures": ["beauty"]}, "no measure 'beauty'. Choose one of removal"),
        ({"hide": "paint"}, "no way to hide bases 'paint'. Choose one of substitute, mask"),
        ({"top": (0.0,)}, "`top` must be shares of the bases"),
        ({"methods": []}, "at least one method"),
        ({"methods": ["magic"]}, "no method 'magic'"),
        ({"methods": {"x": {"over": {"strand": True}}}}, "measures the scores themselves.*Leave `over` out"),
        ({"target": "enhancer"}, "no class 'enhancer'"),
        ({"regions": "motif"}, "has a stretch in the track 'motif'"),
        ({"methods": {"x": Attributions()}}, "given as 'x' are for other sequences"),
    ],
)
def test_impossible_choices_get_a_sentence(options, sentence):
    with pytest.raises(ValueError, match=sentence):
        evaluate(kmer_bert(6), dna(40), **options)


def test_nothing_to_evaluate_gets_a_sentence():
    with pytest.raises(ValueError, match="There are no results to evaluate"):
        evaluate(kmer_bert(6), Attributions())


def test_a_sequence_is_read_once_for_all_methods_and_measures(one_place, marked, monkeypatch):
    read, encode = [], one_place.encoder.encode
    monkeypatch.setattr(
        one_place.encoder, "encode", lambda bases, name="": read.append(bases) or encode(bases, name)
    )
    evaluate(one_place, [marked], methods=["saliency", "input_x_gradient"], output="logit", hide="mask")
    assert read.count(marked.bases) == 1
