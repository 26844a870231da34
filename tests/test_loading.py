from __future__ import annotations

import json
import shutil
import warnings

import pytest
import torch
from transformers import BertConfig, BertForSequenceClassification, BertModel

import captum_dna
from captum_dna.classifier import ModelError
from captum_dna.encoding import TokenizerError
from captum_dna.loading import UntrainedHeadWarning, load

from .toy import dna, kmer_tokenizer, write_kmer_tokenizer

CONFIG = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}


@pytest.fixture
def folder(tmp_path):
    config = BertConfig(vocab_size=69, id2label={0: "no", 1: "yes"}, label2id={"no": 0, "yes": 1}, **CONFIG)
    BertForSequenceClassification(config).save_pretrained(tmp_path / "model")
    return write_kmer_tokenizer(tmp_path / "model", 3)


def test_a_folder_as_dnabert_writes_it(folder):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        classifier = load(folder)
    assert classifier.labels == ("no", "yes")
    assert classifier.encoder.k == 3
    assert classifier.encode("ACGTA").unknown == ()
    assert classifier.predict(dna(30)).shape == (1, 2)


def test_dnaberts_own_tokenizer_class_is_read_as_its_vocabulary(folder):
    config = {"tokenizer_class": "DNATokenizer", "do_lower_case": False, "model_max_length": 512}
    (folder / "tokenizer_config.json").write_text(json.dumps(config))
    assert load(folder).encode("ACGTA").unknown == ()


def test_half_precision_weights_are_computed_in_single_precision(folder):
    load(folder).model.half().save_pretrained(folder)
    assert next(load(folder).model.parameters()).dtype == torch.float32
    assert next(load(folder, dtype=torch.float64).model.parameters()).dtype == torch.float64


def test_an_untrained_head_is_named(folder):
    BertModel(BertConfig(vocab_size=69, **CONFIG)).save_pretrained(folder)
    with pytest.warns(
        UntrainedHeadWarning, match=r"untrained \(classifier.bias, classifier.weight start from random"
    ):
        assert len(load(folder, num_labels=3).labels) == 3


def test_another_architecture_is_refused(folder):
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"model_type": "roberta", "architectures": []}))
    with pytest.raises(
        ModelError, match=r"weights of RobertaForSequenceClassification are not in the checkpoint"
    ):
        load(folder)


def test_a_model_of_another_k_is_refused(folder, tmp_path):
    write_kmer_tokenizer(tmp_path / "other", 4)
    for name in ("vocab.txt", "tokenizer_config.json"):
        shutil.copy(tmp_path / "other" / name, folder / name)
    with pytest.raises(
        TokenizerError, match="reads 4-mers and has ids up to 260, but the model embeds 69 tokens"
    ):
        load(folder)


def test_places_that_hold_no_model(tmp_path):
    with pytest.raises(ModelError, match=r"is not a model: it has no config\.json"):
        load(tmp_path)
    (tmp_path / "file.txt").write_text("hello")
    with pytest.raises(ModelError, match="is a file; a model is a folder"):
        load(tmp_path / "file.txt")
    with pytest.raises(ModelError, match="There is no folder"):
        load(str(tmp_path / "nowhere"))


def test_an_architecture_without_a_classifier_is_refused(folder):
    (folder / "config.json").write_text(json.dumps({"model_type": "vit"}))
    with pytest.raises(
        ModelError, match="Transformers has no sequence classifier for the architecture 'vit'"
    ):
        load(folder)


def test_a_truncated_weight_file_is_refused(folder):
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    with pytest.raises(ModelError, match="No model could be loaded from"):
        load(folder)


def test_remote_code_is_not_run_unasked(folder):
    config = json.loads((folder / "config.json").read_text())
    config |= {"model_type": "mystery", "auto_map": {"AutoModelForSequenceClassification": "evil.Model"}}
    config["auto_map"]["AutoConfig"] = "evil.Config"
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "evil.py").write_text("raise SystemExit('remote code ran')\n")
    with pytest.raises(
        ModelError, match="comes with Python code of its own, which captum_dna does not run unasked"
    ):
        load(folder)


def test_a_model_in_hand_needs_its_tokenizer(folder):
    model = load(folder).model
    with pytest.raises(ModelError, match="needs its tokenizer"):
        load(model)
    assert load(model, kmer_tokenizer(3)).labels == ("no", "yes")


def test_a_classifier_passes_through(folder):
    classifier = load(folder)
    assert load(classifier) is classifier


def test_a_wrong_name_lists_the_right_ones():
    with pytest.raises(AttributeError, match="has no attribute 'predict'; it has Attribution"):
        captum_dna.predict  # noqa: B018
