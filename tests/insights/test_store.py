"""What is kept: a store of the version before, results without loss, and a viewer that starts whatever it finds."""

from __future__ import annotations

import gzip
import sqlite3
import threading
from contextlib import closing
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest

from captum_dna.core.attribution import Attribution
from captum_dna.core.certificate import Certificate
from captum_dna.core.sequences import Sequence
from captum_dna.insights import Insights
from captum_dna.insights.database import FILE, StoreError
from captum_dna.insights.kept import Found
from captum_dna.insights.record import decode, encode, strip
from captum_dna.insights.store import Store
from tests.fake_attributions import make, nested
from tests.insights.client import Client
from tests.toy import dna

DATA = Path(__file__).parents[1] / "data"
WINDOWS = {"method": "deeplift", "window_length": "auto"}
DEEPLIFT = {"method": "deeplift"}


class Labels:
    """What of a model a stored result needs."""

    def __init__(self, labels):
        self.labels, self.head = labels, "single_label"


def test_results_come_back_without_loss():
    result = make(60, seed=3, relative_error=0.004, precision="tf32")
    own = result.certificate
    assert all(getattr(own, field.name) != field.default for field in fields(Certificate))
    sequence = Sequence("other name", result.sequence, interval=result.interval)
    bases = result.base_scores.astype("<f8").tobytes()
    again = decode(encode(result), bases, result.run, sequence, Labels(result.run.labels))
    for name in (field.name for field in fields(Attribution)):
        kept, found = getattr(result, name), getattr(again, name)
        if name in ("name", "true_label", "tracks", "origin"):
            continue  # these are the row's
        if isinstance(kept, dict):
            assert kept.keys() == found.keys()
            for key in kept:
                np.testing.assert_array_equal(found[key], kept[key])
        else:
            np.testing.assert_equal(found, kept)
    assert again.name == "other name"
    assert again.true_label is None


def test_a_strip_keeps_the_strongest_score_of_each_stretch():
    scores = np.zeros(640)
    scores[[5, 15, 639]] = (1.0, -2.0, 0.5)
    scores[20:30] = np.nan
    steps = np.frombuffer(strip(scores), "i1")
    assert len(steps) == 64
    assert steps[[0, 1, 2, 3, 63]].tolist() == [64, -127, -128, 0, 32]


def test_a_store_of_the_version_before_is_read(model, tmp_path):
    """It was written before results were kept as safetensors: one read whole and one joined from windows."""
    (tmp_path / FILE).write_bytes(gzip.decompress((DATA / "store-1.sqlite.gz").read_bytes()))
    kept = np.load(DATA / "store-1.npz")
    rows = [Sequence(name, str(kept[f"{name}_bases"])) for name in ("whole", "long")]
    with Insights({"demo": model}, rows, store=tmp_path, name="old") as viewer:
        client = Client(viewer.url)
        assert client.rows(WINDOWS)["counts"]["explained"] == 2
        here = viewer.app.extensions["captum_dna"]
        how = here.how(WINDOWS)
        for row, one in enumerate(rows):
            found = here.result(here.first, row, how)
            np.testing.assert_allclose(found.base_scores, kept[one.name], rtol=1e-6, atol=1e-9)
            assert found.certificate.evaluations > 0
        assert len(found.windows) == 2
        assert found.windows[0].converged
        sets, jobs = (client.get(f"/api/{name}").json[name] for name in ("datasets", "jobs"))
        assert [one["name"] for one in sets] == ["old", "pasted before"]
        assert [job["state"] for job in jobs if job["kind"] == "explain"] == ["done"]
        assert client.get("/api/config").json["notices"] == []
        drawn = client.get(f"/api/datasets/{client.dataset()['id']}/rows/1/attribution", WINDOWS)
        assert drawn.status == 200
        listed = client.rows({"sort": "off_by", **WINDOWS})["rows"][0]
        whole = here.result(here.first, 0, how)
        assert listed["name"] == "whole"
        assert listed["off_by"] == pytest.approx(
            abs(whole.delta / (whole.f_input - whole.f_baseline)), rel=1e-3
        )


def filled(model, folder):
    """Return rows, once they are predicted, explained and kept in a store, with a pasted set beside them."""
    rows = [Sequence("a", dna(60, 1)), Sequence("b", dna(50, 2))]
    with Insights({"demo": model}, rows, store=folder) as viewer:
        viewer.explain(**DEEPLIFT)
        client = Client(viewer.url)
        client.predicted()
        client.post("/api/datasets", {"text": f">c\n{dna(40, 3)}\n", "name": "mine"})
    return rows


