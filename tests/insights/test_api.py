"""Every route as the page asks it, over a socket, held against the document that describes them."""

from __future__ import annotations

import base64
import io
from contextlib import closing
from types import SimpleNamespace

import jsonschema
import msgspec
import numpy as np
import pyBigWig
import pytest

import captum_dna
from captum_dna.insights.limits import Problem
from captum_dna.insights.request import NAMES
from captum_dna.insights.routes.summary import _to_measure
from captum_dna.io.parquet import load
from captum_dna.render.payload import restore
from tests.insights.conftest import MARKUP
from tests.insights.typescript import classes

DEEPLIFT = {"method": "deeplift"}


def holds(name, content):
    """Check JSON against a class of the schema."""
    _, schemas = msgspec.json.schema_components([classes()[name]], ref_template="#/components/schemas/{name}")
    whole = {"$ref": f"#/components/schemas/{name}", "components": {"schemas": schemas}}
    jsonschema.Draft202012Validator(whole).validate(content)


def test_the_document_names_exactly_the_routes(client, viewer):
    document = client.get("/api/openapi.json").json
    described = {(path, method.upper()) for path, methods in document["paths"].items() for method in methods}
    served = {
        (rule.rule.replace("<int:", "<").replace("<path:", "<").replace("<", "{").replace(">", "}"), method)
        for rule in viewer.app.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }
    assert served == described
    asked = {one["name"] for one in document["paths"]["/api/datasets/{dataset}/rows"]["get"]["parameters"]}
    assert {*NAMES, "motif", "sort"} <= asked


def test_health_needs_no_token_and_says_nothing_else(client):
    answer = client.get("/api/health", headers={})
    assert answer.status == 200
    assert answer.json == {"status": "ok"}


def test_version(client):
    assert client.get("/api/version").json["captum_dna"] == captum_dna.__version__


def test_config_has_all_choices_in_words(client):
    config = client.get("/api/config").json
    holds("Config", config)
    assert config["models"][0]["labels"] == ["other", "TATA promoter"]
    assert config["models"][0]["default"]["method"] == "integrated_gradients"
    assert {"integrated_gradients", "deeplift", "ism"} <= {method["name"] for method in config["methods"]}
    assert config["preview"] == DEEPLIFT


