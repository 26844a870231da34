"""Jobs: progress, cancelling, asking twice, what survives a restart, a kill and a damaged store."""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import warnings
from pathlib import Path

import pytest

from captum_dna import attribute
from captum_dna.cli import main
from captum_dna.core.sequences import Sequence
from captum_dna.insights import Insights
from captum_dna.insights.database import FILE
from captum_dna.insights.job import UNDER_WAY
from captum_dna.insights.limits import Limits
from tests.held import PATIENCE
from tests.insights.client import Client
from tests.insights.conftest import some_sequences
from tests.toy import dna, kmer_bert

DEEPLIFT = {"method": "deeplift"}
HELD = {"method": "held", "n_steps": 4}
MANY = {f"s{i}": dna(120, i) for i in range(40)}


@pytest.fixture
def fresh(model, tmp_path, held):
    """Return a function that starts viewers of many sequences on one store; all are stopped at the end."""
    made = []

    def start(data=MANY, folder=tmp_path / "store", **options):
        made.append(Insights({"demo": model}, data, store=folder, **options).serve())
        return Client(made[-1].url), made[-1]

    yield start
    held.open()
    for viewer in made:
        viewer.stop()


def begin(client, how=HELD, **more):
    return client.post("/api/jobs", {"dataset": client.dataset()["id"], "how": how, **more})


def test_a_job_tells_how_far_it_is_and_is_cancelled(fresh, held):
    client, _ = fresh()
    client.predicted()
    job = begin(client).json
    path = f"/api/jobs/{job['id']}"
    held.allow(3)
    running = client.until(path, lambda one: one["done"] >= 2)
    assert running["state"] == "running"
    assert running["seconds_left"] > 0
    finished = client.get(f"{path}?since=1").json["finished"]
    assert finished
    # What is finished can be read while the job goes on, and a single picture overtakes it.
    data = client.dataset()["id"]
    assert client.get(f"/api/datasets/{data}/rows/{finished[0]}/attribution", HELD).status == 200
    quick = client.post(f"/api/datasets/{data}/rows/39/attribution", {"how": DEEPLIFT, "wait": 0})
    held.allow(4)  # the portion under way has no more
    assert client.job_done(quick.json)["state"] == "done"
    assert client.get(path).json["state"] == "running"
    assert client.post(f"{path}/cancel", {}).status == 200
    held.open()
    ended = client.job_done(job)
    assert ended["state"] == "cancelled"
    assert 0 < ended["done"] < 40
    assert client.post(f"{path}/cancel", {}).status == 409
    assert client.rows({"explained": "yes", **HELD})["matched"] == ended["done"]


def test_what_is_cancelled_while_it_waits_makes_room_at_once(fresh, held):
    """And so does what waits for a data set that is removed: nothing piles up behind a job that takes long."""
    client, viewer = fresh(limits=Limits(jobs=2))
    client.predicted()
    begin(client)
    held.until_come(1)
    worker = viewer.app.extensions["captum_dna"].jobs.worker
    for n_steps in range(20, 25):
        waiting = begin(client, {**HELD, "n_steps": n_steps})
        assert waiting.status == 202
        assert begin(client, {**HELD, "n_steps": 9}).status == 429
        cancelled = client.post(f"/api/jobs/{waiting.json['id']}/cancel", {}).json
        assert cancelled["state"] == "cancelled"
        made = client.post("/api/datasets", {"text": dna(60, n_steps)}).json["id"]
        assert client.ask("DELETE", f"/api/datasets/{made}", {}).status == 204
        assert worker.waiting(*range(5)) == 1


def test_a_quick_picture_overtakes_the_integrals_of_others(fresh, held):
    client, _ = fresh()
    data = client.dataset()["id"]
    paths = [f"/api/datasets/{data}/rows/{row}/attribution" for row in range(5)]
    integrals = [client.post(path, {"how": HELD, "wait": 0}).json["id"] for path in paths[:4]]
    asked = {"how": HELD, "preview": True, "wait": 0}
    client.post(paths[4], asked)
    held.allow()  # the one under way
    client.until(f"/api/jobs/{integrals[0]}", lambda one: one["state"] == "done")
    assert client.until_posted(paths[4], asked, lambda early: "picture" in early)["preview"] is True
    assert client.get(f"/api/jobs/{integrals[-1]}").json["state"] == "queued"