def test_the_list_sorts_by_the_error_that_the_badge_tells(model, tmp_path):
    """The sum of the one result misses more, but its scores are better known."""
    rows = [Sequence("a", dna(60, 1)), Sequence("b", dna(60, 2))]
    made = [
        replace(make(60, seed=seed), sequence=row.bases, **nested(numbers, make(60).certificate))
        for seed, row, numbers in zip(
            (1, 2),
            rows,
            ({"delta": 0.1, "relative_error": 0.001}, {"delta": 0.0, "relative_error": 0.009}),
            strict=True,
        )
    ]
    with Insights({"demo": model}, rows, store=tmp_path) as viewer:
        here = viewer.app.extensions["captum_dna"]
        how = here.how(DEEPLIFT)
        here.store.put(here.key(how), zip(here.first.letters, made, strict=True))

    def listed():
        with Insights({"demo": model}, rows, store=tmp_path) as viewer:
            found = Client(viewer.url).rows({"sort": "off_by", "order": "down", **DEEPLIFT})["rows"]
        return [(one["name"], one["off_by"]) for one in found]

    assert listed() == [("b", 0.009), ("a", 0.001)]
    with closing(sqlite3.connect(tmp_path / FILE)) as db, db:  # as the version before kept them
        db.execute("ALTER TABLE results DROP COLUMN off_by")
    assert listed() == [("b", 0.009), ("a", 0.001)]


@pytest.mark.parametrize(
    ("harm", "told"),
    [
        ("UPDATE jobs SET content = '{'", "1 jobs of the store could not be read"),
        ("UPDATE jobs SET content = x'ff00'", "1 jobs of the store could not be read"),
        ("UPDATE jobs SET owner = 'nobody'", None),
        ("UPDATE predictions SET probabilities = x'00'", None),
        ("UPDATE predictions SET problem = x'ff00'", "predictions of the store could not be read"),
        ("UPDATE results SET delta = 'much'", "2 results of the store could not be read"),
        ("UPDATE results SET strip = 3", "2 results of the store could not be read"),
        ("UPDATE datasets SET text = x'ff'", "1 pasted data sets of the store could not be read"),
        ("UPDATE scores SET rest = x'00'", None),
        ("UPDATE scores SET bases = x'0011'", None),
        ("UPDATE runs SET content = '{'", None),
        ("UPDATE pictures SET layer = '{', beside = 3", None),
        ("DROP TABLE pictures", None),
        ("DELETE FROM scores", "2 results of the store could not be read"),
    ],
)
def test_a_viewer_starts_whatever_a_row_holds(model, tmp_path, harm, told):
    rows = filled(model, tmp_path)
    with closing(sqlite3.connect(tmp_path / FILE)) as db, db:
        db.execute(harm)
    with Insights({"demo": model}, rows, store=tmp_path) as viewer:
        client = Client(viewer.url)
        client.predicted()
        notices = client.get("/api/config").json["notices"]
        assert (told is None) or any(told in notice for notice in notices), notices
        path = f"/api/datasets/{client.dataset()['id']}"
        for form in ("summary", "export/bases.tsv"):
            assert client.get(f"{path}/{form}", DEEPLIFT).status in (200, 422)
        assert client.get("/").status == 200
        # What was lost is computed again when it is asked for.
        for row in (0, 1):
            made = client.post(f"{path}/rows/{row}/attribution", {"how": DEEPLIFT, "wait": 10})
            assert made.status == 200
            assert client.get(f"{path}/rows/{row}/attribution", DEEPLIFT).json == made.json


@pytest.mark.parametrize("where", [0.3, 0.6, 0.9])
def test_scribbled_pages_are_found_when_the_store_is_opened(model, tmp_path, where):
    rows = filled(model, tmp_path)
    path = tmp_path / FILE
    with path.open("r+b") as file:
        page = 4096 * int(path.stat().st_size / 4096 * where)
        file.seek(page)
        file.write(b"scribble" * 512)
    with Insights({"demo": model}, rows, store=tmp_path) as viewer:
        client = Client(viewer.url)
        assert client.get("/api/datasets").status == 200
        made = client.post(
            f"/api/datasets/{client.dataset()['id']}/rows/0/attribution", {"how": DEEPLIFT, "wait": 10}
        )
        assert made.status == 200
        assert "was renamed to" in " ".join(client.get("/api/config").json["notices"])


def test_it_is_closed_under_who_asks_and_nobody_meets_a_closed_connection(tmp_path):
    store = Store(tmp_path)
    letters = [f"letters {i}" for i in range(1000)]
    store.put_predictions("model", [Found(one, np.zeros(2).tobytes(), None) for one in letters])
    asking, said = threading.Barrier(5), []

    def ask(number):
        asked = False
        try:
            while True:
                store.predictions("model", letters)
                store.put_answer(f"key {number}", "1")
                if not asked:
                    asking.wait(60)
                asked = True
        except StoreError as error:
            said.append(str(error))

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(4)]
    for one in threads:
        one.start()
    asking.wait(60)
    store.close()
    for one in threads:
        one.join(60)
    assert said == ["The viewer was stopped."] * 4
