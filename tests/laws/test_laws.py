"""The laws of the design, over the whole table of families.

A law is a sentence that is true of every model that can be explained; see CONTRIBUTING.md.
"""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import torch
from captum.attr import LayerIntegratedGradients
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from captum_dna import Classifier, attribute
from captum_dna.core.errors import SequenceError
from captum_dna.core.letters import clean
from captum_dna.core.projection import project
from captum_dna.model.errors import ModelError
from captum_dna.model.hooks import find_layers, outputs_of, reads_ids_elsewhere, replaced
from tests.toy import LAWFUL, dna, lawful

every_family = pytest.mark.parametrize("name", LAWFUL)

ODD = {
    "one N": dna(30) + "N" + dna(30, 1),
    "three N": dna(25) + "NNN" + dna(30, 2),
    "lower case": dna(62).lower(),
    "soft masked": dna(30) + dna(31, 3).lower(),
    "U": dna(61).replace("T", "U"),
    "IUPAC": dna(30) + "R" + dna(30, 4),
    "tail of one": dna(61),
    "tail of five": dna(65),
    "white space": dna(30) + " \n" + dna(30, 5),
}
"""Inputs that tokenizers stumble over."""

REFUSED = {
    "Bert, word pieces": ("one N", "three N", "IUPAC"),
}
"""What a family cannot read: one unknown letter makes a word piece tokenizer forget the whole sequence."""

EXPERTS = ("Mixtral", "Jamba")
"""Models whose way depends on the data, which DeepLIFT refuses where experts run one by one."""

RECURRENT = ("Caduceus",)
"""Models with PyTorch's own recurrent layers, whose operations DeepLIFT cannot see one by one and so names."""

IN_SINGLE = ("Esm", "RNA", "ModernBert", "EuroBert", "Llama", "Mistral", "Mixtral", "Gemma", "Jamba", "Mamba")
"""Models that compute parts in single precision, whatever their weights are."""


def error_of(name):
    """Return the relative error that the model's own arithmetic allows."""
    return 1e-4 if name.startswith(IN_SINGLE) else 1e-9


def reference_token(model):
    """Return the id that stands for nothing, and the name of that baseline."""
    for word in ("mask", "pad"):
        token = getattr(model.tokenizer, f"{word}_token_id")
        if token is not None:
            return token, word
    return model.encode("A").input_ids[0], "A" * 50


@every_family
@pytest.mark.parametrize("kind", ODD)
def test_law_1_every_base_has_a_token_or_is_told_of(name, kind):
    model = lawful(name)
    bases = clean(ODD[kind])
    if kind in REFUSED.get(name, ()):
        with pytest.raises(SequenceError, match=r"one unknown token, because of the . at position (31|26)"):
            model.encode(bases)
        return
    encoding = model.encode(bases)
    covered = {base for span in encoding.spans if span for base in range(*span)}
    told = {base for span in encoding.uncovered for base in range(*span)}
    assert covered | told == set(range(len(bases)))
    assert not covered & told
    alphabet = str.maketrans("T", "U") if name == "RNA" else str.maketrans("U", "T")
    for i, span in enumerate(encoding.spans):
        if span is not None and i not in encoding.unknown:
            text = encoding.tokens[i].removeprefix("##").removeprefix("▁")
            assert text == bases[slice(*span)].upper().translate(alphabet)
    # A letter that is not a plain base may be unknown, together with the k-mers that hold it; no other may.
    strange = {i for i, letter in enumerate(bases.upper()) if letter not in "ACGTU"}
    for i in encoding.unknown:
        assert strange & set(range(*encoding.spans[i]))


@every_family
def test_law_1_gaps_are_refused_by_their_place(name):
    with pytest.raises(SequenceError, match=r"'-' at position 31.*Remove gaps"):
        lawful(name).encode(dna(30) + "--" + dna(20))


