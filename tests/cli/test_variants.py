"""``captum-dna variants`` and windows on the command line."""

from __future__ import annotations

import pandas as pd
import pytest
from click.testing import CliRunner

from captum_dna.cli import main
from captum_dna.results import Attributions

BASES = "GCGCCTATAAAAGGCGGCACGTTGCA" * 30
HEADER = "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
GOOD, SYMBOLIC = "chr1\t397\trs1\tA\tG\t.\t.\t.\n", "chr1\t400\tsv\tA\t<DEL>\t.\t.\t.\n"
QUICKLY = ("--tolerance", "preview")


@pytest.fixture
def here(tmp_path, monkeypatch):
    """Return an empty working folder with a genome and variants."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "genome.fa").write_text(f">chr1\n{BASES}\n")
    (tmp_path / "good.vcf").write_text(HEADER + GOOD)
    (tmp_path / "mixed.vcf").write_text(HEADER + GOOD + SYMBOLIC)
    return tmp_path


def run(*arguments):
    return CliRunner().invoke(main, [*arguments, *QUICKLY])


def test_effects_become_a_table(here):
    done = run("variants", "demo", "good.vcf", "--genome", "genome.fa", "--length", "100", "--out", "e.tsv")
    assert (done.exit_code, done.stderr) == (0, "Wrote 1 variant to e.tsv\n")
    table = pd.read_csv(here / "e.tsv", sep="\t")
    assert table[["name", "chromosome", "position", "ref", "alt"]].to_numpy().tolist() == [
        ["rs1", "chr1", 397, "A", "G"]
    ]


def test_a_figure_takes_the_options_of_figures(here):
    place = ("variants", "demo", "good.vcf", "--genome", "genome.fa", "--length", "100", "--out", "e.svg")
    for options in ((), ("--tokens", "--whiskers", "--width", "5")):
        done = run(*place, *options)
        assert (done.exit_code, done.stderr) == (0, "Wrote 1 variant to e.svg\n")
        assert (here / "e.svg").read_text().startswith("<?xml")


def test_bad_variants_are_named_or_left_out(here):
    arguments = (
        "variants",
        "demo",
        "mixed.vcf",
        "--genome",
        "genome.fa",
        "--length",
        "60",
        "--out",
        "e.html",
    )
    refused = run(*arguments)
    assert refused.exit_code == 1
    assert "sv (chr1:400 A><DEL>) has the alternative allele '<DEL>'" in refused.stderr
    assert not (here / "e.html").exists()
    done = run(*arguments, "--skip-invalid")
    assert done.exit_code == 0
    assert "1 of 2 variants are left out" in done.stderr
    assert "rs1 (chr1:397 A" in (here / "e.html").read_text()


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (("--genome", "genome.fa", "--out", "e.bed"), 2, "the name must end in"),
        (("--out", "e.tsv"), 2, "Missing option '--genome'"),
        (("--genome", "none.fa", "--out", "e.tsv"), 1, "There is no file none.fa"),
        (
            ("--genome", "genome.fa", "--out", "e.tsv", "--window-length", "auto"),
            1,
            "Give --length instead of --window-length",
        ),
    ],
)
def test_mistakes_have_a_sentence(here, arguments, code, sentence):
    done = run("variants", "demo", "good.vcf", *arguments)
    assert done.exit_code == code
    assert sentence in done.stderr


def test_long_sequences_are_explained_in_windows_on_request(here):
    refused = run("attribute", "demo", BASES, "--out", "run.parquet")
    assert refused.exit_code == 1
    assert "with --window-length auto" in refused.stderr
    done = run(
        "attribute", "demo", BASES, "--out", "run.parquet", "--window-length", "500", "--overlap", "40"
    )
    assert done.exit_code == 0, done.stderr
    (result,) = Attributions.load(here / "run.parquet")
    assert [len(window) for window in result.windows] == [500, 500]
    wrong = run("attribute", "demo", BASES, "--out", "run.parquet", "--window-length", "some")
    assert (wrong.exit_code, "must be a number of bases, at least 1, or 'auto'" in wrong.stderr) == (2, True)
