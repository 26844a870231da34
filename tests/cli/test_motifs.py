"""The command ``motifs``."""

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


def test_matches_of_known_motifs_become_a_table_and_a_track(here):
    done = run(
        "motifs", "run.parquet", "--database", "known.meme", "--scan", "--out", "m.tsv", "--track", "t.parquet"
    )  # fmt: skip
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
