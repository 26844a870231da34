from __future__ import annotations

import json
import shutil
import socket
import warnings

import pytest
import torch
from safetensors.torch import save, save_file
from transformers import BertConfig, BertForSequenceClassification, BertModel

import captum_dna
from captum_dna.model.errors import ModelError, TokenizerError
from captum_dna.model.hub import PATIENCE
from captum_dna.model.loading import UntrainedHeadWarning, load
from tests.toy import dna, kmer_tokenizer, write_kmer_tokenizer

CONFIG = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}


@pytest.fixture
def folder(tmp_path):
    config = BertConfig(vocab_size=261, id2label={0: "no", 1: "yes"}, label2id={"no": 0, "yes": 1}, **CONFIG)
    BertForSequenceClassification(config).save_pretrained(tmp_path / "model")
    return write_kmer_tokenizer(tmp_path / "model", 4)


def test_a_folder_as_dnabert_writes_it(folder):
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)  # not what older libraries tell their authors
        classifier = load(folder)
    assert classifier.labels == ("no", "yes")
    assert classifier.encoder.k == 4
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
    BertModel(BertConfig(vocab_size=261, **CONFIG)).save_pretrained(folder)
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
    write_kmer_tokenizer(tmp_path / "other", 3)
    for name in ("vocab.txt", "tokenizer_config.json"):
        shutil.copy(tmp_path / "other" / name, folder / name)
    with pytest.raises(
        TokenizerError, match="reads 3-mers and has ids up to 68, but the model embeds 261 tokens"
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
    with pytest.raises(ModelError, match=r"model\.safetensors cannot be read: it is cut off or damaged"):
        load(folder)


def test_remote_code_is_not_run_unasked(folder):
    config = json.loads((folder / "config.json").read_text())
    config |= {"model_type": "mystery", "auto_map": {"AutoModelForSequenceClassification": "evil.Model"}}
    config["auto_map"]["AutoConfig"] = "evil.Config"
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "evil.py").write_text("raise SystemExit('remote code ran')\n")
    with pytest.raises(
        ModelError, match="comes with Python code of its own, which captum_dna does not run by default"
    ):
        load(folder)


CHARACTER_CODE = {
    "configuration_tiny.py": """
from transformers import PretrainedConfig

class TinyConfig(PretrainedConfig):
    model_type = "tiny_convolutions"

    def __init__(self, vocab_size=12, size=8, **kwargs):
        super().__init__(**kwargs)
        self.vocab_size, self.size = vocab_size, size
""",
    "modeling_tiny.py": """
import torch
from torch import nn
from transformers import PreTrainedModel
from transformers.modeling_outputs import SequenceClassifierOutput
from .configuration_tiny import TinyConfig

class TinyForSequenceClassification(PreTrainedModel):
    config_class = TinyConfig

    def __init__(self, config):
        super().__init__(config)
        self.table = nn.Embedding(config.vocab_size, config.size)
        self.gate, self.value = (nn.Conv1d(config.size, config.size, 5, padding=2) for _ in range(2))
        self.score = nn.Linear(config.size, config.num_labels)
        self.post_init()

    def forward(self, input_ids, labels=None):
        hidden = self.table(input_ids).transpose(1, 2)
        hidden = torch.sigmoid(self.gate(hidden)) * self.value(hidden)
        return SequenceClassifierOutput(logits=self.score(hidden.mean(-1)))
""",
    "tokenization_tiny.py": """
from transformers import PreTrainedTokenizer

class TinyTokenizer(PreTrainedTokenizer):
    model_input_names = ["input_ids"]

    def __init__(self, **kwargs):
        self._ids = {t: i for i, t in enumerate(["[CLS]", "[SEP]", "[PAD]", "[MASK]", "[UNK]", *"ACGTN"])}
        names = {"cls": "CLS", "sep": "SEP", "pad": "PAD", "mask": "MASK", "unk": "UNK"}
        super().__init__(**({f"{n}_token": f"[{t}]" for n, t in names.items()} | kwargs))

    @property
    def vocab_size(self):
        return len(self._ids)

    def get_vocab(self):
        return dict(self._ids)

    def _tokenize(self, text, **kwargs):
        return list(text.upper())

    def _convert_token_to_id(self, token):
        return self._ids.get(token, 4)

    def _convert_id_to_token(self, index):
        return list(self._ids)[index]

    def build_inputs_with_special_tokens(self, own, other=None):
        return [*own, 1]

    def save_vocabulary(self, folder, filename_prefix=None):
        return ()
""",
}
"""A model that brings its own architecture and its own tokenizer, as HyenaDNA does."""


