from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from torch import nn

from captum_dna import attribute
from captum_dna.engine.baselines import Start
from captum_dna.engine.path_spaces import NucleotideSpace
from captum_dna.model.classifier import Classifier
from captum_dna.model.errors import ModelError
from tests.toy import KS, dna, family, kmer_bert, kmer_tokenizer
from tests.toy.models import network

METHOD = "nucleotide_gradients"


@pytest.mark.parametrize("k", KS)
def test_one_hot_distributions_give_the_tables_own_rows(k):
    model = kmer_bert(k)
    space = NucleotideSpace(model)
    encoding = model.encode(dna(30))
    ids = torch.tensor([encoding.input_ids])
    with model.at_rest():
        ((start, step),) = space.ends([Start(encoding, "uniform")])
        mixed = space.outputs({"bases": (start["bases"] + step["bases"]).unsqueeze(0)}, ids)["tokens"]
    assert_allclose(mixed, model.model.bert.embeddings.word_embeddings(ids).detach(), atol=1e-12)


def test_a_mixture_is_the_expectation_over_kmers():
    model = kmer_bert(3)
    space = NucleotideSpace(model)
    encoding = model.encode("ACG")
    shares = torch.tensor(np.random.default_rng(0).dirichlet([1, 1, 1, 1], size=3))
    ids = torch.tensor([encoding.input_ids])
    with model.at_rest():
        mixed = space.outputs({"bases": shares.unsqueeze(0)}, ids)["tokens"][0, 1]
    table = model.model.bert.embeddings.word_embeddings.weight.detach()
    by_hand = sum(
        shares[0, a]
        * shares[1, b]
        * shares[2, c]
        * table[model.encoder.token_id("ACGT"[a] + "ACGT"[b] + "ACGT"[c])]
        for a, b, c in itertools.product(range(4), repeat=3)
    )
    assert_allclose(mixed, by_hand, atol=1e-12)


def test_tables_that_return_more_than_the_vectors_are_read_like_others():
    """Those of I-BERT return the scale of their numbers beside them."""
    model = Classifier(network("IBert", kmer_tokenizer(3)), kmer_tokenizer(3))
    assert isinstance(model.token_embedding(torch.tensor([5])), tuple)
    result = attribute(model, dna(30), method=METHOD, tolerance=1e-4)[0]
    assert result.converged
    assert_allclose(result.base_scores.sum() - result.delta, result.f_input - result.f_baseline, atol=1e-10)


@pytest.mark.parametrize("k", KS)
@pytest.mark.parametrize("reference", ["uniform", "composition"])
def test_base_scores_are_complete(k, reference):
    result = attribute(kmer_bert(k), dna(40), method=METHOD, reference=reference, tolerance=1e-4)[0]
    assert result.converged
    assert_allclose(result.base_scores.sum() - result.delta, result.f_input - result.f_baseline, atol=1e-10)
    assert abs(result.delta) <= 1e-4 * max(abs(result.f_input - result.f_baseline), 0.1)


def test_the_real_letters_hypothetical_score_is_its_score():
    bases = dna(40)
    result = attribute(kmer_bert(6), bases, method=METHOD)[0]
    hypothetical = result.extras["hypothetical"]
    assert hypothetical.shape == (4, 40)
    own = hypothetical[["ACGT".index(base) for base in bases], range(40)]
    assert_allclose(own, result.base_scores, atol=1e-12)
    assert_allclose(hypothetical.sum(axis=0), 0, atol=1e-12)


@pytest.mark.parametrize("name", ["HyenaDNA", "One-hot network"])
def test_single_bases_are_k_mers_of_length_one(name):
    model, bases = family(name), dna(40)
    result = attribute(model, bases, method=METHOD)[0]
    assert_allclose(result.base_scores.sum() - result.delta, result.f_input - result.f_baseline, atol=1e-9)
    own = result.extras["hypothetical"][["ACGT".index(base) for base in bases], range(40)]
    assert_allclose(own, result.base_scores, atol=1e-9)
    plain = attribute(model, bases)[0]
    assert_allclose(result.f_input, plain.f_input, atol=1e-9)  # the path ends in the model's own input


