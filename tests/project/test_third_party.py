"""Another package adds a method, a reader, an exporter, a family, a baseline and a measure by its entry points."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "tests" / "third_party"


@pytest.fixture(scope="session")
def friend(tmp_path_factory):
    """Return a folder in which the package is installed by pip, as its users would install it."""
    source = tmp_path_factory.mktemp("source") / "friend"
    target = tmp_path_factory.mktemp("installed")
    subprocess.run(["cp", "-r", str(PACKAGE), str(source)], check=True)
    words = ("install", "--no-deps", "--no-build-isolation", "--no-index", "--quiet", "--target", str(target))
    subprocess.run([sys.executable, "-m", "pip", *words, str(source)], check=True, capture_output=True)
    return target


@pytest.fixture
def run(friend, tmp_path, monkeypatch):
    """Return a function that runs Python with the package installed, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    environment = os.environ | {"PYTHONPATH": f"{friend}{os.pathsep}{ROOT}"}

    def start(*words, fails=False):
        done = subprocess.run(
            [sys.executable, *words],
            capture_output=True,
            text=True,
            env=environment,
            timeout=240,
            check=False,
        )
        assert (done.returncode != 0) == fails, done.stderr
        return done

    return start


def test_everything_works_in_python(run):
    script = """
import json, captum_dna
from captum_dna.methods.choice import citation_of
sequences = captum_dna.read("two.plain")
results = captum_dna.attribute("demo", sequences, method="letter_count", scale=2.0, progress=False)
results.save("scores.wig", step=2)
backwards = captum_dna.attribute("demo", results[0].sequence, baseline="reversed", progress=False)
found = captum_dna.evaluate("demo", results, measures=["smoothness"], progress=False)
try:
    captum_dna.attribute("demo", "ACGTACGTAC", method="letter_counts")
except ValueError as error:
    sentence = str(error)
print(json.dumps({
    "names": [one.name for one in results], "method": results[0].method, "first": results[0].base_scores[0],
    "options": results[0].run.method_options, "citation": citation_of("letter_count"),
    "baseline": backwards[0].run.baseline, "columns": list(found.table.columns), "better": found.to_markdown()[:80],
    "sentence": sentence,
}))
"""
    Path("two.plain").write_text("one:ACGTACGTACGGATTACA\ntwo:TTTTACGATCGACTAGC\n")
    told = json.loads(run("-c", script).stdout)
    assert told["names"] == ["one", "two"]
    assert (told["method"], told["options"], told["citation"]) == (
        "letter_count",
        {"scale": 2.0},
        "Friend 2026",
    )
    assert told["first"] == 2 * "ACGTACGTACGGATTACA".count("A")
    assert told["baseline"] == "reversed"
    assert "roughness" in told["columns"]
    assert "roughness ↓" in told["better"]
    assert "did you mean 'letter_count'?" in told["sentence"]
    lines = Path("scores.wig").read_text().split()
    assert [float(line) for line in lines[:2]] == [2.0 * "ACGTACGTACGGATTACA".count(base) for base in "AG"]
    assert len(lines) == 9 + 9


def test_everything_works_on_the_command_line(run):
    Path("two.plain").write_text("one:ACGTACGTACGGATTACA\ntwo:TTTTACGATCGACTAGC\n")
    command = ("-m", "captum_dna")
    run(
        *command,
        "attribute",
        "demo",
        "two.plain",
        "--method",
        "letter_count",
        "--option",
        "scale=3",
        "--out",
        "a.wig",
    )
    assert float(Path("a.wig").read_text().split()[0]) == 3 * "ACGTACGTACGGATTACA".count("A")
    assert "Toy readers: single bases; such as toys/reader-1" in run(*command, "models").stdout
    words = " ".join(run(*command, "attribute", "--help").stdout.split())
    assert all(name in words for name in ("letter_count", "reversed", ".wig"))
    refused = run(*command, "attribute", "demo", "two.plain", "--out", "a.docx", fails=True).stderr
    assert ".wig" in refused
    refused = run(
        *command, "attribute", "demo", "two.plain", "--method", "x", "--out", "a.wig", fails=True
    ).stderr
    assert "letter_count" in refused
    Path("strange.xyz").write_text("<html>\n")
    refused = run(*command, "attribute", "demo", "strange.xyz", "--out", "a.wig", fails=True).stderr
    assert "names before colons" in refused


def test_everything_shows_in_the_viewer(run):
    script = """
import json, captum_dna
from captum_dna.insights import Insights
from tests.insights.client import Client
with Insights("demo", [captum_dna.Sequence("one", "ACGTACGTACGGATTACA")], store=None) as viewer:
    client = Client(viewer.url)
    config = client.get("/api/config").json
    dataset = client.dataset()["id"]
    how = {"method": "letter_count"}
    client.job_done(client.post("/api/jobs", {"dataset": dataset, "how": how}).json)
    config["file"] = client.get(f"/api/datasets/{dataset}/export/scores.wig", how).content.decode()
    print(json.dumps(config))
"""
    config = json.loads(run("-c", script).stdout)
    [method] = [one for one in config["methods"] if one["name"] == "letter_count"]
    assert method["words"] == "How often the letter of a base occurs in the sequence."
    assert (method["citation"], method["options"]) == ("Friend 2026", {"scale": 1.0})
    assert "reversed" in [one["name"] for one in config["models"][0]["baselines"]]
    assert "scores.wig" in [one["name"] for one in config["exporters"]]
    assert "smoothness" in [one["name"] for one in config["measures"]]
    assert "plain" in [one["name"] for one in config["readers"]]
    assert config["file"].split()[0] == str("ACGTACGTACGGATTACA".count("A"))


def test_help_imports_no_torch(run):
    script = """
import sys
from click.testing import CliRunner
from captum_dna.cli import main
assert CliRunner().invoke(main, ["--help"]).exit_code == 0
done = CliRunner().invoke(main, ["attribute", "--help"])
assert "letter_count" in done.output and done.exit_code == 0, done.output
print(sorted({"torch", "transformers", "matplotlib", "captum_dna_friend.letter_count"} & set(sys.modules)))
"""
    assert run("-c", script).stdout.strip() == "[]"
