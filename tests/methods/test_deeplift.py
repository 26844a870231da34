from __future__ import annotations

import copy
import math
import re
import warnings
from itertools import pairwise

import numpy as np
import pytest
import torch
import transformers
from captum.attr import LayerDeepLift
from numpy.testing import assert_allclose
from torch import nn
from torch.nn import functional as F  # noqa: N812 - its usual name

from captum_dna import attribute, load, read
from captum_dna.core.errors import UserError
from captum_dna.engine.estimate import allowed_error
from captum_dna.methods.deeplift import Walk, without_rule
from captum_dna.model.classifier import Classifier
from tests.toy import (
    FAMILIES,
    bpe_tokenizer,
    dna,
    family,
    kmer_bert,
    kmer_tokenizer,
    lawful,
    nucleotide_transformer,
    roughen,
)

every_family = pytest.mark.parametrize("name", FAMILIES)


def multipliers(function, x, r):
    """Return both values of a function of several tensors, and the multipliers of each tensor."""
    x, r = ([value.clone().requires_grad_() for value in values] for values in (x, r))
    walk = Walk()
    with walk.of_reference():
        f_r = function(*r)
    with walk.of_input():
        f = function(*x)
    assert without_rule(f) == []
    return f.detach(), f_r.detach(), torch.autograd.grad(f.sum(), x)


def pairs(*shapes, seed=0, positive=False, dtype=torch.float64):
    """Return random tensors of these shapes for the input and for the reference."""
    generator = torch.Generator().manual_seed(seed)
    drawn = [torch.randn(2, *shape, generator=generator, dtype=dtype) for shape in shapes]
    drawn = [value.abs() + 0.1 if positive else value for value in drawn]
    return [value[0] for value in drawn], [value[1] for value in drawn]


def completeness_error(function, x, r):
    f, f_r, found = multipliers(function, x, r)
    scores = sum(((a - b) * m).sum() for a, b, m in zip(x, r, found, strict=True))
    return float(scores - (f.sum() - f_r.sum())), float((f - f_r).abs().sum())


def times_itself(x):
    y = x + 1
    y *= x
    y /= x.square() + 1
    return y


def written_into(x):
    buffer = torch.zeros(4, 5, dtype=x.dtype)
    buffer[1:3] = x[1:3].tanh()
    return buffer * x


def einsum_overwritten(a, b):
    y = torch.einsum("ij,kj->ik", a, b)
    y[:, 0] = a.tanh().sum(-1)
    return y


def overwritten(x):
    """Change a tensor in place after a nonlinear operation has read it."""
    y = 2 * x
    z = y.tanh()
    y += 5
    return y * z


