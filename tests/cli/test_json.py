"""What a script parses: standard output is JSON and nothing else with ``--json``, whatever the command."""

from __future__ import annotations

import json
import math
from pathlib import Path

import click
import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from captum_dna import Attributions
from captum_dna.cli import main
from captum_dna.cli.output import put_json, rows_of
from tests import fake_attributions

BOX = "GCGCCTATAAAAGGCGGCACGTTGCA"
QUICK = ("--method", "saliency")
EACH = ("--json", "--quiet", "--config", "--save-config")


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Attributions(fake_attributions.make(40, name=name) for name in "ab").save("run.parquet")
    Path("p.fa").write_text(f">box\n{BOX}\n")
    Path("genome.fa").write_text(f">chr1\n{BOX * 4}\n")
    Path("x.vcf").write_text(
        "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\nchr1\t32\trs1\tT\tG\t.\t.\t.\n"
    )
    return tmp_path


def told(*arguments):
    done = CliRunner().invoke(main, [*arguments, "--json"], prog_name="captum-dna")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_every_command_speaks_json_is_quiet_and_takes_its_options_from_a_file():
    for name, command in main.commands.items():
        words = {word for one in command.params for word in one.opts}
        assert words.issuperset(EACH), name
        assert isinstance(command, click.Command)


@pytest.mark.parametrize(
    ("out", "files"),
    [("x.tsv", ["x.tsv"]), ("x.modisco", ["x.modisco/sequences.npz", "x.modisco/attributions.npz"])],
)
@pytest.mark.filterwarnings("ignore:The method .* does not score")
def test_stored_results_say_which_files_hold_them(here, out, files):
    found = told("export", "run.parquet", "--out", out)
    assert found["files"] == files
    assert all(Path(one).is_file() for one in files)
    assert [row["name"] for row in found["sequences"]] == ["a", "b"]


def test_a_table_on_standard_output_is_one_of_rows(here):
    found = told("export", "run.parquet", "--out", "-", "--table", "tokens")
    assert {"name", "token", "score"} <= set(found["table"][0])


@pytest.mark.parametrize("command", ["visualize", "report"])
def test_pictures_and_reports_of_results(here, command):
    found = told(command, "run.parquet", "--out", "x.html")
    assert (found["files"], len(found["sequences"])) == (["x.html"], 2)
    assert Path("x.html").is_file()


def test_explaining_says_what_a_headline_says_and_what_to_know(here):
    found = told("attribute", "demo", "p.fa", "--out", "x.parquet", *QUICK)
    [row] = found["sequences"]
    assert (row["name"], row["method"], row["predicted"]) == ("box", "saliency", "TATA promoter")
    assert found["caveats"]
    assert {"severity", "code", "text"} == set(found["caveats"][0])
    shards = told("attribute", "demo", "p.fa", "--out", "run/", *QUICK)
    assert shards == {"folder": "run/", "finished": 1, "shards": 1, "sequences": 1}


def test_variants_and_genomes(here):
    place = ("--genome", "genome.fa", "--length", "26", "--out", "x.tsv")
    found = told("variants", "demo", "x.vcf", *place, *QUICK)
    assert found["files"] == ["x.tsv"]
    assert found["table"][0]["name"] == "rs1"
    how = ("--window", "40", "--target", "1", *QUICK)
    assert told("genome", "demo", "genome.fa", "--out", "run/", *how)["finished"] == 1
    merged = told("merge", "run/", "--out", "x.bw")
    assert merged["bases"] == 4 * len(BOX)
    assert all(Path(one).is_file() for one in merged["files"].values())
    for_browsers = told("browse", "run/", "--genome", "genome.fa", "--out", "hub")
    assert all(Path(one).is_file() for one in for_browsers["files"])


def test_numbers_of_any_size_keep_their_digits(capsys):
    sizes = [1.6234567890123e-13, 5e-324, -1.7976931348623157e308, 0.1 + 0.2]
    table = pd.DataFrame(
        {
            "p": sizes,
            "score": np.array([1e-30, 2, 3, 4], dtype=np.float32),
            "count": [2**53 + 1, 1, 2, 3],
            "tested": [True, False, True, False],
            "perhaps": [None, "a", float("nan"), pd.NA],
            "q": [math.nan, math.inf, -math.inf, 0.5],
            "pair": [(1, 2.5), (3, math.nan), [], np.array([4])],
        }
    )
    put_json(rows_of(table))
    rows = json.loads(capsys.readouterr().out)
    assert [row["p"] for row in rows] == sizes
    assert np.float32(rows[0]["score"]) == np.float32(1e-30)
    assert (rows[0]["count"], [row["tested"] for row in rows]) == (2**53 + 1, [True, False, True, False])
    assert [row["perhaps"] for row in rows] == [None, "a", None, None]
    assert [row["q"] for row in rows] == [None, None, None, 0.5]
    assert [row["pair"] for row in rows] == [[1, 2.5], [3, None], [], [4]]


def test_motifs(here):
    Path("m.meme").write_text(
        "MEME version 4\n\nMOTIF box\nletter-probability matrix: alength= 4 w= 4\n" + "0 0 0 1\n1 0 0 0\n" * 2
    )
    found = told("motifs", "run.parquet", "--database", "m.meme", "--scan", "--out", "m.tsv")
    assert (found["files"], found["discovered"]) == (["m.tsv"], None)
    assert isinstance(found["table"], list)
