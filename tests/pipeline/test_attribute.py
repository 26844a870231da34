from __future__ import annotations

import warnings

import numpy as np
import pytest
import torch
from captum.attr import LayerIntegratedGradients
from numpy.testing import assert_allclose, assert_array_equal
from torch import nn
from transformers import BertConfig, BertForSequenceClassification

from captum_dna import Interrupted, Sequence, attribute
from captum_dna.core.errors import SequenceError, UserError
from captum_dna.core.notices import collected
from captum_dna.core.options import RULES
from captum_dna.methods import METHODS
from captum_dna.methods.choice import default_options
from captum_dna.model.classifier import Classifier
from captum_dna.model.hooks import find_layers
from tests.toy import FAMILIES, dna, family, kmer_bert, kmer_tokenizer, nucleotide_transformer, roughen

every_family = pytest.mark.parametrize("name", FAMILIES)


@every_family
@pytest.mark.parametrize("output", ["log_odds", "logit", "probability"])
def test_law_3_scores_are_complete_within_the_tolerance(name, output):
    result = attribute(family(name), dna(50), output=output, tolerance=1e-3)[0]
    assert result.converged
    assert_allclose(
        result.delta, result.token_scores.sum() - (result.f_input - result.f_baseline), atol=1e-12
    )
    assert abs(result.delta) <= 1e-3 * max(abs(result.f_input - result.f_baseline), 0.1)


@every_family
def test_law_2_base_and_special_scores_sum_to_the_token_scores(name):
    result = attribute(family(name), dna(50))[0]
    assert_allclose(result.base_scores.sum() + result.special_score, result.token_scores.sum(), atol=1e-12)
    assert result.run.conserving


@pytest.mark.filterwarnings("ignore:(?i).*not converged:UserWarning")
@every_family
@pytest.mark.parametrize("rule", RULES)
def test_law_4_captum_agrees(name, rule):
    model = family(name)
    result = attribute(model, dna(45), n_steps=8, rule=rule, target=1, output="logit")[0]
    ids = torch.tensor([model.encode(dna(45)).input_ids])
    reference = torch.where(
        torch.tensor([s is not None for s in result.spans]), model.tokenizer.mask_token_id, ids
    )
    captum = LayerIntegratedGradients(
        lambda rows: model.model(rows, attention_mask=torch.ones_like(rows)).logits,
        find_layers(model, "embeddings")["embeddings"],
    )
    scores = captum.attribute(ids, reference, target=1, n_steps=8, method=rule).sum(-1)[0].detach().numpy()
    # Captum holds its weights in single precision, hence 1e-6.
    assert_allclose(result.token_scores, scores, rtol=1e-6, atol=1e-7 * np.abs(scores).max())


def test_law_4_captum_agrees_on_log_odds_of_several_classes():
    model = kmer_bert(6, labels=4)
    result = attribute(model, dna(45), n_steps=12, target=2)[0]
    ids = torch.tensor([model.encode(dna(45)).input_ids])
    reference = ids.clone()
    reference[:, 1:-1] = 4

    def log_odds(rows):
        logits = model.model(rows).logits
        return logits[:, 2] - torch.logsumexp(logits[:, [0, 1, 3]], dim=1)

    captum = LayerIntegratedGradients(log_odds, model.model.bert.embeddings)
    scores = captum.attribute(ids, reference, n_steps=12).sum(-1)[0].detach().numpy()
    assert_allclose(result.token_scores, scores, rtol=1e-6, atol=1e-7 * np.abs(scores).max())


@every_family
def test_law_5_company_changes_nothing(name):
    model = family(name)
    sequences = [dna(length, seed) for seed, length in enumerate((40, 55, 40, 47, 40))]
    together = attribute(model, sequences)
    backwards = attribute(model, sequences[::-1], batch_size=3)
    for i, sequence in enumerate(sequences):
        alone = attribute(model, sequence, batch_size=1)[0]
        for other in (together[i], backwards[len(sequences) - 1 - i]):
            assert other.sequence == sequence
            assert other.evaluations == alone.evaluations
            assert_allclose(other.token_scores, alone.token_scores, rtol=1e-7, atol=1e-10)