OF_ONE = {
    **{
        name: getattr(torch, name)
        for name in ("tanh", "sigmoid", "erf", "exp", "sin", "cos", "abs", "square")
    },
    "relu": F.relu,
    "relu in place": lambda x: F.relu(2 * x, inplace=True),
    "gelu": F.gelu,
    "gelu tanh": lambda x: F.gelu(x, approximate="tanh"),
    "silu": F.silu,
    "silu in place": lambda x: F.silu(2 * x, inplace=True),
    "mish": F.mish,
    "softplus": F.softplus,
    "elu": F.elu,
    "leaky relu": lambda x: F.leaky_relu(x, 0.1),
    "hardswish": F.hardswish,
    "softsign": F.softsign,
    "logsigmoid": F.logsigmoid,
    "clamp": lambda x: x.clamp(-0.5, 0.7),
    "clamp at a tensor": lambda x: torch.clamp(x, min=torch.zeros(5, dtype=x.dtype)),
    "cube": lambda x: x**3,
    "square of an operator": lambda x: x**2,
    "exponent": lambda x: 2.0**x,
    "square in place": lambda x: (1 * x).pow_(2),
    "product with itself": lambda x: x * x,
    "product in place": lambda x: (3 * x).mul_(x),
    "operator in place": times_itself,
    "gate": lambda x: F.glu(x.repeat(1, 2)),
    "softmax": lambda x: x.softmax(-1) * torch.arange(5.0, dtype=x.dtype),
    "softmax of rows": lambda x: torch.softmax(x, 0)[1],
    "masked softmax": lambda x: F.softmax(x.masked_fill(torch.eye(4, 5).bool(), -math.inf), -1)[:, 0],
    "log softmax": lambda x: F.log_softmax(x, dim=-1)[:, 2],
    "logsumexp": lambda x: x.logsumexp(-1),
    "logsumexp kept": lambda x: x.logsumexp(0, keepdim=True),
    "layer norm": lambda x: F.layer_norm(
        x, (5,), torch.arange(5.0, dtype=x.dtype), torch.ones(5, dtype=x.dtype)
    ),
    "layer norm of all": lambda x: F.layer_norm(x, (4, 5), torch.arange(20.0, dtype=x.dtype).view(4, 5)),
    "rms norm": lambda x: F.rms_norm(x, (5,), torch.arange(5.0, dtype=x.dtype)),
    "rms norm in Python": lambda x: x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6),
    "variance": lambda x: x.var(-1),
    "biased variance": lambda x: torch.var(x, dim=-1, unbiased=False),
    "deviation": lambda x: x.std(),
    "norm": lambda x: x.norm(dim=-1),
    "vector norm": lambda x: torch.linalg.vector_norm(x, dim=-1),
    "normalised": lambda x: F.normalize(x, dim=-1),
    "largest": lambda x: x.amax(-1),
    "largest and where": lambda x: x.max(1, keepdim=True).values,
    "largest of all": lambda x: x.max(),
    "max pooling": lambda x: F.max_pool1d(x, 3, 2, padding=1),
    "max pooling as a module": nn.MaxPool1d(2),
    "max pooling of all": nn.AdaptiveMaxPool1d(1),
    "reciprocal of a sum": lambda x: 1 / (x.square().sum(-1) + 1),
    "where": lambda x: torch.where(torch.eye(4, 5).bool(), x.tanh(), x),
    "written into": written_into,
    "overwritten": overwritten,
    "convolution": lambda x: F.conv1d(x[None], torch.ones(2, 4, 3, dtype=x.dtype)).tanh(),
    "linear": lambda x: F.linear(x, torch.arange(10.0, dtype=x.dtype).view(2, 5)),
    "triangle": lambda x: solve(x[:, :4].cosh(), torch.ones(4, 1, dtype=x.dtype), upper=False),
    "right side of a triangle": lambda x: solve(torch.eye(4, dtype=x.dtype) + 1, x, upper=True),
    "Fourier": lambda x: torch.fft.irfft(torch.fft.rfft(x) * torch.fft.rfft(x.tanh())),
}


@pytest.mark.parametrize("name", OF_ONE)
@pytest.mark.parametrize(("dtype", "error"), [(torch.float64, 1e-12), (torch.float32, 3e-6)])
def test_every_operation_is_complete(name, dtype, error):
    x, r = pairs((4, 5), dtype=dtype)
    missing, moved = completeness_error(OF_ONE[name], x, r)
    assert moved > 0.01
    assert abs(missing) <= error * max(1, moved)


@pytest.mark.parametrize("name", ["log", "log2", "log1p", "sqrt", "rsqrt", "reciprocal"])
def test_every_operation_on_positive_numbers_is_complete(name):
    x, r = pairs((4, 5), positive=True)
    missing, moved = completeness_error(getattr(torch, name), x, r)
    assert abs(missing) <= 1e-12 * max(1, moved)


solve = torch.linalg.solve_triangular
OF_SEVERAL = {
    "product": (lambda a, b: a * b, [(3, 4), (3, 4)]),
    "product of shapes": (lambda a, b: a * b, [(2, 3, 4), (3, 1)]),
    "quotient": (lambda a, b: a / (b.square() + 1), [(3, 4), (4,)]),
    "power": (lambda a, b: (a.square() + 1) ** b, [(3, 4), (3, 4)]),
    "matrices": (lambda a, b: a @ b, [(3, 4), (4, 2)]),
    "stacks of matrices": (torch.matmul, [(2, 3, 4), (4, 2)]),
    "a matrix and a vector": (torch.matmul, [(3, 4), (4,)]),
    "batches": (torch.bmm, [(2, 3, 4), (2, 4, 5)]),
    "sums and products": (torch.baddbmm, [(2, 3, 5), (2, 3, 4), (2, 4, 5)]),
    "fused": (torch.addcmul, [(3, 4), (3, 4), (3, 4)]),
    "Einstein": (lambda a, b: torch.einsum("bij,bkj->bik", a, b), [(2, 3, 4), (2, 5, 4)]),
    "Einstein, overwritten": (einsum_overwritten, [(3, 4), (5, 4)]),
    "outer": (torch.outer, [(3,), (4,)]),
    "maximum": (torch.maximum, [(3, 4), (4,)]),
    "minimum": (torch.minimum, [(3, 4), (3, 4)]),
    "larger": (torch.max, [(3, 4), (3, 4)]),
    "sum of squares": (lambda a, b: torch.addcmul(a, b, b), [(3, 4), (3, 4)]),
    "lower triangle": (lambda a, b: solve(a, b, upper=False, unitriangular=True), [(2, 3, 3), (2, 3, 4)]),
    "upper triangle": (lambda a, b: solve(a.cosh(), b, upper=True), [(3, 3), (3, 4)]),
    "triangle at the right": (lambda a, b: solve(a.cosh(), b, upper=False, left=False), [(3, 3), (2, 4, 3)]),
    "operands by name": (lambda a, b: solve(B=b, input=a, upper=True, unitriangular=True), [(3, 3), (3, 4)]),
}


