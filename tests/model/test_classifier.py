from __future__ import annotations

import copy
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Event
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from torch import nn
from transformers import (
    BertConfig,
    BertForSequenceClassification,
    BertModel,
    LlamaConfig,
    LlamaForSequenceClassification,
    XLNetConfig,
    XLNetForSequenceClassification,
)

from captum_dna import Interrupted, attribute
from captum_dna.core.errors import SequenceError
from captum_dna.model.classifier import Classifier
from captum_dna.model.errors import ModelError, TokenizerError
from captum_dna.model.limits import token_limit
from tests.held import PATIENCE
from tests.toy import bpe_tokenizer, dna, kmer_bert, kmer_tokenizer, lawful, roughen


def small_bert(k=3, **config):
    settings = BertConfig(
        vocab_size=4**k + 5,
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        **config,
    )
    return roughen(BertForSequenceClassification(settings))


def test_probabilities_are_one_row_per_sequence():
    model = kmer_bert(6, labels=3)
    probabilities = model.predict([dna(40), dna(60, 1), dna(40, 2)])
    assert probabilities.shape == (3, 3)
    assert_allclose(probabilities.sum(axis=1), 1)


def test_probabilities_do_not_depend_on_company_or_batch_size():
    model = kmer_bert(6)
    together = model.predict([dna(40), dna(60, 1), dna(40, 2)], batch_size=2)
    alone = np.concatenate([model.predict(s) for s in (dna(40), dna(60, 1), dna(40, 2))])
    assert_allclose(together, alone, atol=1e-12)


def test_labels_come_from_the_config():
    model = small_bert(id2label={0: "background", 1: "enhancer"}, label2id={"background": 0, "enhancer": 1})
    classifier = Classifier(model, kmer_tokenizer(3))
    assert classifier.labels == ("background", "enhancer")
    assert classifier.label_index("enhancer") == classifier.label_index(1) == classifier.label_index("1") == 1
    with pytest.raises(
        ValueError, match=r"no class 'promoter'; its classes are 0 \(background\), 1 \(enhancer\)"
    ):
        classifier.label_index("promoter")
    assert Classifier(model, kmer_tokenizer(3), labels=["no", "yes"]).labels == ("no", "yes")
    with pytest.raises(ModelError, match="3 labels were given, but the model has 2 outputs"):
        Classifier(model, kmer_tokenizer(3), labels=["a", "b", "c"]).labels  # noqa: B018 - asked for its error


def test_limits_are_told_in_bases():
    classifier = Classifier(small_bert(max_position_embeddings=20), kmer_tokenizer(3))
    assert classifier.max_tokens == 20
    assert classifier.max_bases == 20
    classifier.encode("ACGT" * 5)
    with pytest.raises(
        SequenceError, match=r"has 21 bases \(21 tokens\), but the model takes at most 20 bases"
    ):
        classifier.encode("ACGT" * 5 + "A")


def test_a_model_that_says_minus_one_has_no_limit():
    settings = XLNetConfig(vocab_size=4**3 + 5, d_model=24, n_layer=2, n_head=2, d_inner=32)
    assert settings.max_position_embeddings == -1
    classifier = Classifier(roughen(XLNetForSequenceClassification(settings)), kmer_tokenizer(3))
    assert classifier.max_tokens is None
    with pytest.raises(ModelError, match=r"the tokens come first, as in XLNet.*method='ism'"):
        attribute(classifier, dna(60))
    result = attribute(classifier, dna(60), method="ism")[0]
    assert np.isfinite(result.base_scores).all()


@pytest.mark.parametrize("said", [None, -1, 0, True, "long", float("inf"), float("nan"), 1e30])
def test_what_a_configuration_says_without_a_number_is_no_limit(said):
    model, tokenizer = nn.Linear(2, 2), kmer_tokenizer(3)
    for word in ("max_position_embeddings", "max_seq_len"):
        assert token_limit(model, SimpleNamespace(**{word: said}), tokenizer, "model", None) is None
        assert token_limit(model, SimpleNamespace(**{word: 90}), tokenizer, "model", None) == 90


def test_experts_compute_in_double_precision_whatever_multiplies_them():
    """Transformers multiplies the groups of all experts at once, in an operation that knows no double precision."""
    model = copy.deepcopy(lawful("Mixtral").network.model)
    found = {}
    for implementation in ("grouped_mm", "eager"):
        model.config._experts_implementation = implementation
        classifier = Classifier(model, lawful("Mixtral").tokenizer)
        found[implementation] = attribute(classifier, dna(40), method="saliency")[0].base_scores
        assert model.config._experts_implementation == implementation
    assert next(model.parameters()).dtype == torch.float64
    assert_allclose(found["grouped_mm"], found["eager"])