@every_family
def test_law_6_the_model_is_left_as_it_was_found(name):
    model = family(name).model
    model.train()
    first = next(model.parameters())
    first.requires_grad_(False)
    before = [(m.training, len(m._forward_hooks), len(m._forward_pre_hooks)) for m in model.modules()]
    wanted = [p.requires_grad for p in model.parameters()]
    weights = [p.detach().clone() for p in model.parameters()]
    state = torch.get_rng_state()
    try:
        attribute(family(name), dna(40))
        assert [
            (m.training, len(m._forward_hooks), len(m._forward_pre_hooks)) for m in model.modules()
        ] == before
        assert [p.requires_grad for p in model.parameters()] == wanted
        assert all(torch.equal(a, b) for a, b in zip(weights, model.parameters(), strict=True))
        assert all(p.grad is None for p in model.parameters())
        assert torch.equal(torch.get_rng_state(), state)
    finally:
        model.eval()
        first.requires_grad_(True)


def test_law_7_the_predicted_class_is_explained_and_stays():
    model = kmer_bert(6, labels=3)
    sequences = [dna(40, seed) for seed in range(6)]
    predicted = model.predict(sequences).argmax(axis=1)
    results = attribute(model, sequences)
    fixed = attribute(model, sequences, target=[int(i) for i in predicted])
    for i, result in enumerate(results):
        assert result.target == result.predicted == model.labels[predicted[i]]
        assert_allclose(result.token_scores, fixed[i].token_scores, rtol=1e-9, atol=1e-12)


def test_law_8_five_different_things_are_told_apart():
    model = kmer_bert(6)
    probabilities = model.predict(dna(40))[0]
    loser = int(probabilities.argmin())
    known, unknown = attribute(
        model, [Sequence("known", dna(40), label=loser), Sequence("unknown", dna(40))], target=loser
    )
    assert known.true_label == model.labels[loser]
    assert known.predicted == model.labels[1 - loser]
    assert known.target == model.labels[loser]
    assert known.correct is False
    assert_allclose(known.probability, probabilities.max())
    logits = model.predict_logits([model.encode(dna(40))])[0]
    assert_allclose(known.f_input, logits[loser] - logits[1 - loser])
    assert unknown.true_label is None
    assert unknown.correct is None


