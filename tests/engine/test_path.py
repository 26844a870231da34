"""The path engine's economy: what paths share is evaluated once, and only where it may be."""

from __future__ import annotations

import pytest
import torch
from numpy.testing import assert_allclose

from captum_dna import attribute
from captum_dna.engine import batching, path
from captum_dna.methods.deeplift import method as deeplift
from captum_dna.model.classifier import Classifier
from tests.toy import dna, kmer_bert

SEQUENCES = [dna(40, seed) for seed in range(12)]


def counting(forward, model):
    """Return a classifier around a forward function, and the list of how many rows it was given each time."""
    rows = []

    def counted(ids, mask):
        rows.append(len(ids))
        return forward(ids, mask)

    return Classifier(model.model, model.tokenizer, forward=counted), rows


@pytest.mark.parametrize("n_steps", [None, 12])
def test_paths_from_one_reference_share_its_evaluation(n_steps):
    model = kmer_bert(4)
    counted, rows = counting(lambda ids, mask: model.model(ids, mask).logits, model)
    rows.clear()
    together = attribute(counted, SEQUENCES, n_steps=n_steps, target=0)
    spent = sum(rows)
    rows.clear()
    alone = [attribute(counted, sequence, n_steps=n_steps, target=0)[0] for sequence in SEQUENCES]
    # All but one of the starts are spared, for four rows that ask whether they may be.
    assert spent <= sum(rows) - (len(SEQUENCES) - 1) + 4
    for ours, theirs in zip(together, alone, strict=True):
        assert_allclose(ours.token_scores, theirs.token_scores, rtol=1e-9, atol=1e-13)
        assert ours.f_baseline == pytest.approx(theirs.f_baseline, rel=1e-12)
        assert ours.evaluations == theirs.evaluations


def test_a_model_that_reads_ids_elsewhere_has_a_start_per_sequence():
    """The logits also depend on how often one k-mer stands among the ids, whatever the embeddings are."""
    model = kmer_bert(3)
    sequences = ["AAAAAAACGT", "ACGTTGCACG", "AAAACGTAAA", "AAAAAAAAAA", "ACGAAACGTT", "AAAACGAAAA"]

    def forward(ids, mask):
        return model.model(ids, mask).logits * (
            1 + (ids == model.encoder.token_id("AAA")).sum(1, keepdim=True)
        )

    network, _ = counting(forward, model)
    together = attribute(network, sequences, target=0)
    for ours, sequence in zip(together, sequences, strict=True):
        theirs = attribute(network, sequence, target=0)[0]
        assert_allclose(ours.token_scores, theirs.token_scores, rtol=1e-9, atol=1e-13)
        assert ours.converged
    assert len({result.f_baseline for result in together}) > 3


@pytest.mark.parametrize("method", ["integrated_gradients", "expected_gradients", "deeplift"])
@pytest.mark.parametrize("target", [None, "all"])
def test_what_a_gpu_computes_ahead_changes_no_number(monkeypatch, method, target):
    model = kmer_bert(3)
    sequences = [dna(30 + 5 * (seed % 2), seed) for seed in range(9)]
    options = {"method": method, "target": target, "batch_size": 4}
    if method == "expected_gradients":
        options["samples"] = 2
    by_turns = attribute(model, sequences, **options)
    for place in (path, deeplift):
        monkeypatch.setattr(place, "ahead", lambda _device: 1)
    at_once = attribute(model, sequences, **options)
    for ours, theirs in zip(at_once, by_turns, strict=True):
        assert ours.target == theirs.target
        assert_allclose(ours.token_scores, theirs.token_scores, rtol=1e-9, atol=1e-13)
        assert ours.certificate.evaluations == theirs.certificate.evaluations
        assert_allclose(ours.probabilities, theirs.probabilities, rtol=1e-12)


def told_apart(model, sequence):
    """Return a forward function that predicts another class where all bases are hidden."""
    ids = torch.tensor([model.encode(sequence).input_ids] * 2)
    ids[1, 1:-1] = model.tokenizer.mask_token_id
    with model.at_rest(), torch.no_grad():
        logits = model.logits(ids)
    shift = torch.stack([torch.zeros(()), (logits[:, 0] - logits[:, 1]).mean()])
    assert len(set((logits + shift).argmax(-1).tolist())) == 2
    return lambda ids, mask: model.model(ids, mask).logits + shift


@pytest.mark.parametrize("method", ["integrated_gradients", "nucleotide_gradients", "expected_gradients"])
@pytest.mark.parametrize("target", [None, 1, "all"])
@pytest.mark.parametrize("batch_size", [None, 6])
def test_what_is_guessed_beside_changes_no_number_and_saves_rounds(monkeypatch, method, target, batch_size):
    """A GPU waits for Python where a pass has few rows: what may be asked for next goes with what is asked for."""
    model, sequence = kmer_bert(3), dna(24)
    forward = told_apart(model, sequence)
    steep, rows = counting(lambda ids, mask: 2000 * forward(ids, mask), model)
    options = {"method": method, "target": target, "output": "probability", "batch_size": batch_size}
    if method == "expected_gradients":
        options["samples"] = 2
    found, passes = [], []
    for idle in (0, 5120):
        monkeypatch.setitem(batching.IDLE_TOKENS, "cpu", idle)
        rows.clear()
        found.append(attribute(steep, sequence, **options))
        passes.append(len(rows))
    assert max(rows) <= batch_size if batch_size else passes[1] < passes[0] + (method == "expected_gradients")
    for guessed, plain in zip(*found, strict=True):
        assert plain.evaluations > 9
        assert_allclose(guessed.token_scores, plain.token_scores, rtol=1e-6, atol=1e-9)
        assert (guessed.evaluations, guessed.target) == (plain.evaluations, plain.target)
        assert guessed.certificate.relative_error == pytest.approx(plain.certificate.relative_error, rel=1e-4)


@pytest.mark.parametrize("most", [1, 2, 3, 5])
@pytest.mark.parametrize("n_steps", [None, 7])
@pytest.mark.parametrize("idle", [0, 5120])
def test_the_class_is_that_of_the_sequence_also_where_memory_parts_its_points(
    monkeypatch, most, n_steps, idle
):
    """The baseline is predicted otherwise, so that a point that told the class by itself would be seen."""
    monkeypatch.setitem(batching.IDLE_TOKENS, "cpu", idle)
    model, sequence = kmer_bert(3), dna(40)
    forward = told_apart(model, sequence)

    def tight(ids, mask):
        if len(ids) > max(most, 3):  # three are tried when a model is loaded
            raise torch.OutOfMemoryError("too much")
        return forward(ids, mask)

    short_of_memory = Classifier(model.model, model.tokenizer, forward=tight)
    ample = Classifier(model.model, model.tokenizer, forward=forward)
    ours = attribute(short_of_memory, sequence, n_steps=n_steps, batch_size=None if most == 3 else most)[0]
    theirs = attribute(ample, sequence, n_steps=n_steps, target=ours.predicted)[0]
    assert ours.target == ours.predicted
    assert_allclose(ours.token_scores, theirs.token_scores, rtol=1e-9, atol=1e-12)