def test_asking_twice_computes_once(fresh, held):
    client, _ = fresh(dict(list(MANY.items())[:6]))
    first, second = begin(client), begin(client)
    assert (first.status, second.status) == (202, 200)
    assert first.json["id"] == second.json["id"]
    held.open()
    done = client.job_done(first.json)
    assert (done["done"], done["found"]) == (6, 0)
    assert begin(client).status == 200
    part = begin(client, rows=[4, 1]).json
    assert client.job_done(part)["found"] == 2


def test_a_sequence_that_fails_does_not_stop_the_others(fresh):
    data = {"good": dna(60, 1), "too long": dna(700, 2), "also good": dna(60, 3)}
    client, _ = fresh(data)
    done = client.job_done(begin(client, DEEPLIFT).json)
    assert done["state"] == "done"
    assert sorted(done["finished"]) == [0, 2]
    assert [one["row"] for one in done["failures"]] == [1]
    assert "takes at most 515 bases" in done["failures"][0]["error"]
    client.until(
        f"/api/datasets/{client.dataset()['id']}/rows", lambda found: found["counts"]["problems"] == 1
    )
    assert "515 bases" in client.rows()["rows"][1]["problem"]
    answer = client.post(
        f"/api/datasets/{client.dataset()['id']}/rows/1/attribution", {"how": DEEPLIFT, "wait": 10}
    )
    assert answer.status == 422
    assert "515 bases" in answer.json["error"]


def test_the_log_has_the_traceback_of_what_failed(fresh, caplog):
    client, _ = fresh({"good": dna(60, 1), "too long": dna(700, 2)})
    with caplog.at_level("INFO", logger="captum_dna"):
        answer = client.post(
            f"/api/datasets/{client.dataset()['id']}/rows/1/attribution", {"how": DEEPLIFT, "wait": 10}
        )
    assert answer.status == 422
    assert "Traceback" in caplog.text
    assert "takes at most 515 bases" in caplog.text


def test_a_job_warns_nobody_and_the_notebook_beside_it_is_warned(fresh):
    """Neither takes the other's warnings, whichever begins or ends first."""
    rough = {"n_steps": 1, "tolerance": 0.0001}
    client, _ = fresh(dict(list(MANY.items())[:12]))
    own = kmer_bert(6)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        job = begin(client, rough).json
        lines = 0
        while lines < 3 or client.get(f"/api/jobs/{job['id']}").json["state"] in UNDER_WAY:
            attribute(own, dna(60, lines), **rough)
            lines += 1
        data = client.dataset()["id"]
        found = client.post(f"/api/datasets/{data}/rows/0/attribution", {"how": rough, "wait": 10}).json
    assert any(code == "not_converged" for code, _, _ in found["picture"]["l"][0]["k"])
    assert [warning.filename for warning in told] == [__file__] * lines


@pytest.mark.parametrize(
    "body", [{"rows": [99]}, {"rows": []}, {"rows": ["1"]}, {"how": {"method": "x"}}, {"how": 3}]
)
def test_an_impossible_job_gets_a_sentence(client, body):
    answer = client.post("/api/jobs", {"dataset": client.dataset()["id"], **body})
    assert answer.status in (404, 422)


def test_a_restart_finds_results_predictions_and_pasted_data(fresh):
    client, viewer = fresh(some_sequences())
    client.predicted()
    client.job_done(begin(client, DEEPLIFT).json)
    pasted = client.post("/api/datasets", {"text": dna(40, 8), "name": "mine"}).json["id"]
    client.predicted(pasted)
    before = client.rows(DEEPLIFT)
    viewer.stop()
    again, _ = fresh(some_sequences())
    assert again.rows(DEEPLIFT) == before
    assert again.get(f"/api/datasets/{pasted}").json["name"] == "mine"
    assert again.get("/api/jobs").json["jobs"][0]["state"] == "done"
    assert again.get("/api/config").json["kept"]


SERVE = """
import sys, torch
torch.set_num_threads(1)
from captum_dna.insights import Insights
from tests import held
from tests.insights.test_jobs import MANY
held.register()
viewer = Insights("demo", MANY, store=sys.argv[1]).serve()
print(viewer.url, flush=True)
for line in sys.stdin:
    held.GATE.allow(int(line))
"""


