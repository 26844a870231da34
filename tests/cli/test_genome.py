"""From intervals to tracks on the command line: the suffix decides, and mistakes are told before a model runs."""

from __future__ import annotations

import numpy as np
import pyBigWig
import pytest
from click.testing import CliRunner

import captum_dna
from captum_dna.cli import main
from captum_dna.results import Attributions

BOX = "GCGCCTATAAAAGGCGGCACGTTGCA"
OTHER = "ACGGCTCGATTGCCAGTACGCTTAGG"


@pytest.fixture
def here(tmp_path, monkeypatch):
    """Return a working folder with a genome and two intervals, one on each strand."""
    monkeypatch.chdir(tmp_path)
    letters = OTHER * 5 + BOX + OTHER * 5
    (tmp_path / "genome.fa").write_text(f">chr1\n{letters}\n")
    (tmp_path / "peaks.bed").write_text("chr1\t120\t160\tbox\t9\t+\nchr1\t20\t60\tother\t0\t-\n")
    (tmp_path / "p.fa").write_text(f">box\n{BOX}\n")
    return tmp_path


def run(*arguments):
    return CliRunner().invoke(main, [str(a) for a in arguments], prog_name="captum-dna")


def test_bed_becomes_tracks_whose_scores_are_those_of_the_stored_results(here):
    data = (
        "attribute",
        "demo",
        "peaks.bed",
        "--genome",
        "genome.fa",
        "--target",
        "TATA promoter",
        "--n-steps",
        3,
    )
    for out in ("direct.bw", "run.parquet"):
        done = run(*data, "--out", out)
        assert done.exit_code == 0, done.output
        assert f"Wrote 2 sequences to {out}" in done.output
    assert run("export", "run.parquet", "--out", "later.bw", "--sizes", "genome.fa.fai").exit_code == 0
    for item in Attributions.load("run.parquet"):
        place = item.interval
        expected = item.base_scores if place.strand == "+" else item.base_scores[::-1]
        for name in ("direct.bw", "later.bw"):
            with pyBigWig.open(name) as file:
                read = file.values("chr1", place.start, place.end)
            np.testing.assert_array_equal(read, expected.astype(np.float32))


@pytest.fixture
def stored(here):
    """Return results that know their places, without a model."""
    from tests import fake_attributions

    places = captum_dna.read("peaks.bed", genome="genome.fa")
    Attributions(
        fake_attributions.make(40, name=s.name, sequence=s.bases, interval=s.interval) for s in places
    ).save("run.parquet")
    return here


def test_the_suffix_decides_what_stored_results_become(stored):
    for name, content in (
        ("x.bedgraph", b"track type=bedGraph"),
        ("x.bed", b"chr1\t"),
        ("x.npz", b"PK"),
        ("x.tsv", b"name\tposition"),
        ("x.csv", b"name,position"),
        ("x.parquet", b"PAR1"),
    ):
        done = run("export", "run.parquet", "--out", name)
        assert done.exit_code == 0, done.output
        assert (stored / name).read_bytes().startswith(content)
    done = run("export", "run.parquet", "--out", "x.modisco")
    assert "Wrote 2 sequences to x.modisco/sequences.npz and x.modisco/attributions.npz" in done.output
    assert np.load("x.modisco/sequences.npz")["arr_0"].shape == (2, 4, 40)
    assert run("export", "run.parquet", "--out", "x.modisco").exit_code == 0  # again


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("export", "run.parquet", "--out", "x.bw"), "give them with --sizes"),
        (("export", "run.parquet", "--out", "x.doc"), "must end in .parquet"),
        (("export", "none.parquet", "--out", "x.bed"), "no file none.parquet"),
        (
            ("attribute", "none/such", "p.fa", "--out", "x.bed"),
            "have no position in a genome ('box')",
        ),
        (("attribute", "none/such", "peaks.bed", "--out", "x.bed"), "such as --genome genome.fa"),
        (
            ("attribute", "none/such", "p.fa", "--out", "x.bw"),
            "write .parquet and export it with --sizes",
        ),
        (
            ("attribute", "none/such", "peaks.bed", "--genome", "p.fa", "--out", "x.bw"),
            "no chromosome 'chr1' in the genome p.fa: it has box",
        ),
        (
            (
                "attribute",
                "none/such",
                "peaks.bed",
                "--genome",
                "genome.fa",
                "--length",
                "999",
                "--out",
                "x.bw",
            ),
            "after it was resized to 999 bases",
        ),
        (
            (
                "attribute",
                "none/such",
                "peaks.bed",
                "--genome",
                "genome.fa",
                "--centre",
                "summit",
                "--out",
                "x.bw",
            ),
            "needs --length",
        ),
    ],
)
def test_mistakes_are_told_before_any_model_is_loaded(stored, arguments, sentence):
    done = run(*arguments)
    assert done.exit_code in (1, 2)
    assert sentence in " ".join(done.output.split())
    assert not list(stored.glob("x.*"))


def test_a_genome_becomes_tracks_in_two_commands(here):
    genome = (
        "genome",
        "demo",
        "genome.fa",
        "--target",
        "TATA promoter",
        "--method",
        "deeplift",
        "--window",
        100,
    )
    done = run(*genome, "--stride", 80, "--out", "run/")
    assert done.exit_code == 0, done.output
    assert "Wrote 4 windows to run/" in done.output
    done = run("merge", "run/", "--out", "scores.bw")
    assert done.exit_code == 0, done.output
    wrote = "Wrote scores.bw, scores.prediction.bw, scores.error.bw"
    assert f"Joined 4 windows: 286 bases have a score. {wrote}" in done.output
    with pyBigWig.open("scores.prediction.bw") as file:
        inside, outside = file.values("chr1", 143, 144), file.values("chr1", 5, 6)
    assert inside > outside  # the box, and none
    other = run(*genome, "--stride", 60, "--out", "run/")
    assert "run holds results of another run: the window stride was 80 and is 60" in other.output.replace(
        "run/", "run"
    )


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (("--out", "new"), 1, "Give its --target. demo has the classes"),
        (
            ("--out", "new", "--target", "other", "--window", 900),
            1,
            "Give a shorter --window, or --window auto",
        ),
        (("--out", "new", "--target", "other", "--window", "x"), 2, "neither auto nor a number of bases"),
        (("--out", "new", "--target", "other", "--stride", 513), 1, "--stride is 513 bases, but 6-mers need"),
        (("peaks.vcf", "--out", "new", "--target", "other"), 1, "no file peaks.vcf"),
    ],
)
def test_mistakes_about_a_genome_name_the_options_as_they_are_typed(here, arguments, code, sentence):
    done = run("genome", "demo", "genome.fa", *arguments)
    assert done.exit_code == code, done.output
    assert sentence in " ".join(done.output.split())
    assert not (here / "new").exists()


def test_the_help_offers_all_classes_where_they_are_taken(here):
    helps = {
        name: option.help
        for name, command in main.commands.items()
        for option in command.params
        if option.name == "target"
    }
    assert {name for name, words in helps.items() if "'all'" in words} == {
        "attribute",
        "report",
        "test",
        "visualize",
    }
    assert "Default" not in helps["genome"]
    refused = run("genome", "demo", "genome.fa", "--target", "all", "--window", 40, "--out", "run/")
    assert refused.exit_code != 0