@pytest.mark.parametrize("name", OF_SEVERAL)
def test_every_operation_of_several_tensors_is_complete(name):
    function, shapes = OF_SEVERAL[name]
    missing, moved = completeness_error(function, *pairs(*shapes))
    assert moved > 0.01
    assert abs(missing) <= 1e-12 * max(1, moved)


SEES = torch.ones(6, 6, dtype=torch.bool).tril(2)
ATTENTION = {
    "plain": {},
    "causal": {"is_causal": True},
    "boolean mask": {"attn_mask": SEES},
    "blind query": {"attn_mask": SEES & (torch.arange(6) != 1).unsqueeze(1)},
    "additive mask": {"attn_mask": torch.linspace(-2, 2, 36, dtype=torch.float64).view(6, 6)},
    "infinite mask": {"attn_mask": torch.zeros(6, 6, dtype=torch.float64).masked_fill(~SEES, -math.inf)},
    "scale": {"scale": 3.0},
    "shared heads": {"enable_gqa": True},
}


@pytest.mark.parametrize("name", ATTENTION)
def test_attention_is_pytorchs_and_complete(name):
    heads = 2 if name == "shared heads" else 4
    x, r = pairs((2, 4, 6, 8), (2, heads, 6, 8), (2, heads, 6, 8))

    def function(q, k, v):
        return F.scaled_dot_product_attention(q, k, v, **ATTENTION[name])

    missing, moved = completeness_error(function, x, r)
    assert abs(missing) <= 1e-12 * moved
    assert_allclose(multipliers(function, x, r)[0], function(*x), atol=1e-12)


@pytest.mark.parametrize("activation", ["relu", "gelu"])
def test_pytorchs_own_transformer_layer_is_complete(activation):
    torch.manual_seed(0)
    layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=False, activation=activation).double().eval()
    layer.requires_grad_(requires_grad=False)
    missing, moved = completeness_error(layer, *pairs((5, 3, 8)))
    assert abs(missing) <= 1e-12 * moved


def test_a_product_is_shared_as_by_shapley():
    """From (1, 2) to (3, 5): either factor first gives 2 * 2 or 2 * 5, and 3 * 3 or 1 * 3."""
    x, r = ([torch.tensor(float(v)) for v in values] for values in ((3, 5), (1, 2)))
    f, f_r, (a, b) = multipliers(lambda a, b: a * b, x, r)
    assert (f, f_r) == (15, 2)
    assert ((3 - 1) * a, (5 - 2) * b) == ((2 * 2 + 2 * 5) / 2, (3 * 3 + 1 * 3) / 2)


def test_a_gelu_unit_by_hand():
    """f = 3 gelu(a - 2 b): the quotient of gelu between both ends, times 3 and times the weights."""

    def gelu(t):
        return t * (1 + math.erf(t / math.sqrt(2))) / 2

    x, r = ([torch.tensor(float(v), dtype=torch.float64) for v in values] for values in ((1, -1), (0, 1)))
    slope = 3 * (gelu(3) - gelu(-2)) / 5
    _, _, (a, b) = multipliers(lambda a, b: 3 * F.gelu(a - 2 * b), x, r)
    assert_allclose([a, b], [slope, -2 * slope])


def test_softmax_over_two_is_the_quotient_of_the_sigmoid():
    """The first probability is sigmoid(a - b), so both scores have the sigmoid's own quotient."""
    x, r = [torch.tensor([2.0, -1.0], dtype=torch.float64)], [torch.tensor([-0.5, 0.5], dtype=torch.float64)]
    slope = (1 / (1 + math.exp(-3)) - 1 / (1 + math.exp(1))) / 4
    for function in (torch.softmax, lambda x, dim: x.log_softmax(dim).exp()):
        _, _, (found,) = multipliers(lambda x, f=function: f(x, 0)[0], x, r)
        assert_allclose(found, [slope, -slope], rtol=1e-12)