def test_the_notebooks_forward_function_is_refused():
    model = small_bert()
    with pytest.raises(
        ModelError, match=r"returned \(\) for a batch of 2 sequences. It must return one row per"
    ):
        Classifier(model, kmer_tokenizer(3), forward=lambda ids, _: model(ids).logits.softmax(-1)[0][0])


def test_a_forward_function_of_ones_own():
    model = small_bert()
    classifier = Classifier(model, kmer_tokenizer(3), forward=lambda ids, mask: 2 * model(ids, mask).logits)
    plain = Classifier(model, kmer_tokenizer(3))
    encodings = [plain.encode(dna(30))]
    assert_allclose(classifier.predict_logits(encodings), 2 * plain.predict_logits(encodings))


def test_a_forward_function_with_one_number_per_sequence_is_a_single_output():
    model = small_bert()
    classifier = Classifier(model, kmer_tokenizer(3), forward=lambda ids, _: model(ids).logits[:, 1])
    assert classifier.labels == ("LABEL_0",)
    assert classifier.head == "regression"


def test_a_base_model_is_refused():
    config = BertConfig(
        vocab_size=69, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16
    )
    with pytest.raises(
        ModelError, match=r"BertModel, a base model without a classification head.*num_labels=2"
    ):
        Classifier(BertModel(config), kmer_tokenizer(3))


@pytest.mark.parametrize("k", [4, 5])
def test_a_tokenizer_of_another_k_is_refused(k):
    model = small_bert(k=9 - k)
    with pytest.raises(TokenizerError, match=f"The tokenizer reads {k}-mers and has ids up to"):
        Classifier(model, kmer_tokenizer(k))


def test_the_model_is_left_as_it_was_found():
    model = small_bert()
    model.train()
    model.bert.embeddings.eval()
    model.classifier.weight.requires_grad_(False)
    before = [(m.training, len(m._forward_hooks)) for m in model.modules()]
    wanted = [p.requires_grad for p in model.parameters()]
    state = torch.get_rng_state()
    Classifier(model, kmer_tokenizer(3)).predict([dna(20), dna(30)])
    assert [(m.training, len(m._forward_hooks)) for m in model.modules()] == before
    assert [p.requires_grad for p in model.parameters()] == wanted
    assert torch.equal(torch.get_rng_state(), state)


def test_the_fingerprint_follows_the_weights():
    model = small_bert()
    classifier = Classifier(model, kmer_tokenizer(3))
    before = classifier.fingerprint
    assert before == Classifier(small_bert(), kmer_tokenizer(3)).fingerprint
    with torch.no_grad():
        model.classifier.bias[0] += 1
    assert classifier.fingerprint != before


def test_the_fingerprint_follows_what_is_asked_of_the_weights():
    model, words = small_bert(), kmer_tokenizer(3)

    def asked(**how):
        return Classifier(model, words, **how).fingerprint

    def scaled(factor):
        return lambda ids, mask: factor * model(input_ids=ids, attention_mask=mask).logits

    def columns(ids, mask, *, chosen):
        return model(input_ids=ids, attention_mask=mask).logits[:, chosen]

    functions = (
        None,
        lambda ids, mask: model(input_ids=ids, attention_mask=mask).logits,
        lambda ids, mask: -model(input_ids=ids, attention_mask=mask).logits,
        scaled(1),
        scaled(2),
        partial(columns, chosen=[0, 1]),
        partial(columns, chosen=[1, 0]),
    )
    found = [asked(forward=forward) for forward in functions]
    assert len(set(found)) == len(functions)
    assert found == [asked(forward=forward) for forward in functions]

    def likely(ids, mask):
        return model(input_ids=ids, attention_mask=mask).logits.softmax(-1)

    assert asked(forward=likely, logits=True) != asked(forward=likely, logits=False)


@pytest.mark.parametrize(
    ("problem", "labels", "head"),
    [
        (None, 2, "single_label"),
        ("multi_label_classification", 2, "multi_label"),
        ("regression", 2, "regression"),
        (None, 1, "regression"),
    ],
)
def test_heads(problem, labels, head):
    classifier = Classifier(small_bert(problem_type=problem, num_labels=labels), kmer_tokenizer(3))
    assert classifier.head == head
    logits = classifier.predict_logits([classifier.encode(dna(20))])
    expected = {
        "single_label": np.exp(logits) / np.exp(logits).sum(),
        "multi_label": 1 / (1 + np.exp(-logits)),
        "regression": logits,
    }[head]
    assert_allclose(classifier.predict(dna(20)), expected)


def small_llama(vocabulary, **config):
    settings = LlamaConfig(
        vocab_size=vocabulary,
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        **config,
    )
    return roughen(LlamaForSequenceClassification(settings))


def test_a_decoder_without_a_padding_token_is_refused():
    words = copy.deepcopy(bpe_tokenizer())
    words.pad_token = None
    with pytest.raises(
        ModelError, match=r"neither it nor its tokenizer has a padding token.*Set the one of its training"
    ):
        Classifier(small_llama(120), words)


