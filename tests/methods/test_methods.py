"""Every method: Captum's numbers where Captum has it, worked examples, the laws, and sentences for mistakes."""

from __future__ import annotations

import warnings

import captum.attr
import numpy as np
import pytest
import torch
from captum.attr import (
    FeatureAblation,
    GradientShap,
    InputXGradient,
    LayerConductance,
    LayerDeepLift,
    LayerGradientXActivation,
    LayerIntegratedGradients,
    NoiseTunnel,
)
from captum.attr import Saliency as CaptumSaliency
from numpy.testing import assert_allclose
from tokenizers import Regex, Tokenizer, models, pre_tokenizers
from torch import nn
from transformers import (
    BertConfig,
    BertForSequenceClassification,
    GPT2Config,
    GPT2ForSequenceClassification,
    PreTrainedTokenizerFast,
)

from captum_dna import Attributions, attribute
from captum_dna.engine.perturbation import covering, touching
from captum_dna.methods import METHODS
from captum_dna.methods import gradient_shap as gradient_shap_module
from captum_dna.methods import smoothgrad as smoothgrad_module
from captum_dna.methods.gradient_shap import GradientShap as OurGradientShap
from captum_dna.methods.saliency import Saliency
from captum_dna.model.classifier import Classifier
from captum_dna.model.hooks import find_layers, replaced
from tests.additive import Additive
from tests.toy import dna, family, kmer_bert, kmer_tokenizer, roughen

SOME_FAMILIES = ("6-mer BERT", "Roberta", "ModernBert")
INNER = {
    "6-mer BERT": "bert.encoder.layer.0",
    "Roberta": "roberta.encoder.layer.0",
    "ModernBert": "model.layers.0",
}
OWN = (
    "saliency",
    "input_x_gradient",
    "smoothgrad",
    "gradient_shap",
    "expected_gradients",
    "occlusion",
    "base_mask",
    "ism",
    "attention_rollout",
    "layer_conductance",
)


def options_of(method, name):
    """Return what a method needs to run on a family: an inner layer, or a baseline that its tokens allow."""
    if method == "layer_conductance":
        return {"layer": INNER[name], "n_steps": 20, "tolerance": 0.9}
    if method == "expected_gradients":
        return {"samples": 2} if name != "ModernBert" else {"baselines": ("mask", "zero")}
    return {"smoothgrad": {"samples": 3}, "gradient_shap": {"samples": 5}}.get(method, {})


every_method = pytest.mark.parametrize("method", OWN)
some_families = pytest.mark.parametrize("name", SOME_FAMILIES)


@pytest.fixture
def model():
    return kmer_bert(6)


def ends(model, bases):
    """Return ids, the masked ids, and the embedding block with both of its outputs."""
    encoding = model.encode(bases)
    ids = torch.tensor([encoding.input_ids])
    masked = torch.tensor([[4 if s else i for s, i in zip(encoding.spans, encoding.input_ids, strict=True)]])
    block = find_layers(model, "embeddings")["embeddings"]
    with torch.no_grad():
        return ids, masked, block, block(ids), block(masked)


def from_embeddings(model, ids, block):
    """Return the logits as a function of the embedding block's output."""

    def forward(values):
        with replaced({"block": block}, {"block": values}):
            return model.model(ids.expand(len(values), -1)).logits

    return forward


# --- laws ----------------------------------------------------------------------------------------


@some_families
@every_method
def test_every_method_scores_every_base(name, method):
    result = attribute(family(name), dna(40), method=method, **options_of(method, name))[0]
    assert result.base_scores.shape == (40,)
    assert np.isfinite(result.base_scores).all()
    assert result.method == method
    assert result.run.signed or (result.base_scores >= 0).all()
    assert np.isnan(result.delta) == np.isnan(result.f_baseline)