def test_both_ends_are_on_the_path_and_not_the_baselines_ids(tmp_path):
    """The model reads ids beside its embedding (masks, here), so f at the baseline's ids is another number."""
    model = nucleotide_transformer(tmp_path)

    class Reader(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = model.model
            self.config = model.model.config

        def get_input_embeddings(self):
            return self.inner.get_input_embeddings()

        def forward(self, input_ids, attention_mask):
            output = self.inner(input_ids, attention_mask=attention_mask)
            output.logits = output.logits + (input_ids == 2).double().sum(1, keepdim=True)
            return output

    reader = Classifier(Reader(), model.tokenizer)
    result = attribute(reader, dna(60), target=0, output="logit")[0]
    assert result.converged
    plain = attribute(model, dna(60), target=0, output="logit")[0]
    assert_allclose(result.f_baseline, plain.f_baseline)


def test_a_linear_model_has_the_scores_known_by_hand():
    """f = sum over positions of w . embedding, so a token's score is w . (embedding - mask embedding)."""
    tokenizer = kmer_tokenizer(3)

    class Linear(nn.Module):
        def __init__(self):
            super().__init__()
            self.table = nn.Embedding(69, 4, dtype=torch.float64)
            self.weight = nn.Parameter(torch.tensor([1.0, -2.0, 0.5, 3.0], dtype=torch.float64))

        def get_input_embeddings(self):
            return self.table

        def forward(self, ids, _mask):
            return (self.table(ids) * self.weight).sum((1, 2))

    network = Linear()
    model = Classifier(network, tokenizer, forward=network)
    bases = dna(12)
    result = attribute(model, bases)[0]
    ids = torch.tensor(model.encode(bases).input_ids)
    by_hand = ((network.table(ids) - network.table(torch.tensor([4]))) @ network.weight).detach().numpy()
    by_hand[[0, -1]] = 0
    assert_allclose(result.token_scores, by_hand, atol=1e-12)
    assert result.evaluations == 9
    assert result.output == "logit"


def test_a_product_of_two_tokens_is_shared_equally():
    """f = a * b over the two middle tokens of a path from 0: each gets a * b / 2."""
    tokenizer = kmer_tokenizer(3)

    class Product(nn.Module):
        def __init__(self):
            super().__init__()
            self.table = nn.Embedding(69, 1, dtype=torch.float64)

        def get_input_embeddings(self):
            return self.table

        def forward(self, ids, _mask):
            value = self.table(ids)[:, 1:3, 0]
            return value[:, 0] * value[:, 1]

    network = Product()
    model = Classifier(network, tokenizer, forward=network)
    result = attribute(model, "ACGTA", baseline="zero")[0]
    a, b = network.table(torch.tensor(model.encode("ACGTA").input_ids))[1:3, 0].tolist()
    assert_allclose(result.token_scores, [0, a * b / 2, a * b / 2, 0, 0], atol=1e-12)
    assert_allclose(result.f_baseline, 0, atol=1e-12)


@pytest.mark.parametrize("baseline", ["mask", "pad", "unk", "zero"])
def test_baselines_leave_special_tokens_alone(baseline):
    result = attribute(kmer_bert(6), dna(40), baseline=baseline)[0]
    assert result.run.baseline == baseline
    assert_allclose(result.token_scores[[0, -1]], 0, atol=1e-12)
    assert result.special_share == pytest.approx(0)


def test_three_embeddings_move_together_and_are_scored_apart():
    result = attribute(kmer_bert(6), dna(40), layer=["tokens", "positions", "token_types"], tolerance=1e-4)[0]
    assert result.converged
    assert set(result.parts) == {"tokens", "positions", "token_types"}
    assert_allclose(sum(result.parts.values()), result.token_scores)
    assert np.abs(result.parts["positions"]).max() > 0
    assert_allclose(result.parts["positions"][0], 0, atol=1e-12)
    assert_allclose(result.parts["token_types"], 0, atol=1e-12)


def test_three_embeddings_agree_with_captum():
    model = kmer_bert(6)
    result = attribute(
        model, dna(40), layer=["tokens", "positions", "token_types"], n_steps=10, target=0, output="logit"
    )[0]
    ids = torch.tensor([model.encode(dna(40)).input_ids])
    reference = ids.clone()
    reference[:, 1:-1] = 4
    positions = torch.arange(ids.shape[1])[None]
    types = torch.zeros_like(ids)
    embeddings = model.model.bert.embeddings
    with pytest.warns(UserWarning, match="Multiple layers provided"):
        captum = LayerIntegratedGradients(
            lambda i, p, t: model.model(i, position_ids=p, token_type_ids=t).logits,
            [embeddings.word_embeddings, embeddings.position_embeddings, embeddings.token_type_embeddings],
        )
    scores = captum.attribute(
        (ids, positions, types), (reference, 0 * positions, types), target=0, n_steps=10
    )
    for part, theirs in zip(("tokens", "positions", "token_types"), scores, strict=True):
        expected = theirs.sum(-1)[0].detach().numpy()
        assert_allclose(result.parts[part], expected, rtol=1e-6, atol=1e-7 * np.abs(expected).max())


def test_an_encoder_layer_can_be_explained():
    result = attribute(kmer_bert(6), dna(40), layer="bert.encoder.layer.0", tolerance=1e-3)[0]
    assert result.converged
    assert result.run.layer == "bert.encoder.layer.0"
    assert abs(result.special_score) > 1e-6


def test_a_model_in_half_of_its_mind_says_that_it_has_not_converged():
    with pytest.warns(UserWarning, match=r"ot converged within the tolerance"):
        result = attribute(kmer_bert(6), dna(60), n_steps=1, layer="tokens", output="probability")[0]
    assert not result.converged
    assert "NOT CONVERGED" in result.headline()


@pytest.mark.filterwarnings("ignore:(?i).*not converged:UserWarning")
def test_bfloat16_is_close_and_labelled():
    model = Classifier(roughen(BertForSequenceClassification(_config()), seed=3).float(), kmer_tokenizer(3))
    exact = attribute(model, dna(60))[0]
    rough = attribute(model, dna(60), precision="bfloat16")[0]
    assert rough.run.precision == "bfloat16"
    assert np.corrcoef(exact.token_scores, rough.token_scores)[0, 1] > 0.99


def test_a_tolerance_that_the_numbers_cannot_reach_is_given_up_soon_and_said():
    model = Classifier(roughen(BertForSequenceClassification(_config()), seed=3).float(), kmer_tokenizer(3))
    with pytest.warns(UserWarning, match=r"ot converged within the tolerance.*`dtype='float64'`"):
        result = attribute(model, dna(60), tolerance=1e-12)[0]
    assert not result.converged
    assert result.evaluations < 200


def test_a_preview_is_near_and_says_that_it_is_one():
    preview = attribute(kmer_bert(6), dna(60), tolerance="preview")[0]
    full = attribute(kmer_bert(6), dna(60), tolerance=1e-4)[0]
    assert preview.evaluations == 5
    assert not preview.converged
    assert preview.run.tolerance is None
    assert "Preview" in " ".join(preview.remarks)
    assert_allclose(preview.delta, 0, atol=1e-9)
    assert np.corrcoef(preview.token_scores, full.token_scores)[0, 1] > 0.98


def test_not_a_number_is_said_and_the_others_go_on():
    model = kmer_bert(6)

    def broken(ids, mask):
        logits = model.model(ids, mask).logits
        return torch.where((ids == ids[0, 1]).sum(1, keepdim=True) > 5, torch.nan, logits)

    fragile = Classifier(model.model, model.tokenizer, forward=broken)
    with pytest.warns(
        UserWarning, match=r"For 1 of 2 sequences \('bad'\), the model's output is not a number"
    ):
        bad, good = attribute(fragile, {"bad": "A" * 40, "good": dna(50)})
    assert not bad.converged
    assert "no scores" in bad.remarks[0]
    assert good.converged


def test_a_constant_model_has_nothing_to_explain():
    model = kmer_bert(6)
    flat = Classifier(model.model, model.tokenizer, forward=lambda i, m: 0 * model.model(i, m).logits)
    result = attribute(flat, dna(40))[0]
    assert_allclose(result.token_scores, 0)
    assert result.converged
    assert "Nothing to explain" in result.remarks[0]


def test_little_to_explain_is_said():
    result = attribute(kmer_bert(6), dna(40))[0]
    assert abs(result.f_input - result.f_baseline) < 1
    assert "Weak signal" in result.remarks[0]


def test_both_strands_are_averaged_on_the_axis_of_the_first():
    model = kmer_bert(5)
    one = Sequence("one", dna(50))
    both = attribute(model, one, strands="both", tolerance=1e-5)[0]
    forward = attribute(model, one, tolerance=1e-5)[0]
    reverse = attribute(model, one.reverse_complement(), target=forward.target, tolerance=1e-5)[0]
    assert_allclose(both.base_scores, (forward.base_scores + reverse.base_scores[::-1]) / 2, atol=1e-6)
    assert_allclose(
        both.token_scores[1:-1], (forward.token_scores + reverse.token_scores[::-1])[1:-1] / 2, atol=1e-6
    )
    assert_allclose(both.extras["reverse"], reverse.base_scores[::-1], atol=1e-6)
    agreement = np.corrcoef(forward.base_scores, reverse.base_scores[::-1])[0, 1]
    assert_allclose(both.extras["strand_agreement"], agreement, atol=1e-4)
    assert_allclose(
        np.sum(both.base_scores) + both.special_score - both.delta, both.f_input - both.f_baseline
    )
    assert both.run.strands == "both"
    assert both.evaluations == forward.evaluations + reverse.evaluations


@pytest.mark.parametrize(
    ("method", "options"),
    [
        ("integrated_gradients", lambda letters: {"baseline": letters, "tolerance": 1e-6}),
        ("deeplift", lambda letters: {"baseline": letters}),
        ("base_mask", lambda letters: {"baseline": letters}),
        ("expected_gradients", lambda letters: {"baselines": ("mask", letters), "tolerance": 1e-6}),
    ],
)
def test_a_baseline_of_letters_is_turned_with_the_sequence(method, options):
    model, one, other = kmer_bert(6), Sequence("one", dna(40, 1)), Sequence("other", dna(40, 2))
    back = other.reverse_complement().bases
    forward = attribute(model, one, method=method, target=0, **options(other.bases))[0]
    reverse = attribute(model, one.reverse_complement(), method=method, target=0, **options(back))[0]
    both = attribute(model, one, method=method, target=0, strands="both", **options(other.bases))[0]
    mean = (forward.base_scores + reverse.base_scores[::-1]) / 2
    np.testing.assert_allclose(both.base_scores, mean, atol=1e-5)
    repeated = attribute(model, one, method=method, target=0, over="strand", **options(other.bases))[0]
    np.testing.assert_allclose(repeated.extras["repeats"][0], reverse.base_scores[::-1], atol=1e-5)


def test_both_strands_of_byte_pairs_have_no_common_tokens():
    both = attribute(family("ModernBert"), dna(50), strands="both")[0]
    assert np.isnan(both.token_scores).all()
    assert np.isfinite(both.base_scores).all()


def test_ctrl_c_with_both_strands_keeps_what_is_finished_on_both():
    def stop(done, total):
        assert total == 8
        if done == 6:
            raise KeyboardInterrupt

    with pytest.raises(Interrupted) as interrupted:
        attribute(kmer_bert(6), [dna(40, s) for s in range(4)], strands="both", progress=stop, batch_size=9)
    assert len(interrupted.value.finished) == 2


def _config(**more):
    return BertConfig(
        vocab_size=69,
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        **more,
    )


def test_a_layer_that_runs_twice_is_refused():
    model = roughen(BertForSequenceClassification(_config()))

    def twice(ids, mask):
        return model(ids, mask).logits + model(ids, mask).logits

    with pytest.raises(ValueError, match="Layer 'embeddings' ran 2 times in one forward pass"):
        attribute(Classifier(model, kmer_tokenizer(3), forward=twice), dna(30))


def test_multi_label_heads_explain_a_logit_as_log_odds():
    model = Classifier(
        roughen(
            BertForSequenceClassification(_config(problem_type="multi_label_classification", num_labels=3))
        ),
        kmer_tokenizer(3),
    )
    odds, probability = (
        attribute(model, dna(30), target=1, output=o)[0] for o in ("log_odds", "probability")
    )
    assert_allclose(odds.f_input, model.predict_logits([model.encode(dna(30))])[0, 1])
    assert_allclose(probability.f_input, 1 / (1 + np.exp(-odds.f_input)))


def test_a_regression_head_has_no_log_odds():
    model = Classifier(roughen(BertForSequenceClassification(_config(num_labels=1))), kmer_tokenizer(3))
    result = attribute(model, dna(30))[0]
    assert result.output == "logit"
    assert_allclose(result.probability, result.f_input)
    with pytest.raises(ValueError, match="has no classes, so its only output is 'logit'"):
        attribute(model, dna(30), output="log_odds")


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"method": "magic"}, "no method 'magic'. Choose one of integrated_gradients"),
        ({"window": 3}, "'integrated_gradients' has no option 'window'; it has no options of its own"),
        ({"target": 2}, r"no class 2; its classes are 0 \(LABEL_0\), 1 \(LABEL_1\)"),
        ({"target": True}, "`target` must be a class by name or index"),
        ({"target": [0, 1]}, "2 targets for 1 sequences"),
        ({"output": "entropy"}, "no output 'entropy'"),
        ({"baseline": "noise"}, "no baseline 'noise'"),
        ({"projection": "sum"}, "no projection 'sum'"),
        ({"rule": "simpson"}, "no rule 'simpson'"),
        ({"n_steps": 0}, "`n_steps` must be a whole number, at least 1, not 0"),
        ({"tolerance": 0}, "`tolerance` must be a share"),
        ({"strands": "left"}, "no strands 'left'. Choose one of forward, both"),
        ({"precision": "float8"}, "no precision 'float8'"),
        ({"batch_size": 0}, "`batch_size` must be a whole number, at least 1"),
    ],
)
def test_impossible_choices_get_a_sentence(options, sentence):
    with pytest.raises(ValueError, match=sentence):
        attribute(kmer_bert(6), dna(30), **options)