def test_softmax_does_not_overflow_nor_depend_on_a_shift():
    x, r = [torch.tensor([200.0, -300.0, 5.0])], [torch.tensor([-200.0, 250.0, 0.0])]
    _, _, (found,) = multipliers(lambda x: x.softmax(0)[0], x, r)
    _, _, (shifted,) = multipliers(lambda x: (x + 64).softmax(0)[0], x, r)
    assert torch.isfinite(found).all()
    assert_allclose(found, shifted, rtol=1e-6)
    assert_allclose(((x[0] - r[0]) * found).sum(), 1, rtol=1e-6)


@pytest.mark.parametrize(
    "function", [torch.tanh, F.gelu, torch.exp, torch.rsqrt, lambda x: x**3, lambda x: x.softmax(0)]
)
@pytest.mark.parametrize("distance", [0, 1e-7, 1e-5, 1e-3, 4e-3, 6e-3])
def test_multipliers_near_the_reference_are_derivatives_in_single_precision(function, distance):
    x = torch.tensor([0.3, 1.7, 2.9])
    middle = (x.double() + distance / 2).requires_grad_()
    (expected,) = torch.autograd.grad(function(middle)[:2].sum(), middle)
    _, _, (found,) = multipliers(lambda x: function(x)[:2], [x + distance], [x])
    assert_allclose(found, expected, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize(
    "norm",
    [
        lambda x: F.layer_norm(x, (5,), eps=1e-12),
        lambda x: F.rms_norm(x, (5,), eps=1e-12),
        lambda x: x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-12),
        lambda x: x / (x.pow(2).mean(-1, keepdim=True) + 1e-12).sqrt(),
    ],
    ids=["layer norm", "rms norm", "in Python", "as a quotient"],
)
def test_a_norm_of_the_zero_vector_does_not_blow_up_in_single_precision(norm):
    """There one over the root mean square is a million; the multipliers stay of the order of one."""
    x, _ = pairs((4, 5), dtype=torch.float32)
    missing, moved = completeness_error(lambda x: norm(x) * torch.arange(5.0), x, [torch.zeros(4, 5)])
    _, _, (found,) = multipliers(norm, x, [torch.zeros(4, 5)])
    assert abs(missing) <= 1e-6 * moved
    assert found.abs().max() < 10


def models():
    """Return the configuration of a tiny model of each family, by name."""
    shared = {"vocab_size": 120, "hidden_size": 24, "num_hidden_layers": 2, "intermediate_size": 32}
    shared |= {"max_position_embeddings": 80, "pad_token_id": 0}
    encoder = shared | {"num_attention_heads": 2}
    decoder = shared | {"num_attention_heads": 4, "num_key_value_heads": 2}
    disentangled = {"relative_attention": True, "pos_att_type": ["c2p", "p2c"], "position_buckets": 16}
    own = {"bos_token_id": 2, "eos_token_id": 3, "cls_token_id": 2, "sep_token_id": 3}
    gated_deltas = {"layer_types": ["linear_attention", "full_attention"], "head_dim": 16}
    gated_deltas |= {f"linear_{one}_head_dim": 6 for one in ("key", "value")}
    gated_deltas |= {"linear_num_key_heads": 2, "linear_num_value_heads": 4}
    return {
        "Bert": encoder,
        "Roberta": encoder,
        "Electra": encoder,
        "DistilBert": {"vocab_size": 120, "dim": 24, "n_layers": 2, "n_heads": 2, "hidden_dim": 32},
        "Esm": encoder | {"mask_token_id": 4, "position_embedding_type": "absolute", "token_dropout": True},
        "DebertaV2": encoder | disentangled | {"norm_rel_ebd": "layer_norm", "share_att_key": True},
        "ModernBert": encoder | own,
        "Llama": decoder,
        "Mistral": decoder,
        "Gemma": decoder | {"num_key_value_heads": 1, "head_dim": 12},
        "Longformer": encoder | own | {"attention_window": 8},
        "Qwen3_5Text": decoder | gated_deltas,
        "GPT2": {
            "vocab_size": 120,
            "n_embd": 24,
            "n_layer": 2,
            "n_head": 2,
            "n_positions": 80,
            "pad_token_id": 0,
        }
        | {"bos_token_id": 2, "eos_token_id": 3},
    }


MODELS = models()
IN_SINGLE = ("ModernBert", "Llama", "Mistral", "Gemma", "Longformer", "Qwen3_5Text")
"""Models that themselves compute norms or softmax in single precision, whatever the weights are."""


