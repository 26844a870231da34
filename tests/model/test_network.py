"""Networks as people hold them: how they are called, what they return, what state they are in."""

from __future__ import annotations

import copy
import io
import warnings

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from torch import nn
from transformers import (
    BertConfig,
    BertForMaskedLM,
    BertForSequenceClassification,
    BertForTokenClassification,
    BertModel,
)

from captum_dna import OneHot, attribute, load
from captum_dna.model.classifier import Classifier
from captum_dna.model.errors import ModelError
from tests.toy import bpe_tokenizer, dna, kmer_bert, kmer_tokenizer, roughen

WORDS = kmer_tokenizer(4)


def bert(kind=BertForSequenceClassification, **config):
    return roughen(
        kind(copy.deepcopy(kmer_bert(4).config).__class__(**{**kmer_bert(4).config.to_dict(), **config}))
    )


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (BertForMaskedLM, "BertForMaskedLM, a masked-language model"),
        (BertModel, "BertModel, a base model without a classification head"),
        (BertForTokenClassification, "BertForTokenClassification, a token classifier"),
    ],
)
@pytest.mark.parametrize("return_dict", [True, False])
def test_a_model_for_another_task_is_named_at_once(kind, words, return_dict):
    with pytest.raises(ModelError, match=f"{words}.*forward=") as refused:
        load(bert(kind, return_dict=return_dict), WORDS)
    assert "captum_dna.load(folder, num_labels=2)" in str(refused.value)


def test_a_model_without_numbers_is_named_at_once():
    with torch.device("meta"):
        empty = BertForSequenceClassification(kmer_bert(4).config)
    with pytest.raises(ModelError, match=r"weights of .* are on the meta device \(such as bert"):
        load(empty, WORDS)


def test_an_object_that_holds_a_module_is_no_module():
    class Pipeline:
        model = kmer_bert(4).model

    with pytest.raises(
        ModelError, match=r"Pipeline is not a PyTorch module.*captum_dna.load\(x.model, tokenizer\)"
    ):
        load(Pipeline(), WORDS)


class Pooled(nn.Module):
    """A network of one's own, without a configuration."""

    def __init__(self, classes=2, **more):
        super().__init__()
        self.table = nn.Embedding(261, 6, **more)
        self.score = nn.Linear(6, classes)

    def embedded(self, ids):
        return self.table(ids)

    def forward(self, ids):
        return self.score(self.embedded(ids).tanh().mean(1))


def test_a_batch_that_mixes_its_rows_is_refused():
    class Mixes(Pooled):
        def forward(self, ids):
            return super().forward(ids).softmax(0)

    with pytest.raises(ModelError, match="gives different outputs for a sequence alone and in a batch"):
        load(roughen(Mixes()), WORDS)


@pytest.mark.parametrize("classes", [2, 3, 4])
def test_one_row_for_the_whole_batch_is_refused_whatever_its_length(classes):
    model = roughen(Pooled(classes))
    with pytest.raises(ModelError, match="must return one row per sequence"):
        load(model, WORDS, forward=lambda ids, _: model(ids)[0])


def test_the_number_of_a_class_is_nothing_to_explain():
    model = roughen(Pooled())
    with pytest.raises(ModelError, match=r"returned torch.int64, such as the index of the predicted class"):
        load(model, WORDS, forward=lambda ids, _: model(ids).argmax(-1))


def test_two_tensors_are_no_guess():
    class Two(Pooled):
        def forward(self, ids):
            return super().forward(ids), self.embedded(ids).mean(1)

    with pytest.raises(ModelError, match=r"returned a tuple with \[0\] \(2, 2\), \[1\] \(2, 6\).*forward="):
        load(roughen(Two()), WORDS)


@pytest.mark.parametrize("name", ["mask", "padding_mask"])
def test_a_mask_of_any_name_is_given_its_own_way(name):
    class Masked(Pooled):
        def read(self, ids, kept):
            values = self.table(ids).tanh() * kept.unsqueeze(-1)
            return self.score(values.sum(1) / kept.sum(1, keepdim=True))

    calls = {
        "mask": lambda self, ids, mask: self.read(ids, mask),
        "padding_mask": lambda self, ids, padding_mask: self.read(ids, ~padding_mask),
    }
    Masked.forward = calls[name]
    plain, masked = roughen(Pooled()), roughen(Masked())
    assert_allclose(load(masked, WORDS).predict(dna(20)), load(plain, WORDS).predict(dna(20)))


def test_a_quantised_model_has_experiments_but_no_gradients():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        small = torch.ao.quantization.quantize_dynamic(bert().float(), {nn.Linear}, dtype=torch.qint8)
        model = load(small, WORDS)
        logits = small(torch.tensor([model.encode(dna(20)).input_ids])).logits
        result = attribute(model, dna(20), method="ism", target=0, output="logit")[0]
        assert result.f_input == pytest.approx(float(logits[0, 0]))
        assert attribute(model, dna(20), method="base_mask", baseline="mask")[0].base_scores.any()
        for method in ("integrated_gradients", "saliency", "deeplift"):
            with pytest.raises(ModelError, match=r"is quantised .*Use `method='ism'`"):
                attribute(model, dna(20), method=method)