def test_bad_sequences_are_all_named_before_the_model_runs():
    calls = []
    model = kmer_bert(6)
    guarded = Classifier(
        model.model, model.tokenizer, forward=lambda i, m: calls.append(1) or model.model(i, m).logits
    )
    assert guarded.labels
    calls.clear()
    data = {"good": dna(30), "long": dna(200), "also good": dna(20), "gappy": "ACGTAC" + "N" * 20}
    with pytest.raises(
        SequenceError, match=r"(?s)2 of 4 sequences cannot be explained.*'long' has 200.*'gappy'"
    ):
        attribute(guarded, data)
    assert calls == []
    with pytest.warns(UserWarning, match="2 of 4 sequences are left out"):
        results = attribute(guarded, data, on_invalid="skip")
    assert [r.name for r in results] == ["good", "also good"]


def test_a_label_that_the_model_does_not_know_is_named():
    with pytest.raises(
        SequenceError, match=r"'s': the label 'enhancer' is not a class of the model \(LABEL_0"
    ):
        attribute(kmer_bert(6), Sequence("s", dna(30), label="enhancer"))


def test_ctrl_c_keeps_what_is_finished():
    def stop(done, total):
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(Interrupted, match="Interrupted after 2 of 5 sequences") as interrupted:
        attribute(kmer_bert(6), [dna(40, seed) for seed in range(5)], progress=stop, batch_size=9)
    assert len(interrupted.value.finished) == 2
    assert interrupted.value.total == 5
    assert not kmer_bert(6).model.bert.embeddings._forward_hooks