@pytest.mark.parametrize("attention", ["eager", "sdpa"])
@pytest.mark.parametrize("name", MODELS)
def test_every_architecture_is_complete(name, attention):
    if name in ("DebertaV2", "Longformer") and attention == "sdpa":
        pytest.skip(f"Transformers has one attention for {name}")
    config = getattr(transformers, f"{name}Config")(**MODELS[name], attn_implementation=attention)
    network = roughen(getattr(transformers, f"{name}ForSequenceClassification")(config))
    baseline = "zero" if name in ("Llama", "Mistral", "Gemma", "GPT2", "Qwen3_5Text") else None
    for precision, relative in ((torch.float64, 1e-5 if name in IN_SINGLE else 1e-10), (torch.float32, 1e-4)):
        model = Classifier(network.to(precision), bpe_tokenizer(), name=name)
        for output in ("log_odds", "probability"):
            result = attribute(model, dna(60), method="deeplift", output=output, baseline=baseline)[0]
            difference = result.f_input - result.f_baseline
            assert abs(difference) > 1e-4
            assert abs(result.delta) <= relative * max(abs(difference), 0.05)
            assert result.converged
            assert_allclose(result.delta, result.token_scores.sum() - difference, atol=1e-12)


def test_rotary_positions_are_complete(tmp_path):
    result = attribute(nucleotide_transformer(tmp_path), dna(60), method="deeplift")[0]
    assert abs(result.delta) <= 1e-6 * abs(result.f_input - result.f_baseline)


def test_the_answer_is_an_honest_one():
    result = attribute(kmer_bert(6), dna(40), method="deeplift")[0]
    assert result.evaluations == 2
    assert np.isnan(result.error)
    assert result.run.method == "deeplift"
    assert result.run.complete
    assert result.run.method_options == {"stretches": 1}
    integral = attribute(kmer_bert(6), dna(40))[0]
    assert_allclose([result.f_input, result.f_baseline], [integral.f_input, integral.f_baseline], rtol=1e-9)


@every_family
def test_law_5_company_changes_nothing(name):
    model = family(name)
    sequences = [dna(length, seed) for seed, length in enumerate((40, 55, 40, 47, 40))]
    together = attribute(model, sequences, method="deeplift")
    backwards = attribute(model, sequences[::-1], method="deeplift", batch_size=2)
    for i, sequence in enumerate(sequences):
        alone = attribute(model, sequence, method="deeplift", batch_size=1)[0]
        for other in (together[i], backwards[len(sequences) - 1 - i]):
            assert other.sequence == sequence
            assert_allclose(other.token_scores, alone.token_scores, rtol=1e-6, atol=1e-9)


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
        attribute(family(name), dna(40), method="deeplift")
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


def test_law_7_the_predicted_class_is_explained():
    model = kmer_bert(6, labels=3)
    sequences = [dna(40, seed) for seed in range(6)]
    predicted = [int(i) for i in model.predict(sequences).argmax(axis=1)]
    results = attribute(model, sequences, method="deeplift")
    fixed = attribute(model, sequences, method="deeplift", target=predicted)
    for i, result in enumerate(results):
        assert result.target == model.labels[predicted[i]]
        assert_allclose(result.token_scores, fixed[i].token_scores, rtol=1e-9, atol=1e-12)
    other = attribute(model, sequences[0], method="deeplift", target=(predicted[0] + 1) % 3)[0]
    assert other.f_input < results[0].f_input


@pytest.mark.parametrize("baseline", ["mask", "pad", "unk", "zero", "mean", "dinucleotide_shuffle"])
def test_every_baseline_is_complete_and_leaves_special_tokens_alone(baseline):
    result = attribute(kmer_bert(6), dna(40), method="deeplift", baseline=baseline)[0]
    assert abs(result.delta) <= 1e-10
    assert_allclose(result.token_scores[[0, -1]], 0, atol=1e-12)


def test_embeddings_move_together_and_are_scored_apart():
    layers = ["tokens", "positions", "token_types"]
    result = attribute(kmer_bert(6), dna(40), method="deeplift", layer=layers)[0]
    assert set(result.parts) == set(layers)
    assert_allclose(sum(result.parts.values()), result.token_scores)
    assert np.abs(result.parts["positions"]).max() > 0
    assert_allclose(result.parts["token_types"], 0, atol=1e-12)
    assert abs(result.delta) <= 1e-10


