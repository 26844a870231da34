"""The model and its twin: the same results as alone, of weights that are there once."""

from __future__ import annotations

import random
import threading
from contextlib import ExitStack, nullcontext
from copy import deepcopy
from functools import partial

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from captum_dna import attribute, load
from captum_dna.core.sequences import Sequence
from captum_dna.methods import METHODS
from captum_dna.methods.integrated_gradients import IntegratedGradients
from captum_dna.model.copies import draws, shared_with_copies
from captum_dna.model.twin import twin
from captum_dna.pipeline.attribute import Interrupted
from captum_dna.pipeline.side_by_side import LEAST
from tests.held import PATIENCE
from tests.toy import LAWFUL, dna, kmer_bert, lawful

DATA = [Sequence(f"s{i}", dna(30 + i % 3, i)) for i in range(7)]


@pytest.fixture(autouse=True)
def _two_threads():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    assert torch.get_num_threads() == 2
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def toy():
    return load(kmer_bert(3))


class Watched(IntegratedGradients):
    """Tells which thread answers what, and waits there for what a test says."""

    def __init__(self) -> None:
        super().__init__()
        self.told, self.wait = {}, lambda: None

    def explain(self, classifier, questions, settings):
        for answer in super().explain(classifier, questions, settings):
            self.told.setdefault(threading.current_thread(), []).append(answer.index)
            self.wait()
            yield answer


Watched.__module__ = "captum_dna.methods.watched"  # as one of ours


def alone(*arguments, **choices):
    """Return results of one thread."""
    torch.set_num_threads(1)
    found = attribute(*arguments, **choices)
    torch.set_num_threads(2)
    return found


@pytest.mark.parametrize("method", [name for name in METHODS if name != "layer_conductance"])
def test_results_are_those_of_one_thread_in_the_order_of_the_sequences(toy, method):
    found = attribute(toy, DATA, method=method, seed=3)
    for ours, theirs in zip(found, alone(toy, DATA, method=method, seed=3), strict=True):
        assert ours.name == theirs.name
        assert ours.run == theirs.run
        assert_allclose(ours.base_scores, theirs.base_scores, atol=1e-9)
    again = attribute(toy, DATA, method=method, seed=3)
    for ours, same in zip(found, again, strict=True):
        np.testing.assert_array_equal(ours.base_scores, same.base_scores)


@pytest.mark.parametrize("name", LAWFUL)
def test_every_family_has_a_twin_that_gives_the_same(name):
    model = lawful(name)
    assert twin(model) is not None
    found = attribute(twin(model), DATA, method="saliency")
    for ours, theirs in zip(found, attribute(model, DATA, method="saliency"), strict=True):
        assert_allclose(
            ours.base_scores, theirs.base_scores, atol=1e-9 + 1e-7 * np.abs(theirs.base_scores).max()
        )


def test_two_threads_take_every_second_sequence_at_the_same_time(toy):
    method, both = Watched(), threading.Barrier(2, timeout=PATIENCE)
    method.wait = lambda: both.wait() if len(method.told[threading.current_thread()]) == 1 else None
    assert [one.name for one in attribute(toy, DATA, method=method)] == [one.name for one in DATA]
    mine = method.told.pop(threading.current_thread())
    (others,) = method.told.values()
    assert sorted(mine) == [0, 2, 4, 6]
    assert sorted(others) == [1, 3, 5]


def test_few_sequences_other_peoples_methods_and_a_device_by_name_get_one_thread(toy):
    class Theirs(Watched):
        pass

    for method, count, options in (
        (Watched(), LEAST - 1, {}),
        (Theirs(), 7, {}),
        (Watched(), 7, {"devices": ["cpu"]}),
    ):
        attribute(toy, DATA[:count], method=method, **options)
        assert len(method.told) == 1


def test_the_weights_of_a_twin_are_the_same_memory_and_its_modules_are_its_own(toy):
    other = twin(toy)
    for (name, ours), theirs in zip(toy.model.named_parameters(), other.model.parameters(), strict=True):
        assert ours is not theirs, name
        assert ours.data_ptr() == theirs.data_ptr(), name
    assert not set(toy.model.modules()) & set(other.model.modules())
    assert other.fingerprint == toy.fingerprint


def test_a_table_that_shortens_its_rows_is_copied(toy):
    model = load(deepcopy(toy.model), toy.tokenizer, stride=1)
    table = model.model.get_input_embeddings()
    table.max_norm = 1.0
    other = twin(model).model.get_input_embeddings()
    assert isinstance(other, nn.Embedding)
    assert other.weight.data_ptr() != table.weight.data_ptr()


def test_what_cannot_be_copied_has_no_twin(toy):
    own = load(toy.model, toy.tokenizer, stride=1, forward=lambda ids, mask: toy.model(ids, mask).logits)
    assert twin(own) is None
    odd = load(deepcopy(toy.model), toy.tokenizer, stride=1)
    odd.model.lock = threading.Lock()
    assert twin(odd) is None
    assert len(attribute(odd, DATA)) == len(DATA)


class Telling(nn.Module):
    """Tells somebody of every pass."""

    def __init__(self, tell) -> None:
        super().__init__()
        self.tell = tell

    def forward(self, logits):
        self.tell(None)
        return logits