@some_families
@pytest.mark.parametrize("method", [name for name in OWN if METHODS[name].complete])
def test_law_3_complete_methods_are_complete(name, method):
    result = attribute(family(name), dna(40), method=method, **options_of(method, name))[0]
    assert result.converged
    assert_allclose(
        result.delta, result.token_scores.sum() - (result.f_input - result.f_baseline), atol=1e-12
    )


@pytest.mark.parametrize("name", ["6-mer BERT", "ModernBert"])
@every_method
def test_law_5_company_and_order_change_nothing(name, method):
    sequences = [dna(length, seed) for seed, length in enumerate((40, 45, 40))]
    options = options_of(method, name)
    together = attribute(family(name), sequences, method=method, **options)
    backwards = attribute(family(name), sequences[::-1], method=method, batch_size=3, **options)
    for i, sequence in enumerate(sequences):
        alone = attribute(family(name), sequence, method=method, batch_size=1, **options)[0]
        for other in (together[i], backwards[2 - i]):
            assert other.sequence == sequence
            # Captum evaluates the ends of each of its own batches twice.
            assert other.evaluations == alone.evaluations or method == "layer_conductance"
            assert_allclose(other.base_scores, alone.base_scores, rtol=1e-7, atol=1e-10)
            for key, value in alone.extras.items():
                assert_allclose(other.extras[key], value, rtol=1e-7, atol=1e-10)


@every_method
def test_law_6_the_model_is_left_as_it_was_found(model, method):
    inner = model.model
    inner.train()
    first = next(inner.parameters())
    first.requires_grad_(False)

    def state():
        return (
            [(m.training, len(m._forward_hooks), len(m._forward_pre_hooks)) for m in inner.modules()],
            [(p.requires_grad, p.grad is None, p.detach().sum().item()) for p in inner.parameters()],
            inner.config._attn_implementation,
            inner.config.to_dict(),
            torch.get_rng_state().tolist(),
            [str(part) for part in np.random.get_state()],  # noqa: NPY002 - the global state is the point
        )

    before = state()
    try:
        attribute(model, dna(30), method=method, **options_of(method, "6-mer BERT"))
        assert state() == before
    finally:
        inner.eval()
        first.requires_grad_(True)


@pytest.mark.parametrize("method", ["smoothgrad", "gradient_shap", "expected_gradients"])
def test_the_seed_and_nothing_else_decides_what_is_drawn(model, method):
    options = options_of(method, "6-mer BERT")
    one, same, other = (attribute(model, dna(40), method=method, seed=s, **options)[0] for s in (1, 1, 2))
    assert_allclose(one.token_scores, same.token_scores, rtol=0, atol=0)
    assert np.abs(one.token_scores - other.token_scores).max() > 1e-9


@pytest.mark.parametrize("method", ["saliency", "occlusion", "gradient_shap", "ism"])
def test_one_class_is_explained_as_asked(model, method):
    results = [attribute(model, dna(40), method=method, target=t)[0] for t in (0, 1)]
    assert [r.target for r in results] == ["LABEL_0", "LABEL_1"]
    assert_allclose(results[0].f_input, -results[1].f_input)


def test_extras_come_back_from_a_file_in_their_shape(model, tmp_path):
    ism = attribute(model, dna(40), method="ism")
    expected = attribute(model, dna(40), method="expected_gradients", samples=2)
    loaded = Attributions.load((ism + expected).save(tmp_path / "both.parquet"))
    assert loaded[0].extras["substitutions"].shape == (4, 40)
    for before, after in zip(ism + expected, loaded, strict=True):
        assert before.extras.keys() == after.extras.keys()
        for key, value in before.extras.items():
            assert after.extras[key].tobytes() == value.tobytes()


# --- Captum --------------------------------------------------------------------------------------


