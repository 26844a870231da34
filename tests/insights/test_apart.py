"""Long jobs in a process of their own: the same results, and a sentence where the process ends by itself."""

from __future__ import annotations

import os
import signal
import threading
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
        made.app.extensions["captum_dna"].jobs.apart("toy").begin().join()
        yield made


@pytest.fixture(scope="module")
def apart(viewer):
    return viewer.app.extensions["captum_dna"].jobs.apart("toy")


def how(toy, **choices):
    return how_of(choices, {"toy": toy}, Limits())


def test_it_gives_the_same_results_and_errors_and_can_be_stopped(toy, apart):
    assert apart.process not in (None, os.getpid())
    found = apart.explain(DATA[:3], how(toy, method="deeplift"), lambda: True)
    for one, here in zip(found, attribute(toy, DATA[:3], method="deeplift", progress=False), strict=True):
        np.testing.assert_array_equal(one.base_scores, here.base_scores)
        assert one.run == here.run
    with pytest.raises(ValueError, match="needs at least 3 bases"):
        apart.explain([Sequence("short", "A")], how(toy), lambda: True)
    os.kill(apart.process, signal.SIGSTOP)  # so that it has the request and the end of it at once
    with pytest.raises(Cancelled):
        apart.explain(DATA[:3], how(toy, **SALIENCY), lambda: bool(os.kill(apart.process, signal.SIGCONT)))
    assert len(apart.explain(DATA[:2], how(toy, **SALIENCY), lambda: True)) == 2


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
            told.append(own.explain(DATA[:1], how(toy, **SALIENCY), lambda: True))
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
    assert len(apart.explain(DATA[:1], how(toy, method="held"), lambda: True)) == 1


def test_a_model_that_cannot_be_copied_stays_here(toy):
    class Odd(type(toy.model)):
        """A class that no other process finds."""

    odd = load(kmer_bert(3))
    odd.model.__class__ = Odd
    own = Apart(odd)
    own.begin().join()
    assert own.process is None
    assert len(own.explain(DATA[:1], how(toy, **SALIENCY), lambda: True)) == 1
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