def test_page_and_files(client):
    page = client.get("/")
    assert page.status == 200
    assert b"viewer.js" in page.content
    script = client.get("/static/element/dna-view.js", headers={})
    assert script.headers["content-type"].startswith("text/javascript")
    again = client.get("/static/element/dna-view.js", headers={"If-None-Match": script.headers["etag"]})
    assert (again.status, again.content) == (304, b"")
    packed = client.get("/static/element/dna-view.js", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert len(packed.content) < len(script.content)


@pytest.mark.parametrize(
    "path", ["../setup.cfg", "%2e%2e/setup.cfg", "/etc/passwd", "__init__.py", "viewer", "x.js"]
)
def test_only_files_of_the_page_are_handed_out(client, path):
    assert client.get(f"/static/{path}").status in (308, 404)


def test_a_data_set_tells_what_it_holds(client):
    one = client.dataset()
    holds("Dataset", one)
    assert (one["name"], one["size"], one["lengths"]) == ("some", 6, [40, 70])
    assert one["origin"]
    assert one["intervals"]
    assert client.get(f"/api/datasets/{one['id']}").json["id"] == one["id"]


def test_rows_tell_predictions_and_scores(explained):
    found = explained.rows(DEEPLIFT)
    holds("Rows", found)
    assert (found["total"], found["matched"], len(found["rows"])) == (6, 6, 6)
    row = found["rows"][0]
    assert (row["name"], row["true"], row["length"]) == ("box", "TATA promoter", 68)
    assert 0 <= row["probability"] <= 1
    assert len(base64.b64decode(row["strip"])) == 64
    assert found["rows"][4]["correct"] is None


def test_a_stretch_of_the_rows(client):
    found = client.rows({"offset": 2, "limit": 3})
    assert [row["index"] for row in found["rows"]] == [2, 3, 4]
    assert client.rows({"limit": 0})["rows"] == []


@pytest.mark.parametrize(
    ("filters", "indices"),
    [
        ({"motif": "TATAWAAG"}, [0, 1]),
        ({"motif": "TATAWAAG", "motif_strands": "one"}, [0]),
        ({"motif": "ctttTATA"}, [0, 1]),
        ({"true": "TATA promoter"}, [0, 5]),
        ({"true": ["TATA promoter", ""]}, [0, 4, 5]),
        ({"name": "plain"}, [2, 3, 5]),
        ({"min_length": 60, "max_length": 68}, [0, 1, 2]),
        ({"correct": "unknown"}, [4]),
        ({"name": "plain", "true": "other", "max_length": 55}, [3]),
    ],
)
def test_filters(client, filters, indices):
    found = client.rows(filters)
    assert [row["index"] for row in found["rows"]] == indices
    assert found["matched"] == len(indices)


@pytest.mark.parametrize("sort", ["index", "name", "length", "probability", "loss", "off_by", "largest"])
def test_sorting_runs_both_ways_and_puts_the_unknown_last(explained, sort):
    value = {
        "name": lambda row: row["name"].casefold(),
        "largest": lambda row: abs(row["largest"]),
    }.get(sort, lambda row: row[sort])
    up = explained.rows({"sort": sort, "order": "up", **DEEPLIFT})["rows"]
    down = explained.rows({"sort": sort, "order": "down", **DEEPLIFT})["rows"]
    for rows, reverse in ((up, False), (down, True)):
        known = [value(row) for row in rows if row["loss"] is not None or sort != "loss"]
        assert known == sorted(known, reverse=reverse)
        if sort == "loss":
            assert rows[-1]["index"] == 4


def test_probability_of_one_class(client):
    whole = client.rows({"probability_of": "other"})["rows"]
    half = client.rows({"probability_of": "other", "min_probability": 0.5})["rows"]
    assert [row["index"] for row in half] == [row["index"] for row in whole if row["probability"] >= 0.5]


def test_facets_count_what_each_choice_would_keep(client):
    found = client.rows({"true": "TATA promoter"})
    assert found["facets"]["true"] == {"other": 3, "TATA promoter": 2, "": 1}
    assert sum(found["facets"]["predicted"].values()) == 2
    assert sum(cell["count"] for cell in found["confusion"]) == 5
    assert sum(found["probability"]) == 2


def test_one_row(client):
    one = client.get(f"/api/datasets/{client.dataset()['id']}/rows/0").json
    holds("FullRow", one)
    assert "TATAAAAG" in one["sequence"]
    assert sum(one["probabilities"].values()) == pytest.approx(1, abs=1e-6)
    assert one["interval"] == "chr1:100-168(+)"


def test_an_explanation_is_what_attribute_gives(explained, viewer, model):
    path = f"/api/datasets/{explained.dataset()['id']}/rows/0/attribution"
    payload = explained.get(path, DEEPLIFT).json
    holds("Payload", payload)
    own = captum_dna.attribute(
        model, [next(iter(viewer.app.extensions["captum_dna"].first.sequences))], **DEEPLIFT
    )
    coded = payload["picture"]["l"][0]["b"]
    np.testing.assert_allclose(restore(coded), own[0].base_scores, atol=coded[0] / 32767)
    assert payload["picture"]["g"] == ["chr1", 100, 168, "+"]


def test_an_explanation_is_computed_on_demand_and_stored(client):
    path = f"/api/datasets/{client.dataset()['id']}/rows/1/attribution"
    how = {"method": "saliency"}
    assert client.get(path, how).status == 404
    made = client.post(path, {"how": how, "wait": 10})
    assert made.status == 200
    assert client.get(path, how).json == made.json


def test_an_explanation_that_takes_longer_is_a_job(client, held):
    path = f"/api/datasets/{client.dataset()['id']}/rows/3/attribution"
    how = {"method": "held"}
    first = client.post(path, {"how": how, "wait": 0})
    second = client.post(path, {"how": how, "wait": 0})
    assert (first.status, second.status) == (202, 202)
    assert first.json["id"] == second.json["id"]
    held.open()
    assert client.job_done(first.json)["state"] == "done"
    assert client.get(path, how).status == 200


def test_a_mutation_shows_before_and_after(client):
    path = f"/api/datasets/{client.dataset()['id']}/rows/0/mutation"
    edits = [{"position": 30, "base": "G"}, {"position": 33, "base": "c"}]
    found = client.post(path, {"edits": edits, "how": DEEPLIFT, "wait": 10}).json
    holds("Mutation", found)
    assert found["letters"][30:38] == "GATCAAAG"
    assert found["edits"][0] == {"position": 30, "from": "T", "to": "G"}
    before, after = (restore(found[when]["picture"]["l"][0]["b"]) for when in ("before", "after"))
    layer = found["difference"]["picture"]["l"][0]
    np.testing.assert_allclose(restore(layer["b"]), after - before, atol=1e-3)
    assert layer["f"][0] == pytest.approx(found["f"]["after"] - found["f"]["before"], abs=1e-5)
    assert found["difference"]["shared"]["runs"][0]["difference"] is True
    labels = [one["label"] for one in found["predictions"]]
    assert found["target"] in labels
    assert found["after"]["how"]["target"] == found["target"]


def test_a_mutant_is_compared_with_the_same_random_baseline(client):
    path = f"/api/datasets/{client.dataset()['id']}/rows/0/mutation"
    how = {"method": "deeplift", "baseline": "gc_random"}
    found = client.post(path, {"edits": [{"position": 3, "base": "G"}], "how": how, "wait": 10}).json
    before, after = (found[when]["picture"]["l"][0]["f"][1] for when in ("before", "after"))
    assert before == pytest.approx(after, abs=1e-5)


@pytest.mark.parametrize(
    "edits",
    [[], None, [{"position": 99, "base": "A"}], [{"position": 0, "base": "AC"}], [3], [{"position": 0}]],
)
def test_an_impossible_mutation_gets_a_sentence(client, edits):
    answer = client.post(f"/api/datasets/{client.dataset()['id']}/rows/0/mutation", {"edits": edits})
    assert answer.status == 422
    assert answer.json["field"] == "edits"


def test_the_summary_is_about_the_filtered_rows(explained):
    path = f"/api/datasets/{explained.dataset()['id']}/summary"
    found = explained.get(path, {"k": 5, **DEEPLIFT}).json
    holds("Summary", found)
    assert found["explained"] == 6
    assert found["start"] == -60
    every = next(one for one in found["profiles"] if one["group"] == "all")
    assert every["count"] == every["rows"][0] == 1  # the one that has an origin
    assert all(len(one["kmer"]) == 5 for one in found["kmers"])
    assert found["targets"] == ["TATA promoter", "other"]
    fewer = explained.get(path, {"true": "other", **DEEPLIFT}).json
    assert fewer["explained"] == 3


def test_faithfulness_is_the_mean_over_rows(explained):
    path = f"/api/datasets/{explained.dataset()['id']}/faithfulness"
    both = explained.post(path, {"rows": [0, 2], "how": DEEPLIFT, "wait": 10})
    assert both.status == 200
    holds("Faithfulness", both.json)
    each = [explained.post(path, {"rows": [row], "how": DEEPLIFT}).json for row in (0, 2)]
    for kind in ("scores", "random"):
        means = [
            (a + b) / 2 for a, b in zip(each[0][kind]["deletion"], each[1][kind]["deletion"], strict=True)
        ]
        assert both.json[kind]["deletion"] == pytest.approx(means)
    # Nothing removed is the output itself, and taking the top-scoring bases first makes it fall faster than chance.
    one = explained.get(path.replace("faithfulness", "rows/0/attribution"), DEEPLIFT).json
    assert each[0]["scores"]["deletion"][0] == pytest.approx(one["picture"]["l"][0]["f"][0], abs=1e-4)
    numbers = (each[0][kind]["numbers"]["comprehensiveness"] for kind in ("scores", "random"))
    assert next(numbers) > next(numbers)


@pytest.mark.parametrize(("explained", "rows"), [(0, None), (3, 3), (20, 20), (24, 20), (39, 20), (1000, 20)])
def test_as_many_rows_are_measured_as_the_page_promises_evenly_spaced(explained, rows):
    scores = SimpleNamespace(explained=np.arange(2 * explained) % 2 == 0)
    if rows is None:
        with pytest.raises(Problem, match="Explain them first"):
            _to_measure(None, scores, 50)
        return
    taken = _to_measure(None, scores, 50)
    assert len(taken) == rows
    assert set(np.diff(taken)) <= {2 * (explained // rows), 2 * -(-explained // rows)}


@pytest.mark.parametrize(
    "body", [{"rows": [99]}, {"rows": "all"}, {"how": {"method": "occlusion"}}, {"wait": -1}]
)
def test_an_impossible_measurement_gets_a_sentence(explained, body):
    path = f"/api/datasets/{explained.dataset()['id']}/faithfulness"
    assert explained.post(path, {"how": DEEPLIFT} | body).status == 422


def test_exports(explained, tmp_path):
    path = f"/api/datasets/{explained.dataset()['id']}/export"
    table = explained.get(f"{path}/bases.tsv", {"row": 0, **DEEPLIFT})
    assert table.content.count(b"\n") == 69
    assert table.headers["content-disposition"] == 'attachment; filename="bases.tsv"'
    track = explained.get(f"{path}/scores.bedgraph", DEEPLIFT).content.decode().splitlines()
    assert track[1].startswith("chr1\t100\t101\t")
    assert len(track) == 69
    bed = explained.get(f"{path}/stretches.bed", DEEPLIFT).content.decode()
    assert bed.splitlines()[-1].startswith("chr1\t")
    binary = tmp_path / "scores.bw"
    binary.write_bytes(explained.get(f"{path}/scores.bw", DEEPLIFT).content)
    with closing(pyBigWig.open(str(binary))) as stored:
        assert stored.chroms() == {"chr1": 1000}
        assert stored.values("chr1", 100, 101)[0] == pytest.approx(float(track[1].split("\t")[3]))
    (tmp_path / "all.parquet").write_bytes(explained.get(f"{path}/results.parquet", DEEPLIFT).content)
    assert load(tmp_path / "all.parquet")[0].name == "box"
    report = explained.get(f"{path}/report.html", {"row": [0, 1], **DEEPLIFT}).content
    assert b"<script>alert(1)" not in report
    own = captum_dna.report(
        load(tmp_path / "all.parquet")[:2], tmp_path / "own.html", title="What the model read in some"
    )
    assert report == own.read_bytes()


def test_the_python_lines_make_the_same_scores(explained, monkeypatch, tmp_path):
    path = f"/api/datasets/{explained.dataset()['id']}"
    lines = explained.get(f"{path}/export/reproduce.py", {"row": [0, 1], **DEEPLIFT}).content.decode()
    monkeypatch.chdir(tmp_path)
    space = {}
    exec(compile(lines, "reproduce.py", "exec"), space)  # noqa: S102 - the lines that the user gets
    coded = explained.get(f"{path}/rows/1/attribution", DEEPLIFT).json["picture"]["l"][0]["b"]
    result = space["results"][1]
    assert result.name == f"box turned {MARKUP}"
    np.testing.assert_allclose(restore(coded), result.base_scores, atol=coded[0] / 32767)


def test_an_export_without_scores_says_so(client):
    path = f"/api/datasets/{client.dataset()['id']}/export/bases.tsv"
    answer = client.get(path, {"method": "occlusion"})
    assert answer.status == 422
    assert "Explain some first" in answer.json["error"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"method": "magic"}, "method"),
        ({"model": "other"}, "model"),
        ({"target": "nothing"}, "target"),
        ({"output": "x"}, "output"),
        ({"baseline": "x!"}, "baseline"),
        ({"projection": "x"}, "projection"),
        ({"tolerance": "much"}, "tolerance"),
        ({"tolerance": "preview", "method": "ism"}, "tolerance"),
        ({"n_steps": "0"}, "n_steps"),
        ({"strands": "three"}, "strands"),
        ({"seed": "-1"}, "seed"),
        ({"options": "{"}, "options"),
        ({"options": '{"window": 100000}', "method": "occlusion"}, "options"),
        ({"options": '{"no": 1}', "method": "occlusion"}, "options"),
        ({"motif": "TATAX"}, "motif"),
        ({"true": "nothing"}, "true"),
        ({"min_probability": "x"}, "min_probability"),
        ({"sort": "x"}, "sort"),
        ({"order": "x"}, "order"),
        ({"limit": "100000"}, "limit"),
    ],
)
def test_an_impossible_choice_is_told_where_it_was_made(client, query, field):
    answer = client.get(f"/api/datasets/{client.dataset()['id']}/rows", query)
    assert answer.status == 422
    holds("Error", answer.json)
    assert answer.json["field"] == field