@some_families
def test_input_x_gradient_is_captums(name):
    model = family(name)
    result = attribute(model, dna(40), method="input_x_gradient", target=1, output="logit")[0]
    ids = torch.tensor([model.encode(dna(40)).input_ids])
    captum_method = LayerGradientXActivation(
        lambda rows: model.model(rows).logits, find_layers(model, "embeddings")["embeddings"]
    )
    expected = captum_method.attribute(ids, target=1).sum(-1)[0].detach().numpy()
    assert_allclose(result.token_scores, expected, rtol=1e-9, atol=1e-12)


def test_saliency_is_captums(model):
    ids, _, block, x, _ = ends(model, dna(40))
    theirs = CaptumSaliency(from_embeddings(model, ids, block)).attribute(x.requires_grad_(), target=1)[0]
    for norm, expected in (("l1", theirs.sum(-1)), ("l2", theirs.norm(dim=-1))):
        result = attribute(model, dna(40), method="saliency", norm=norm, target=1, output="logit")[0]
        assert_allclose(result.token_scores, expected.numpy(), rtol=1e-9)
        assert not result.run.signed


def test_gradient_shap_is_captums_at_the_same_random_points(model, monkeypatch):
    class Drawn:
        def random(self, size):
            return np.linspace(0.1, 0.9, size)

    monkeypatch.setattr(gradient_shap_module, "chance_of", lambda encoding, seed: Drawn())
    result = attribute(model, dna(40), method="gradient_shap", samples=6, target=1, output="logit")[0]
    alphas = (np.arange(6) + np.linspace(0.1, 0.9, 6)) / 6
    monkeypatch.setattr(np.random, "uniform", lambda low, high, size: alphas)
    ids, _, block, x, reference = ends(model, dna(40))
    theirs = GradientShap(from_embeddings(model, ids, block)).attribute(x, reference, target=1, n_samples=6)
    assert_allclose(result.token_scores, theirs.sum(-1)[0].numpy(), rtol=1e-6)
    assert result.evaluations == 8


def test_smoothgrad_is_captums_noise_tunnel_with_the_same_noise(model, monkeypatch):
    ids, _, block, x, _ = ends(model, dna(40))
    noise = torch.randn(4, *x.shape[1:], dtype=x.dtype, generator=torch.Generator().manual_seed(1))
    one_each = iter(noise)
    monkeypatch.setattr(smoothgrad_module, "noise_like", lambda *_: {"embeddings": next(one_each)})
    result = attribute(
        model, dna(40), method="smoothgrad", base="input_x_gradient", samples=4, target=1, output="logit"
    )[0]
    monkeypatch.setattr(torch, "normal", lambda mean, std: noise)
    theirs = NoiseTunnel(InputXGradient(from_embeddings(model, ids, block))).attribute(
        x.requires_grad_(), nt_samples=4, stdevs=1.0, target=1
    )
    assert_allclose(result.token_scores, theirs.sum(-1)[0].detach().numpy(), rtol=1e-9)


def test_smoothgrad_without_noise_is_the_method_it_smooths(model):
    for base, options in (
        ("saliency", {}),
        ("input_x_gradient", {}),
        ("integrated_gradients", {"n_steps": 7}),
    ):
        plain = attribute(model, dna(40), method=base, **options)[0]
        smooth = attribute(model, dna(40), method="smoothgrad", base=base, samples=2, noise=0, nodes=7)[0]
        assert_allclose(smooth.token_scores, plain.token_scores, rtol=1e-5, atol=1e-9)
        assert smooth.run.signed == plain.run.signed


def test_noise_is_a_share_of_the_embeddings_spread(model):
    *_, x, _ = ends(model, dna(60))
    drawn = smoothgrad_module.noise_like({"x": x[0]}, 0.5, np.random.default_rng(0))["x"]
    assert_allclose(drawn.std() / x.std(), 0.5, rtol=0.05)


