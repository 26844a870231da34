"""Long jobs in a process of their own: the same results, and a sentence where the process ends by itself."""

from __future__ import annotations

import os
import signal
import threading
from copy import deepcopy
from pathlib import Path

import numpy as np
import pytest

from captum_dna import attribute, load
from captum_dna.core.sequences import Sequence
from captum_dna.insights import Insights
from captum_dna.insights.apart import LONG, Apart
from captum_dna.insights.job import Cancelled, Gone
from captum_dna.insights.limits import Limits
from captum_dna.insights.request import how_of
from tests.held import PATIENCE
from tests.insights.client import Client
from tests.toy import dna, kmer_bert

DATA = [Sequence(f"s{i}", dna(30, i)) for i in range(LONG)]
SALIENCY = {"method": "saliency"}

pytestmark = pytest.mark.skipif(os.name != "posix", reason="processes get no connection on this system")


@pytest.fixture(scope="module")
def toy():
    return load(kmer_bert(3))


@pytest.fixture(scope="module")
def viewer(toy, tmp_path_factory):
    """Return a viewer whose process is ready."""
    with Insights({"toy": toy}, DATA, store=tmp_path_factory.mktemp("apart")) as made:
        made.app.extensions["captum_dna"].jobs.steps.apart("toy").begin().join()
        yield made


@pytest.fixture(scope="module")
def apart(viewer):
    return viewer.app.extensions["captum_dna"].jobs.steps.apart("toy")


def how(toy, **choices):
    return how_of(choices, {"toy": toy}, Limits())


def explained(apart, sequences, chosen, wanted=lambda: True):
    """Return all that comes, by its place."""
    found = dict(one for portion in apart.explain_each(sequences, chosen, wanted) for one in portion)
    assert sorted(found) == list(range(len(sequences)))
    return [found[place] for place in range(len(sequences))]


def test_it_gives_the_same_results_and_reasons_and_can_be_stopped(toy, apart):
    assert apart.process not in (None, os.getpid())
    found = explained(apart, DATA[:3], how(toy, method="deeplift"))
    for one, here in zip(found, attribute(toy, DATA[:3], method="deeplift", progress=False), strict=True):
        np.testing.assert_allclose(one.base_scores, here.base_scores, atol=1e-12)
        assert one.run == here.run
    (reason,) = explained(apart, [Sequence("short", "A")], how(toy))
    assert "needs at least 3 bases" in reason.words
    with pytest.raises(Cancelled):
        explained(apart, DATA * 20, how(toy, n_steps=200), lambda: False)
    os.kill(apart.process, signal.SIGSTOP)  # so that it has the request and the end of it at once
    with pytest.raises(Cancelled):
        explained(apart, DATA[:3], how(toy, **SALIENCY), lambda: bool(os.kill(apart.process, signal.SIGCONT)))
    assert len(explained(apart, DATA[:2], how(toy, **SALIENCY))) == 2


def test_what_nobody_waits_for_any_more_is_not_taken_for_the_next_answer(toy, apart):
    for taken in range(4):
        portions = apart.explain_each(DATA, how(toy, **SALIENCY), lambda: True)
        for _ in range(taken):
            next(portions)
        portions.close()
        (found,) = explained(apart, DATA[-1:], how(toy, **SALIENCY))
        assert found.sequence == DATA[-1].bases


@pytest.mark.parametrize("ready", [False, True], ids=["while it starts", "while it computes"])
def test_a_viewer_that_stops_in_the_middle_takes_nothing_from_under_who_reads(toy, ready, recwarn):
    own = Apart(toy)
    starting = own.begin()
    if ready:
        starting.join()
        os.kill(own.process, signal.SIGSTOP)  # so that the answer does not come before the end
    told = []

    def ask():
        try:
            told.append(explained(own, DATA[:1], how(toy, **SALIENCY)))
        except Gone as gone:
            told.append(gone)

    asking = threading.Thread(target=ask)
    asking.start()
    threads = [threading.Thread(target=own.close) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in (*threads, asking, starting):
        thread.join()
    assert len(told) == 1
    assert isinstance(told[0], Gone if ready else Gone | list)
    assert not recwarn.list  # which a thread that fails would be


def test_a_method_of_the_users_own_stays_here(toy, apart, held):
    held.open()
    assert len(explained(apart, DATA[:1], how(toy, method="held"))) == 1


def test_a_model_that_cannot_be_copied_stays_here(toy):
    class Odd(type(toy.model)):
        """A class that no other process finds."""

    odd = load(deepcopy(toy.model), toy.tokenizer, stride=1)
    odd.model.__class__ = Odd
    own = Apart(odd)
    own.begin().join()
    assert own.process is None
    assert len(explained(own, DATA[:1], how(toy, **SALIENCY))) == 1
    own.close()


def test_a_job_whose_process_is_killed_says_so_and_is_taken_up_again(toy, viewer, apart):
    client, number = Client(viewer.url), apart.process
    os.kill(number, signal.SIGSTOP)
    job = client.post("/api/jobs", {"dataset": client.dataset()["id"], "how": SALIENCY}).json
    client.until(f"/api/jobs/{job['id']}", lambda one: one["state"] == "running")
    os.kill(number, signal.SIGKILL)
    ended = client.job_done(job)
    assert ended["state"] == "failed"
    assert "was ended by signal 9" in ended["message"]
    assert ended["failures"] == []
    assert client.post(f"/api/jobs/{job['id']}/resume", {}).status == 202
    assert client.job_done(job)["state"] == "done"
    assert client.rows({"explained": "yes", **SALIENCY})["matched"] == LONG
    here = viewer.app.extensions["captum_dna"]
    for row, one in enumerate(attribute(toy, DATA, **SALIENCY, progress=False)):
        found = here.result(here.first, row, here.how(SALIENCY))
        np.testing.assert_allclose(found.base_scores, one.base_scores, atol=1e-12)


def test_it_ends_with_the_viewer(toy):
    own = Apart(toy)
    own.begin().join(PATIENCE)
    number = own.process
    own.close()
    assert not Path(f"/proc/{number}").exists()