def test_an_encoder_layer_can_be_explained():
    result = attribute(kmer_bert(6), dna(40), method="deeplift", layer="bert.encoder.layer.0")[0]
    assert abs(result.delta) <= 1e-10
    assert abs(result.special_score) > 1e-6


class Net(nn.Module):
    """An embedding, and whatever is made of it."""

    def __init__(self, head, width=4):
        super().__init__()
        generator = torch.Generator().manual_seed(0)
        self.table = nn.Embedding(69, width, dtype=torch.float64)
        self.table.weight.data = torch.randn(69, width, generator=generator, dtype=torch.float64)
        self.head = head

    def get_input_embeddings(self):
        return self.table

    def forward(self, ids, _mask=None):
        return self.head(self.table(ids))


def scores(head, **options):
    network = Net(head)
    model = Classifier(network, kmer_tokenizer(3), forward=network)
    return attribute(model, dna(14), **options)[0]


@pytest.mark.parametrize(
    "head",
    [
        lambda e: (e * torch.arange(4)).sum((1, 2)),
        lambda e: e.tanh().sum((1, 2)),
        lambda e: (F.gelu(3 * e) + e.square() + e**3 + e.sin().exp()).mean((1, 2)),
        lambda e: (e[:, 0, 0] * e[:, 3, 1] + e[:, 2, 0] * e[:, 3, 2]).relu() * 0 + e[:, 2, 0] * e[:, 3, 2],
    ],
    ids=["linear", "tanh", "several functions", "a product"],
)
def test_it_is_the_integral_where_the_two_coincide(head):
    ours, integral = scores(head, method="deeplift"), scores(head, tolerance=1e-7)
    assert_allclose(ours.token_scores, integral.token_scores, rtol=1e-5, atol=1e-7)


class Pool(nn.Module):
    """Sums the tokens' features, differently weighted by place."""

    def forward(self, flat):
        rows = flat.unflatten(1, (-1, 20))
        return (rows * torch.linspace(-1, 2, rows.shape[1], dtype=flat.dtype).unsqueeze(1)).sum(1)


def test_it_is_captums_deeplift_where_that_is_right():
    torch.manual_seed(0)
    layers = [
        nn.Linear(4, 20),
        nn.ReLU(),
        nn.Flatten(1, 2),
        Pool(),
        nn.Linear(20, 10),
        nn.ReLU(),
        nn.Linear(10, 2),
    ]
    network = Net(nn.Sequential(*layers).double())
    model = Classifier(network, kmer_tokenizer(3), forward=network)
    ours = attribute(model, dna(14), method="deeplift", target=1, output="logit")[0]
    ids = torch.tensor([model.encode(dna(14)).input_ids])
    reference = ids.clone()
    reference[:, 1:-1] = 4
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Captum tells of the hooks that it sets
        theirs = LayerDeepLift(network, network.table).attribute(ids, reference, target=1)
    assert_allclose(ours.token_scores, theirs.sum(-1)[0].detach(), rtol=1e-9, atol=1e-12)
    assert np.abs(ours.token_scores).max() > 0.01