def test_masking_a_base_is_captums_ablation_of_all_tokens_that_cover_it(model):
    result = attribute(model, dna(30), method="base_mask", target=1, output="logit")[0]
    ids, masked, *_ = ends(model, dna(30))
    ablation = FeatureAblation(lambda rows: model.model(rows).logits)
    for base in (0, 3, 17, 29):
        group = torch.tensor([[int(s is not None and s[0] <= base < s[1]) for s in result.spans]])
        place = int(group[0].argmax())
        theirs = ablation.attribute(ids, masked, target=1, feature_mask=group)[0, place]
        assert_allclose(result.base_scores[base], theirs.item(), rtol=1e-9)


@some_families
def test_layer_conductance_is_captums(name):
    model = family(name)
    options = {"layer": INNER[name], "n_steps": 10, "target": 1, "output": "logit", "tolerance": 0.5}
    result = attribute(model, dna(40), method="layer_conductance", **options)[0]
    ids, _, block, x, _ = ends(model, dna(40))
    mask = model.tokenizer.mask_token_id
    with torch.no_grad():
        reference = block(torch.where(torch.tensor([s is not None for s in result.spans]), mask, ids))
    layer = model.model.get_submodule(INNER[name])
    theirs = LayerConductance(from_embeddings(model, ids, block), layer).attribute(
        x, reference, target=1, n_steps=10
    )
    theirs = theirs[0] if isinstance(theirs, tuple) else theirs
    assert_allclose(result.token_scores, theirs.sum(-1)[0].detach().numpy(), rtol=1e-9, atol=1e-12)


def test_captums_classes_are_methods(model):
    block = find_layers(model, "embeddings")["embeddings"]
    ids, masked, *_ = ends(model, dna(40))
    forward = lambda rows: model.model(rows).logits[:, 1]  # noqa: E731 - one line says it
    path = attribute(
        model, dna(40), method=LayerIntegratedGradients, n_steps=9, target=1, output="logit", tolerance=0.5
    )[0]
    theirs = LayerIntegratedGradients(forward, block).attribute(ids, masked, n_steps=9)
    assert_allclose(path.token_scores, theirs.sum(-1)[0].detach().numpy(), rtol=1e-9, atol=1e-12)
    ours = attribute(model, dna(40), method="integrated_gradients", n_steps=9, target=1, output="logit")[0]
    assert_allclose(path.delta, ours.delta, atol=1e-6)
    assert path.extras["n_steps"] == 9
    assert path.method == "captum.LayerIntegratedGradients"
    activation = attribute(model, dna(40), method=LayerGradientXActivation)[0]
    plain = attribute(model, dna(40), method="input_x_gradient")[0]
    assert_allclose(activation.token_scores, plain.token_scores, rtol=1e-9, atol=1e-12)


def test_a_preview_of_expected_gradients_is_marked_as_one(model):
    result = attribute(model, dna(40), method="expected_gradients", samples=2, tolerance="preview")[0]
    assert result.evaluations == 10
    assert not result.converged


def test_captums_deeplift_is_shown_to_be_incomplete_where_it_is(model):
    with pytest.warns(UserWarning, match="ot converged within the tolerance"):
        result = attribute(model, dna(40), method=LayerDeepLift)[0]
    assert not result.converged
    assert abs(result.delta) > 0.01 * abs(result.f_input - result.f_baseline)
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in model.model.modules())


# --- worked examples -----------------------------------------------------------------------------


class Linear(nn.Module):
    """f = w . (sum of the embeddings of all tokens)."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.table = nn.Embedding(69, 4, dtype=torch.float64)
        self.weight = nn.Parameter(torch.tensor([1.0, -2.0, 0.5, 3.0], dtype=torch.float64))

    def get_input_embeddings(self):
        return self.table

    def forward(self, ids, _mask):
        return (self.table(ids) * self.weight).sum((1, 2))


class Product(nn.Module):
    """f = a * b over the first two tokens after [CLS]."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.table = nn.Embedding(69, 1, dtype=torch.float64)

    def get_input_embeddings(self):
        return self.table

    def forward(self, ids, _mask):
        value = self.table(ids)[:, 1:3, 0]
        return value[:, 0] * value[:, 1]