def test_a_decoder_borrows_the_padding_token_of_its_tokenizer():
    model, words = small_llama(120), bpe_tokenizer()
    assert model.config.pad_token_id is None
    borrowed = Classifier(model, words).predict([dna(40), dna(40, 1)])
    assert model.config.pad_token_id is None
    own = Classifier(small_llama(120, pad_token_id=words.pad_token_id), words)
    assert_allclose(borrowed, own.predict([dna(40), dna(40, 1)]))


def test_a_tokenizer_larger_than_the_embedding_is_refused():
    words = copy.deepcopy(bpe_tokenizer())
    words.add_tokens(["<promoter>"])
    with pytest.raises(
        TokenizerError,
        match=r"has ids up to 120, but the model embeds 120 tokens and none for '<promoter>'.*resize_token_embeddings",
    ):
        Classifier(small_llama(120, pad_token_id=0), words)


class Plain(nn.Module):
    """A module that is not of Transformers, with two tables of which one is given the ids."""

    def __init__(self, tables=1):
        super().__init__()
        self.positions = nn.Embedding(200, 8)
        self.words = nn.ModuleList(nn.Embedding(69, 8) for _ in range(tables))
        self.score = nn.Linear(8, 2)

    def forward(self, input_ids):
        places = torch.arange(input_ids.shape[1]).expand_as(input_ids)
        hidden = self.positions(places) + sum(table(input_ids) for table in self.words)
        return self.score(hidden.tanh().mean(1))


def test_the_table_that_is_given_the_ids_is_found():
    model = roughen(Plain())
    assert Classifier(model, kmer_tokenizer(3)).token_embedding is model.words[0]


def test_two_tables_that_are_given_the_ids_are_no_guess():
    model = Classifier(roughen(Plain(tables=2)), kmer_tokenizer(3))
    with pytest.raises(ModelError, match=r"has no get_input_embeddings\(\).*Give it that method"):
        model.token_embedding  # noqa: B018 - asked for its error


@pytest.mark.parametrize(("head", "sums"), [("multi_label", False), ("single_label", True)])
def test_what_the_outputs_are_can_be_said(head, sums):
    classifier = Classifier(roughen(Plain()), kmer_tokenizer(3), head=head)
    assert classifier.head == head
    assert bool(np.isclose(classifier.predict(dna(30)).sum(), 1)) is sums
    with pytest.raises(ModelError, match=r"no head 'binary'\. Choose one of single_label"):
        Classifier(roughen(Plain()), kmer_tokenizer(3), head="binary")


def test_a_single_logit_is_a_yes_or_no_if_that_is_said():
    model = lawful("RNA")
    logit = model.predict_logits([model.encode(dna(30))])
    assert logit.shape == (1, 1)
    assert_allclose(model.predict(dna(30)), 1 / (1 + np.exp(-logit)))


@pytest.mark.parametrize("method", ["integrated_gradients", "deeplift", "saliency"])
def test_threads_that_share_a_model_wait_for_their_turn(method):
    """A hook belongs to the model: without turns one thread's path would run through the other's pass."""
    model = kmer_bert(4)
    sequences = [dna(40, seed) for seed in range(6)]
    alone = [attribute(model, sequence, method=method)[0].base_scores for sequence in sequences]

    def explain(order):
        return {i: attribute(model, sequences[i], method=method)[0].base_scores for i in order}

    with ThreadPoolExecutor(2) as pool:
        for found in pool.map(explain, (range(6), range(5, -1, -1))):
            for i, scores in found.items():
                assert_allclose(scores, alone[i], rtol=1e-9, atol=1e-13)


def test_two_modules_around_one_model_wait_for_their_turn():
    """Each would take the other's frozen weights for what it found, and leave them frozen."""
    inner = kmer_bert(4)
    around = Classifier(
        torch.nn.Sequential(inner.model), inner.tokenizer, forward=lambda i, m: inner.model(i, m).logits
    )
    resting, done = Event(), Event()

    def rest():
        with around.at_rest():
            resting.set()
            return done.wait(0.5)

    with ThreadPoolExecutor(1) as pool:
        other = pool.submit(rest)
        resting.wait()
        with inner.at_rest():
            done.set()
        assert not other.result(), "the model was at rest in two threads at once"
    assert all(parameter.requires_grad for parameter in inner.model.parameters())


def test_an_interrupted_run_lets_go_of_the_model():
    model = kmer_bert(4)

    def stop(done, total):
        if done:
            raise KeyboardInterrupt

    with pytest.raises(Interrupted) as held:
        attribute(model, [dna(40, seed) for seed in range(6)], progress=stop)
    assert held.value.finished
    assert all(parameter.requires_grad for parameter in model.model.parameters())
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(attribute, model, dna(40)).result(timeout=PATIENCE)[0].converged