def test_progress_is_told_to_the_end():
    told = []
    attribute(kmer_bert(6), [dna(40, seed) for seed in range(3)], progress=lambda *now: told.append(now))
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_running_out_of_memory_with_one_sequence_says_what_to_do():
    model = kmer_bert(6)

    def tighter(ids, mask):
        if torch.is_grad_enabled():
            raise torch.OutOfMemoryError("too much")
        return model.model(ids, mask).logits

    with pytest.raises(ValueError, match="Not even one sequence of 37 tokens fits into the memory of cpu"):
        attribute(Classifier(model.model, model.tokenizer, forward=tighter), dna(40))


def test_results_carry_their_provenance():
    model = kmer_bert(6)
    run = attribute(model, dna(40), n_steps=5, seed=7)[0].run
    assert run.model_fingerprint == model.fingerprint
    assert run.tokenizer_fingerprint == model.encoder.fingerprint
    assert run.method_options == {"n_steps": 5, "rule": "gausslegendre"}
    assert run.labels == model.labels
    assert run.seed == 7
    assert {"captum", "captum_dna", "python", "torch", "transformers"} == set(run.versions)


def test_nothing_warns():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        attribute(kmer_bert(6), dna(40))


@every_family
@pytest.mark.parametrize("baseline", ["mean", "zero"])
def test_baselines_without_ids_are_complete(name, baseline):
    result = attribute(family(name), dna(50), baseline=baseline, tolerance=1e-3)[0]
    assert result.converged
    assert_allclose(result.token_scores[[0, -1]], 0, atol=1e-12)