@pytest.fixture
def linear():
    with torch.random.fork_rng():
        network = Linear()
    return Classifier(network, kmer_tokenizer(3), forward=network)


@pytest.fixture
def product():
    with torch.random.fork_rng():
        network = Product()
    return Classifier(network, kmer_tokenizer(3), forward=network)


def token_values(model, bases):
    """Return what each token adds to f in the linear model."""
    network = model.model
    return (network.table(torch.tensor(model.encode(bases).input_ids)) @ network.weight).detach().numpy()


def test_a_linear_model_gives_every_path_the_same_scores(linear):
    bases = dna(12)
    mask = (linear.model.table.weight[4] @ linear.model.weight).item()
    by_hand = token_values(linear, bases) - mask
    by_hand[[0, -1]] = 0
    shap = attribute(linear, bases, method="gradient_shap")[0]
    assert_allclose(shap.token_scores, by_hand, atol=1e-12)
    assert_allclose(shap.error, 0, atol=1e-12)
    smooth = attribute(linear, bases, method="smoothgrad", noise=0)[0]
    assert_allclose(smooth.token_scores, by_hand, atol=1e-12)
    expected = attribute(linear, bases, method="expected_gradients", baselines=("mask", "zero"))[0]
    from_zero = token_values(linear, bases)
    from_zero[[0, -1]] = 0
    assert_allclose(expected.extras["scores_by_baseline"], [by_hand, from_zero], atol=1e-12)
    assert_allclose(expected.extras["spread"], np.abs(by_hand - from_zero) / 2, atol=1e-12)
    assert_allclose(expected.token_scores, (by_hand + from_zero) / 2, atol=1e-12)
    assert expected.evaluations == 18


def test_a_linear_model_read_by_its_gradient(linear):
    bases = dna(12)
    times = attribute(linear, bases, method="input_x_gradient")[0]
    assert_allclose(times.token_scores, token_values(linear, bases), atol=1e-12)
    assert_allclose(attribute(linear, bases, method="saliency")[0].token_scores, np.sqrt(14.25))
    assert_allclose(attribute(linear, bases, method="saliency", norm="l1")[0].token_scores, 6.5)


def test_hiding_in_a_linear_model_takes_away_the_tokens_that_cover_the_window(linear):
    bases = dna(12)
    gain = (token_values(linear, bases) - (linear.model.table.weight[4] @ linear.model.weight).item())[1:-1]
    masked = attribute(linear, bases, method="base_mask")[0]
    assert_allclose(masked.base_scores[0], gain[0], atol=1e-12)
    assert_allclose(masked.base_scores[5], gain[3:6].sum(), atol=1e-12)
    assert masked.evaluations == 13
    windows = attribute(linear, bases, method="occlusion", window=4, stride=4)[0]
    assert_allclose(windows.base_scores[:4], gain[:4].sum(), atol=1e-12)
    assert_allclose(windows.base_scores[4:8], gain[2:8].sum(), atol=1e-12)
    assert windows.evaluations == 4
    overlapping = attribute(linear, bases, method="occlusion", window=8, stride=4)[0]
    assert_allclose(overlapping.base_scores[5], (gain[:8].sum() + gain[2:].sum()) / 2, atol=1e-12)
    zeroed = attribute(linear, bases, method="base_mask", baseline="zero")[0]
    assert_allclose(zeroed.base_scores[0], token_values(linear, bases)[1], atol=1e-12)


def test_the_last_window_ends_with_the_sequence(linear):
    result = attribute(linear, dna(11), method="occlusion", window=4, stride=4)[0]
    assert result.evaluations == 4
    assert np.isfinite(result.base_scores).all()


