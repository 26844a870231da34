from __future__ import annotations

from pathlib import Path

import pytest

from captum_dna import OneHot, load
from captum_dna.pipeline.families import EXPERTS, FAMILIES, describe, quirks, table
from tests.toy import LAWFUL, kmer_bert, lawful, nucleotide_transformer

PAGE = Path(__file__).parents[2] / "docs" / "families.md"


def test_a_kmer_model_is_described_as_it_is_read():
    words = describe(kmer_bert(5))
    assert words["tokens"] == "overlapping k-mers, k = 5"
    assert words["longest sequence"] == "80 tokens = 82 bases"
    assert words["baseline"].startswith("mask: ")
    assert words["layer"] == "bert.embeddings (BertEmbeddings)"
    assert "[CLS] ACGTT CGTTG" in words["example"]
    assert words["an N"] == "makes 5 tokens unknown"
    assert words["note"] == "nothing"


@pytest.mark.parametrize("name", LAWFUL)
def test_every_family_can_be_described(name):
    assert all(describe(lawful(name)).values())


def test_a_model_read_by_alignment_is_described(tmp_path):
    words = describe(nucleotide_transformer(tmp_path))
    assert (words["tokens"], words["bases per token"], words["an N"]) == ("aligned", "6", "is known")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Esm rotary, token dropout", "token dropout"),
        ("Llama", "reads token ids beside its embedding"),
        ("Llama", "no mask token"),
        ("Bert, byte pairs", "its configuration says that padding is token 0, its tokenizer says 3"),
        ("HyenaDNA", "takes no attention mask"),
        ("BigBird", "long ones with sparse attention"),
        ("Mixtral", "chooses experts by the data"),
        ("One-hot network", "no pad token"),
    ],
)
def test_what_is_to_mind_is_told(name, words):
    assert any(words in quirk for quirk in quirks(lawful(name)))


@pytest.mark.parametrize("word", EXPERTS)
def test_experts_are_told_by_whatever_name_their_number_has(word, monkeypatch):
    model = lawful("Llama")
    assert not any("experts" in quirk for quirk in quirks(model))
    monkeypatch.setattr(model.config, word, 4, raising=False)
    assert any("chooses experts by the data" in quirk for quirk in quirks(model))


def test_bases_per_token_are_counted():
    least, _, most = describe(lawful("ModernBert"))["bases per token"].split(",")[0].partition(" to ")
    assert int(least) == 1
    assert 3 < int(most) < 12
    assert describe(lawful("RNA"))["bases per token"] == "1"


def test_an_n_under_word_pieces_is_told_beforehand():
    assert describe(lawful("Bert, word pieces"))["an N"] == "makes the whole sequence unknown, and is refused"


def test_a_network_of_one_length_is_described():
    import torch

    network = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(400, 2))
    assert describe(load(network, OneHot(length=100)))["longest sequence"] == "100 tokens = 100 bases"


def test_the_table_names_each_stand_in_that_the_laws_are_tested_on_once():
    assert sorted(name for family in FAMILIES.values() for name in family.proved) == sorted(LAWFUL)


def test_the_page_shows_the_table_as_it_stands():
    shown = PAGE.read_text().partition("families.py -->\n")[2].partition("\n<!-- end -->")[0]
    assert shown == table(), "docs/families.md: put there what captum_dna.pipeline.families.table() returns"
