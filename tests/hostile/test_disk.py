"""A disk that is really full: a small one in memory, where this user may mount one. What was finished stays."""

from __future__ import annotations

import shutil
import subprocess

import numpy as np
import pytest

from captum_dna import Attributions, attribute_to, load
from captum_dna.core.sequences import Sequence
from captum_dna.insights.app import create_app
from captum_dna.io.writing import OutputError
from captum_dna.pipeline.one_shard import Computed
from tests.hostile.conftest import times
from tests.hostile.tally import trying
from tests.pipeline.test_run_faults import holds_the_same
from tests.toy import dna, kmer_bert

DATA = [Sequence(f"s{i}", dna(24, i)) for i in range(6)]
RUN = {"method": "saliency", "shard_size": 2, "progress": False}
ROOM = 20_000
"""KiB that are enough for all."""


class Disk:
    """A small disk; ``resize`` makes it larger or smaller with what is on it, ``empty`` makes a new one."""

    def __init__(self, place):
        self.place = place

    def mount(self, option):
        done = subprocess.run(
            [shutil.which("mount") or "mount", "-t", "tmpfs", "-o", option, "none", str(self.place)],
            capture_output=True,
            check=False,
        )
        if done.returncode:
            pytest.skip("needs the right to mount a disk in memory")

    def resize(self, size):
        self.mount(f"remount,size={size}k")

    def empty(self, size):
        self.free()
        self.mount(f"size={size}k")

    def free(self):
        # At once, also where a file on it is still open: what stays mounted is in the way of whoever clears up.
        subprocess.run(
            [shutil.which("umount") or "umount", "-l", str(self.place)], capture_output=True, check=False
        )


@pytest.fixture
def disk(tmp_path):
    if shutil.which("mount") is None:
        pytest.skip("needs mount")
    (tmp_path / "disk").mkdir()
    made = Disk(tmp_path / "disk")
    yield made
    made.free()


@pytest.fixture(scope="module")
def toy():
    return load(kmer_bert(3))


@pytest.fixture(scope="module")
def whole(toy, tmp_path_factory):
    return attribute_to(tmp_path_factory.mktemp("whole") / "run", toy, DATA, **RUN)


@pytest.mark.filterwarnings("ignore:.*is computed again")
@pytest.mark.parametrize("size", np.geomspace(4, 120, times(6, 30)).astype(int))
@trying("disks that fill under a run", "lost")
def test_a_run_goes_on_once_there_is_room(toy, whole, disk, monkeypatch, size):
    known = {one.name: one for one in Attributions.load(whole)}
    monkeypatch.setattr(
        "captum_dna.pipeline.settling.compute",
        lambda _, records, **__: Computed([known[one.name] for one in records], ()),
    )
    disk.empty(size)
    folder = disk.place / "run"
    try:
        attribute_to(folder, toy, DATA, **RUN)
    except (OutputError, OSError) as error:
        said = f"{error} {getattr(error, 'filename', '')}"
        assert "No space left on device" in said
        assert str(folder) in said
    disk.resize(ROOM)
    attribute_to(folder, toy, DATA, **RUN)
    assert holds_the_same(folder, whole)


@pytest.mark.parametrize("size", np.geomspace(8, 400, times(6, 30)).astype(int))
@trying("disks that fill under a viewer", "lost")
def test_a_viewer_goes_on_once_there_is_room(toy, whole, disk, size):
    disk.empty(size)
    try:
        app = create_app({"toy": toy}, DATA, store=disk.place / "store")
    except ValueError as error:
        assert "store" in str(error)  # noqa: PT017 - it may start as well
        disk.resize(ROOM)
        app = create_app({"toy": toy}, DATA, store=disk.place / "store")
    client, here = app.test_client(), app.extensions["captum_dna"]
    body = {"dataset": here.first.id, "how": {"method": "saliency"}}
    answer = client.post("/api/jobs", json=body)
    finished = set()
    if answer.status_code in (200, 202):
        job = here.jobs.get(answer.get_json()["id"])
        assert job.ended.wait(60)
        told = client.get(f"/api/jobs/{job.id}?since=0").get_json()
        finished = set(told["finished"])
        assert told["state"] == "done" or "The disk is full" in told["message"], told
    else:
        assert answer.status_code == 507
        assert "The disk is full" in answer.get_json()["error"]
    for path in ("/api/config", "/api/datasets", f"/api/datasets/{here.first.id}/rows"):
        assert client.get(path).status_code in (200, 507)
    here.close()
    disk.resize(ROOM)
    app = create_app({"toy": toy}, DATA, store=disk.place / "store")
    client, here = app.test_client(), app.extensions["captum_dna"]
    explained = here.scores(here.first, here.how({"method": "saliency"})).explained
    assert finished <= set(np.flatnonzero(explained).tolist())
    answer = client.post("/api/jobs", json=body)
    assert here.jobs.get(answer.get_json()["id"]).ended.wait(60)
    for row, one in enumerate(Attributions.load(whole)):
        found = here.result(here.first, row, here.how({"method": "saliency"}))
        np.testing.assert_allclose(found.base_scores, one.base_scores, atol=1e-12)
    notices = client.get("/api/config").get_json()["notices"]
    assert [one for one in notices if "Another viewer" not in one] == []  # it could not say that it left
    here.close()
