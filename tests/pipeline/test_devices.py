from __future__ import annotations

import threading
from copy import deepcopy

import pytest
from numpy.testing import assert_allclose

from captum_dna import Interrupted, attribute, load
from captum_dna.model.classifier import Classifier
from captum_dna.model.errors import ModelError
from tests.toy import dna, kmer_bert

SEQUENCES = [dna(40 + i % 2, i) for i in range(9)]


def test_two_devices_give_what_one_gives():
    one = attribute(kmer_bert(4), SEQUENCES)
    two = attribute(kmer_bert(4), SEQUENCES, devices=["cpu", "cpu"])
    for ours, theirs in zip(two, one, strict=True):
        assert ours.name == theirs.name
        assert ours.run == theirs.run
        assert_allclose(ours.token_scores, theirs.token_scores, rtol=1e-7, atol=1e-10)


def test_an_interruption_stops_all_devices_and_keeps_what_is_finished():
    def stop(done, _total):
        if done == 4:
            raise KeyboardInterrupt

    before = set(threading.enumerate())
    with pytest.raises(Interrupted) as interrupted:
        attribute(kmer_bert(4), SEQUENCES, devices=["cpu", "cpu"], progress=stop)
    assert len(interrupted.value.finished) == 4
    assert set(threading.enumerate()) <= before


def test_a_device_that_is_not_there_is_named():
    with pytest.raises(ModelError, match="The model cannot be put on 'cuda:7'"):
        attribute(kmer_bert(4), SEQUENCES, devices=["cpu", "cuda:7"])


def test_a_forward_function_of_ones_own_stays_on_its_device():
    model = kmer_bert(4)
    own = Classifier(model.model, model.tokenizer, forward=lambda i, m: model.model(i, m).logits)
    with pytest.raises(ModelError, match="cannot be copied to other devices"):
        attribute(own, SEQUENCES, devices=["cpu", "cpu"])


def test_a_hook_of_ones_own_stays_on_its_device():
    model = load(deepcopy(kmer_bert(4).model), kmer_bert(4).tokenizer, stride=1)
    handle = model.model.classifier.register_forward_hook(lambda *_: None)
    with pytest.raises(ModelError, match="A model with hooks on its Linear cannot be copied"):
        attribute(model, SEQUENCES, devices=["cpu", "cpu"])
    handle.remove()
    assert len(attribute(model, SEQUENCES, devices=["cpu", "cpu"])) == len(SEQUENCES)