@pytest.mark.parametrize(
    "path", ["/api/nothing", "/api/datasets/x", "/api/datasets/x/rows", "/api/jobs/x", "/x"]
)
def test_what_is_not_there_gets_a_sentence(client, path):
    answer = client.get(path)
    assert answer.status == 404
    assert answer.json["error"].endswith(".")


def test_parquet_export_reads_elsewhere(explained):
    from pyarrow import parquet

    path = f"/api/datasets/{explained.dataset()['id']}/export/results.parquet"
    table = parquet.read_table(io.BytesIO(explained.get(path, DEEPLIFT).content))
    assert table.num_rows == 6


def test_an_integral_is_preceded_by_a_preview_for_who_asks_for_one(client, held):
    path = f"/api/datasets/{client.dataset()['id']}/rows/2/attribution"
    how = {"method": "held", "n_steps": 4}
    early = client.post(path, {"how": how, "preview": True, "wait": 10}).json
    holds("Payload", early)
    assert early["preview"] is True
    assert early["how"]["method"] == "deeplift"
    held.open()
    whole = client.post(path, {"how": how, "wait": 10}).json
    assert "preview" not in whole
    assert whole["how"]["n_steps"] == 4
    # What is stored needs no preview, and what is not an integral has none.
    assert "preview" not in client.post(path, {"how": how, "preview": True}).json
    assert (
        "preview" not in client.post(path, {"how": {"method": "saliency"}, "preview": True, "wait": 10}).json
    )


def test_a_preview_that_is_late_is_asked_for_until_it_comes(client, held):
    rows, how = f"/api/datasets/{client.dataset()['id']}/rows", {"method": "held", "n_steps": 4, "seed": 11}
    client.post(f"{rows}/3/attribution", {"how": how, "wait": 0})
    held.until_come(1)  # all work waits behind another row's integral
    path = f"{rows}/2/attribution"
    late = client.post(path, {"how": how, "preview": True, "wait": 0})
    assert late.status == 202
    holds("Job", late.json)
    assert late.json["preview"] is True
    assert late.json["how"]["method"] == "held"  # whoever cancels it cancels the integral
    held.allow()
    held.until_come(2)  # previews overtake it
    early = client.post(path, {"how": how, "preview": True, "wait": 10}).json
    assert early["preview"] is True
    assert early["how"]["method"] == "deeplift"
    behind = client.post(path, {"how": how, "wait": 0}).json
    assert behind["id"] == late.json["id"]
    assert "preview" not in behind
