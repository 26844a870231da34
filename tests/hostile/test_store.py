"""A damaged store: whatever is found in the file, the viewer starts, answers, and says what it left out."""

from __future__ import annotations

import random
import shutil
import sqlite3
import stat
from contextlib import closing, suppress

import pytest

from captum_dna.core.sequences import Sequence
from captum_dna.insights.app import create_app
from captum_dna.insights.database import FILE
from tests.hostile.conftest import times
from tests.hostile.tally import trying
from tests.toy import dna

ROWS = [Sequence("a", dna(60, 1)), Sequence("b", dna(50, 2)), Sequence("c", dna(40, 3))]
HOW = {"method": "saliency"}
MEASURED = {"rows": [0], "how": HOW, "wait": 10}
ASKED = {"question": "needed", "start": 5, "end": 12, "how": HOW, "wait": 10}
DEEP = "[" * 5000
ODD = [
    -1,
    2**62,
    1e308,
    "",
    "x",
    "\ud800",
    b"",
    b"\xff\0",
    "[1]",
    "{}",
    "null",
    "9" * 400,
    DEEP,
    '{"a": ' * 5000,
]


@pytest.fixture(scope="module")
def kept(model, tmp_path_factory):
    """Return the folder of a store with something in each table."""
    folder = tmp_path_factory.mktemp("kept")
    app = create_app({"demo": model}, ROWS, store=folder)
    client, here = app.test_client(), app.extensions["captum_dna"]
    data = here.first.id
    assert client.post("/api/datasets", json={"text": dna(45, 9)}).status_code == 201
    made = client.post("/api/jobs", json={"dataset": data, "how": HOW}).get_json()
    job = here.jobs.get(made["id"])
    assert job.ended.wait(60)
    assert client.post(f"/api/datasets/{data}/faithfulness", json=MEASURED).status_code == 200
    assert client.post(f"/api/datasets/{data}/rows/0/experiment", json=ASKED).status_code == 200
    here.close()
    with closing(sqlite3.connect(folder / FILE)) as db:
        db.execute("PRAGMA journal_mode = DELETE")
    return folder


def answers(model, folder):
    """Start a viewer on a store and ask it for everything that it reads from there; return what it tells."""
    app = create_app({"demo": model}, ROWS, store=folder)
    try:
        client = app.test_client()
        data = app.extensions["captum_dna"].first.id
        begin = f"/api/datasets/{data}"
        asked = (
            "/rows",
            "/rows/0",
            "/rows/0/attribution",
            "/summary",
            "/export/bases.tsv",
            "/export/report.html",
        )
        for path in ("/", "/api/jobs", "/api/datasets", *(begin + one for one in asked)):
            answer = client.get(f"{path}?method=saliency" if path.startswith(begin) else path)
            assert answer.status_code in (200, 404, 422, 507), (path, answer.status_code, answer.text[:200])
        computed = client.post(f"{begin}/rows/1/attribution", json={"how": HOW, "wait": 10})
        assert computed.status_code in (200, 507), computed.text[:200]
        for path, body in (("/faithfulness", MEASURED), ("/rows/0/experiment", ASKED)):
            kept = client.post(f"{begin}{path}", json=body)
            assert kept.status_code in (200, 202, 422, 507), kept.text[:200]
        return client.get("/api/config").get_json()["notices"]
    finally:
        app.extensions["captum_dna"].close()


@pytest.mark.parametrize("seed", range(times(8, 400)))
@trying("stores of a viewer with scribbled pages", "silent")
def test_scribbled_pages(model, kept, tmp_path, seed):
    rng = random.Random(seed)  # noqa: S311 - it chooses what is spoilt
    folder = shutil.copytree(kept, tmp_path / "store")
    path = folder / FILE
    content = bytearray(path.read_bytes())
    for _ in range(rng.choice([1, 3, 30])):
        at, size = rng.randrange(len(content)), rng.choice([1, 8, 500, 5000])
        content[at : at + size] = rng.randbytes(min(size, len(content) - at))
    if rng.random() < 0.2:
        del content[rng.randrange(len(content)) :]
    path.write_bytes(content)
    answers(model, folder)


