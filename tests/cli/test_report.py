"""The verbs ``report`` and ``motifs`` of the command line."""

from __future__ import annotations

import pandas as pd
import pytest
from click.testing import CliRunner

from captum_dna import Attributions
from captum_dna.cli import main
from tests.fake_attributions import make
from tests.motifs.test_motifs import meme


@pytest.fixture
def here(tmp_path, monkeypatch):
    """Return an empty working folder with results in ``run.parquet``."""
    monkeypatch.chdir(tmp_path)
    Attributions(make(seed=seed) for seed in range(12)).save(tmp_path / "run.parquet")
    (tmp_path / "known.meme").write_text(meme({"TATA": "TATAAAAG", "GC": "GGGGCGGG"}))
    return tmp_path


def run(*arguments):
    return CliRunner().invoke(main, list(arguments))


def test_results_are_reported_on(here):
    done = run("report", "run.parquet", "--out", "r.html", "--title", "Mine", "--pictures", "2")
    assert done.exit_code == 0, done.output
    text = (here / "r.html").read_text()
    assert "<h1>Mine</h1>" in text
    assert text.count("<dna-view>") == 2


def test_a_model_and_its_data_are_reported_on(here):
    (here / "p.fa").write_text(">one\n" + "GCGCCTATAAAAGGCGGCACG" * 4 + "\n")
    done = run("report", "demo", "p.fa", "--out", "r.html", "--n-steps", "5")
    assert done.exit_code == 0, done.output
    assert "n_steps=5" in (here / "r.html").read_text()


def test_a_report_of_nothing_that_is_there_gets_a_sentence(here):
    done = run("report", "demo", "--out", "r.html")
    assert done.exit_code == 2
    assert "give DATA for it to explain" in done.output
    assert run("report", "run.parquet", "--out", "r.pdf").exit_code == 2


def test_matches_of_known_motifs_become_a_table_and_a_track(here):
    arguments = (
        "motifs",
        "run.parquet",
        "--database",
        "known.meme",
        "--scan",
        "--out",
        "m.tsv",
        "--track",
        "t.parquet",
    )
    done = run(*arguments)
    assert done.exit_code == 0, done.output
    table = pd.read_csv(here / "m.tsv", sep="\t")
    found = table[(table["motif"] == "TATA") & (table["strand"] == "+")]
    at = Attributions.load(here / "run.parquet")[0].sequence.find("TATAAAAG")
    assert at in set(found[found["sequence"] == 0]["start"])
    tracks = Attributions.load(here / "t.parquet")[0].tracks
    assert tracks[-1].name == "motif matches, by FIMO"
    assert (at, at + 8, "TATA") in tracks[-1].spans


def test_seqlets_become_a_table(here):
    done = run("motifs", "run.parquet", "--out", "s.csv")
    assert done.exit_code == 0, done.output
    assert {"+", "-"} == set(pd.read_csv(here / "s.csv")["sign"])


def test_scanning_without_motifs_gets_a_sentence(here):
    done = run("motifs", "run.parquet", "--scan", "--out", "s.csv")
    assert done.exit_code == 2
    assert "--database" in done.output
