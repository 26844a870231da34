"""Folders with adapters of PEFT: put onto the model that they were trained on, with the numbers that PEFT gives."""

from __future__ import annotations

import json
import shutil
import sys

import peft
import pytest
import torch
from click.testing import CliRunner
from numpy.testing import assert_allclose
from transformers import BertConfig, BertForSequenceClassification

from captum_dna import attribute, attribute_to, load
from captum_dna.cli import main
from captum_dna.io.run_folder import RunError
from captum_dna.model.errors import ModelError
from captum_dna.model.loading import UntrainedHeadWarning
from tests.toy import dna, kmer_tokenizer, roughen, write_kmer_tokenizer

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::UserWarning:peft")
FFN = ["output.dense"]
KINDS = {
    "LoRA": peft.LoraConfig(task_type="SEQ_CLS", r=2, target_modules=["query", "value"]),
    "DoRA": peft.LoraConfig(task_type="SEQ_CLS", r=2, target_modules=["query"], use_dora=True),
    "LoRA of the embedding": peft.LoraConfig(task_type="SEQ_CLS", r=2, target_modules=["query", "word_embeddings"]),
    "IA3": peft.IA3Config(task_type="SEQ_CLS", target_modules=["key", *FFN], feedforward_modules=FFN),
    "LoHa": peft.LoHaConfig(task_type="SEQ_CLS", r=2, target_modules=["query"]),
    "prefix": peft.PrefixTuningConfig(task_type="SEQ_CLS", num_virtual_tokens=3),
    "LoRA without a task": peft.LoraConfig(r=2, target_modules=["query"]),
}  # fmt: skip


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    folder = write_kmer_tokenizer(tmp_path_factory.mktemp("base"), 4)
    shape = {"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 8}
    config = BertConfig(vocab_size=261, id2label={0: "other", 1: "enhancer"}, **shape)
    roughen(BertForSequenceClassification(config)).save_pretrained(folder)
    return folder


def adapt(base, kind, folder, labels=2):
    """Save a trained adapter of a base; return the model that PEFT makes of both."""
    network = BertForSequenceClassification.from_pretrained(
        base, num_labels=labels, ignore_mismatched_sizes=True
    )
    adapted = peft.get_peft_model(network, KINDS[kind])
    torch.manual_seed(1)
    for weight in adapted.parameters():
        if weight.requires_grad:
            torch.nn.init.normal_(weight, std=0.4)
    adapted.save_pretrained(folder)
    return adapted.eval()


@pytest.mark.parametrize("kind", KINDS)
def test_an_adapter_folder_gives_the_numbers_of_the_model_in_hand(kind, base, tmp_path):
    adapted = adapt(base, kind, tmp_path)
    model = load(tmp_path)
    in_hand = load(adapted, kmer_tokenizer(4))
    merged = kind != "prefix"  # which stays beside the weights
    assert (model.labels, model.untrained, hasattr(model.model, "peft_config")) == (
        ("other", "enhancer"), (), not merged,
    )  # fmt: skip
    assert_allclose(model.predict(dna(30)), in_hand.predict(dna(30)), atol=1e-6)
    [one], [other] = (attribute(m, dna(30), method="saliency") for m in (model, in_hand))
    assert_allclose(one.base_scores, other.base_scores, atol=1e-5)


def test_the_head_that_was_saved_with_an_adapter_counts(base, tmp_path):
    """The base has two classes, and its adapter was trained on five."""
    adapted = adapt(base, "LoRA", tmp_path, labels=5)
    model = load(tmp_path)
    assert_allclose(model.predict(dna(30)), load(adapted, kmer_tokenizer(4)).predict(dna(30)), atol=1e-6)
    assert (len(model.labels), model.untrained) == (5, ())


def test_what_a_configuration_beside_the_adapter_says_of_the_classes_counts(base, tmp_path):
    adapt(base, "LoRA", tmp_path, labels=3)
    named = {"id2label": {"0": "a", "1": "b", "2": "c"}, "problem_type": "multi_label_classification"}
    (tmp_path / "config.json").write_text(json.dumps(named))
    model = load(tmp_path)
    assert (model.labels, model.head) == (("a", "b", "c"), "multi_label")


def test_the_tokenizer_is_the_adapters_own_or_its_bases(base, tmp_path):
    adapt(base, "LoRA", tmp_path)
    assert load(tmp_path).encoder.k == 4
    kmer_tokenizer(4).save_pretrained(tmp_path)
    assert load(tmp_path).encoder.k == 4
    assert load(tmp_path, kmer_tokenizer(4)).encoder.k == 4


def test_a_base_that_is_gone_is_named_with_base(base, tmp_path):
    moved, folder = tmp_path / "moved", tmp_path / "adapter"
    shutil.copytree(base, moved)
    adapted = adapt(moved, "LoRA", folder)
    shutil.rmtree(moved)
    with pytest.raises(
        ModelError, match=r"adapter \(LORA.*moved', but there is no such folder here.*`base=`"
    ):
        load(folder)
    assert_allclose(
        load(folder, base=base).predict(dna(30)), load(adapted, kmer_tokenizer(4)).predict(dna(30)), atol=1e-6
    )
    shown = CliRunner().invoke(main, ["models", str(folder), "--base", str(base)])
    assert (shown.exit_code, "enhancer" in shown.output) == (0, True), shown.output
    asked = CliRunner().invoke(main, ["models", str(folder)])
    assert "Name the folder or hub id of that model with --base." in asked.output


def test_an_adapter_that_names_no_base_asks_for_it(base, tmp_path):
    adapt(base, "LoRA", tmp_path)
    settings = json.loads((tmp_path / "adapter_config.json").read_text())
    (tmp_path / "adapter_config.json").write_text(json.dumps(settings | {"base_model_name_or_path": None}))
    with pytest.raises(ModelError, match=r"does not name the model.*`base=`"):
        load(tmp_path)


@pytest.mark.parametrize("change", ["wider", "deeper adapter", "other architecture"])
def test_an_adapter_of_another_model_is_refused(change, base, tmp_path):
    from transformers import DistilBertConfig, DistilBertForSequenceClassification

    other, folder = write_kmer_tokenizer(tmp_path / "other", 4), tmp_path / "adapter"
    shape = {"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 8}
    if change == "wider":
        network = BertForSequenceClassification(BertConfig(vocab_size=261, **shape | {"hidden_size": 16}))
    elif change == "deeper adapter":
        network = BertForSequenceClassification(
            BertConfig(vocab_size=261, **shape | {"num_hidden_layers": 3})
        )
    else:
        network = DistilBertForSequenceClassification(
            DistilBertConfig(vocab_size=261, dim=8, n_layers=1, n_heads=2, hidden_dim=8)
        )
    network.save_pretrained(other)
    trained_on, put_on = (other, base) if change == "deeper adapter" else (base, other)
    adapt(trained_on, "LoRA", folder)
    with pytest.raises(ModelError, match=r"adapter in .* does not fit the model .*`base=`"):
        load(folder, base=put_on)


def test_base_is_refused_where_there_is_no_adapter(base):
    with pytest.raises(ModelError, match=r"holds no adapter\. Leave it out"):
        load(base, base=base)


def test_learned_tokens_are_no_bases(base, tmp_path):
    network = BertForSequenceClassification.from_pretrained(base)
    adapted = peft.get_peft_model(network, peft.PromptTuningConfig(task_type="SEQ_CLS", num_virtual_tokens=2))
    adapted.save_pretrained(tmp_path)
    for given in ((tmp_path,), (adapted, kmer_tokenizer(4))):
        with pytest.raises(ModelError, match="puts learned tokens before the sequence"):
            load(*given)


def test_a_whole_model_beside_an_adapter_is_ambiguous(base, tmp_path):
    adapt(base, "LoRA", tmp_path)
    shutil.copy(base / "model.safetensors", tmp_path)
    with pytest.raises(ModelError, match="the adapter may be part of that model already"):
        load(tmp_path)


@pytest.mark.parametrize("damage", ["cut off", "missing", "pickled"])
def test_damaged_weights_of_an_adapter_get_a_sentence(damage, base, tmp_path):
    adapt(base, "LoRA", tmp_path)
    weights = tmp_path / "adapter_model.safetensors"
    if damage == "cut off":
        weights.write_bytes(weights.read_bytes()[:50])
    else:
        weights.unlink()
    if damage == "pickled":
        torch.save(torch.nn.Linear(1, 1), tmp_path / "adapter_model.bin")
    said = {
        "cut off": "cut off or damaged",
        "missing": "not its weights",
        "pickled": "holds more than numbers",
    }
    with pytest.raises(ModelError, match=said[damage]):
        load(tmp_path)


def test_a_head_that_neither_base_nor_adapter_brings_is_untrained(base, tmp_path):
    from transformers import BertForMaskedLM

    plain, folder = write_kmer_tokenizer(tmp_path / "plain", 4), tmp_path / "adapter"
    BertForMaskedLM(BertConfig.from_pretrained(base)).save_pretrained(plain)
    adapt(base, "LoRA without a task", folder)
    with pytest.warns(UntrainedHeadWarning, match="classifier.weight"):
        assert "classifier.weight" in load(folder, base=plain).untrained


def test_peft_is_asked_for_by_name(base, tmp_path, monkeypatch):
    adapt(base, "LoRA", tmp_path)
    monkeypatch.setitem(sys.modules, "peft", None)
    with pytest.raises(ImportError, match=r"needs the package peft: pip install 'captum_dna\[adapters\]'"):
        load(tmp_path)


@pytest.mark.parametrize("kind", ["LoRA", "IA3"])
def test_a_run_goes_on_with_the_same_adapter_alone(kind, base, tmp_path):
    adapted = adapt(base, kind, tmp_path / "adapter")
    adapted.add_adapter("second", KINDS[kind])
    torch.manual_seed(2)
    for name, weight in adapted.named_parameters():
        if ".second" in name:
            torch.nn.init.normal_(weight, std=0.4)
    model = load(adapted, kmer_tokenizer(4))
    sequences = [dna(30, seed) for seed in range(3)]

    def run():
        return attribute_to(tmp_path / "run", model, sequences, target=0, method="saliency", shard_size=1)

    run()
    first = model.fingerprint
    adapted.set_adapter("second")
    with pytest.raises(RunError, match="another run: the model"):
        run()
    with adapted.disable_adapter(), pytest.raises(RunError, match="another run: the model"):
        run()
    adapted.set_adapter("default")
    assert model.fingerprint == first
    run()
