"""How far apart the words of a k-mer vocabulary begin: told by the model, or asked; never guessed in silence."""

from __future__ import annotations

import itertools
import json
import warnings

import pytest
from transformers import BertConfig, BertForSequenceClassification, BertTokenizer

from captum_dna import attribute, load
from captum_dna.core.errors import SequenceError
from captum_dna.model.classifier import Classifier
from captum_dna.model.errors import TokenizerError
from captum_dna.pipeline.families import describe
from tests.toy import SPECIALS, dna, kmer_tokenizer, roughen, write_kmer_tokenizer

ASKED = (
    r"(whether they overlap|how its .* follow one another).*"
    r"`stride=1` if they overlap.*`stride={}` if they stand end to end"
)


def words(alphabet="ACGT", k=3, specials=SPECIALS, more=()):
    """Return a tokenizer of k-mers in another order than DNABERT's."""
    texts = [*specials, *("".join(p) for p in itertools.product(alphabet, repeat=k)), *more]
    return BertTokenizer(vocab={text: i for i, text in enumerate(texts)}, do_lower_case=False)


def bert(tokenizer, **config):
    shape = {"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 8}
    return roughen(BertForSequenceClassification(BertConfig(vocab_size=len(tokenizer), **shape, **config)))


@pytest.mark.parametrize(
    ("tokenizer", "k"),
    [
        (words(), 3),
        (words("AUCG"), 3),
        (words("AUGC", 3, more=["<mask>"]), 3),
        (words(k=4), 4),
        (words(k=2), 2),
    ],
    ids=["ACGT", "AUCG", "AUGC", "4-mers", "2-mers"],
)
def test_words_that_nothing_is_known_of_are_asked_about(tokenizer, k):
    with pytest.raises(TokenizerError, match=ASKED.format(k)):
        load(bert(tokenizer), tokenizer)
    for stride in (1, k):
        load(bert(tokenizer), tokenizer, stride=stride)


@pytest.mark.parametrize(
    ("setting", "stride"),
    [
        ({"stride": 3}, 3), ({"stride": 1}, 1), ({"kmer_stride": 2}, 2), ({"overlap": 0}, 3), ({"overlap": 2}, 1),
        ({"overlap": False}, 3), ({"overlapping": True}, 1), ({"non_overlapping": True}, 3), ({"non_overlapping": False}, 1),
    ],
)  # fmt: skip
@pytest.mark.parametrize("where", ["config.json", "tokenizer_config.json"])
def test_a_setting_of_model_or_tokenizer_tells(setting, stride, where, tmp_path):
    tokenizer = words()
    bert(tokenizer).save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    content = json.loads((tmp_path / where).read_text())
    (tmp_path / where).write_text(json.dumps(content | setting))
    model = load(tmp_path)
    assert model.encoder.stride == stride
    assert f"{next(iter(setting))}=" in describe(model)["from word to word"]


def test_settings_that_say_different_things_are_asked_about():
    tokenizer = words()
    with pytest.raises(TokenizerError, match=r"stride=3 and .* overlap=True, which cannot both be right"):
        load(bert(tokenizer, stride=3, overlap=True), tokenizer)
    assert load(bert(tokenizer, stride=3, overlap=True), tokenizer, stride=1).encoder.k == 3


def test_dnaberts_vocabulary_or_name_tells_that_words_overlap():
    assert load(bert(kmer_tokenizer(4)), kmer_tokenizer(4)).encoder.k == 4
    assert Classifier(bert(words()), words(), name="my/dna_bert_3").encoder.k == 3
    assert load(bert(words(), num_rnn_layer=1), words()).encoder.k == 3


@pytest.mark.parametrize("name", ["lab/CodonBERT", "mrna-bert", "human-cds-classifier"])
def test_a_name_that_speaks_of_codons_is_asked_about_whatever_the_vocabulary(name):
    with pytest.raises(TokenizerError, match=ASKED.format(3)):
        Classifier(bert(kmer_tokenizer(3)), kmer_tokenizer(3), name=name)


def test_letters_written_in_codons_are_asked_about_where_only_custom_says_that_words_overlap():
    tokenizer = kmer_tokenizer(3)
    bases = dna(30)
    codons = " ".join(bases[i : i + 3] for i in range(0, 30, 3))
    with pytest.warns(UserWarning, match="3-mers"):
        by_custom = load(bert(tokenizer), tokenizer)
    for ask in (by_custom.predict, by_custom.encode, lambda s: attribute(by_custom, s, method="saliency")):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with pytest.raises(SequenceError, match=r"do not overlap, but .*`stride=3`.*`stride=1`"):
                ask(codons)
    said = load(bert(tokenizer), tokenizer, stride=3)
    with pytest.warns(UserWarning, match="written in words of 3 letters"):
        ids = said.encode(codons).input_ids
    assert list(ids[1:-1]) == tokenizer.convert_tokens_to_ids(codons.split())


def test_a_tokenizer_class_of_its_own_is_not_replaced_by_a_guess(tmp_path):
    bert(kmer_tokenizer(3)).save_pretrained(tmp_path)
    write_kmer_tokenizer(tmp_path, 3)
    settings = {
        "tokenizer_class": "CodonTokenizer",
        "auto_map": {"AutoTokenizer": ["codons.CodonTokenizer", None]},
    }
    (tmp_path / "tokenizer_config.json").write_text(json.dumps(settings))
    with pytest.raises(ValueError, match="comes with Python code of its own"):
        load(tmp_path)