def test_the_mean_baseline_is_the_mean_of_the_table():
    model = kmer_bert(6)
    table = model.model.bert.embeddings.word_embeddings.weight.mean(0)
    with torch.no_grad():
        embeddings = table.repeat(1, 37, 1)
        special = model.model.bert.embeddings.word_embeddings(torch.tensor([2, 3]))
        embeddings[0, 0], embeddings[0, -1] = special
        logits = model.model(inputs_embeds=embeddings).logits[0]
    result = attribute(model, dna(40), baseline="mean", target=0, output="logit")[0]
    assert_allclose(result.f_baseline, logits[0].item())


@pytest.mark.parametrize("baseline", ["dinucleotide_shuffle", "gc_random"])
def test_random_baselines_are_seeded_by_sequence(baseline):
    model = kmer_bert(6)
    sequences = [dna(50, 1), dna(50, 2), dna(44, 3)]
    together = attribute(model, sequences, baseline=baseline, seed=5)
    alone = attribute(model, sequences[1], baseline=baseline, seed=5)[0]
    other = attribute(model, sequences[1], baseline=baseline, seed=6)[0]
    assert_allclose(together[1].token_scores, alone.token_scores, rtol=1e-7, atol=1e-10)
    assert alone.f_baseline != other.f_baseline