class Odd(torch.autograd.Function):
    """A function of someone else's: the cube."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x**3

    @staticmethod
    def backward(ctx, slope):
        return slope * 3 * ctx.saved_tensors[0] ** 2


def test_an_operation_without_a_rule_is_named_once_and_the_result_says_what_it_costs():
    network = Net(lambda e: Odd.apply(e).sum((1, 2)))
    model = Classifier(network, kmer_tokenizer(3), forward=network)
    with pytest.warns(UserWarning, match="ot converged|no rule") as told:
        results = attribute(model, [dna(14), dna(14, 1), dna(17)], method="deeplift")
    assert sum("no rule for Odd in" in str(warning.message) for warning in told) == 1
    assert not any(result.converged for result in results)
    assert all(abs(result.delta) > 1 for result in results)


def test_the_gelu_of_bloom_has_no_rule_until_pytorchs_own_takes_its_place():
    """It is a function with a gradient of its own; the formula is that of ``nn.GELU("tanh")``."""
    tokens = {"pad_token_id": 0, "bos_token_id": 2, "eos_token_id": 3}
    config = transformers.BloomConfig(vocab_size=120, hidden_size=24, n_layer=2, n_head=2, **tokens)
    network = roughen(transformers.BloomForSequenceClassification(config))
    model = Classifier(network, bpe_tokenizer(), name="Bloom")
    with pytest.warns(UserWarning, match="ot converged|no rule for GeLUFunction in Bloom"):
        theirs = attribute(model, dna(60), method="deeplift", baseline="zero")[0]
    for block in network.transformer.h:
        block.mlp.gelu_impl = nn.GELU("tanh")
    ours = attribute(model, dna(60), method="deeplift", baseline="zero")[0]
    assert ours.f_input == pytest.approx(theirs.f_input, rel=1e-7)
    assert not theirs.converged
    assert abs(ours.delta) <= 1e-5 * abs(ours.f_input - ours.f_baseline)


@pytest.mark.parametrize(
    "head", [lambda e: e.cummax(1).values.sum((1, 2)), lambda e: e.sort(1).values[:, 0, 0]]
)
def test_pytorchs_own_operations_without_a_rule_are_named(head):
    with pytest.warns(UserWarning, match="ot converged|no rule") as told:
        scores(head, method="deeplift")
    assert any(re.search("no rule for (Cummax|Sort) in", str(warning.message)) for warning in told)


def test_a_model_whose_way_depends_on_the_data_is_refused():
    """The sequence is normalised where its first feature is positive; the baseline is not."""

    def head(e):
        return (e.tanh() if float(e.detach()[0, 2, 0]) > 0 else e.exp()).sum((1, 2))

    network = Net(head)
    with torch.no_grad():
        network.table.weight[4, 0], network.table.weight[5:, 0] = -1, 1
    model = Classifier(network, kmer_tokenizer(3), forward=network)
    with pytest.raises(ValueError, match=r"different operations .*at 'tanh'.*integrated_gradients"):
        attribute(model, dna(14), method="deeplift")


@pytest.mark.parametrize("name", ["Mixtral", "Jamba"])
def test_experts_of_all_sequences_at_once_leave_each_its_own_scores(name):
    """Transformers sorts the tokens of a batch by their experts, so that others stand there for the reference."""
    model = Classifier(copy.deepcopy(lawful(name).model).float(), lawful(name).tokenizer)
    sequences = [dna(50, seed) for seed in range(200)]
    lengths = [len(model.encode(one)) for one in sequences]
    sequences = [one for one, length in zip(sequences, lengths, strict=True) if length == lengths[0]][:4]
    assert len(sequences) == 4
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        together = attribute(model, sequences, method="deeplift", target=0)
        alone = [attribute(model, one, method="deeplift", target=0)[0] for one in sequences]
    assert any(one.converged is False for one in alone)
    for one, other in zip(together, alone, strict=True):
        assert one.sequence == other.sequence
        assert one.converged == other.converged
        assert_allclose(one.token_scores, other.token_scores, rtol=1e-4, atol=1e-5)


OF_PLACES = {
    "taken": lambda x, places: x[places],
    "taken along": lambda x, places: x.gather(0, places.unsqueeze(1).expand(-1, 5)),
    "selected": lambda x, places: torch.index_select(x, 0, places),
    "put": lambda x, places: torch.zeros_like(x).index_add(0, places, x),
    "put in place": lambda x, places: torch.zeros_like(x).index_add_(0, places, x),
    "masked": lambda x, places: x[places > 1],
}


@pytest.mark.parametrize("name", OF_PLACES)
def test_a_walk_knows_whether_numbers_come_from_the_same_places(name):
    (x,), _ = pairs((4, 5))
    for chosen, alike in ((lambda x: x[:, 0].argsort(), False), (lambda x: torch.arange(len(x)), True)):
        first = Walk()
        reference, value = (value.clone().requires_grad_() for value in (-x, x))
        with first.of_reference():
            OF_PLACES[name](reference, chosen(reference)).tanh().sum()
        for walk in (Walk(first.trail), first):
            with walk.of_input():
                OF_PLACES[name](value, chosen(value)).tanh().sum()
            assert walk.went_alike() is alike


def test_bfloat16_is_close_and_judged():
    model = load("demo")
    exact = attribute(model, "GCGCCTATAAAAGGCGGCACGTTGCA" * 4, method="deeplift")[0]
    rough = attribute(model, "GCGCCTATAAAAGGCGGCACGTTGCA" * 4, method="deeplift", precision="bfloat16")[0]
    assert np.corrcoef(exact.token_scores, rough.token_scores)[0, 1] > 0.999
    allowed = allowed_error(0.01, rough.token_scores, rough.f_input - rough.f_baseline)
    assert rough.converged is (abs(rough.delta) <= allowed)


def test_real_promoters_look_as_their_integral_does(promoter_data):
    model = load("demo")
    sequences = list(read(promoter_data / "mouse_tata_promoters.fa"))[:6]
    fast = attribute(model, sequences, method="deeplift", target="TATA promoter")
    slow = attribute(model, sequences, target="TATA promoter")
    for ours, integral in zip(fast, slow, strict=True):
        difference = ours.f_input - ours.f_baseline
        assert abs(ours.delta) <= 1e-5 * max(abs(difference), 0.1)
        assert np.corrcoef(ours.base_scores, integral.base_scores)[0, 1] > 0.9


def counting(model):
    """Return a classifier that answers as another does, and the list of how many rows each of its passes had."""
    rows = []
    network = Classifier(
        model.model,
        model.tokenizer,
        forward=lambda ids, mask: rows.append(len(ids)) or model.model(ids, mask).logits,
    )
    return network, rows


def test_a_batch_shares_its_reference_and_scores_as_each_sequence_alone():
    model = kmer_bert(6)
    network, rows = counting(model)
    sequences = [dna(40, seed) for seed in range(5)]
    together = attribute(network, sequences, method="deeplift")
    assert rows[-2:] == [1, 5]
    for ours, sequence in zip(together, sequences, strict=True):
        alone = attribute(model, sequence, method="deeplift")[0]
        assert_allclose(ours.token_scores, alone.token_scores, rtol=1e-8, atol=1e-12)
        assert ours.f_baseline == pytest.approx(alone.f_baseline, rel=1e-10)


@pytest.mark.parametrize("stretches", [1, 2])
@every_family
def test_batches_share_the_way_of_a_reference_whatever_class_they_explain(name, stretches):
    """Two lengths and two classes take turns; what is compared last is a lone sequence."""
    model = family(name)
    sequences = [dna(30 if i in (3, 4, 7) else 40, i) for i in range(9)]
    targets = [i % 2 for i in range(9)]
    options = {"method": "deeplift", "stretches": stretches, "output": "probability"}
    together = attribute(model, sequences, target=targets, batch_size=2, **options)
    for ours, sequence, target in zip(together, sequences, targets, strict=True):
        alone = attribute(model, sequence, target=target, **options)[0]
        size = np.abs(alone.token_scores).max()
        # Some families compute parts in single precision; see test_laws.
        assert_allclose(ours.token_scores, alone.token_scores, rtol=0, atol=1e-5 * size)
        assert ours.f_baseline == pytest.approx(alone.f_baseline, rel=1e-5)


def test_a_reference_goes_through_the_model_once_for_all_batches():
    model = kmer_bert(6)
    network, rows = counting(model)
    attribute(network, [dna(40, seed) for seed in range(7)], method="deeplift", batch_size=2)
    # Each batch but the first begins with a pass that ends at its embeddings.
    assert rows[-8:] == [1, 2, 2, 2, 2, 2, 1, 1]


def test_a_model_that_reads_ids_elsewhere_has_a_reference_per_sequence():
    """The logits depend on how often the first k-mer stands among the ids, whatever the embeddings are."""
    model = kmer_bert(3)

    def forward(ids, mask):
        return model.model(ids, mask).logits * (1 + (ids == 5).sum(1, keepdim=True))

    network = Classifier(model.model, model.tokenizer, forward=forward)
    sequences = ["AAAAAAACGT", "ACGTTGCACG", "AAAACGTAAA"]
    for ours, sequence in zip(attribute(network, sequences, method="deeplift"), sequences, strict=True):
        alone = attribute(network, sequence, method="deeplift")[0]
        assert_allclose(ours.token_scores, alone.token_scores, rtol=1e-8, atol=1e-12)
        assert ours.converged


def test_more_stretches_come_closer_to_the_integral_and_stay_complete():
    model = kmer_bert(3)
    exact = attribute(model, dna(40), tolerance=1e-4)[0].token_scores
    apart = []
    for stretches in (1, 2, 4, 8):
        found = attribute(model, [dna(40), dna(40, 1)], method="deeplift", stretches=stretches)
        assert all(one.converged and one.evaluations == 2 * stretches for one in found)
        apart.append(np.linalg.norm(found[0].token_scores - exact))
    # The error of a midpoint rule falls by four where there are twice as many stretches.
    assert all(fine < 0.4 * coarse for coarse, fine in pairwise(apart))


@pytest.mark.parametrize("stretches", [0, -1, 1.5, "2"])
def test_stretches_are_counted(stretches):
    with pytest.raises(UserError, match="stretches"):
        attribute(kmer_bert(3), dna(40), method="deeplift", stretches=stretches)