def _counted(calls, function):
    def wrapped(*arguments, **choices):
        calls.append(threading.current_thread())
        return function(*arguments, **choices)

    return wrapped


def _by_hook(model, calls):
    model.model.bert.register_forward_hook(lambda *_: calls.append(threading.current_thread()))


def _by_append(model, calls):
    model.model.classifier = nn.Sequential(model.model.classifier, Telling(calls.append))


def _by_method(model, calls):
    model.logits = _counted(calls, model.logits)


def _by_network(model, calls):
    model.network.logits = _counted(calls, model.network.logits)


def _by_forward(model, calls):
    model.model.forward = _counted(calls, model.model.forward)


def _by_partial(model, calls):
    model.model.bert.forward = partial(_counted(calls, model.model.bert.forward))


def _by_default(model, calls):
    inner = model.model.bert.pooler

    def forward(hidden, inner=inner, calls=calls):
        calls.append(None)
        return type(inner).forward(inner, hidden)

    inner.forward = forward


def _by_all_modules(_model, calls):
    handle = nn.modules.module.register_module_forward_hook(lambda *_: calls.append(None))
    stack = ExitStack()
    stack.callback(handle.remove)
    return stack


@pytest.mark.parametrize(
    "put",
    [
        _by_hook,
        _by_append,
        _by_method,
        _by_network,
        _by_forward,
        _by_partial,
        _by_default,
        _by_all_modules,
    ],
)
def test_functions_of_the_users_see_every_pass_and_a_model_that_has_them_is_one_threads(toy, put):
    model, calls, method = load(deepcopy(toy.model), toy.tokenizer, stride=1), [], Watched()
    with put(model, calls) or nullcontext():
        assert shared_with_copies(model)
        found = attribute(model, DATA, method=method)
        seen = len(calls)
        theirs = alone(model, DATA)
    assert list(method.told) == [threading.current_thread()]
    assert seen == len(calls) - seen > 0
    for ours, one in zip(found, theirs, strict=True):
        assert_allclose(ours.base_scores, one.base_scores, atol=1e-9)


def test_a_counter_of_this_threads_operations_sees_all(toy):
    counted = []
    for explain in (attribute, alone):
        with FlopCounterMode(display=False) as counter:
            explain(toy, DATA)
        counted.append(counter.get_total_flops())
    assert counted[0] == counted[1] > 0


def test_copies_share_nothing_of_a_model_as_it_is_loaded(toy):
    assert shared_with_copies(toy) is None
    normed = load(deepcopy(toy.model), toy.tokenizer, stride=1)
    nn.utils.spectral_norm(normed.model.classifier)
    assert shared_with_copies(normed) is None


class Drawing(nn.Module):
    """Adds what it draws from one of the process's generators."""

    def __init__(self, draw) -> None:
        super().__init__()
        self.draw = draw

    def forward(self, logits):
        return logits + self.draw()


def _from_torch():
    return float(torch.rand(1))


def _from_numpy():
    np.random.seed(5)  # noqa: NPY002 - as BigBird does
    return np.random.rand()  # noqa: NPY002 - as above


def _from_python():
    return random.random()  # noqa: S311 - what a model may do


@pytest.mark.parametrize("draw", [_from_torch, _from_numpy, _from_python])
def test_a_model_that_draws_is_one_threads(toy, draw):
    model, method = load(deepcopy(toy.model), toy.tokenizer, stride=1), Watched()
    model.model.classifier = nn.Sequential(model.model.classifier, Drawing(draw))
    ids = model.encode(DATA[0].bases).input_ids
    assert draws(model, ids)
    assert not draws(toy, ids)
    attribute(model, DATA, method=method, tolerance="preview")
    assert list(method.told) == [threading.current_thread()]


def test_a_failure_in_either_thread_is_told(toy):
    for fails in (True, False):
        method, here = Watched(), threading.current_thread()

        def fail(fails=fails, here=here):
            if (threading.current_thread() is here) == fails:
                raise ValueError("It fails.")

        method.wait = fail
        with pytest.raises(ValueError, match="It fails"):
            attribute(toy, DATA, method=method)
        assert len(attribute(toy, DATA)) == len(DATA)


def test_ctrl_c_keeps_what_both_have_finished_and_stops_the_twin_in_its_next_pass(toy):
    many = [Sequence(f"s{i}", dna(30, i)) for i in range(280)]
    method, here, come, stopping = Watched(), threading.current_thread(), threading.Event(), threading.Event()

    def wait():
        if threading.current_thread() is not here:
            come.set()
            assert stopping.wait(PATIENCE)
        elif len(method.told[here]) == 2:
            assert come.wait(PATIENCE)
            stopping.set()
            raise KeyboardInterrupt

    method.wait = wait
    with pytest.raises(Interrupted) as stop:
        attribute(toy, many, method=method)
    assert 1 <= len(stop.value.finished) < len(many) / 2
    mine = method.told.pop(here)
    ((other, others),) = method.told.items()
    assert not other.is_alive()
    assert len(mine) == 2
    assert 1 <= len(others) < len(many) / 2
