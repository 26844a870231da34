"""Sequences longer than the model sees: refused whole with the page's own words, explained in windows."""

from __future__ import annotations

import numpy as np
import pytest

import captum_dna
from captum_dna.core.sequences import Sequence
from captum_dna.insights import Insights
from captum_dna.insights.limits import Limits, Problem
from captum_dna.insights.request import how_of
from captum_dna.io.parquet import load
from captum_dna.render.payload import restore
from tests.insights.client import Client
from tests.toy import dna

LONG = Sequence("long", dna(700, 1) + "TATAAAAG" + dna(500, 2), label="TATA promoter")
SHORT = Sequence("short", dna(80, 3), label="other")
WINDOWS = {"method": "deeplift", "window_length": "auto"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("windows")


@pytest.fixture(scope="module")
def client(model, folder):
    with Insights({"demo": model}, [LONG, SHORT], store=folder, name="long") as viewer:
        found = Client(viewer.url)
        path = f"/api/datasets/{found.dataset()['id']}/rows"
        found.until(path, lambda rows: rows["counts"] == {"predicted": 1, "explained": 0, "problems": 1})
        yield found


def explained(client, how=WINDOWS):
    path = f"/api/datasets/{client.dataset()['id']}/rows/0/attribution"
    return client.post(path, {"how": how, "wait": 10})


def in_windows(client, query=WINDOWS):
    """Return the rows once they are predicted in windows, which the first picture begins."""
    explained(client, query)
    path = f"/api/datasets/{client.dataset()['id']}/rows?method=deeplift&window_length=auto"
    return client.until(path, lambda found: found["counts"]["predicted"] == 2)


def test_a_sequence_that_is_too_long_is_refused_with_the_name_of_the_control(client):
    problem = client.rows()["rows"][0]["problem"]
    assert "at most 515 bases" in problem
    assert "Windows set to auto above the picture" in problem
    answer = explained(client, {"method": "deeplift"})
    assert answer.status == 422
    assert "Windows set to auto above the picture" in answer.json["error"]


def test_in_windows_it_has_the_scores_of_attribute(client, model):
    payload = explained(client).json
    assert payload["how"]["window_length"] == "auto"
    [own] = captum_dna.attribute(model, LONG, **WINDOWS)
    [layer] = payload["picture"]["l"]
    np.testing.assert_allclose(restore(layer["b"]), own.base_scores, atol=layer["b"][0] / 32767)
    assert [tuple(window[:2]) for window in layer["v"]] == [
        (int(start), int(start) + 515) for start in own.extras["window_starts"]
    ]


def test_its_prediction_is_that_of_the_windows_together(client, model):
    [own] = captum_dna.attribute(model, LONG, **WINDOWS)
    long, short = in_windows(client)["rows"]
    assert (long["problem"], long["predicted"]) == (None, own.predicted)
    assert long["probability"] == pytest.approx(own.probability, rel=1e-5)
    assert short["probability"] == client.rows()["rows"][1]["probability"]
    jobs = client.get("/api/jobs").json["jobs"]
    assert [job["total"] for job in jobs if job["kind"] == "predict"] == [1, 2]


def test_windows_are_part_of_what_a_result_is_kept_under(client):
    explained(client)
    path = f"/api/datasets/{client.dataset()['id']}/rows/0/attribution"
    assert client.get(path, WINDOWS).status == 200
    for other in ({"window_length": 300}, {"window_length": "auto", "overlap": 100}):
        assert client.get(path, {"method": "deeplift", **other}).status == 404


def test_results_of_whole_sequences_are_kept_under_what_they_always_were(model):
    """A store that was filled before there were windows is found again."""
    assert how_of({}, {"demo": model}, Limits()).key("x") == "36020ceabb3bb9b166546e6e41ff8fde"


def test_exports_know_the_windows(client, tmp_path):
    explained(client)
    path = f"/api/datasets/{client.dataset()['id']}/export"
    (tmp_path / "all.parquet").write_bytes(client.get(f"{path}/results.parquet", WINDOWS).content)
    [result] = load(tmp_path / "all.parquet")
    assert [window.name for window in result.windows][:1] == ["long, bases 0..514"]
    assert result.run.method_options["window_length"] == "auto"
    assert "window_length='auto'," in client.get(f"{path}/reproduce.py", WINDOWS).content.decode()
    report = client.get(f"{path}/report.html", WINDOWS).content.decode()
    assert "window_length=auto" in report


def test_a_long_sequence_is_mutated_in_windows(client):
    path = f"/api/datasets/{client.dataset()['id']}/rows/0/mutation"
    edits = [{"position": 702, "base": "G"}]
    found = client.post(path, {"edits": edits, "how": WINDOWS, "wait": 10}).json
    assert found["f"] == {"before": None, "after": None}
    assert found["predictions"][0]["before"] != found["predictions"][0]["after"]


def test_faithfulness_is_of_whole_sequences(client):
    explained(client)
    path = f"/api/datasets/{client.dataset()['id']}"
    answer = client.post(f"{path}/faithfulness", {"rows": [0], "how": WINDOWS})
    assert answer.status == 422
    assert "cut into windows" in answer.json["error"]
    client.post(f"{path}/rows/1/attribution", {"how": WINDOWS, "wait": 10})
    answer = client.post(f"{path}/faithfulness", {"rows": [0, 1], "how": WINDOWS, "wait": 10})
    assert answer.json["rows"] == [1]


def test_a_sequence_of_many_windows_is_cancelled_between_them(model, held):
    with Insights({"demo": model}, dna(15_000, 4), store=False) as viewer:
        client = Client(viewer.url)
        path = f"/api/datasets/{client.dataset()['id']}/rows/0/attribution"
        how = {"method": "held", "window_length": "auto"}
        job = client.post(path, {"how": how, "wait": 0}).json
        held.allow(2)
        held.until_come(3)
        assert client.post(f"/api/jobs/{job['id']}/cancel", {}).status == 200
        held.open()
        assert client.job_done(job)["state"] == "cancelled"
        assert held.passed < 10  # of some 30 windows


@pytest.mark.parametrize(
    ("asked", "field", "words"),
    [
        ({"window_length": "much"}, "window_length", "must be a number of bases, at least 1, or 'auto'"),
        ({"window_length": 0}, "window_length", "at least 1"),
        ({"window_length": 600}, "window_length", "takes at most 515"),
        ({"window_length": 300, "overlap": 4}, "overlap", "6-mers need at least 10"),
        ({"window_length": 300, "overlap": 300}, "overlap", "not longer than their overlap"),
        ({"window_length": 300, "overlap": "half"}, "overlap", "number of bases"),
        ({"overlap": 30}, "overlap", "needs windows"),
    ],
)
def test_impossible_windows_are_told_where_they_were_chosen(model, asked, field, words):
    with pytest.raises(Problem, match=words) as told:
        how_of(asked, {"demo": model}, Limits())
    assert told.value.field == field
