"""A run on Ray, on a cluster of two nodes on this machine: what workers compute is what one process computes."""

from __future__ import annotations

import os
import re
import signal
import socket
import time
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import psutil
import pytest
from click.testing import CliRunner

from captum_dna import Attributions, attribute_to, load
from captum_dna.cli import main
from captum_dna.core.errors import SequenceError, UserError
from captum_dna.core.packages import versions
from captum_dna.core.sequences import Sequence
from captum_dna.io.claims import Claims, claims_of
from captum_dna.io.reading import Reading
from captum_dna.io.run_folder import RunFolder
from captum_dna.io.run_status import run_status
from captum_dna.model.errors import ModelError
from captum_dna.pipeline import on_ray
from captum_dna.pipeline.on_ray import Cluster, settle_on_ray
from captum_dna.pipeline.ray_worker import Order, Worker
from captum_dna.pipeline.schedule import TRIES, Outcome
from tests.toy import dna, kmer_bert

pytestmark = pytest.mark.filterwarnings(
    # Ray leaves files and processes to the end of the interpreter.
    "ignore::ResourceWarning",
    "ignore::DeprecationWarning",
    "ignore::FutureWarning",
    "ignore::pytest.PytestUnraisableExceptionWarning",
)

DATA = [Sequence(f"s{i}", dna(24, i)) for i in range(24)]
OPTIONS = {"method": "saliency", "shard_size": 2}


@pytest.fixture(scope="module")
def model():
    return load(kmer_bert(4))


# --- what needs no cluster -----------------------------------------------------------------------


def test_a_model_with_its_own_forward_function_is_refused_as_devices_refuse_it(model, tmp_path):
    own = load(
        model.model, model.tokenizer, forward=lambda ids, mask: model.model(ids, attention_mask=mask).logits
    )
    with pytest.raises(ModelError, match="`forward=` cannot be copied to other devices"):
        attribute_to(tmp_path / "run", own, DATA, engine="ray", **OPTIONS)
    assert not (tmp_path / "run").exists()


def test_standard_input_is_for_one_process(model, tmp_path):
    with pytest.raises(
        ValueError, match=r"Workers cannot read standard input\. Save the sequences to a file"
    ):
        attribute_to(tmp_path / "run", model, "-", engine="ray", **OPTIONS)


@pytest.mark.parametrize(
    ("choices", "told"),
    [
        ({"workers": 2}, "`workers` is for `engine='ray'`"),
        ({"address": "auto"}, "`address` is for `engine='ray'`"),
        ({"engine": "spark"}, "engine"),
        ({"engine": "ray", "workers": 0}, "`workers` must be a whole number, at least 1"),
        ({"engine": "ray", "gpus_per_worker": -1}, "`gpus_per_worker` is a number of GPUs"),
        ({"engine": "ray", "target": [0] * 24}, "A run on Ray takes one `target`"),
    ],
)
def test_choices_that_make_no_sense_are_refused(model, tmp_path, choices, told):
    with pytest.raises(ValueError, match=told):
        attribute_to(tmp_path / "run", model, DATA, **OPTIONS, **choices)
    assert not (tmp_path / "run").exists()


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def test_a_cluster_that_cannot_be_reached_is_named_at_once(tmp_path):
    (tmp_path / "x.fa").write_text(">a\nACGTACGTACGTACGT\n")
    line = (
        f"attribute demo {tmp_path}/x.fa --out {tmp_path}/run/ --engine ray --address 127.0.0.1:{free_port()}"
    )
    done = CliRunner().invoke(main, line.split())
    assert done.exit_code == 1
    assert re.search(r"No Ray cluster can be reached at '127.*--address", done.output, re.DOTALL)


def test_an_engine_is_for_a_folder(tmp_path):
    done = CliRunner().invoke(
        main, ["attribute", "demo", "ACGT", "--out", f"{tmp_path}/x.parquet", "--engine", "ray"]
    )
    assert done.exit_code == 2
    assert "--engine is for a folder of shards" in done.output


