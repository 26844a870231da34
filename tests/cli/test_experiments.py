from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from captum_dna.cli import main
from tests.toy import dna

MEME = """MEME version 4

MOTIF box
letter-probability matrix: alength= 4 w= 4
0 0 0 1
1 0 0 0
0 0 0 1
0.5 0 0 0.5
"""
HOW = ("--shuffle", "gc_random", "--count", "20", "--target", "TATA promoter")


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Return what runs a command in a folder with sequences and a motif."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "some.fa").write_text(f">one\n{dna(40)}\n>two\n{dna(40, seed=1)}\n")
    (tmp_path / "motifs.meme").write_text(MEME)
    return lambda *words: CliRunner().invoke(main, list(words))


def test_a_stretch_is_ablated_and_written(run):
    answer = run(
        "ablate", "demo", "some.fa", "--stretch", "5-13", "--draws", "20", "--target", "1", "--out", "a.tsv"
    )
    assert answer.exit_code == 0, answer.output
    assert answer.stdout.startswith("one: without ")
    assert "Note: It is not known how much the edited sequences differ from real negatives" in answer.stderr
    assert pd.read_csv("a.tsv", sep="\t")["name"].tolist() == ["one", "two"]


def test_a_motif_of_a_file_is_planted(run):
    answer = run("marginalize", "demo", "motifs.meme:box", "some.fa", *HOW)
    assert answer.exit_code == 0, answer.output
    assert answer.stdout.startswith("TATA planted at base 18 of 20 backgrounds adds ")
    unknown = run("marginalize", "demo", "motifs.meme:none", "some.fa", *HOW)
    assert unknown.exit_code == 2
    assert "motifs.meme has the motifs box. Name one, as motifs.meme:box." in unknown.output


def test_motifs_slide_and_are_spaced(run):
    slid = run("slide", "demo", "TATA", "some.fa", "--step", "12", "--out", "slide.svg", *HOW)
    assert slid.exit_code == 0, slid.output
    assert "at base" in slid.stdout
    assert "Wrote slide.svg" in slid.stderr
    spaced = run(
        "space", "demo", "TATA", "GGCC", "some.fa", "--distances", "3-4", "--out", "space.csv", "--json", *HOW
    )
    assert spaced.exit_code == 0, spaced.output
    told = json.loads(spaced.stdout)
    assert (told["about"]["experiment"], told["about"]["target"]) == ("space", "TATA promoter")
    assert [row["distance"] for row in told["table"]] == pd.read_csv("space.csv")["distance"].tolist()
    assert sorted(set(pd.read_csv("space.csv")["distance"])) == [3, 4]


def test_bases_that_need_each_other_are_mapped(run):
    answer = run("dependencies", "demo", dna(30), "--stretch", "0-8", "--target", "1")
    assert answer.exit_code == 0, answer.output
    assert "pairs of bases" in answer.stdout


def test_verdicts_are_written(run):
    words = (
        "--method",
        "ism",
        "--target",
        "1",
        "--most",
        "1",
        "--draws",
        "20",
        "--count",
        "20",
        "--out",
        "v.parquet",
    )
    answer = run("test", "demo", "some.fa", *words)
    assert answer.exit_code == 0, answer.output
    assert set(pd.read_parquet("v.parquet")["verdict"]) <= {
        "needed and enough",
        "needed but not enough",
        "enough",
        "neither",
    }


def test_a_stretch_outside_is_a_sentence(run):
    answer = run("ablate", "demo", "some.fa", "--stretch", "35-50")
    assert answer.exit_code == 1
    assert "'one' has 40 bases, so there is no stretch from 35 to 50" in answer.stderr
    assert run("ablate", "demo", "some.fa", "--stretch", "x").exit_code == 2


def test_distances_that_end_before_they_begin_are_refused(run):
    answer = run("space", "demo", "TATA", "GGCC", "some.fa", "--distances", "8-5", *HOW)
    assert answer.exit_code == 2
    assert "'8-5' ends before it begins. Give the smaller number first." in answer.stderr


def test_a_motif_with_a_blank_in_its_name_is_quoted_for_the_shell(run):
    Path("two.meme").write_text(MEME.replace("MOTIF box", "MOTIF my-box") + MEME.partition("\n\n")[2])
    answer = run("marginalize", "demo", "two.meme", "some.fa", *HOW)
    assert "Name one, as two.meme:my-box." in answer.stderr
    Path("my motifs.meme").write_text(MEME)
    answer = run("marginalize", "demo", "my motifs.meme:none", "some.fa", *HOW)
    assert "Name one, as 'my motifs.meme:box'." in answer.stderr
    quoted = run("marginalize", "demo", "my motifs.meme:box", "some.fa", *HOW)
    assert quoted.exit_code == 0, quoted.output


def test_causes_need_values(run):
    answer = run("attribute", "demo", "some.fa", "--over", "baseline", "--out", "x.parquet")
    assert answer.exit_code == 2
    assert "--over takes a list of values for 'baseline'" in answer.stderr
    assert "but none is given." in answer.stderr
    assert "True" not in answer.stderr
