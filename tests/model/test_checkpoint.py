"""Folders as training, cloning and copying leave them: the right model, or a sentence that names the file."""

from __future__ import annotations

import json
import warnings

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import (
    BertConfig,
    BertForMaskedLM,
    BertForSequenceClassification,
    BertForTokenClassification,
    RobertaForTokenClassification,
)

from captum_dna.model.errors import ModelError
from captum_dna.model.loading import UntrainedHeadWarning, load
from tests.toy import dna, kmer_tokenizer, write_kmer_tokenizer

SIZES = {
    "vocab_size": 261,
    "hidden_size": 16,
    "num_attention_heads": 2,
    "intermediate_size": 16,
    "initializer_range": 0.3,
}


def config(layers=1, **more):
    return BertConfig(**SIZES, num_hidden_layers=layers, **more)


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    return BertForSequenceClassification(config(layers=2, id2label={0: "no", 1: "yes"})).eval()


@pytest.fixture
def folder(model, tmp_path):
    model.save_pretrained(tmp_path / "model")
    return write_kmer_tokenizer(tmp_path / "model", 4)


@pytest.fixture(scope="module")
def answer(model):
    return load(model, kmer_tokenizer(4)).predict(dna(30))


def reconfigure(folder, *, without=(), **changed):
    kept = json.loads((folder / "config.json").read_text()) | changed
    (folder / "config.json").write_text(json.dumps({k: v for k, v in kept.items() if k not in without}))


def pickled(folder, what):
    (folder / "model.safetensors").unlink(missing_ok=True)
    torch.save(what, folder / "pytorch_model.bin")
    return folder


@pytest.mark.parametrize("kind", [BertForTokenClassification, RobertaForTokenClassification])
def test_a_classifier_of_tokens_is_not_one_of_sequences(kind, folder):
    settings = kind.config_class(**SIZES, num_hidden_layers=1)
    kind(settings).save_pretrained(folder)
    with pytest.raises(ModelError, match=rf"{kind.__name__}, a token classifier.*architectures.*`forward=`"):
        load(folder)


def test_a_masked_language_model_gets_a_new_head_and_is_named(folder):
    BertForMaskedLM(config()).save_pretrained(folder)
    with pytest.warns(
        UntrainedHeadWarning, match="The checkpoint is BertForMaskedLM, a masked-language model"
    ):
        load(folder)


@pytest.mark.parametrize("layers", [0, 1])
def test_layers_that_the_configuration_does_not_know_are_not_lost(folder, layers):
    reconfigure(folder, num_hidden_layers=layers)
    with pytest.raises(
        ModelError, match=r"have no place in the model.*such as bert.encoder.layer.\d.*config.json"
    ):
        load(folder)


def test_parts_of_a_layer_are_not_lost(folder):
    state = load_file(folder / "model.safetensors")
    state["bert.encoder.layer.0.attention.self.query.lora_A.weight"] = torch.ones(2, 16)
    save_file(state, folder / "model.safetensors", {"format": "pt"})
    with pytest.raises(ModelError, match=r"1 weights of the checkpoint have no place .*query.lora_A"):
        load(folder)


@pytest.mark.parametrize("prefix", ["module.", "_orig_mod.", "model.", "net.encoder."])
@pytest.mark.parametrize("write", ["bin", "safetensors"])
def test_names_with_a_wrappers_prefix_are_read(folder, model, answer, prefix, write):
    state = {prefix + name: weight.clone() for name, weight in model.state_dict().items()}
    if write == "bin":
        pickled(folder, state)
    else:
        save_file(state, folder / "model.safetensors", {"format": "pt"})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = load(folder)
    assert found.labels == ("no", "yes")
    assert found.predict(dna(30)) == pytest.approx(answer)


@pytest.mark.parametrize("name", ["model_state_dict", "state_dict"])
def test_weights_inside_a_training_checkpoint_are_read(folder, model, answer, name):
    state = {f"module.{key}": weight for key, weight in model.state_dict().items()}
    pickled(folder, {"epoch": 3, name: state, "history": [0.5]})
    assert load(folder).predict(dna(30)) == pytest.approx(answer)


