"""The quicker library multiplies float32 matrices only where it is as exact, and the setting is left as it was."""

from __future__ import annotations

import pytest
import torch
from transformers import BertConfig, BertForSequenceClassification

from captum_dna.model import products
from captum_dna.model.inference import at_rest

SETTING = getattr(torch.backends.mkldnn, "matmul", None)
pytestmark = pytest.mark.skipif(SETTING is None, reason="this PyTorch has no such setting")


@pytest.fixture
def pays(monkeypatch):
    monkeypatch.setattr(products, "onednn_pays", lambda: True)


@pytest.fixture
def asked_again():
    products.onednn_pays.cache_clear()
    yield
    products.onednn_pays.cache_clear()


def bert(width: int) -> BertForSequenceClassification:
    torch.manual_seed(0)
    heads = {"num_attention_heads": width // 64, "num_hidden_layers": 2, "intermediate_size": 4 * width}
    return BertForSequenceClassification(BertConfig(vocab_size=64, hidden_size=width, **heads)).eval()


def test_the_setting_holds_until_the_last_user_goes(pays):
    with products.quick_products(768):
        with products.quick_products(768):
            assert SETTING.fp32_precision == "bf16"
        assert SETTING.fp32_precision == "bf16"
    assert SETTING.fp32_precision == "none"


def test_a_mistake_inside_leaves_the_setting_as_it_was(pays):
    with pytest.raises(KeyError), products.quick_products(768):
        raise KeyError
    assert SETTING.fp32_precision == "none"


@pytest.mark.parametrize(("width", "setting"), [(64, "none"), (256, "bf16")])
def test_narrow_models_are_left_alone(pays, width, setting):
    with at_rest(bert(width), None):
        assert SETTING.fp32_precision == setting


def test_a_model_answers_as_it_does_with_the_usual_library():
    model, ids = bert(256), torch.arange(64).repeat(4, 2)
    with torch.no_grad():
        usual = model(ids).logits
        with at_rest(model, None):
            quick = model(ids).logits
    torch.testing.assert_close(quick, usual, rtol=1e-5, atol=1e-5)


def test_units_for_less_than_float32_rule_it_out(asked_again, monkeypatch):
    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: True)
    assert not products.onednn_pays()


@pytest.mark.parametrize(
    ("error", "share", "expected"), [(1e-7, 0.5, True), (1e-3, 0.5, False), (1e-7, 1.0, False)]
)
def test_it_must_be_as_exact_and_quicker(asked_again, monkeypatch, error, share, expected):
    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: False)
    usual = torch.ones(3)
    answers = iter([(usual, 1.0), (usual * (1 + error), share)])
    monkeypatch.setattr(products, "_timed", lambda *_: next(answers))
    assert products.onednn_pays() is expected
    assert SETTING.fp32_precision == "none"


def test_the_trial_draws_nothing_from_the_process(asked_again):
    before = torch.random.get_rng_state()
    products.onednn_pays()
    assert torch.equal(torch.random.get_rng_state(), before)


@pytest.mark.usefixtures("pays")
def test_a_setting_of_the_user_stays():
    before = SETTING.fp32_precision
    SETTING.fp32_precision = "ieee"
    try:
        with products.quick_products(768):
            assert SETTING.fp32_precision == "ieee"
        assert SETTING.fp32_precision == "ieee"
    finally:
        SETTING.fp32_precision = before