def test_mutagenesis_of_a_linear_model_by_hand(linear):
    bases = "ACGTACGT"
    result = attribute(linear, bases, method="ism")[0]
    f = {letter: token_values(linear, f"ACG{letter}ACGT").sum() for letter in "ACGT"}
    expected = [f[letter] - f["T"] for letter in "ACGT"]
    assert_allclose(result.extras["substitutions"][:, 3], expected, atol=1e-12)
    assert_allclose(result.base_scores[3], -np.mean(expected[:3]), atol=1e-12)
    assert result.extras["substitutions"].shape == (4, 8)
    assert result.evaluations == 25


def test_mutagenesis_of_an_unknown_base_has_four_mutants_and_of_lower_case_three(linear):
    unknown = attribute(linear, "ACGTNACGTACGTACG", method="ism")[0]
    assert (unknown.extras["substitutions"][:, 4] != 0).all()
    upper, lower = (attribute(linear, b, method="ism")[0] for b in ("ACGTACGT", "acguacgu"))
    assert_allclose(upper.base_scores, lower.base_scores)


def test_mutants_of_soft_masked_bases_are_soft_masked_where_small_letters_are_words_of_their_own():
    core = Tokenizer(models.WordLevel({word: i for i, word in enumerate(["[UNK]", *"ACGTNacgtn"])}, "[UNK]"))
    core.pre_tokenizer = pre_tokenizers.Split(Regex("."), "isolated")
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=core, unk_token="[UNK]", pad_token="[UNK]")
    module = Additive(11)
    model = Classifier(module, tokenizer, forward=module)
    with pytest.warns(UserWarning, match="lower-case"):
        (result,) = attribute(model, "ACgtAC", method="ism", output="logit", target=0, progress=False)
    value = module.embeddings.weight.detach().sum(dim=1)
    known = {word: float(value[tokenizer.convert_tokens_to_ids(word)]) for word in "ACGTacgt"}
    for place, letter in enumerate("ACgtAC"):
        words = "acgt" if letter.islower() else "ACGT"
        expected = [known[word] - known[letter] for word in words]
        assert_allclose(result.extras["substitutions"][:, place], expected, atol=1e-12)


def test_a_product_is_shared_by_paths_and_doubled_by_its_gradient(product):
    bases = "ACGTA"
    a, b = product.model.table(torch.tensor(product.encode(bases).input_ids))[1:3, 0].tolist()
    expected = attribute(product, bases, method="expected_gradients", baselines="zero")[0]
    assert_allclose(expected.token_scores, [0, a * b / 2, a * b / 2, 0, 0], atol=1e-12)
    times = attribute(product, bases, method="input_x_gradient")[0]
    assert_allclose(times.token_scores, [0, a * b, a * b, 0, 0], atol=1e-12)
    saliency = attribute(product, bases, method="saliency")[0]
    assert_allclose(saliency.token_scores, [0, abs(b), abs(a), 0, 0], atol=1e-12)
    masked = attribute(product, bases, method="base_mask", baseline="zero")[0]
    assert_allclose(masked.base_scores, [a * b] * 4 + [0], atol=1e-12)


def test_several_layers_are_scored_apart(model):
    layers = ["tokens", "positions", "token_types"]
    result = attribute(model, dna(40), method="gradient_shap", layer=layers)[0]
    assert set(result.parts) == set(layers)
    assert_allclose(sum(result.parts.values()), result.token_scores)
    assert_allclose(result.parts["token_types"], 0, atol=1e-12)


def test_spans_of_tokens_that_overlap_and_that_cover_removed_bases(model):
    encoding = model.encode(dna(12))
    assert covering(encoding, [0, 6], [1, 7])[:, 1:-1].sum(axis=1).tolist() == [1, 6]
    removed = np.zeros((2, 12), bool)
    removed[0, 6] = True
    removed[1, [0, 11]] = True
    assert touching(encoding, removed).tolist()[0] == covering(encoding, [6], [7]).tolist()[0]
    assert np.flatnonzero(touching(encoding, removed)[1]).tolist() == [1, 7]


# --- attention -----------------------------------------------------------------------------------


