"""The command ``evaluate``."""

from __future__ import annotations

import json

import pandas as pd
from click.testing import CliRunner

from captum_dna.cli import main
from tests.toy import dna


def test_methods_are_compared_and_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "some.fa").write_text(f">one\n{dna(40)}\n>two\n{dna(40, seed=1)}\n")
    how = ("--method", "deeplift", "--method", "saliency", "--measure", "removal", "--target", "1")
    answer = CliRunner().invoke(
        main, ["evaluate", "demo", "some.fa", *how, "--out", "m.tsv", "--out", "m.md", "--out", "m.svg"]
    )
    assert answer.exit_code == 0, answer.output
    table = pd.read_csv("m.tsv", sep="\t", index_col=0)
    assert table.index.tolist() == ["deeplift", "saliency", "(random order)"]
    assert answer.stdout == (tmp_path / "m.md").read_text()
    assert "| saliency (unsigned) |" in answer.stdout
    assert (tmp_path / "m.svg").read_text().startswith("<?xml")
    told = CliRunner().invoke(main, ["evaluate", "demo", "some.fa", *how[2:], "--json"])
    found = json.loads(told.stdout)
    assert [row["method"] for row in found["table"]] == table.index[1:].tolist()
    assert found["about"]["sequences"] == 2


def test_what_cannot_be_compared_is_a_sentence(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "some.fa").write_text(f">one\n{dna(40)}\n")
    unknown = CliRunner().invoke(main, ["evaluate", "demo", "some.fa", "--measure", "remowal"])
    assert unknown.exit_code == 1
    assert "did you mean 'removal'?" in unknown.output
    wrong = CliRunner().invoke(main, ["evaluate", "demo", "some.fa", "--out", "m.txt"])
    assert wrong.exit_code == 2
    assert "the name must end in .tsv, .csv, .md, .svg, .png, .pdf" in wrong.output
