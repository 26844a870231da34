"""The routes of the Genome view: files by ranges behind the token, names to go to, and the window behind a base."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module

import numpy as np
import pytest

from captum_dna import attribute_genome, load
from captum_dna.insights import browse as module
from captum_dna.insights.browse import browse
from captum_dna.io.run_folder import RunFolder
from captum_dna.pipeline.run_windows import windows_of
from tests.toy import dna, kmer_bert

LETTERS = dna(400, 1)
GFF = "##gff-version 3\nchr1\t.\tgene\t101\t200\t.\t+\t.\tID=gene:G1;Name=TP53\n"
TOKEN = "t" * 32


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Return a folder with a genome, an annotation and a run, and the model of the run."""
    folder = tmp_path_factory.mktemp("browse")
    (folder / "genome.fa").write_text(f">chr1\n{LETTERS}\n>chr2\n{dna(60, 2)}\n")
    (folder / "genes.gff3").write_text(GFF)
    model = load(kmer_bert(4))
    chosen = {"window": 40, "window_stride": 30, "method": "saliency", "target": 1, "shard_size": 3}
    attribute_genome(folder / "run", model, folder / "genome.fa", progress=False, **chosen)
    return folder, model


@pytest.fixture(scope="module")
def app(made):
    folder, model = made
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_STRONGEST", 3)
        viewer = browse(
            folder / "run",
            folder / "genome.fa",
            [folder / "genes.gff3"],
            model=model,
            store=False,
            token=TOKEN,
        )
    yield viewer.app
    viewer.stop()


@pytest.fixture
def client(app):
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {TOKEN}"
    return client


def test_what_igv_js_is_started_with_names_files_that_are_there(client):
    facts = client.get("/api/genome").json
    assert facts["options"]["loadDefaultGenomes"] is False
    assert facts["tracks"] == ["LABEL_1 (saliency)", "prediction"]
    assert [one["name"] for one in facts["options"]["tracks"]] == [*facts["tracks"], "genes"]
    assert (facts["how"]["method"], facts["how"]["target"]) == ("saliency", "LABEL_1")
    reference = facts["options"]["reference"]
    for address in (
        reference["fastaURL"],
        reference["indexURL"],
        *(one["url"] for one in facts["options"]["tracks"]),
    ):
        assert client.get(f"/{address}").status_code == 200
    assert client.get("/api/config").json["genome"] is True


def test_files_are_given_by_ranges_and_to_who_brings_the_token(app, client, monkeypatch):
    none = client.get("/api/genome/files/genome.fa", headers={"Range": "bytes=9000-9001"})
    assert none.status_code == 416
    last = client.get("/api/genome/files/genome.fa", headers={"Range": "bytes=470-9999"})
    assert last.headers["Content-Range"] == "bytes 470-473/474"
    part = client.get("/api/genome/files/genome.fa", headers={"Range": "bytes=6-15"})
    assert (part.status_code, part.data.decode()) == (206, LETTERS[:10])
    assert app.test_client().get("/api/genome/files/genome.fa").status_code == 401
    for path in ("none.fa", "../genome.fa", "%2e%2e/genome.fa", "run/shard-000000.parquet"):
        assert client.get(f"/api/genome/files/{path}").status_code in (404, 308)
    monkeypatch.setattr(import_module("captum_dna.insights.routes.genome"), "_AT_ONCE", 100)
    assert client.get("/api/genome/files/genome.fa").status_code == 413
    assert client.get("/api/genome/files/genome.fa", headers={"Range": "bytes=6-15"}).status_code == 206


def test_names_are_found_in_any_case(client):
    assert client.get("/api/genome/search?name=tp53").json == {"chromosome": "chr1", "start": 101, "end": 200}
    missing = client.get("/api/genome/search?name=MYC")
    assert (missing.status_code, missing.json["error"]) == (404, "There is no 'MYC' in the annotation.")