def test_rollout_of_two_layers_by_hand(model):
    result = attribute(model, dna(40), method="attention_rollout")[0]
    ids = torch.tensor([model.encode(dna(40)).input_ids])
    copy = BertForSequenceClassification(model.model.config).double().eval()
    copy.load_state_dict(model.model.state_dict())
    copy.set_attn_implementation("eager")
    try:
        first, second = (a[0].mean(0).detach().numpy() for a in copy(ids, output_attentions=True).attentions)
    finally:
        copy.set_attn_implementation("sdpa")
    eye = np.eye(len(first))
    expected = ((second + eye) / 2 @ (first + eye) / 2)[0]
    assert_allclose(result.token_scores, expected, rtol=1e-9)
    assert_allclose(result.token_scores.sum(), 1)
    assert result.evaluations == 2


def test_rollout_can_be_read_elsewhere(model):
    first, last, mean = (
        attribute(model, dna(40), method="attention_rollout", reads=reads)[0]
        for reads in ("first", "last", "mean")
    )
    assert_allclose(first.token_scores, attribute(model, dna(40), method="attention_rollout")[0].token_scores)
    assert np.abs(first.token_scores - last.token_scores).max() > 1e-6
    assert_allclose(mean.token_scores.sum(), 1)


def test_rollout_of_a_model_that_looks_back_is_read_at_the_last_token():
    config = GPT2Config(
        vocab_size=69, n_embd=16, n_layer=2, n_head=2, n_positions=80,
        pad_token_id=0, bos_token_id=None, eos_token_id=None,
    )  # fmt: skip
    causal = Classifier(roughen(GPT2ForSequenceClassification(config)), kmer_tokenizer(3))
    own, last, first = (
        attribute(causal, dna(40), method="attention_rollout", **options)[0].token_scores
        for options in ({}, {"reads": "last"}, {"reads": "first"})
    )
    assert_allclose(own, last)
    assert first.tolist() == [1] + [0] * (len(first) - 1)


@pytest.mark.parametrize("method", ["saliency", "gradient_shap", "attention_rollout"])
def test_bfloat16_is_close(method):
    config = BertConfig(
        vocab_size=69, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16
    )
    network = roughen(BertForSequenceClassification(config), seed=3).float()
    small = Classifier(network, kmer_tokenizer(3))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # completeness is not what is asked for here
        exact, rough = (
            attribute(small, dna(60), method=method, precision=p)[0].base_scores
            for p in ("float32", "bfloat16")
        )
    assert np.corrcoef(exact, rough)[0, 1] > 0.98


def test_a_model_without_attention_says_so(linear):
    with pytest.raises(ValueError, match="gives no token-by-token attention, so there is none to roll out"):
        attribute(linear, dna(12), method="attention_rollout")