@pytest.mark.parametrize(
    ("changed", "without"),
    [
        ({}, ("model_type",)),
        ({"model_type": "dna"}, ()),
        ({"architectures": ["BertForMaskedLM"]}, ("model_type",)),
    ],
)
def test_the_architecture_tells_a_model_type_that_is_missing_or_unknown(folder, answer, changed, without):
    reconfigure(folder, without=without, **changed)
    assert load(folder).predict(dna(30)) == pytest.approx(answer)


def test_a_model_type_that_nothing_tells_is_asked_for(folder):
    reconfigure(folder, without=("model_type", "architectures"))
    with pytest.raises(ModelError, match=r'config.json names no model_type.*"model_type": "bert"'):
        load(folder)


class Code:
    def __reduce__(self):
        return (pytest.fail, ("code of a pickle ran",))


@pytest.mark.parametrize("held", [Code(), {"model": Code()}])
def test_a_pickle_of_objects_is_never_opened(folder, held):
    pickled(folder, held)
    with pytest.raises(
        ModelError, match=r"pytorch_model.bin holds more than numbers.*save_pretrained"
    ) as refused:
        load(folder)
    assert "weights_only" not in str(refused.value)


@pytest.mark.parametrize("name", ["model.safetensors", "pytorch_model.bin", "vocab.txt", "config.json"])
def test_a_pointer_of_git_lfs_is_not_the_file(folder, name):
    (folder / name).write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n")
    with pytest.raises(ModelError, match=rf"{name} is a pointer of Git LFS.*git lfs pull") as refused:
        load(folder)
    assert "pickle" not in str(refused.value)


@pytest.mark.parametrize("content", ["", '{"model_type": "bert", ', "[1]"])
def test_a_configuration_that_cannot_be_read_is_named(folder, content):
    (folder / "config.json").write_text(content)
    with pytest.raises(ModelError, match=r"config\.json .*[Cc]opy it again"):
        load(folder)


def test_weights_that_are_cut_off_are_named(folder, model):
    pickled(folder, model.state_dict())
    weights = folder / "pytorch_model.bin"
    weights.write_bytes(weights.read_bytes()[:3000])
    with pytest.raises(
        ModelError, match=r"pytorch_model.bin cannot be read: it is cut off or damaged \(3,000 bytes\)"
    ):
        load(folder)


def test_a_checkpoint_without_a_tokenizer_asks_for_one(folder, answer):
    (folder / "vocab.txt").rename(folder.parent / "vocab.txt")
    (folder / "tokenizer_config.json").rename(folder.parent / "tokenizer_config.json")
    with pytest.raises(ModelError, match=r"holds no tokenizer .*: `tokenizer=`"):
        load(folder)
    for tokenizer in (str(folder.parent), kmer_tokenizer(4)):
        assert load(folder, tokenizer).predict(dna(30)) == pytest.approx(answer)


def test_a_model_in_hand_takes_its_tokenizer_by_name(folder, model, answer):
    assert load(model, folder).predict(dna(30)) == pytest.approx(answer)


@pytest.mark.parametrize("with_config", [False, True])
def test_an_adapter_needs_its_base(folder, with_config):
    (folder / "model.safetensors").rename(folder / "adapter_model.safetensors")
    (folder / "optimizer.pt").write_bytes(b"x")
    (folder / "adapter_config.json").write_text(
        '{"peft_type": "LORA", "base_model_name_or_path": "some/base"}'
    )
    if not with_config:
        (folder / "config.json").unlink()
    with pytest.raises(
        ModelError, match=r"holds an adapter \(LORA\) of another model.* some/base: .*`base=`"
    ):
        load(folder)


def test_how_a_vocabulary_is_read_is_kept_with_the_model(tmp_path):
    from captum_dna.training import from_scratch

    made = from_scratch(k=3, layers=1, width=16)
    codons = load(made.model, made.tokenizer, stride=3)
    codons.save(tmp_path / "codons")
    again = load(tmp_path / "codons")
    assert again.encoder.fingerprint == codons.encoder.fingerprint
    assert again.encoder.kind == "3-mers end to end"


def test_three_mers_may_be_codons_which_is_asked():
    from captum_dna.training import from_scratch

    made = from_scratch(k=3, layers=1, width=16)
    del made.model.config.captum_dna
    with pytest.warns(UserWarning, match="vocabulary is one of 3-mers.*`stride=3`.*`stride=1`"):
        load(made.model, made.tokenizer)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        load(made.model, made.tokenizer, stride=1)
