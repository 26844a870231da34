from __future__ import annotations

import pytest
import torch

from captum_dna.layers import find_layers, outputs_of, replaced

from .toy import FAMILIES, dna, family, kmer_bert

BLOCK = {
    "Roberta": "roberta.embeddings",
    "Electra": "electra.embeddings",
    "DistilBert": "distilbert.embeddings",
    "ModernBert": "model.embeddings",
}


@pytest.mark.parametrize("name", FAMILIES)
def test_the_embedding_block_is_found_not_listed(name):
    model = family(name)
    block = find_layers(model, "embeddings")["embeddings"]
    assert block is model.model.get_submodule(BLOCK.get(name, "bert.embeddings"))
    assert find_layers(model, "tokens")["tokens"] is model.model.get_input_embeddings()


@pytest.mark.parametrize("name", FAMILIES)
def test_putting_a_layers_own_output_in_its_place_changes_nothing(name):
    model = family(name)
    ids = torch.tensor([model.encode(dna(40)).input_ids])
    layers = find_layers(model, "embeddings")
    with model.at_rest(), torch.no_grad():
        values = outputs_of(model, layers, ids)
        with replaced(layers, values):
            again = model.logits(ids)
        assert torch.equal(again, model.logits(ids))


def test_the_notebooks_three_embeddings_are_found():
    model = kmer_bert(6)
    embeddings = model.model.bert.embeddings
    assert find_layers(model, ("tokens", "positions", "token_types")) == {
        "tokens": embeddings.word_embeddings,
        "positions": embeddings.position_embeddings,
        "token_types": embeddings.token_type_embeddings,
    }


def test_any_module_can_be_named():
    model = kmer_bert(6)
    path = "bert.encoder.layer.1"
    assert find_layers(model, path)[path] is model.model.bert.encoder.layer[1]


@pytest.mark.parametrize(
    ("layer", "sentence"),
    [
        ("bert.encoder.layer.9", "has no layer 'bert.encoder.layer.9'; choose one of embeddings, tokens"),
        (("embeddings", "tokens"), "Layer 'tokens' lies inside layer 'embeddings'"),
    ],
)
def test_wrong_layers_get_a_sentence(layer, sentence):
    with pytest.raises(ValueError, match=sentence):
        find_layers(kmer_bert(6), layer)


def test_a_family_without_position_embeddings_says_so():
    with pytest.raises(ValueError, match="adds no positions embeddings; use 'embeddings' or 'tokens'"):
        find_layers(family("ModernBert"), "positions")


def test_a_layer_without_a_token_axis_is_refused():
    model = kmer_bert(6)
    ids = torch.tensor([model.encode(dna(20)).input_ids])
    with (
        model.at_rest(),
        pytest.raises(ValueError, match=r"has shape \(1, 24\), not \(sequences, tokens, features\)"),
    ):
        outputs_of(model, find_layers(model, "bert.pooler"), ids)