@pytest.fixture
def with_code(tmp_path, monkeypatch):
    """Return a folder as people download it, and its architecture, built apart from the library."""
    monkeypatch.setenv("HF_MODULES_CACHE", str(tmp_path / "modules"))
    monkeypatch.setattr("transformers.dynamic_module_utils.HF_MODULES_CACHE", str(tmp_path / "modules"))
    folder = tmp_path / "tiny"
    folder.mkdir()
    for name, code in CHARACTER_CODE.items():
        (folder / name).write_text(code)
    config = {
        "model_type": "tiny_convolutions",
        "architectures": ["TinyForSequenceClassification"],
        "vocab_size": 12,
        "size": 8,
        "auto_map": {
            "AutoConfig": "configuration_tiny.TinyConfig",
            "AutoModelForSequenceClassification": "modeling_tiny.TinyForSequenceClassification",
        },
    }
    (folder / "config.json").write_text(json.dumps(config))
    own = {
        "tokenizer_class": "TinyTokenizer",
        "auto_map": {"AutoTokenizer": ["tokenization_tiny.TinyTokenizer", None]},
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(own))
    generator = torch.Generator().manual_seed(0)
    shapes = {"table.weight": (12, 8), "score.weight": (2, 8), "score.bias": (2,)}
    shapes |= {f"{n}.weight": (8, 8, 5) for n in ("gate", "value")} | {
        f"{n}.bias": (8,) for n in ("gate", "value")
    }
    weights = {name: 0.35 * torch.randn(shape, generator=generator) for name, shape in shapes.items()}
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    return folder


def test_a_folder_with_code_of_its_own_runs_when_allowed(with_code):
    with pytest.raises(ModelError, match="comes with Python code of its own"):
        load(with_code)
    classifier = load(with_code, trust_remote_code=True)
    assert type(classifier.model).__name__ == "TinyForSequenceClassification"
    assert (classifier.encoder.kind, classifier.max_bases) == ("aligned", None)
    result = captum_dna.attribute(classifier, dna(40))[0]
    assert result.converged
    assert result.spans == (*((i, i + 1) for i in range(40)), None)


def test_code_on_a_hub_needs_the_revision_that_was_read(with_code):
    sentence = (
        "runs whatever Python code .* holds at that moment.*pass the commit that you read as `revision=`"
    )
    with pytest.raises(ModelError, match=sentence):
        load("somebody/some-model", trust_remote_code=True)
    config = json.loads((with_code / "config.json").read_text())
    config["auto_map"]["AutoConfig"] = "somebody/some-model--configuration_tiny.TinyConfig"
    (with_code / "config.json").write_text(json.dumps(config))
    with pytest.raises(ModelError, match=sentence):
        load(with_code, trust_remote_code=True)


def test_a_model_in_hand_needs_its_tokenizer(folder):
    model = load(folder).model
    with pytest.raises(ModelError, match="needs its tokenizer"):
        load(model)
    assert load(model, kmer_tokenizer(4)).labels == ("no", "yes")


def test_a_classifier_passes_through(folder):
    classifier = load(folder)
    assert load(classifier) is classifier


@pytest.mark.parametrize(
    "option",
    [
        {"tokenizer": "x"},
        {"labels": ["a", "b"]},
        {"forward": len},
        {"head": "multi_label"},
        {"logits": True},
        {"stride": 1},
        {"separator": ""},
        {"num_labels": 3},
        {"dtype": "bfloat16"},
        {"device": "cpu"},
        {"base": "x"},
        {"revision": "x"},
    ],
    ids=lambda option: next(iter(option)),
)
def test_an_option_without_effect_is_refused(folder, option):
    """A classifier is what it is, and a module has its weights, classes and device already."""
    classifier, [name] = load(folder), option
    with pytest.raises(ModelError, match=f"loaded already, so `{name}=` would change nothing") as refused:
        load(classifier, **option)
    assert refused.value.option == name
    if name in ("num_labels", "dtype", "device", "base"):
        with pytest.raises(ModelError, match=f"`{name}=` is for a model that is loaded by name"):
            load(classifier.model, kmer_tokenizer(4), **option)


def test_a_wrong_name_lists_the_right_ones():
    with pytest.raises(AttributeError, match="has no attribute 'predict'; it has Attribution"):
        captum_dna.predict  # noqa: B018 - asked for its error


@pytest.mark.parametrize("typed", ["dem", "demos", "Demo", "deom"])
def test_a_slip_of_the_finger_is_asked_about_before_any_hub(typed):
    with pytest.raises(ModelError, match=f"no model or folder '{typed}'. Did you mean 'demo'"):
        load(typed)


def test_a_hub_that_does_not_respond_is_said_after_a_moment(monkeypatch, tmp_path):
    (tmp_path / "adapter_config.json").write_text(
        '{"peft_type": "LORA", "base_model_name_or_path": "owner/some"}'
    )
    (tmp_path / "adapter_model.safetensors").write_bytes(save({}))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
        monkeypatch.setattr(
            "huggingface_hub.constants.ENDPOINT", f"http://127.0.0.1:{silent.getsockname()[1]}"
        )
        monkeypatch.setattr("captum_dna.model.hub.PATIENCE", 0.2)
        said = "There is no folder 'owner/some', and the hub does not respond"
        with pytest.raises(ModelError, match=f"^{said}"):
            load("owner/some")
        with pytest.raises(ModelError, match=rf"holds an adapter \(LORA\).* {said}.*`base=`"):
            load(tmp_path)
    assert PATIENCE <= 5
