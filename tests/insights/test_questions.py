"""What the page asks beyond one explanation: experiments on a stretch, what rows share, what tracks say of each other."""

from __future__ import annotations

import threading
from types import SimpleNamespace

import numpy as np
import pytest

import captum_dna
from captum_dna.core.agreement import correlation
from captum_dna.insights import Insights, questions
from captum_dna.insights.contrast import contrast_of
from captum_dna.reporting.summary import Scored
from tests.held import PATIENCE
from tests.insights.client import Client
from tests.insights.conftest import some_sequences

DEEPLIFT = {"method": "deeplift"}
BOX = {"start": 30, "end": 38}


@pytest.fixture
def row(explained):
    """Return the path of the row that holds a TATA box."""
    return f"/api/datasets/{explained.dataset()['id']}/rows/0"


def ask(client, row, question, **more):
    body = {"question": question, "how": DEEPLIFT, "wait": 5} | BOX | more
    answer = client.post(f"{row}/experiment", body)
    assert answer.status == 200, answer.content
    return answer.json


def table(found):
    return [dict(zip(found["columns"], line, strict=True)) for line in found["rows"]]


def test_the_answer_of_a_question_is_that_of_its_verb_and_of_the_python_shown_with_it(
    explained, row, model, tmp_path, monkeypatch
):
    found = ask(explained, row, "needed")
    [line] = table(found)
    own = captum_dna.ablate(model, some_sequences()[:1], (30, 38), draws=50, target=1, seed=0)
    assert line["letters"] == "TATAAAAG"
    assert line["effect"] == pytest.approx(own.table["effect"][0], rel=1e-4)
    assert found["sentences"] == list(own.sentences)
    monkeypatch.chdir(tmp_path)
    space = {}
    exec(compile(found["python"], "needed.py", "exec"), space)  # noqa: S102 - the lines that the user gets
    assert space["found"].table["effect"][0] == pytest.approx(line["effect"], rel=1e-4)
    assert (tmp_path / "ablate.tsv").exists()


@pytest.mark.parametrize(
    ("path", "body", "question"),
    [
        ("rows/0/experiment", {"question": "needed", **BOX}, "needed"),
        ("rows/0/experiment", {"question": "spacing", "motif": "ACG", **BOX}, "spacing"),
        ("test", {"rows": [0]}, "test"),
        ("faithfulness", {"rows": [0]}, "faithful"),
    ],
)
def test_a_job_says_which_question_it_answers(model, path, body, question):
    with Insights({"demo": model}, some_sequences()[:1], store=False) as viewer:
        client = Client(viewer.url)
        here = f"/api/datasets/{client.dataset()['id']}"
        client.post(f"{here}/rows/0/attribution", {"how": DEEPLIFT, "wait": 5})
        assert client.post(f"{here}/{path}", {"how": DEEPLIFT, "wait": 5} | body).status == 200
        jobs = client.get("/api/jobs").json["jobs"]
        assert [job["question"] for job in jobs if job["question"] is not None] == [question]


def test_each_question_has_an_answer_and_it_is_kept(explained, viewer, row, monkeypatch):
    monkeypatch.setattr(questions, "_PLACES", 5)
    monkeypatch.setattr(questions, "_AROUND", 12)
    kinds = {"enough": "marginalize", "where": "slide", "with": "dependencies"}
    for question, verb in kinds.items():
        found = ask(explained, row, question)
        assert (found["question"], found["verb"]) == (question, verb)
        assert found["sentences"]
        assert found["rows"]
    jobs = len(viewer.viewer.jobs.all()) if hasattr(viewer, "viewer") else None
    again = ask(explained, row, "with", wait=0)
    assert again["rows"] == found["rows"]
    if jobs is not None:
        assert len(viewer.viewer.jobs.all()) == jobs
    pair = table(again)[0]
    assert {pair["to_i"], pair["to_j"]} <= set("ACGT")
    assert pair["to_i"] != pair["base_i"]