def cells(kept):
    """Return all columns of all tables."""
    with closing(sqlite3.connect(kept / FILE)) as db:
        tables = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return [
            (table, column)
            for table in tables
            if not table.startswith("sqlite_")
            for _, column, *_ in db.execute(f"PRAGMA table_info({table})")
        ]


@pytest.mark.parametrize("seed", range(times(8, 300)))
@trying("stores of a viewer with odd cells", "silent")
def test_odd_cells(model, kept, tmp_path, seed):
    rng = random.Random(seed)  # noqa: S311 - it chooses what is spoilt
    folder = shutil.copytree(kept, tmp_path / "store")
    with closing(sqlite3.connect(folder / FILE)) as db:
        for table, column in rng.sample(cells(kept), rng.choice([1, 2, 6])):
            odd = rng.choice(ODD)
            odd = odd.encode("utf-8", "surrogatepass") if isinstance(odd, str) and "\ud800" in odd else odd
            cast = "CAST(? AS TEXT)" if rng.random() < 0.5 else "?"
            with suppress(sqlite3.IntegrityError):  # what the table itself refuses
                db.execute(f"UPDATE OR IGNORE {table} SET {column} = {cast}", (odd,))  # noqa: S608 - as above
        db.commit()
    answers(model, folder)


def test_what_was_left_out_is_told(model, kept, tmp_path):
    folder = shutil.copytree(kept, tmp_path / "store")
    with closing(sqlite3.connect(folder / FILE)) as db:
        db.execute("UPDATE jobs SET content = 'x'")
        db.execute("UPDATE predictions SET probabilities = 'x'")
        db.execute("UPDATE results SET strip = 3")
        db.execute("UPDATE answers SET content = ?", (DEEP,))
        db.commit()
    told = " ".join(answers(model, folder))
    for word in ("jobs", "predictions", "results", "measurements and experiments"):
        assert word in told


def test_the_store_is_for_its_owner_alone(model, tmp_path):
    """Also in a folder that existed, and a file that others could read."""
    tmp_path.chmod(0o755)
    (tmp_path / FILE).touch(mode=0o644)
    app = create_app({"demo": model}, ROWS, store=tmp_path)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    app.extensions["captum_dna"].close()
    assert set(modes.values()) == {0o600}, modes
    assert f"{FILE}-wal" in modes


def test_two_viewers_on_one_store_know_each_other(model, tmp_path):
    first = create_app({"demo": model}, ROWS, store=tmp_path)
    second = create_app({"demo": model}, ROWS, store=tmp_path)
    told = second.test_client().get("/api/config").get_json()["notices"]
    assert any("Another viewer" in one for one in told)
    for app in (first, second):
        app.extensions["captum_dna"].close()
    third = create_app({"demo": model}, ROWS, store=tmp_path)
    assert third.test_client().get("/api/config").get_json()["notices"] == []
    third.extensions["captum_dna"].close()


@pytest.mark.parametrize("owner", ["1:abc", "1:0.0:abc", "x", "", "-1:5:a", "99999999999999999999:1.0:a"])
@trying("jobs whose owner is another process", "lost")
def test_a_job_whose_owners_number_is_anothers_is_interrupted(model, kept, tmp_path, owner):
    folder = shutil.copytree(kept, tmp_path / "store")
    with closing(sqlite3.connect(folder / FILE)) as db:
        content = db.execute("SELECT content FROM jobs").fetchone()[0]
        db.execute("UPDATE jobs SET owner = ?, content = ?", (owner, content.replace('"done"', '"running"')))
        db.commit()
    app = create_app({"demo": model}, ROWS, store=folder)
    listed = app.test_client().get("/api/jobs").get_json()["jobs"]
    app.extensions["captum_dna"].close()
    assert [job["state"] for job in listed if job["kind"] == "explain"] == ["interrupted"]