@pytest.fixture
def order(model, tmp_path):
    """Return what a worker of a run is told, whose folder is there."""
    folder = attribute_to(tmp_path / "run", model, DATA, part=(99, 100), **OPTIONS)
    record = RunFolder(folder).record
    return Order(
        here=str(tmp_path), folder=str(folder), sequences=DATA, reading=Reading(), choices={"method": "saliency"}, size=2,
        name=model.name, identity=record.identity, digest="0" * 64, versions=versions(),
    )  # fmt: skip


def test_a_worker_that_is_as_the_driver_starts(model, order):
    report = Worker(order, model).start()
    assert (report.stop, report.told) == (None, ())
    assert report.token


def test_a_worker_says_how_it_differs_from_the_driver(model, order, monkeypatch):
    own = versions()
    other = Worker(replace(order, versions=own | {"captum_dna": "9.9"}), model).start().stop
    assert re.search(
        r"A worker on .* cannot start: it has captum_dna .* \(the driver: 9\.9\)\. Install one version", other
    )
    torch = Worker(replace(order, versions=own | {"torch": "9.9"}), model).start()
    assert torch.stop is None
    assert "(the driver: 9.9): the last digits of its scores may differ" in torch.told[0]
    assert "another model than the driver" in Worker(order, load(kmer_bert(3))).start().stop
    assert "does not see the run in" in Worker(replace(order, folder=order.folder + "x"), model).start().stop
    assert "There is no file" in Worker(replace(order, sequences="gone.fa"), model).start().stop


# --- a cluster -----------------------------------------------------------------------------------


def two_nodes(tries=3):
    """Start two nodes and join the first; Ray gives the agent of each 15 s to start, which a busy machine may not have."""
    import ray
    from ray.cluster_utils import Cluster as Nodes

    node, nodes = {"num_cpus": 1, "object_store_memory": 100 << 20}, Nodes()
    try:
        nodes.add_node(**node, include_dashboard=False)
        # Before there is another, which Ray might join us to: nobody may take that from us later.
        ray.init(address=nodes.address, log_to_driver=False, logging_level="ERROR")
        return nodes, nodes.add_node(**node)
    except Exception:  # Ray's own, without a name
        ray.shutdown()
        nodes.shutdown()
        if tries == 1:
            raise
    return two_nodes(tries - 1)


@pytest.fixture(scope="module")
def cluster():
    """Start two nodes of one processor each, and join them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        patch.setenv("RAY_worker_niceness", "0")  # else workers wait for whatever else the machine does
        ends = signal.getsignal(signal.SIGTERM)
        nodes, second = two_nodes()
        signal.signal(signal.SIGTERM, ends)
        import ray

        yield SimpleNamespace(nodes=nodes, second=second)
        ray.shutdown()
        nodes.shutdown()


class Light:
    """A driver's view of a run without files: shards that are numbers."""

    def __init__(self, claims, count, done=()):
        self.claims, self.done, self.aside = claims, set(done), {}
        self.shards = SimpleNamespace(
            numbers=lambda first, step: range(first, count, step), known=SimpleNamespace(shards=count)
        )
        self.run = SimpleNamespace(set_aside=self.aside.__setitem__)

    def finished(self, number):
        return 7 if number in self.done else None


def test_lost_workers_are_replaced_and_a_deadly_shard_is_set_aside(cluster, tmp_path, monkeypatch):
    """The workers are real actors that have no model; one shard always ends its worker, one does once."""

    class Actor:  # local, so that it travels by value, and no worker imports a model
        def __init__(self, order, model):
            self.folder = order

        def start(self):
            return SimpleNamespace(stop=None, told=(), token=str(os.getpid()))

        def settle(self, number):
            with open(f"{self.folder}/{number}", "a") as file:  # noqa: PTH123 - no import on the other side
                file.write("x")
                tried = file.tell()
            if number == 3 or (number == 5 and tried == 1):
                os._exit(1)
            said = Outcome("failed", sentence="KeyError: 4") if number == 4 else Outcome("finished", 7)
            return SimpleNamespace(stop=None, told=("hear",) if number == 6 else (), outcome=said)

    monkeypatch.setattr(on_ray, "Worker", Actor)
    counted = []
    with Claims(tmp_path / "claims") as claims:
        light = Light(claims, 9, done=[0])
        with pytest.warns(UserWarning, match="hear"):
            aside = settle_on_ray(Cluster(workers=2), str(tmp_path), "name", light, (0, 1), counted.append)
    assert aside == light.aside
    assert set(aside) == {3, 4}
    assert f"it ended {TRIES} workers, the last with: " in aside[3]
    assert aside[4] == "KeyError: 4"
    tries = Counter({n: len((tmp_path / str(n)).read_text()) for n in range(1, 9)})
    assert tries == {1: 1, 2: 1, 3: TRIES, 4: TRIES, 5: 2, 6: 1, 7: 1, 8: 1}
    assert counted == [7] * 7
    assert not (tmp_path / "0").exists()