@every_family
def test_laws_2_and_3_nothing_is_lost_on_the_way_to_bases(name):
    if name in EXPERTS:
        # The output jumps where another expert is chosen, and no integral of its slope knows of that.
        with pytest.warns(UserWarning, match="ot converged within the tolerance"):
            result = attribute(lawful(name), dna(51))[0]
    else:
        result = attribute(lawful(name), dna(51))[0]
    moved = result.f_input - result.f_baseline
    assert_allclose(result.base_scores.sum() + result.special_score, result.token_scores.sum(), atol=1e-12)
    assert_allclose(result.delta, result.token_scores.sum() - moved, atol=1e-12)
    assert result.run.conserving
    assert result.converged is (name not in EXPERTS)
    allowed = 0.01 * max(abs(moved), 0.01 * float(np.abs(result.token_scores).sum()))
    assert abs(result.delta) <= allowed


@pytest.mark.filterwarnings("ignore:(?i).*not converged:UserWarning")
@pytest.mark.filterwarnings("ignore:Setting forward, backward hooks")
@every_family
def test_law_4_captum_agrees(name):
    model = lawful(name)
    bases = dna(50)
    token, baseline = reference_token(model)
    result = attribute(model, bases, n_steps=6, target=0, output="logit", baseline=baseline)[0]
    ids = torch.tensor([model.encode(bases).input_ids])
    covering = torch.tensor([span is not None for span in result.spans])
    with model.at_rest():
        captum = LayerIntegratedGradients(model.logits, find_layers(model, "embeddings")["embeddings"])
        scores = captum.attribute(ids, torch.where(covering, token, ids), target=0, n_steps=6)
    scores = scores.sum(-1)[0].detach().numpy()
    # Captum holds its weights in single precision.
    assert_allclose(result.token_scores, scores, rtol=1e-5, atol=1e-6 * np.abs(scores).max())


@pytest.mark.filterwarnings("ignore:(?i).*not converged:UserWarning")
@every_family
def test_law_5_company_and_order_change_nothing(name):
    model = lawful(name)
    sequences = [dna(length, seed) for seed, length in enumerate((40, 61, 40, 21))]
    alone = [attribute(model, one, n_steps=4)[0] for one in sequences]
    together = attribute(model, sequences, n_steps=4, batch_size=5)
    backwards = attribute(model, sequences[::-1], n_steps=4)
    for i, expected in enumerate(alone):
        for other in (together[i], backwards[len(sequences) - 1 - i]):
            assert other.sequence == expected.sequence
            size = np.abs(expected.token_scores).max()
            assert_allclose(other.token_scores, expected.token_scores, atol=error_of(name) * size)


@every_family
def test_law_6_the_model_is_left_as_it_was_found(name):
    model = lawful(name).model
    model.train()
    first = next(iter(model.parameters()))
    first.requires_grad_(False)

    def state():
        return [
            [(id(m), m.training, len(m._forward_hooks), len(m._forward_pre_hooks)) for m in model.modules()],
            [(id(p), p.requires_grad, p.dtype, p.grad, p.device) for p in model.parameters()],
            [getattr(m, "attention_type", None) for m in model.modules()],
            getattr(getattr(model, "config", None), "pad_token_id", None),
            torch.get_rng_state().tolist(),
            [str(part) for part in np.random.get_state()],  # noqa: NPY002 - what a model may draw from
        ]

    weights = [p.detach().clone() for p in model.parameters()]
    before = state()
    try:
        for sequence in (dna(40), dna(21)):
            attribute(lawful(name), sequence, tolerance="preview")
            assert state() == before
        assert all(torch.equal(a, b) for a, b in zip(weights, model.parameters(), strict=True))
    finally:
        model.eval()
        first.requires_grad_(True)


@pytest.mark.filterwarnings("ignore:(?i).*not converged:UserWarning")
@every_family
def test_law_7_the_predicted_class_is_explained_all_along(name):
    model = lawful(name)
    expected = int(model.predict(dna(50)).argmax())
    by_default, fixed = (
        attribute(model, dna(50), target=target, n_steps=4)[0] for target in (None, expected)
    )
    assert by_default.target == by_default.predicted == model.labels[expected]
    assert_allclose(by_default.token_scores, fixed.token_scores, rtol=1e-12, atol=1e-15)
    assert_allclose(by_default.probability, model.predict(dna(50))[0, expected], rtol=100 * error_of(name))