# --- mistakes ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"method": "occlusion", "window": 31}, "has 30 bases, fewer than the window of 31"),
        ({"method": "occlusion", "window": 0}, "window must be a width in bases"),
        ({"method": "occlusion", "window": 4, "stride": 5}, r"stride is 1 to window \(4\)"),
        ({"method": "occlusion", "width": 4}, "no option 'width'; its own options are window, stride"),
        ({"method": "saliency", "norm": "l3"}, "no norm 'l3'. Choose one of l2, l1"),
        ({"method": "smoothgrad", "base": "ism"}, "cannot smooth 'ism'. Choose one of saliency"),
        ({"method": "smoothgrad", "noise": -1}, "noise must be a share"),
        ({"method": "smoothgrad", "samples": 0}, "samples must be the number of random draws, at least 1"),
        ({"method": "smoothgrad", "nodes": 0}, "nodes must be the number of points"),
        ({"method": "gradient_shap", "samples": 1}, "at least 2"),
        ({"method": "expected_gradients", "baselines": ()}, "at least one baseline"),
        ({"method": "expected_gradients", "baselines": "noise!"}, "no baseline 'noise!'"),
        ({"method": "attention_rollout", "reads": "middle"}, "no reader 'middle'"),
        ({"method": "layer_conductance"}, "Give `layer=` a module, such as 'bert.encoder.layer.0'"),
        ({"method": "layer_conductance", "layer": ["tokens", "positions"]}, "scores one layer. Name one"),
        ({"method": "layer_conductance", "tolerance": "preview"}, "has no integral"),
        ({"method": "lrp"}, "left out: it is patented"),
        ({"method": captum.attr.LayerLRP}, "left out: it is patented"),
        ({"method": captum.attr.LayerGradientShap}, "Use `method='gradient_shap'`"),
        ({"method": captum.attr.LayerGradCam}, "it averages over the token axis"),
        ({"method": captum.attr.IntegratedGradients}, "none of Captum's layer methods"),
        (
            {"method": LayerDeepLift, "baseline": "zero"},
            "needs a baseline of tokens, and 'zero' has none",
        ),
        ({"method": LayerDeepLift, "steps": 3}, "has no option 'steps' .did you mean .n_steps=."),
    ],
)
def test_impossible_choices_get_a_sentence(model, options, sentence):
    with pytest.raises(ValueError, match=sentence):
        attribute(model, dna(30), **options)


@pytest.mark.parametrize(
    "method", ["saliency", "gradient_shap", "base_mask", "ism", "attention_rollout", "smoothgrad"]
)
def test_a_sequence_without_a_finite_output_is_named_and_the_others_go_on(method):
    config = BertConfig(
        vocab_size=69, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16
    )
    network = roughen(BertForSequenceClassification(config))
    poisoned = Classifier(network, kmer_tokenizer(3))
    with torch.no_grad():
        network.bert.embeddings.word_embeddings.weight[poisoned.encoder.vocabulary["AAA"]] = float("nan")
    sequences = {"good": "ACGTACGTACGT", "bad": "ACGTAAACGTAC"}
    if method == "ism":
        sequences["good"] = "CGCGCGCGCGCG"
    with pytest.warns(UserWarning, match="output is not a number"):
        good, bad = attribute(poisoned, sequences, method=method)
    assert good.converged
    assert np.isfinite(good.base_scores).all()
    assert not bad.converged


@pytest.mark.parametrize(
    "method", ["integrated_gradients", "deeplift", "base_mask", "gradient_shap", "layer_conductance"]
)
def test_running_out_of_memory_halves_the_batch_and_loses_nothing(model, method):
    sizes = []

    def tight(ids, mask):
        sizes.append(len(ids))
        if len(ids) > 3:  # three are tried when a model is loaded
            raise torch.OutOfMemoryError("too much")
        return model.model(ids, mask).logits

    narrow = Classifier(model.model, model.tokenizer, forward=tight)
    sequences = [dna(40, seed) for seed in range(5)]
    options = options_of(method, "6-mer BERT")
    ours, theirs = (attribute(m, sequences, method=method, **options) for m in (narrow, model))
    for one, other in zip(ours, theirs, strict=True):
        assert_allclose(one.base_scores, other.base_scores, rtol=1e-8, atol=1e-12)
    assert max(sizes) > 3


def test_methods_can_be_given_as_objects(model):
    by_name = attribute(model, dna(40), method="saliency", norm="l1")[0]
    by_object = attribute(model, dna(40), method=Saliency("l1"))[0]
    assert_allclose(by_name.token_scores, by_object.token_scores)
    assert by_object.run.method_options == {"norm": "l1"}
    with pytest.raises(ValueError, match="Give the options to the method object itself"):
        attribute(model, dna(40), method=OurGradientShap(), samples=3)


def test_every_method_states_its_cost_and_kind():
    for name, method in METHODS.items():
        assert method.name == name
        assert method.cost
        assert all(isinstance(flag, bool) for flag in (method.complete, method.signed, method.on_path))