def test_a_second_motif_is_tried_on_either_side_where_it_fits(explained, row, model):
    motif = f"GGCGCC{'N' * 20}"
    found = ask(explained, row, "spacing", motif=f" {motif.lower()} ")
    lines = table(found)
    assert {line["order"] for line in lines} == {"AB", "BA"}
    assert max(line["distance"] for line in lines) == 4  # 30 bases on either side
    own = captum_dna.space(
        model, "TATAAAAG", motif, some_sequences()[:1], distances=[0, 2, 4], position=30,
        shuffle="dinucleotide_shuffle", count=20, target=1, seed=0, progress=False,
    )  # fmt: skip
    assert [line["interaction"] for line in lines] == pytest.approx(
        own.table["interaction"], rel=1e-3, abs=1e-5
    )
    assert "captum_dna.space(" in found["python"]
    beside = questions.stretch_of(some_sequences()[0], 0, 8, None, "GGCGCC")
    assert questions.QUESTIONS["spacing"](beside)[2]["orders"] == ["AB"]


@pytest.mark.parametrize(
    ("motif", "said"), [("", "Write the second motif"), ("A-T", "IUPAC"), ("A" * 40, "on neither")]
)
def test_a_second_motif_that_cannot_be_tried_is_refused_at_once(explained, row, motif, said):
    body = {"question": "spacing", "how": DEEPLIFT, "motif": motif, "wait": 0} | BOX
    answer = explained.post(f"{row}/experiment", body)
    assert (answer.status, answer.json["field"]) == (422, "motif")
    assert said in answer.json["error"]


def test_whoever_waits_sees_what_was_found_so_far_and_may_cancel(explained, row, monkeypatch):
    shown, go_on = threading.Event(), threading.Event()
    experiment = questions.ask

    def slowly(question, one, classifier, tell, show):
        def first(found):
            show(found)
            shown.set()
            go_on.wait(PATIENCE)

        return experiment(question, one, classifier, tell, first)

    monkeypatch.setattr("captum_dna.insights.jobs.ask", slowly)
    body = {"question": "where", "how": DEEPLIFT | {"seed": 7}, "wait": 0} | BOX
    begun = explained.post(f"{row}/experiment", body)
    assert begun.status == 202
    assert shown.wait(PATIENCE)
    waiting = explained.post(f"{row}/experiment", body)
    assert waiting.status == 202
    assert waiting.json["done"] < waiting.json["total"]
    so_far = waiting.json["so_far"]
    assert (so_far["question"], len(so_far["rows"])) == ("where", len(range(61)))
    assert so_far["experiments"] < waiting.json["total"]
    assert "so_far" not in explained.get(f"/api/jobs/{waiting.json['id']}").json
    explained.post(f"/api/jobs/{waiting.json['id']}/cancel", {})
    go_on.set()
    ended = explained.until(f"/api/jobs/{waiting.json['id']}", lambda job: job["state"] == "cancelled")
    assert "so_far" not in ended


def test_questions_about_a_mutated_sequence_are_about_its_letters(explained, row):
    [line] = table(ask(explained, row, "needed", edits=[{"position": 31, "base": "G"}]))
    assert line["letters"] == "TGTAAAAG"


@pytest.mark.parametrize(("start", "end"), [(60, 90), (5, 5)])
def test_a_stretch_outside_is_refused_before_any_model_runs(explained, row, start, end):
    body = {"question": "needed", "how": DEEPLIFT, "start": start, "end": end}
    answer = explained.post(f"{row}/experiment", body)
    assert (answer.status, answer.json["field"]) == (422, "start")
    assert "has 68 bases" in answer.json["error"]


