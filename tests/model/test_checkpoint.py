"""Folders as training, cloning and copying leave them: the right model, or a sentence that names the file."""

from __future__ import annotations

import json
import warnings

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file
from transformers import (
    BertConfig,
    BertForMaskedLM,
    BertForSequenceClassification,
    BertForTokenClassification,
    RobertaForTokenClassification,
)

from captum_dna.model.errors import ModelError, TokenizerError
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


def with_more(folder, *names):
    state = load_file(folder / "model.safetensors") | {name: torch.ones(2, 16) for name in names}
    save_file(state, folder / "model.safetensors", {"format": "pt"})


@pytest.mark.parametrize(
    "part", ["encoder.final_norm.weight", "embeddings.species.weight", "bert.adapter.weight"]
)
def test_parts_of_the_body_are_not_lost(folder, part):
    with_more(folder, part if part.startswith("bert.") else f"bert.{part}")
    with pytest.raises(ModelError, match=rf"1 weights of the checkpoint have no place .*{part}"):
        load(folder)


@pytest.mark.parametrize(
    "part", ["classifier.dense.weight", "stem.weight", "ema.bert.pooler2.weight", "head2.weight"]
)
def test_other_weights_that_are_not_used_are_told(folder, answer, part):
    with_more(folder, part)
    with pytest.warns(UserWarning, match=rf"weights of the checkpoint are not used \(1, such as {part}\)"):
        found = load(folder)
    assert found.predict(dna(30)) == pytest.approx(answer)


def test_heads_of_other_tasks_and_old_buffers_are_no_loss(folder, answer):
    with_more(
        folder, "cls.predictions.transform.weight", "bert.embeddings.position_ids", "bert.pooler.old.weight"
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", "Deprecated in 0.9.0: WordPiece")  # of the oldest tokenizers
        assert load(folder).predict(dna(30)) == pytest.approx(answer)


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
        warnings.filterwarnings("ignore", "Deprecated in 0.9.0: WordPiece")  # of the oldest tokenizers
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


ODD = ["x", 5, 2.5, -1, [], {}, [5], {"a": 1}, True]
KEYS = [
    "num_hidden_layers", "hidden_size", "num_attention_heads", "vocab_size", "id2label", "label2id", "problem_type",
    "architectures", "model_type", "auto_map", "dtype", "quantization_config", "max_position_embeddings", "hidden_act",
    "captum_dna", "pad_token_id",
]  # fmt: skip


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(key=st.sampled_from(KEYS), value=st.sampled_from(ODD))
def test_a_configuration_with_something_odd_in_it_gives_a_model_or_a_sentence(folder, key, value):
    kept = (folder / "config.json").read_text()
    reconfigure(folder, **{key: value})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            load(folder)
        except ValueError as error:
            if not type(error).__module__.startswith("captum_dna") or len(str(error)) < 40:
                raise
    (folder / "config.json").write_text(kept)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"architectures": 5}, "config.json: 'architectures' is 5, where a list of names is expected"),
        ({"id2label": ["a", "b"]}, "config.json: 'id2label' is .*an object of indices and names"),
        (
            {"num_hidden_layers": "two"},
            r"num_hidden_layers.*expected int, got str",
        ),
        ({"num_attention_heads": 0}, r"No model could be loaded .*modulo by zero.*config\.json"),
        (
            {"problem_type": "multi_label"},
            r"problem_type 'multi_label', which is none of .*`head=`|error for field 'problem_type'",
        ),
    ],
)
def test_what_is_wrong_with_a_configuration_is_said(folder, changed, sentence):
    reconfigure(folder, **changed)
    with pytest.raises(ModelError, match=sentence):
        load(folder)


def test_classes_that_are_not_counted_from_0_are_told(folder):
    reconfigure(folder, id2label={"1": "no", "2": "yes"}, label2id={})
    with pytest.warns(
        UserWarning, match=r"class names of the configuration \(1, 2\) do not match the 2 outputs.*`labels=`"
    ):
        assert load(folder).labels == ("LABEL_0", "LABEL_1")


@pytest.mark.parametrize(
    "name", ["tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json"]
)
@pytest.mark.parametrize(
    "content", [b"", b"[]", b'{"a', b"\xff\xfe\x00", b"[" * 99_999, b'{"a": ' + b"9" * 5000]
)
def test_a_tokenizers_file_that_is_damaged_is_named(folder, name, content):
    (folder / name).write_bytes(content)
    with pytest.raises(ModelError, match=rf"{name} (cannot be read as JSON|holds).*opy it again"):
        load(folder)


@pytest.mark.parametrize("content", [b"\0" * 99, b"\xff\xfeA\0C\0", b"\xef\xbb\xbfACGT\n"])
def test_a_list_of_words_that_is_no_text_is_named(folder, content):
    (folder / "vocab.txt").write_bytes(content)
    with pytest.raises(ModelError, match=r"vocab\.txt (is not UTF-8 text|begins with a byte-order mark)"):
        load(folder)


def test_a_list_of_words_that_lacks_some_is_not_read_by_other_ids(folder):
    words = (folder / "vocab.txt").read_text().split()
    (folder / "vocab.txt").write_text("\n".join(words[:100] + words[101:]) + "\n")
    with pytest.raises(TokenizerError, match=rf"lacks 1 of the 4-mers \(such as {words[100]}\)"):
        load(folder, stride=1)
    (folder / "vocab.txt").write_text("\n".join([*words[:100], words[50], *words[101:]]) + "\n")
    with pytest.raises(TokenizerError, match=r"has 260 words and the model embeds 261"):
        load(folder, stride=1)
    (folder / "vocab.txt").write_text("\n".join(word for word in words if word != "[MASK]") + "\n")
    with pytest.warns(UserWarning, match=r"vocab\.txt has no \[MASK\]"):
        load(folder, stride=1)


@pytest.mark.parametrize("content", [b"", b"<html>404</html>", None])
def test_weights_that_are_no_weights_are_named(folder, content):
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:3000] if content is None else content)
    with pytest.raises(ModelError, match=r"model\.safetensors cannot be read: it is cut off or damaged"):
        load(folder)
    weights.rename(folder / "pytorch_model.bin")
    with pytest.raises(ModelError, match=r"pytorch_model\.bin cannot be read: it is cut off or damaged"):
        load(folder)
    (folder / "pytorch_model.bin").unlink()
    with pytest.raises(ModelError, match=r"holds no weights .model\.safetensors or pytorch_model\.bin"):
        load(folder)


@pytest.mark.parametrize(
    ("index", "sentence"),
    [
        ({"weight_map": {"a": "model-1.safetensors"}}, "lacks model-1.safetensors"),
        ({"weight_map": 5}, "'weight_map'"),
    ],
)
def test_a_part_of_the_weights_that_is_missing_is_named(folder, index, sentence):
    (folder / "model.safetensors").unlink()
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    with pytest.raises(ModelError, match=sentence):
        load(folder)


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
    with pytest.raises(ModelError, match=r"holds no tokenizer .*with `tokenizer=`"):
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
    with pytest.warns(UserWarning, match="vocabulary has 3-mers.*`stride=3`.*`stride=1`"):
        load(made.model, made.tokenizer)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", "Deprecated in 0.9.0: WordPiece")  # of the oldest tokenizers
        load(made.model, made.tokenizer, stride=1)