@pytest.mark.parametrize("state", [{"scale": 1.0}, io.BytesIO(b"x"), torch.ones(2), None, object()])
def test_a_state_that_is_no_tensor_enters_the_fingerprint(state):
    class Extra(nn.Linear):
        def get_extra_state(self):
            return state

    model = bert()
    model.classifier = roughen(Extra(24, 2))
    assert len(Classifier(model, WORDS).fingerprint) == 16
    assert Classifier(model, WORDS).fingerprint == Classifier(model, WORDS).fingerprint


def test_an_embedding_with_a_longest_norm_is_left_as_it_was():
    model = roughen(Pooled(max_norm=0.3))
    weights = model.table.weight.detach().clone()
    result = attribute(load(model, WORDS), dna(20), baseline="mean", target=0)[0]
    assert torch.equal(model.table.weight, weights)
    short = copy.deepcopy(model)
    short.table = nn.Embedding(261, 6).double()
    with torch.no_grad():
        norms = weights.norm(dim=1, keepdim=True)
        short.table.weight.copy_(weights * (0.3 / norms).clamp_max(1))
    wanted = attribute(load(short, WORDS), dna(20), baseline="mean", target=0)[0]
    assert result.f_baseline == pytest.approx(wanted.f_baseline, rel=1e-5)
    assert_allclose(result.base_scores, wanted.base_scores, rtol=1e-4, atol=1e-7)


class Scaled(nn.Module):
    """An embedding that is more than its table."""

    def __init__(self, table):
        super().__init__()
        self.base = table

    def forward(self, ids):
        return 3 * self.base(ids) + 0.1


def test_the_module_around_a_table_is_the_embedding():
    model = roughen(Pooled())
    model.table = Scaled(model.table)
    classifier = load(model, WORDS)
    assert classifier.token_embedding is model.table
    result = attribute(classifier, dna(20), baseline="mean", target=0)[0]
    ids = torch.tensor([classifier.encode(dna(20)).input_ids])
    values = model.table(ids)
    values[:, 1:-1] = model.table(torch.arange(261)).mean(0)
    logits = model.score(values.tanh().mean(1))[0]
    assert result.f_baseline == pytest.approx(float(logits[0] - logits[1]))


def fixed(bases, *, last=False):
    class Fixed(nn.Module):
        def __init__(self):
            super().__init__()
            self.first = nn.Conv1d(4, 3, 5)
            self.score = nn.Linear(3 * (bases - 4), 2)

        def forward(self, x):
            return self.score(self.first(x.transpose(1, 2) if last else x).relu().flatten(1))

    return roughen(Fixed())


def test_a_network_of_one_length_asks_for_it():
    with pytest.raises(ModelError, match=r"could not read 32 one-hot bases.*captum_dna.OneHot\(length=...\)"):
        load(fixed(60), OneHot())
    assert load(fixed(60), OneHot(length=60)).predict(dna(60)).shape == (1, 2)
    with pytest.raises(ModelError, match=r"could not read 50 one-hot bases.*Is length=50 the one"):
        load(fixed(60), OneHot(length=50))
    with pytest.raises(ModelError, match=r"OneHot\(layout='channels_last'\)"):
        load(fixed(60, last=True), OneHot(length=60))
    # Read at load by chance, and refused at the first sequence of another length.
    with pytest.raises(ModelError, match=r"could not read 40 one-hot bases.*length="):
        load(fixed(32), OneHot()).predict(dna(40))


def test_a_network_that_pools_short_sequences_away_is_tried_with_longer_ones():
    layers = (nn.Conv1d(4, 3, 40), nn.ReLU(), nn.AdaptiveMaxPool1d(1), nn.Flatten(), nn.Linear(3, 2))
    assert load(roughen(nn.Sequential(*layers)), OneHot()).predict(dna(70)).shape == (1, 2)


def test_one_class_of_a_softmax_is_its_log_odds():
    whole = roughen(Pooled())
    with pytest.warns(UserWarning, match="the probability of class 1 of a softmax"):
        one = load(whole, WORDS, forward=lambda ids, _: whole(ids).softmax(-1)[:, 1])
    plain = attribute(load(whole, WORDS), dna(20), target=1)[0]
    found = attribute(one, dna(20))[0]
    assert one.head == "multi_label"
    assert_allclose(found.base_scores, plain.base_scores)
    assert_allclose(found.probability, load(whole, WORDS).predict(dna(20))[0, 1])