def test_a_baseline_sequence_of_ones_own():
    model = kmer_bert(6)
    result = attribute(model, dna(40), baseline=dna(40, 9), target=0, output="logit")[0]
    reference = model.predict_logits([model.encode(dna(40, 9))])[0, 0]
    assert_allclose(result.f_baseline, reference)
    assert result.run.baseline == "own sequence"
    assert result.run.method_options["baseline_sequence"] == dna(40, 9)
    with pytest.raises(
        SequenceError, match="The baseline sequence has 30 bases, but a sequence to be explained has 40"
    ):
        attribute(model, dna(40), baseline=dna(30))


@pytest.mark.parametrize(
    ("method", "options", "words"),
    [
        ("saliency", {}, "none"),
        ("ism", {}, "none"),
        ("smoothgrad", {"base": "saliency", "samples": 2}, "none"),
        ("smoothgrad", {"samples": 2}, "zero"),
        ("nucleotide_gradients", {}, "uniform"),
        ("expected_gradients", {"baselines": ("mask", "pad")}, "mask, pad"),
        ("integrated_gradients", {}, "zero"),
    ],
)
@pytest.mark.filterwarnings("ignore:(?i).*not converged|.*no effect on the method:UserWarning")
def test_law_8_the_baseline_named_is_the_one_compared_with(method, options, words):
    result = attribute(kmer_bert(3), dna(30), method=method, baseline="zero", **options)[0]
    assert result.run.baseline == words


@pytest.mark.parametrize(
    ("method", "options", "idle"),
    [
        ("saliency", {"n_steps": 8, "baseline": "zero"}, "`n_steps` and `baseline` have"),
        ("saliency", {"tolerance": 0.1}, "`tolerance` has"),
        ("deeplift", {"n_steps": 8}, "`n_steps` has"),
        ("ism", {"projection": "max"}, "`projection` has"),
        ("expected_gradients", {"baseline": "zero", "samples": 2, "tolerance": 0.3}, "`baseline` has"),
    ],
)
def test_a_choice_without_effect_on_the_method_is_told(method, options, idle):
    with pytest.warns(UserWarning, match=f"{idle} no effect on the method '{method}'"):
        attribute(kmer_bert(3), dna(30), method=method, **options)


@pytest.mark.parametrize("method", ["integrated_gradients", "expected_gradients", "nucleotide_gradients"])
@pytest.mark.filterwarnings("ignore:(?i).*not converged")
def test_a_rule_without_a_number_of_nodes_is_refused(method):
    model = kmer_bert(3)
    with pytest.raises(UserError, match=r"`rule` needs a fixed number of nodes. Give `n_steps=`") as refused:
        attribute(model, dna(30), method=method, rule="riemann_left")
    assert refused.value.option == "rule"
    result = attribute(model, dna(30), method=method, rule="riemann_left", n_steps=4)[0]
    assert result.run.method_options["rule"] == "riemann_left"


@pytest.mark.filterwarnings("ignore:(?i).*not converged")
def test_the_usual_rule_may_be_named_and_captums_methods_have_a_number_of_nodes():
    model = kmer_bert(3)
    attribute(model, dna(30), rule="gausslegendre", tolerance=0.5)
    attribute(model, dna(30), method="layer_conductance", layer="bert.encoder.layer.0", rule="riemann_left")


@pytest.mark.parametrize("method", METHODS)
def test_the_usual_choices_tell_nothing_of_effects(method):
    """And a choice that is told of has none: the scores are the same with it."""
    model, own = kmer_bert(3), {"samples": 2} if "samples" in default_options(METHODS[method]) else {}
    if method == "layer_conductance":
        own = {"layer": "bert.encoder.layer.0"}
    with collected() as usual:
        [plain] = attribute(model, dna(30), method=method, **own)
    assert not any("no effect" in one for one in usual)
    for name, value in {"n_steps": 7, "baseline": "zero", "projection": "max", "tolerance": 0.37}.items():
        with collected() as told:
            [other] = attribute(model, dna(30), method=method, **own, **{name: value})
        if any("no effect" in one for one in told):
            assert_array_equal(plain.base_scores, other.base_scores)