@every_family
def test_the_embedding_runs_once_in_a_forward_pass(name):
    model = lawful(name)
    ids = torch.tensor([model.encode(dna(50)).input_ids])
    layers = find_layers(model, "embeddings")
    with model.at_rest(), torch.no_grad():
        with replaced(layers, outputs_of(model, layers, ids)):
            again = model.logits(ids)
        assert torch.equal(again, model.logits(ids))


@every_family
def test_deeplift_is_complete_or_says_why_not(name):
    model = lawful(name)
    if name in EXPERTS:
        with pytest.raises(ModelError, match="as in a mixture of experts"):
            attribute(model, dna(50), method="deeplift")
        return
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        result = attribute(model, dna(50), method="deeplift")[0]
    words = [str(one.message) for one in said]
    if name in RECURRENT:
        assert any("has no rule for Mul, Sigmoid, Tanh" in sentence for sentence in words)
        assert not result.converged
        return
    assert words == []
    assert abs(result.delta) <= error_of(name) * max(abs(result.f_input - result.f_baseline), 0.1)


@every_family
def test_occlusion_of_everything_leaves_the_baseline(name):
    model = lawful(name)
    result = attribute(model, dna(50), method="occlusion", window=50, stride=50)[0]
    whole = attribute(model, dna(50), method="occlusion", window=10, stride=5)[0]
    assert np.isfinite(whole.base_scores).all()
    assert len(set(result.base_scores)) == 1
    assert whole.f_input == pytest.approx(result.f_input, rel=error_of(name))
    token, _ = reference_token(model)
    if result.run.baseline == "mask":
        hidden = [
            i if span is None else token
            for i, span in zip(model.encode(dna(50)).input_ids, result.spans, strict=True)
        ]
        with model.at_rest(), torch.no_grad():
            nothing = model.logits(torch.tensor([hidden])).double().numpy()[0]
        target = model.label_index(result.target)
        others = np.delete(nothing, target)
        f = nothing[target] - (np.log(np.exp(others).sum()) if model.head == "single_label" else 0)
        assert_allclose(result.base_scores[0], result.f_input - f, rtol=1e-3, atol=1e-6)


def test_a_long_sequence_is_read_as_ever_after_a_short_one():
    """A sparse BigBird turns its attention for good at the first short input; here it must turn back."""
    model = lawful("BigBird")
    fresh = model.predict(dna(61))
    short = model.predict(dna(21))
    assert model.model.bert.attention_type == "block_sparse"
    assert_allclose(model.predict([dna(21), dna(61)]), np.concatenate([short, fresh]), rtol=1e-12)
    full = Classifier(model.model, model.tokenizer)
    full.model.bert.set_attention_type("original_full")
    try:
        assert abs(full.predict(dna(61)) - fresh).max() > 1e-6
    finally:
        full.model.bert.set_attention_type("block_sparse")


@pytest.mark.parametrize(
    ("name", "elsewhere"),
    [
        *[(name, False) for name in ("6-mer BERT", "ModernBert", "Roberta", "Caduceus", "One-hot network")],
        *[(name, True) for name in ("Llama", "GPT2")],
    ],
)
def test_what_else_reads_the_ids_is_found_by_trying(name, elsewhere):
    model = lawful(name)
    ids = torch.tensor(model.encode(dna(50)).input_ids)
    with model.at_rest():
        assert reads_ids_elsewhere(model, find_layers(model, "embeddings"), ids) is elsewhere


@given(
    st.sampled_from([name for name in LAWFUL if name not in REFUSED]),
    st.text(alphabet="ACGTacgtuN", min_size=40, max_size=75),
)
def test_laws_1_and_2_hold_for_any_letters(name, letters):
    """Scores of tokens, whatever they are, come to bases without loss, whatever the letters are."""
    model = lawful(name)
    try:
        encoding = model.encode(letters)
    except SequenceError as refused:
        assert "unknown to the vocabulary" in str(refused) or "only N" in str(refused)  # noqa: PT017 - either
        return
    scores = np.random.default_rng(0).normal(size=len(encoding))
    bases = project(scores, encoding.spans, len(letters), "split")
    special = sum(s for s, span in zip(scores, encoding.spans, strict=True) if span is None)
    assert_allclose(np.nansum(bases) + special, scores.sum(), atol=1e-9)
