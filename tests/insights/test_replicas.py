"""Replicas of one process: the same results in the same order, of weights that are there once."""

from __future__ import annotations

import threading
from copy import deepcopy

import pytest
import torch
from numpy.testing import assert_allclose
from torch import nn

from captum_dna import attribute, load
from captum_dna.core.sequences import Sequence
from captum_dna.insights import replicas as module
from captum_dna.insights.job import Cancelled
from captum_dna.insights.limits import Limits
from captum_dna.insights.replicas import MOST, Replicas, replica
from captum_dna.insights.request import how_of
from tests.held import PATIENCE
from tests.toy import dna, kmer_bert

DATA = [Sequence(f"s{i}", dna(30 + i % 3, i)) for i in range(7)]


@pytest.fixture(autouse=True)
def _threads():
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def toy():
    return load(kmer_bert(3))


def how(model, **choices):
    return how_of(choices, {"toy": model}, Limits())


@pytest.mark.parametrize("threads", [1, 2, 8])
@pytest.mark.parametrize("count", [1, 2, 7])
def test_results_are_those_of_one_model_in_the_order_of_the_sequences(toy, threads, count):
    replicas = Replicas(toy, threads)
    assert torch.get_num_threads() == max(1, threads // MOST)
    found = replicas.explain(DATA[:count], how(toy), lambda: True)
    expected = attribute(toy, DATA[:count])
    assert [one.name for one in found] == [one.name for one in expected]
    for ours, theirs in zip(found, expected, strict=True):
        assert_allclose(ours.base_scores, theirs.base_scores, atol=1e-9)
        assert ours.run == theirs.run


def test_replicas_work_at_the_same_time(toy, monkeypatch):
    """Neither is done before both have begun."""
    both = threading.Barrier(2, timeout=PATIENCE)

    def waiting(own, sequences, *_):
        both.wait()
        return [(own, sequence) for sequence in sequences]

    monkeypatch.setattr(module, "explain", waiting)
    found = Replicas(toy, 2).explain(DATA, how(toy), lambda: True)
    assert [sequence for _, sequence in found] == DATA
    assert [own is toy for own, _ in found] == [True, False] * 3 + [True]


def test_the_weights_of_a_replica_are_the_same_memory_and_its_modules_are_its_own(toy):
    twin = replica(toy)
    for (name, ours), theirs in zip(toy.model.named_parameters(), twin.model.parameters(), strict=True):
        assert ours is not theirs, name
        assert ours.data_ptr() == theirs.data_ptr(), name
    assert not set(toy.model.modules()) & set(twin.model.modules())
    assert twin.fingerprint == toy.fingerprint


def test_a_table_that_shortens_its_rows_is_copied(toy):
    model = load(deepcopy(toy.model), toy.tokenizer, stride=1)
    table = model.model.get_input_embeddings()
    table.max_norm = 1.0
    twin = replica(model).model.get_input_embeddings()
    assert isinstance(twin, nn.Embedding)
    assert twin.weight.data_ptr() != table.weight.data_ptr()


def test_one_that_fails_or_is_stopped_leaves_all_of_them_free(toy):
    replicas = Replicas(toy, 2)
    with pytest.raises(ValueError, match="short"):
        replicas.explain([*DATA[:3], Sequence("short", "A")], how(toy), lambda: True)
    with pytest.raises(Cancelled):
        replicas.explain(DATA, how(toy), lambda: False)
    assert len(replicas.explain(DATA, how(toy), lambda: True)) == len(DATA)


def test_a_model_with_a_function_of_its_own_has_no_replica(toy):
    own = load(toy.model, toy.tokenizer, stride=1, forward=lambda ids, mask: toy.model(ids, mask).logits)
    assert len(Replicas(own, 2)._all) == 1