def test_the_set_is_tested_as_in_python(explained, model):
    data = explained.dataset()["id"]
    answer = explained.post(f"/api/datasets/{data}/test", {"rows": [0, 2], "how": DEEPLIFT, "wait": 5})
    assert answer.status == 200, answer.content
    lines = table(answer.json)
    results = captum_dna.attribute(model, [some_sequences()[at] for at in (0, 2)], method="deeplift")
    own = captum_dna.test(results, model, most=2, draws=25, count=25)
    assert [line["verdict"] for line in lines] == own.table["verdict"].tolist()
    assert {line["sequence"] for line in lines} <= {0, 2}
    refused = explained.post(f"/api/datasets/{data}/test", {"rows": [0], "how": {"method": "occlusion"}})
    assert "Explain some first" in refused.json["error"]


def test_tracks_are_compared_by_the_server(explained, row, model):
    tracks = [{"name": "one", "how": DEEPLIFT}, {"name": "other", "how": DEEPLIFT, "row": 1}]
    found = explained.post(f"{row}/comparison", {"tracks": tracks}).json
    assert found["r"] == [[None, None], [None, None]]  # other letters
    same = [tracks[0], tracks[0] | {"name": "again"}]
    [_, (r, overlap)] = explained.post(f"{row}/comparison", {"tracks": same}).json["r"]
    assert (r, overlap) == (pytest.approx(1), 1)
    missing = [tracks[0], {"name": "ism", "how": {"method": "ism"}}]
    assert explained.post(f"{row}/comparison", {"tracks": missing}).status == 404
    item = captum_dna.attribute(model, some_sequences()[:1], method="deeplift")[0]
    assert correlation(item.base_scores, item.base_scores) == pytest.approx(1)


def test_wrong_predictions_are_contrasted_with_right_ones(explained):
    path = f"/api/datasets/{explained.dataset()['id']}/contrast"
    found = explained.get(path, {"correct": "wrong", **DEEPLIFT}).json
    kept = explained.rows({"correct": "wrong", **DEEPLIFT})["matched"]
    right = explained.rows({"correct": "right", **DEEPLIFT})["matched"]
    assert [(side["name"], side["rows"]) for side in found["sides"]] == [("wrong", kept), ("correct", right)]
    assert [np.shape(side["letters"]) for side in found["sides"]] == [(0,), (4, 40)]
    assert f"{kept} of {kept} wrong sequences have no origin" in found["sentences"][-2]
    assert "Too few sequences" in found["sentences"][0]
    assert "nothing to compare" in explained.get(path, DEEPLIFT).json["error"]


def test_sets_that_are_pasted_without_a_name_are_numbered(model, tmp_path):
    def paste(client, bases, **more):
        return client.post("/api/datasets", {"text": f">x\n{bases}\n"} | more).json

    first = some_sequences()[:1]
    with Insights({"demo": model}, first, store=tmp_path, name="some") as viewer:
        client = Client(viewer.url)
        start = client.dataset()["id"]
        sets = [paste(client, bases) for bases in ("ACGTACGT", "ACGTACGA", "ACGTACGC", "ACGTACGA")]
        assert [one["name"] for one in sets] == ["Pasted", "Pasted 2", "Pasted 3", "Pasted 2"]
        assert paste(client, "ACGTACGG", name="Pasted 2")["name"] == "Pasted 2"  # as it was called
        longer = [paste(client, bases, onto=start)["name"] for bases in ("ACGTACGT", "ACGTACGA")]
        assert longer == ["some, extended", "some, extended 2"]
        assert (
            paste(client, "ACGTACTT", onto=sets[2]["id"])["name"] == "Pasted 3"
        )  # it takes the place of that set
    with Insights({"demo": model}, first, store=tmp_path, name="some") as viewer:
        client = Client(viewer.url)
        names = {one["id"]: one["name"] for one in client.get("/api/datasets").json["datasets"]}
        assert [names[one["id"]] for one in sets[:3]] == ["Pasted", "Pasted 2", "Pasted 3"]
        assert paste(client, "ACGTTTTT")["name"] == "Pasted 4"


def test_hits_of_the_motif_come_with_the_rows(explained):
    rows = explained.rows({"motif": "TATAAAAG", **DEEPLIFT})["rows"]
    assert [row["hits"] for row in rows] == [[[30, 38]], [[30, 38]]]
    assert all(not row["hits"] for row in explained.rows(DEEPLIFT)["rows"])