def test_a_letter_that_stands_for_several_keeps_its_own_embedding():
    model = family("One-hot network")
    bases = f"{dna(20)}RN{dna(18, 1)}"
    result = attribute(model, bases, method=METHOD)[0]
    assert_allclose(result.f_input, attribute(model, bases)[0].f_input, atol=1e-9)
    assert_allclose(result.base_scores[20:22], 0)


def test_a_model_that_adds_up_bases_has_the_scores_known_by_hand():
    """f sums a weight per base over 3-mers' middle bases, so a base scores its weight less the letters' mean."""
    tokenizer = kmer_tokenizer(3)
    weights = dict(zip("ACGT", [1.0, -2.0, 0.5, 4.0], strict=True))

    class Adds(nn.Module):
        def __init__(self):
            super().__init__()
            self.table = nn.Embedding(69, 1, dtype=torch.float64)
            with torch.no_grad():
                self.table.weight.zero_()
                for kmer, token in tokenizer.get_vocab().items():
                    if token > 4:
                        self.table.weight[token] = weights[kmer[1]]

        def get_input_embeddings(self):
            return self.table

        def forward(self, ids, _mask):
            return self.table(ids).sum((1, 2))

    network = Adds()
    bases = "ACGTTGA"
    result = attribute(Classifier(network, tokenizer, forward=network), bases, method=METHOD)[0]
    mean = sum(weights.values()) / 4
    expected = [0, *(weights[base] - mean for base in bases[1:-1]), 0]
    assert_allclose(result.base_scores, expected, atol=1e-12)
    assert_allclose(result.extras["hypothetical"][3, 1:-1], 4.0 - mean, atol=1e-12)


def test_an_unknown_base_has_no_score_of_its_own():
    result = attribute(kmer_bert(3), dna(20) + "N" + dna(20, 1), method=METHOD)[0]
    assert result.base_scores[20] == 0
    logits = kmer_bert(3).predict_logits([kmer_bert(3).encode(result.sequence)])[0]
    assert_allclose(abs(logits[0] - logits[1]), result.f_input, atol=1e-9)
    assert np.isnan(result.extras["hypothetical"][:, 20]).all()


def test_company_changes_nothing():
    model = kmer_bert(4)
    sequences = [dna(40, 1), dna(44, 2), dna(40, 3)]
    together = attribute(model, sequences, method=METHOD)
    alone = attribute(model, sequences[2], method=METHOD, batch_size=2)[0]
    assert_allclose(together[2].base_scores, alone.base_scores, rtol=1e-7, atol=1e-10)


def test_other_tokens_are_refused():
    with pytest.raises(
        ModelError,
        match=r"needs a model of overlapping k-mers or of single bases\. Use integrated_gradients, ism",
    ):
        attribute(family("ModernBert"), dna(40), method=METHOD)
    with pytest.raises(ValueError, match=r"no reference 'shuffle'\. Choose one of uniform, composition"):
        attribute(kmer_bert(3), dna(40), method=METHOD, reference="shuffle")


def test_the_correction_leaves_the_uniform_reference_as_it_is():
    bases = dna(40)
    plain, corrected = (
        attribute(kmer_bert(3), bases, method=METHOD, corrected=how)[0] for how in (False, True)
    )
    assert_allclose(corrected.base_scores, plain.base_scores, atol=1e-12)
    assert corrected.run.complete
    assert corrected.delta == plain.delta


def test_the_correction_takes_the_mean_over_the_letters_from_the_gradient():
    bases = dna(40)
    model = kmer_bert(3)
    how = {"method": METHOD, "reference": "composition", "n_steps": 12}
    plain, corrected = (attribute(model, bases, **how, corrected=it)[0] for it in (False, True))
    slope = plain.extras["hypothetical"]  # up to a number for each base, which the correction is blind to
    own = ["ACGT".index(base) for base in bases]
    assert_allclose(corrected.base_scores, slope[own, range(40)] - slope.mean(axis=0), atol=1e-12)
    assert_allclose(corrected.extras["hypothetical"].sum(axis=0), 0, atol=1e-12)
    assert not corrected.run.complete
    assert np.isnan(corrected.delta)
    assert not np.allclose(corrected.base_scores, plain.base_scores)
