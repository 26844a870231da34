"""How much memory a pass takes, and how many sequences may share one."""

from __future__ import annotations

import pytest
import torch
from numpy.testing import assert_allclose

from captum_dna import attribute
from captum_dna.engine import batching, memory
from captum_dna.engine.batching import FIRST_TOKENS, MOST_TOKENS, Room
from captum_dna.engine.memory import Height, free_bytes
from captum_dna.model.classifier import Classifier
from captum_dna.model.errors import ModelError
from tests.toy import dna, kmer_bert

KIB = 1024


def test_the_height_of_a_forward_pass_is_what_was_held_at_once():
    x = torch.zeros(KIB)
    with Height() as height:
        y = x + 1  # 4 KiB
        z = y.view(32, 32).T + 1  # 8: a view holds nothing of its own
        del y
        w = torch.cat([z, z])  # 12: 4 were let go
    assert height.peak == 12 * KIB
    assert w.shape == (64, 32)


def test_the_height_counts_what_waits_for_the_backward_pass():
    x = torch.ones(KIB, requires_grad=True)
    with Height() as kept:
        torch.autograd.grad(x.exp().exp().exp().sum(), x)
    with Height() as free, torch.no_grad():
        x.exp().exp().exp().sum()
    assert free.peak == 8 * KIB
    assert kept.peak >= 12 * KIB


def test_an_overwritten_tensor_counts_once():
    x = torch.zeros(KIB)
    with Height() as height:
        x.add_(1).mul_(2)
    assert height.peak == 0


def test_there_is_memory():
    assert free_bytes(torch.device("cpu")) > 2**20


def numbers_of_rows(monkeypatch, free, **options):
    """Return the rows of every pass over 64 sequences of 42 tokens, with so much memory free."""
    monkeypatch.setattr(batching, "free_bytes", lambda _device: free)
    model = kmer_bert(4)
    rows = []

    def counted(ids, mask):
        rows.append(len(ids))
        return model.model(ids, mask).logits

    ours = attribute(
        Classifier(model.model, model.tokenizer, forward=counted),
        [dna(43, seed) for seed in range(64)],
        method="saliency",
        progress=False,
        **options,
    )
    theirs = attribute(model, [dna(43, seed) for seed in range(64)], method="saliency", progress=False)
    for one, other in zip(ours, theirs, strict=True):
        assert_allclose(one.base_scores, other.base_scores, rtol=1e-6, atol=1e-9)
    return rows


def test_the_batch_grows_where_memory_allows(monkeypatch):
    rows = numbers_of_rows(monkeypatch, 2**40)
    assert FIRST_TOKENS["cpu"] // 42 in rows
    assert max(rows) == min(64 - FIRST_TOKENS["cpu"] // 42, MOST_TOKENS["cpu"] // 42)


def test_the_batch_shrinks_where_memory_is_short(monkeypatch):
    with_plenty = numbers_of_rows(monkeypatch, 2**40)
    short = numbers_of_rows(monkeypatch, 2**20)
    assert len(short) > 1.5 * len(with_plenty)
    assert short[-1] < FIRST_TOKENS["cpu"] // 42


def test_a_batch_size_that_is_given_is_kept(monkeypatch):
    assert max(numbers_of_rows(monkeypatch, 2**20, batch_size=7)) == 7


def test_longer_sequences_get_fewer_rows_until_they_are_measured():
    space = Room(kmer_bert(4), "float32", None)
    assert space.rows(64) == FIRST_TOKENS["cpu"] // 64
    space.fill(64, lambda rows: torch.ones(rows, 64, 2**12).sum())
    measured = space.rows(64)
    assert measured == MOST_TOKENS["cpu"] // 64
    held = []
    space.fill(512, lambda rows: held.append(torch.ones(rows, 512, 512)))
    assert len(held[0]) == MOST_TOKENS["cpu"] // 512


def test_only_what_a_gpu_has_to_wait_for_is_idle(monkeypatch):
    space = Room(kmer_bert(4), "float32", None)
    assert space.idle(1, 64) == 0  # a processor waits for nothing
    monkeypatch.setitem(batching.IDLE_TOKENS, "cpu", 640)
    assert [space.idle(rows, 64) for rows in (1, 9, 10, 11)] == [9, 1, 0, 0]
    assert space.idle(1, 700) == 0
    assert Room(kmer_bert(4), "float32", 4).idle(1, 64) == 3


def test_an_error_that_is_not_about_memory_is_not_hidden():
    def fail(_rows):
        raise RuntimeError("something else")

    with pytest.raises(RuntimeError, match="something else"):
        Room(kmer_bert(4), "float32", None).fill(8, fail)


def test_memory_is_measured_without_changing_a_number():
    model = kmer_bert(4)
    ids = torch.tensor([model.encode(dna(30)).input_ids])
    with model.at_rest():
        plain = model.logits(ids)
        with memory.Height():
            assert torch.equal(model.logits(ids), plain)


@pytest.mark.parametrize("said", ["CUDA error: unspecified launch failure\nCUDA kernel errors might be ..."])
def test_a_gpu_that_fails_is_a_sentence(said):
    model = kmer_bert(4)
    times = []

    def failing(ids, mask):
        times.append(len(ids))
        if len(times) > 6:
            raise RuntimeError(said)
        return model.model(ids, mask).logits

    broken = Classifier(model.model, model.tokenizer, forward=failing)
    with pytest.raises(
        ModelError, match=r"The GPU failed: CUDA error: unspecified launch failure\. What is finished"
    ):
        attribute(broken, [dna(43, seed) for seed in range(64)], progress=False)
    assert model.model.training is False


def test_a_library_without_memory_halves_the_batch():
    model = kmer_bert(4)

    def tight(ids, mask):
        if len(ids) > 3:
            raise RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`")
        return model.model(ids, mask).logits

    found = attribute(Classifier(model.model, model.tokenizer, forward=tight), dna(43))[0]
    assert_allclose(found.base_scores, attribute(model, dna(43))[0].base_scores, rtol=1e-6, atol=1e-9)