def test_a_figure_and_the_python_hold_all_tracks(explained):
    path = f"/api/datasets/{explained.dataset()['id']}/export"
    other = {"method": "deeplift", "target": "other"}
    for row in (0,):
        explained.post(
            f"/api/datasets/{explained.dataset()['id']}/rows/{row}/attribution", {"how": other, "wait": 5}
        )
    query = {"row": 0, "also": '{"method": "deeplift", "target": "other"}', **DEEPLIFT}
    pdf = explained.get(
        f"{path}/figure.pdf", query | {"start": 20, "end": 60, "width": 3.5, "caption": "false"}
    )
    assert (pdf.status, pdf.content[:5]) == (200, b"%PDF-")
    lines = explained.get(f"{path}/reproduce.py", query).content.decode()
    assert lines.count("captum_dna.attribute(") == 2
    assert "origin=60" in lines
    assert "captum_dna.visualize({" in lines
    assert explained.get(f"{path}/figure.pdf", query | {"also": "[]"}).json["field"] == "also"


def test_sequences_are_added_to_a_set_with_an_origin_and_are_there_after_a_restart(model, tmp_path):
    first = some_sequences()[:2]
    with Insights({"demo": model}, first, store=tmp_path, name="some") as viewer:
        client = Client(viewer.url)
        start = client.dataset()
        wrong = client.post("/api/datasets", {"text": ">x\nACGTACGTACGT\n", "origin": 12})
        assert (wrong.status, wrong.json["field"]) == (422, "origin")
        grown = client.post(
            "/api/datasets", {"text": ">x\nACGTACGTACGT\n", "origin": 4, "onto": start["id"]}
        ).json
        assert (grown["name"], grown["size"]) == ("some, extended", 3)
        more = client.post("/api/datasets", {"text": ">y\nACGTACGTTTTT\n", "onto": grown["id"]}).json
        rows = [client.get(f"/api/datasets/{more['id']}/rows/{at}").json for at in range(4)]
        assert [row["name"] for row in rows[2:]] == ["x", "y"]
        assert [row["origin"] for row in rows] == [60, 0, 4, 0]
    with Insights({"demo": model}, first, store=tmp_path, name="some") as viewer:
        client = Client(viewer.url)
        again = {one["id"]: one["size"] for one in client.get("/api/datasets").json["datasets"]}
        assert again == {start["id"]: 2, grown["id"]: 3, more["id"]: 4}
        assert client.get(f"/api/datasets/{more['id']}/rows/2").json["origin"] == 4


def test_what_a_method_refuses_says_which_choice_it_is_about(explained, row):
    body = {"how": {"method": "layer_conductance"}, "wait": 5}
    answer = explained.post(f"{row}/attribution", body)
    assert (answer.status, answer.json["field"]) == (422, "layer")


def test_letters_and_profiles_of_a_contrast_are_of_the_same_aligned_rows():
    """Sequences without an origin cannot be aligned with those that have one."""
    letters = "ACGTACGT"
    rows = [Scored(letters, np.arange(8.0) + 10 * origin, origin, ()) for origin in (2, 0, 2, 0)]
    kept = SimpleNamespace(
        kept=np.array([True, True, False, False]),
        correct=np.full(4, -1),
        filters=SimpleNamespace(correct=()),
        scores=SimpleNamespace(explained=np.ones(4, bool)),
        data=SimpleNamespace(sequences=[SimpleNamespace(bases=row.bases) for row in rows]),
    )
    found = contrast_of(kept, "logit", 4, lambda _, own: [rows[row] for row in own])
    assert "1 of 2 listed sequences have no origin" in found.sentences[-2]
    for side in found.sides:
        of_letters = [sum(column) for column in zip(*side.letters, strict=True)]
        assert of_letters[:8] == [value or 0.0 for value in side.scores]