def test_no_room_for_a_worker_is_told(cluster, model, tmp_path):
    with pytest.raises(
        UserError, match=r"The cluster has 2 processors and 0 GPUs, and a worker needs 1 and 1"
    ):
        attribute_to(tmp_path / "run", model, DATA, engine="ray", gpus_per_worker=1, **OPTIONS)


def actors():
    """Return what the actors are called that run as children of this process."""
    found = []
    for one in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):
            found += [title for title in one.cmdline()[:1] if title.startswith("ray::Worker")]
    return found


@pytest.mark.filterwarnings("ignore:No worker could start")  # on a machine that is busy
def test_two_nodes_give_what_one_process_gives_through_losses_and_ctrl_c(cluster, model, tmp_path):
    whole = Attributions.load(attribute_to(tmp_path / "whole", model, DATA, **OPTIONS))
    data = [*DATA[:5], Sequence("s5", "ACGTX"), *DATA[6:]]
    folder = tmp_path / "run"
    run = RunFolder(folder)
    seen = []

    def disturb(done, total):
        seen.append((done, total))
        if len(seen) == 1:
            (who,) = run_status(folder).by
            os.kill(int(re.search("process (.*) on", who)[1]), signal.SIGKILL)
        if len(seen) == 4:
            cluster.nodes.remove_node(cluster.second, allow_graceful=False)

    with pytest.raises(
        SequenceError, match=r"1 shard is set aside.*\n  shard 2: Sequence 6 \('s5'\) has 'X'"
    ):
        attribute_to(folder, model, data, engine="ray", workers=2, progress=disturb, **OPTIONS)
    assert len(run.finished()) == 11
    assert seen[-1][0] == 22
    before = {number: run.mark(number).finished for number in run.finished()}

    run.forget(7)
    calls = []

    def stop(*_):
        calls.append(actors())
        if len(calls) == 3:  # after what was finished before, the first shard that is new
            raise KeyboardInterrupt

    with pytest.raises(
        KeyboardInterrupt, match=r"Interrupted: 11 of 12 shards of 2 sequences are finished; all are kept"
    ):
        attribute_to(folder, model, DATA, engine="ray", workers=1, progress=stop, **OPTIONS)
    assert len(calls[-1]) == 1
    until = time.monotonic() + 60
    while actors() and time.monotonic() < until:
        time.sleep(0.1)
    assert actors() == []
    assert claims_of(run.claims) == []
    with pytest.warns(UserWarning, match="is computed again"):  # shard 7, which had lost its mark
        attribute_to(folder, model, DATA, progress=False, **OPTIONS)
    ours = Attributions.load(folder)
    assert [one.name for one in ours] == [one.name for one in whole]
    for one, other in zip(ours, whole, strict=True):
        # Equal bytes are for `bench_scale equal`: another number of threads, or another processor, rounds otherwise.
        np.testing.assert_allclose(one.base_scores, other.base_scores, rtol=1e-12)
        np.testing.assert_allclose(one.token_scores, other.token_scores, rtol=1e-12)
    assert {number: run.mark(number).finished for number in before if number != 7} == {
        number: finished for number, finished in before.items() if number != 7
    }
    assert run_status(folder).complete