def test_a_click_opens_the_window_whose_middle_is_nearest(client, made):
    windows = windows_of(RunFolder(made[0] / "run"))
    for position in (0, 33, 37, 222, 399):
        found = client.post("/api/genome/window", json={"chromosome": "chr1", "position": position}).json
        row = client.get(f"/api/datasets/{found['dataset']['id']}/rows/{found['row']}").json
        start = min((*range(0, 361, 30), 360), key=lambda s: (abs(s + 20 - position - 0.5), s))
        assert row["interval"] == f"chr1:{start}-{start + 40}(+)"
        assert row["sequence"] == LETTERS[start : start + 40]
        assert found["base"] == position - start
        assert windows.at("chr1", position).sequence == row["sequence"]
    sets = client.get("/api/datasets").json["datasets"]
    assert sets[0]["name"] == "Strongest windows"
    assert {one["name"] for one in sets[1:]} <= {"Visited windows"}
    again = client.post("/api/genome/window", json={"chromosome": "chr1", "position": 399}).json
    assert again["replaced"] is None


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"chromosome": "chrX", "position": 3}, "There is no base 4 on 'chrX' in this genome"),
        ({"chromosome": "chr1", "position": 400}, "There is no base 401 on 'chr1'"),
        ({"chromosome": "chr1", "position": -1}, "position"),
    ],
)
def test_a_base_that_is_not_there_is_named(client, body, told):
    answer = client.post("/api/genome/window", json=body)
    assert answer.status_code in (404, 422)
    assert told in answer.json["error"]


def test_style_sheets_of_igv_js_are_let_in_where_there_is_a_genome_and_nowhere_else(client):
    policy = client.get("/").headers["Content-Security-Policy"]
    assert policy.count("'sha256-") == 2
    assert "unsafe" not in policy
    from captum_dna.insights.app import create_app

    other = create_app(load(kmer_bert(4)), {"a": LETTERS[:40]})
    answer = other.test_client().get("/")
    assert "sha256" not in answer.headers["Content-Security-Policy"]
    assert b"igv" not in answer.data
    told = other.test_client().get("/api/genome")
    assert (told.status_code, "captum-dna browse --help" in told.json["error"]) == (404, True)
    other.extensions["captum_dna"].close()


def test_another_genome_another_model_and_other_names_are_refused(made, tmp_path):
    folder, model = made
    short, changed = tmp_path / "short.fa", tmp_path / "changed.fa"
    short.write_text(f">chr1\n{LETTERS[:300]}\n>chr2\n{dna(60, 2)}\n")
    changed.write_text(f">chr1\n{dna(400, 9)}\n>chr2\n{dna(60, 2)}\n")
    with pytest.raises(
        ValueError, match=r"which does not lie on .*short.fa. Give the genome that was explained"
    ):
        browse(folder / "run", short, model=model, store=False)
    with pytest.raises(ValueError, match="it is another assembly"):
        browse(folder / "run", changed, model=model, store=False)
    with pytest.raises(ValueError, match=r"is not the model that .* explains"):
        browse(folder / "run", folder / "genome.fa", model="demo", store=False)
    (tmp_path / "genes.bed").write_text("1\t5\t9\tx\n")
    with pytest.raises(ValueError, match="There is no chromosome '1' in the genome, which calls it 'chr1'"):
        browse(folder / "run", folder / "genome.fa", [tmp_path / "genes.bed"], model=model, store=False)


def test_tracks_are_made_once_and_again_where_the_run_has_changed(made, tmp_path):
    from contextlib import ExitStack
    from shutil import copytree

    from captum_dna.io.genome import chromosome_sizes
    from captum_dna.pipeline.run_tracks import run_tracks

    sizes = chromosome_sizes(made[0] / "genome.fa")
    run = RunFolder(copytree(made[0] / "run", tmp_path / "run"))
    with ExitStack() as opened:
        [first, *_] = run_tracks(windows_of(run), sizes, opened)
        written = first.path.stat().st_mtime_ns
        assert run_tracks(windows_of(run), sizes, opened)[0].path.stat().st_mtime_ns == written
        items = [replace(one, base_scores=np.zeros(len(one))) for one in run_items(run)]
        run.finish(0, items, run="", input="", left_out=(), by="", seconds=0.0, finished="")
        [again, *_] = run_tracks(windows_of(run), sizes, opened)
    assert again.path != first.path
    assert not first.path.exists()


def run_items(run):
    from captum_dna.io.parquet import load as stored

    return stored(run.shard(0))
