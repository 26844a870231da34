from __future__ import annotations

import pytest
import torch
from transformers import T5Config, T5ForSequenceClassification

from captum_dna import Classifier, attribute
from captum_dna.model.errors import ModelError
from captum_dna.model.hooks import find_layers, outputs_of, replaced
from tests.toy import FAMILIES, dna, family, kmer_bert, kmer_tokenizer, lawful, roughen

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
        ("bert.encoder.layer.9", "has no layer 'bert.encoder.layer.9'. Choose one of embeddings, tokens"),
        (("embeddings", "tokens"), "Layer 'tokens' lies inside layer 'embeddings'"),
    ],
)
def test_wrong_layers_get_a_sentence(layer, sentence):
    with pytest.raises(ValueError, match=sentence):
        find_layers(kmer_bert(6), layer)


def test_a_family_without_position_embeddings_says_so():
    with pytest.raises(ValueError, match=r"adds no positions embeddings\. Use 'embeddings' or 'tokens'"):
        find_layers(family("ModernBert"), "positions")


def test_a_layer_without_a_token_axis_is_refused():
    model = kmer_bert(6)
    ids = torch.tensor([model.encode(dna(20)).input_ids])
    with (
        model.at_rest(),
        pytest.raises(ValueError, match=r"has shape \(1, 24\), not \(sequences, tokens, features\)"),
    ):
        outputs_of(model, find_layers(model, "bert.pooler"), ids)


def test_an_embedding_that_runs_twice_is_refused_and_the_block_around_it_is_not():
    model = lawful("Caduceus")
    with pytest.raises(ModelError, match="Layer 'tokens' ran 2 times in one forward pass"):
        attribute(model, dna(40), layer="tokens")
    assert attribute(model, dna(40))[0].converged


def test_a_model_that_pads_to_whole_blocks_is_read_without_its_padding():
    model = lawful("BigBird")
    odd = next(dna(60, seed) for seed in range(20) if len(model.encode(dna(60, seed))) % 2)
    encoding = model.encode(odd)
    layers = find_layers(model, "embeddings")
    with model.at_rest(), torch.no_grad():
        ids = torch.tensor([encoding.input_ids])
        assert outputs_of(model, layers, ids)["embeddings"].shape[1] == len(encoding)
        with pytest.raises(ModelError, match="no token axis"):
            outputs_of(model, find_layers(model, "bert.encoder.layer.0"), ids)
    assert attribute(model, odd)[0].converged


def test_encoder_and_decoder_move_together():
    config = T5Config(
        vocab_size=69,
        d_model=16,
        d_kv=8,
        d_ff=16,
        num_layers=1,
        num_heads=2,
        eos_token_id=3,
        decoder_start_token_id=0,
    )
    model = Classifier(roughen(T5ForSequenceClassification(config)), kmer_tokenizer(3))
    tables = ("transformer.encoder.embed_tokens", "transformer.decoder.embed_tokens")
    with pytest.raises(
        ModelError, match=r"never ran its layer 'embeddings'.*transformer.encoder.embed_tokens"
    ):
        attribute(model, dna(40))
    result = attribute(model, dna(40), layer=tables)[0]
    assert result.converged
    assert set(result.parts) == set(tables)