def test_what_is_said_of_probabilities_is_settled_by_the_user():
    model = roughen(Pooled())

    def squashed(ids, _mask):
        return 1 / (1 + torch.exp(-model(ids)))

    with pytest.warns(UserWarning, match=r"lie between 0 and 1.*`logits=False` if they are probabilities"):
        load(model, WORDS, forward=squashed)
    as_they_are = load(model, WORDS, forward=squashed, logits=True)
    assert as_they_are.head == "single_label"
    settled = load(model, WORDS, forward=squashed, logits=False)
    assert settled.head == "multi_label"
    encoding = settled.encode(dna(20))
    wanted = model(torch.tensor([encoding.input_ids])).detach().numpy()
    assert_allclose(settled.predict_logits([encoding]), wanted, rtol=1e-9)
    with pytest.raises(
        ModelError, match="`logits=False` says that the network gives probabilities, but it gave"
    ):
        load(model, WORDS, logits=False)


def test_numbers_between_0_and_1_of_a_regression_are_numbers():
    model = roughen(Pooled(1))
    numbers = load(model, WORDS, forward=lambda ids, _: model(ids).sigmoid(), head="regression")
    assert 0 < numbers.predict(dna(20))[0, 0] < 1
    assert numbers.head == "regression"


def test_saturated_probabilities_still_have_their_logits():
    """In single precision a sigmoid is 1 from 17 on; what went into it is not."""
    model = roughen(Pooled()).float()
    with torch.no_grad():
        model.score.weight.mul_(1e3)
    plain = load(model, WORDS).predict_logits([Classifier(model, WORDS).encode(dna(20))])
    with pytest.warns(UserWarning, match="probabilities of a softmax"):
        soft = load(model, WORDS, forward=lambda ids, _: model(ids).softmax(-1))
    assert abs(plain).max() > 40
    assert_allclose(soft.predict_logits([soft.encode(dna(20))]), plain)


def test_byte_pairs_do_not_get_in_the_way_of_a_try():
    network = roughen(nn.Sequential(nn.Embedding(120, 6), nn.Tanh(), nn.Flatten(1, 1)))

    class Mean(nn.Module):
        def __init__(self):
            super().__init__()
            self.body, self.score = network, nn.Linear(6, 2).double()

        def forward(self, tokens):
            return self.score(self.body(tokens).mean(1))

    assert load(Mean(), bpe_tokenizer()).predict([dna(30), dna(41)]).shape == (2, 2)


@pytest.mark.parametrize("method", ["integrated_gradients", "saliency", "deeplift", "input_x_gradient"])
def test_numbers_without_a_gradient_get_a_sentence(method):
    class Counts(nn.Module):
        def __init__(self):
            super().__init__()
            self.table, self.head = nn.Embedding(len(WORDS), 4), nn.Linear(4, 3)

        def forward(self, input_ids, attention_mask=None):
            return nn.functional.one_hot(self.head(self.table(input_ids).mean(1)).argmax(-1), 3).float()

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = load(Counts(), WORDS, logits=True)
        with pytest.raises(ModelError, match=r"numbers without a gradient.*argmax.*method='ism'"):
            attribute(model, dna(20), method=method, target=0)


class NoWayBack(torch.autograd.Function):
    """An operation that cannot be differentiated, as reversible layers cannot outside of training mode."""

    @staticmethod
    def forward(ctx, x):
        return x.clone()

    @staticmethod
    def backward(ctx, slope):
        raise AssertionError("make sure to use `model.train()`")


class Unwritten(NoWayBack):
    @staticmethod
    def backward(ctx, slope):
        raise NotImplementedError("make sure to use `model.train()`")


@pytest.mark.parametrize("step", [NoWayBack, Unwritten])
@pytest.mark.parametrize("method", ["integrated_gradients", "saliency", "deeplift", "input_x_gradient"])
def test_a_step_that_no_gradient_passes_gets_a_sentence(method, step):
    network = bert_of(WORDS)
    network.bert.encoder.layer[0].register_forward_hook(lambda _, __, out: step.apply(out))
    model = load(network, WORDS)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(
            ModelError, match=r"No gradient leads back.*`model\.train\(\)`\. Use `method='ism'`"
        ):
            attribute(model, dna(20), method=method, target=0)
    for other in ("ism", "base_mask", "occlusion"):
        assert np.isfinite(attribute(model, dna(20), method=other, target=0)[0].base_scores).all()


def test_one_output_is_no_class_of_several():
    model = bert_of(WORDS, num_labels=1)
    model.config.problem_type = "single_label_classification"
    with pytest.raises(
        ModelError, match='head="multi_label" for a yes or no, head="regression" for a number'
    ):
        load(model, WORDS)
    assert load(model, WORDS, head="multi_label").head == "multi_label"


def test_a_parametrised_table_stays_in_its_block():
    """What re-computes the table's weights adds a list of modules that holds no encoder."""
    model = bert_of(WORDS)
    plain = attribute(load(model, WORDS), dna(20), method="saliency", target=0)[0]
    nn.utils.parametrizations.weight_norm(model.bert.embeddings.word_embeddings)
    again = attribute(load(model, WORDS), dna(20), method="saliency", target=0)[0]
    assert_allclose(again.base_scores, plain.base_scores, rtol=1e-4)


def bert_of(tokenizer, **config):
    shape = {"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 8}
    return BertForSequenceClassification(BertConfig(vocab_size=len(tokenizer), **shape, **config)).eval()
