"""The command ``report``."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from captum_dna import Attributions
from captum_dna.cli import main
from tests.fake_attributions import make


@pytest.fixture
def here(tmp_path, monkeypatch):
    """Return an empty working folder with results in ``run.parquet``."""
    monkeypatch.chdir(tmp_path)
    Attributions(make(seed=seed) for seed in range(12)).save(tmp_path / "run.parquet")
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
    assert "give DATA as well" in done.output
    assert run("report", "run.parquet", "--out", "r.pdf").exit_code == 2