def test_a_killed_server_loses_nothing_that_was_finished(fresh, held, tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-c", SERVE, str(tmp_path / "store")],
        cwd=Path(__file__).parents[2], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    with process:
        client = Client(process.stdout.readline().strip())
        job = begin(client).json
        print(7, file=process.stdin, flush=True)
        seen = client.until(f"/api/jobs/{job['id']}?since=0", lambda one: one["done"] >= 3)
        process.send_signal(signal.SIGKILL)
    again, _ = fresh()
    found = again.get(f"/api/jobs/{job['id']}?since=0").json
    assert found["state"] == "interrupted"
    assert set(seen["finished"]) <= set(found["finished"])
    assert again.rows({"explained": "yes", **HELD})["matched"] == len(found["finished"]) < 40
    resumed = again.post(f"/api/jobs/{job['id']}/resume", {})
    assert resumed.status == 202
    held.allow(4)
    running = again.until(f"/api/jobs/{job['id']}", lambda one: one["done"] > found["done"])
    assert running["found"] >= found["done"]
    assert again.post(f"/api/jobs/{job['id']}/resume", {}).status == 409


def test_the_same_explanation_in_a_second_viewer_of_the_store_is_there_at_once(model, tmp_path):
    found = []
    for _ in range(2):
        viewer = Insights({"demo": model}, some_sequences(), store=tmp_path)
        found.append(viewer.explain(**DEEPLIFT))
        viewer.stop()
    assert [one.name for one in found[1]] == [one.name for one in found[0]]


def test_a_store_without_pictures_gives_the_same_answers(fresh):
    """Stores of versions that kept no ready pictures have none, and those of another format are not read."""
    client, viewer = fresh([*some_sequences(), Sequence("long", dna(1500, 7))])
    how = {**DEEPLIFT, "window_length": 512}
    store = viewer.app.extensions["captum_dna"].store
    for row in (0, 6):
        path = f"/api/datasets/{client.dataset()['id']}/rows/{row}/attribution"
        assert client.post(path, {"how": how, "wait": 10}).status == 200
        ready = client.get(path, how).json
        with store.writing() as db:
            db.execute("UPDATE pictures SET format = 0, layer = '{}'")
        assert client.get(path, how).json == ready
        with store.writing() as db:
            db.execute("DELETE FROM pictures")
        assert client.get(path, how).json == ready
    assert ready["picture"]["a"][0][0].startswith("f(x) in each of")


def test_a_damaged_store_is_set_aside_and_begun_anew(fresh, tmp_path, caplog):
    folder = tmp_path / "store"
    folder.mkdir()
    (folder / FILE).write_bytes(b"this is not a database" * 100)
    client, _ = fresh(some_sequences())
    notices = client.get("/api/config").json["notices"]
    assert "was renamed to" in notices[0]
    assert [path.name for path in folder.glob("*damaged*")] == [
        notices[0].split(" renamed to ")[1].split(",")[0]
    ]
    assert client.job_done(begin(client, DEEPLIFT).json)["state"] == "done"


def test_a_full_disk_gets_a_sentence(fresh, monkeypatch):
    client, viewer = fresh(some_sequences())
    client.predicted()
    store = viewer.app.extensions["captum_dna"].store

    def full(*_):
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(store, "_run_number", full)
    job = client.job_done(begin(client, DEEPLIFT).json)
    assert job["state"] == "failed"
    assert job["message"].startswith("The disk is full")
    monkeypatch.undo()
    assert client.post(f"/api/jobs/{job['id']}/resume", {}).status == 202
    assert client.job_done(job)["state"] == "done"


def test_two_viewers_do_not_know_each_other(fresh, tmp_path):
    one, _ = fresh(some_sequences())
    other, _ = fresh({"alone": dna(50, 9)}, tmp_path / "elsewhere")
    assert one.netloc != other.netloc
    assert one.token != other.token
    assert one.dataset()["size"] == 6
    assert other.dataset()["size"] == 1
    wrong = {"Authorization": f"Bearer {one.token}"}
    assert other.get("/api/config", headers=wrong).status == 401
    job = begin(one, DEEPLIFT).json
    one.job_done(job)
    assert other.get(f"/api/jobs/{job['id']}").status == 404


def test_several_models_are_shown_by_name(model, tmp_path):
    with Insights({"before": model, "after": model}, some_sequences(), store=tmp_path) as viewer:
        client = Client(viewer.url)
        assert [one["name"] for one in client.get("/api/config").json["models"]] == ["before", "after"]
        client.predicted()
        assert client.rows({"model": "after"})["counts"]["predicted"] == 6


def test_a_taken_port_gets_a_sentence(model, tmp_path, capsys):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        viewer = Insights({"demo": model}, dna(40), port=port, store=False)
        with pytest.raises(ValueError, match=f"Port {port} of 127.0.0.1 is taken"):
            viewer.serve()
        viewer.stop()
        (tmp_path / "many.fa").write_text("".join(f">{name}\n{bases}\n" for name, bases in MANY.items()))
        command = ["serve", "demo", str(tmp_path / "many.fa"), "--port", str(port), "--store", str(tmp_path)]
        with pytest.raises(SystemExit) as ended:
            main(command)
    out, err = capsys.readouterr()
    told = f"Error: Port {port} of 127.0.0.1 is taken. Choose another one, or 0 for any free port."
    assert (ended.value.code, out, err.splitlines()[-1]) == (1, "", told)


def test_serving_twice_takes_a_second_port_and_stopping_frees_both(model):
    viewer = Insights({"demo": model}, dna(40), store=False)
    with pytest.raises(ValueError, match="Call serve"):
        _ = viewer.url
    first = viewer.serve().url
    second = viewer.serve().url
    assert first != second
    assert Client(first).get("/api/health").status == 200
    before = threading.active_count()
    viewer.stop()
    assert threading.active_count() < before
    with pytest.raises(OSError, match="refused"):
        Client(second).get("/api/health")


def test_threads_take_short_turns_while_the_program_is_the_viewers(model):
    usual, viewer = sys.getswitchinterval(), Insights({"demo": model}, dna(40), store=False).serve()
    waiting = threading.Thread(target=viewer.wait)
    waiting.start()
    while sys.getswitchinterval() == usual:
        waiting.join(0.01)
    viewer.stop()
    waiting.join()
    assert sys.getswitchinterval() == usual


def test_the_command_serves_until_ctrl_c(tmp_path):
    command = [sys.executable, "-m", "captum_dna", "serve", "demo", dna(60), "--store", str(tmp_path)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    client = Client(process.stdout.readline().strip())
    assert client.dataset()["size"] == 1
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
    assert "results are kept" in said
    assert json.dumps(client.token) not in said


def test_a_stopped_viewer_stops_its_work(fresh, held):
    client, viewer = fresh()
    begin(client)
    held.until_come(1)
    stopping = threading.Thread(target=viewer.stop)
    stopping.start()
    while not viewer.app.extensions["captum_dna"].jobs.worker.stopped:
        stopping.join(0.01)
    held.open()
    stopping.join()
    assert held.come == held.passed == 1


def test_many_clients_read_while_a_job_runs(fresh, held):
    """Nobody is refused, the job comes to its end, and memory does not grow with the requests."""
    resource = pytest.importorskip("resource", reason="the system does not tell the memory of a process")
    client, _ = fresh()
    client.predicted()
    data = client.dataset()["id"]
    paths = (
        f"/api/datasets/{data}/rows?limit=50",
        f"/api/datasets/{data}/summary",
        "/api/jobs",
        "/api/config",
    )
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    job = begin(client).json
    held.allow(4)
    answers: list[int] = []

    def read(number: int) -> None:
        answers.extend(client.get(paths[(number + turn) % len(paths)]).status for turn in range(8))

    readers = [threading.Thread(target=read, args=(number,)) for number in range(10)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    assert client.get(f"/api/jobs/{job['id']}").json["state"] == "running"
    held.open()
    ended = client.job_done(job)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert answers == [200] * 80
    assert (ended["state"], ended["done"]) == ("done", len(MANY))
    assert grown < 300 << 10  # kilobytes, loosely: the job's own batches are among them


def test_the_demo_on_a_terminal_ends_in_the_viewer(tmp_path):
    pty = pytest.importorskip("pty", reason="the system has no terminals of this kind")
    screen, terminal = pty.openpty()
    command = [sys.executable, "-m", "captum_dna", "demo", "--no-open"]
    environment = os.environ | {"XDG_CACHE_HOME": str(tmp_path)}
    with subprocess.Popen(
        command, stdout=terminal, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        os.close(terminal)
        try:
            told = iter(process.stderr.readline, "")
            assert any("Ctrl-C ends the viewer" in line for line in told)
            client = Client(os.read(screen, 200).decode().split()[0])
            assert client.rows({"explained": "yes"})["matched"] == 15
            process.send_signal(signal.SIGINT)
            assert process.wait(PATIENCE) == 0
        finally:
            process.kill()
            os.close(screen)