def test_pasting_and_removing_leaves_nothing_behind(model, tmp_path):
    app = create_app({"demo": model}, ROWS, store=tmp_path)
    client, here = app.test_client(), app.extensions["captum_dna"]

    def paste_and_remove(seed):
        made = client.post("/api/datasets", json={"text": dna(300, seed)}).get_json()["id"]
        for job in here.jobs.all():
            assert job.ended.wait(60)
        path = f"/api/datasets/{made}"
        assert client.get(f"{path}/rows").status_code == 200
        assert client.get(f"{path}/summary").status_code == 200
        assert client.delete(path, content_type="application/json").status_code == 204

    def held():
        tables = ("datasets", "predictions", "jobs", "results")
        rows = [here.store.all(f"SELECT COUNT(*) FROM {table}")[0][0] for table in tables]  # noqa: S608 - names of our own
        parts = (here._predictions, here._scores, here._answers, here.datasets, here.jobs.all())
        return rows, [len(part) for part in parts], here.store.all("PRAGMA page_count")

    paste_and_remove(100)
    before = held()
    for seed in range(times(20, 2000)):
        with trying("data sets pasted and removed", "lost"):
            paste_and_remove(seed)
    assert held() == before
    here.close()


def test_a_summary_rests_while_a_job_runs_and_counts_everything_at_its_end(model, tmp_path, held):
    """``held`` lets a result through when the test says so: the summary in between may be old, the last is not."""
    app = create_app({"demo": model}, ROWS, store=tmp_path)
    client, here = app.test_client(), app.extensions["captum_dna"]
    path, how = f"/api/datasets/{here.first.id}/summary?method=held", {"method": "held"}
    made = client.post("/api/jobs", json={"dataset": here.first.id, "how": how}).get_json()
    held.until_come(1)
    assert client.get(path).get_json()["explained"] == 0
    here._rest_until = float("inf")  # as after one that took long
    held.allow(1)
    held.until_come(2)
    assert client.get(path).get_json()["explained"] == 0
    here._rest_until = 0.0
    assert client.get(path).get_json()["explained"] == 1
    here._rest_until = float("inf")
    held.open()
    assert here.jobs.get(made["id"]).ended.wait(60)
    assert client.get(path).get_json()["explained"] == len(ROWS)
    here.close()


def test_what_is_predicted_of_a_removed_data_set_is_not_kept(model, tmp_path):
    app = create_app({"demo": model}, ROWS, store=tmp_path)
    here = app.extensions["captum_dna"]
    data, _ = here.paste(f">x\n{dna(50, 77)}\n", None)
    for job in here.jobs.all():
        assert job.ended.wait(60)
    found = here.store.predictions(here.reading("demo"), data.letters)
    assert len(found) == 1
    here.remove(data)
    here.keep_predictions(data, "demo", None, found)  # a step that was under way meanwhile
    here.predictions(data, "demo")
    here.scores(data, here.how(HOW))
    assert here.store.predictions(here.reading("demo"), data.letters) == []
    assert not any(key[0] == data.id for columns in (here._predictions, here._scores) for key in columns)
    here.close()


def test_the_room_of_what_was_removed_is_given_back(model, tmp_path):
    app = create_app({"demo": model}, ROWS, store=tmp_path)
    here = app.extensions["captum_dna"]
    for job in here.jobs.all():
        assert job.ended.wait(60)
    before = here.store.all("PRAGMA page_count")[0][0]
    data, _ = here.paste("".join(f">{i}\n{dna(90, i)}\n" for i in range(3000)), None)
    assert here.store.all("PRAGMA page_count")[0][0] > 2 * before
    here.remove(data)
    assert here.store.all("PRAGMA page_count")[0][0] < 1.5 * before
    here.close()
