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


SCRIPT = """
import json, captum_dna
from pathlib import Path
from click.testing import CliRunner
from captum_dna.cli import main
from captum_dna.insights import Insights
from captum_dna.methods.choice import citation_of
from tests.insights.client import Client

two = "one:ACGTACGTACGGATTACA\\ntwo:TTTTACGATCGACTAGC\\n"
Path("two.plain").write_text(two)
Path("strange.xyz").write_text("<html>\\n")

sequences = captum_dna.read("two.plain")
results = captum_dna.attribute("demo", sequences, method="letter_count", scale=2.0, progress=False)
results.save("scores.wig", step=2)
backwards = captum_dna.attribute("demo", results[0].sequence, baseline="reversed", progress=False)
found = captum_dna.evaluate("demo", results, measures=["smoothness"], progress=False)
try:
    captum_dna.attribute("demo", "ACGTACGTAC", method="letter_counts")
except ValueError as error:
    sentence = str(error)
python = {
    "names": [one.name for one in results], "method": results[0].method, "first": results[0].base_scores[0],
    "options": results[0].run.method_options, "citation": citation_of("letter_count"),
    "baseline": backwards[0].run.baseline, "columns": list(found.table.columns), "better": found.to_markdown()[:80],
    "sentence": sentence, "lines": Path("scores.wig").read_text().split(),
}

def shell(line):
    done = CliRunner().invoke(main, line.split(), prog_name="captum-dna")
    return [done.exit_code, " ".join(done.output.split())]

command = {
    "explained": shell("attribute demo two.plain --method letter_count --option scale=3 --out a.wig"),
    "file": Path("a.wig").read_text().split(),
    "models": shell("models"),
    "help": shell("attribute --help"),
    "format": shell("attribute demo two.plain --out a.docx"),
    "method": shell("attribute demo two.plain --method x --out a.wig"),
    "reader": shell("attribute demo strange.xyz --out a.wig"),
}

with Insights("demo", [captum_dna.Sequence("one", "ACGTACGTACGGATTACA")], store=None) as viewer:
    client = Client(viewer.url)
    config = client.get("/api/config").json
    dataset = client.dataset()["id"]
    how = {"method": "letter_count"}
    client.job_done(client.post("/api/jobs", {"dataset": dataset, "how": how}).json)
    config["file"] = client.get(f"/api/datasets/{dataset}/export/scores.wig", how).content.decode()
print(json.dumps({"python": python, "command": command, "viewer": config}))
"""


@pytest.fixture(scope="session")
def run(friend, tmp_path_factory):
    """Return a function that runs Python with the package installed, in an empty folder, and gives what it prints."""
    environment = os.environ | {"PYTHONPATH": f"{friend}{os.pathsep}{ROOT}"}

    def start(script):
        done = subprocess.run(
            [sys.executable, "-c", script], cwd=tmp_path_factory.mktemp("here"), env=environment,
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    return start


@pytest.fixture(scope="session")
def told(run):
    """Return what one process said that did everything with it."""
    return json.loads(run(SCRIPT))


def test_everything_works_in_python(told):
    told = told["python"]
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
    assert [float(line) for line in told["lines"][:2]] == [
        2.0 * "ACGTACGTACGGATTACA".count(base) for base in "AG"
    ]
    assert len(told["lines"]) == 9 + 9


def test_everything_works_on_the_command_line(told):
    told = told["command"]
    assert told["explained"][0] == 0, told["explained"]
    assert float(told["file"][0]) == 3 * "ACGTACGTACGGATTACA".count("A")
    assert "Toy readers: single bases; such as toys/reader-1" in told["models"][1]
    assert all(name in told["help"][1] for name in ("letter_count", "reversed", ".wig"))
    for refused, words in (("format", ".wig"), ("method", "letter_count"), ("reader", "names before colons")):
        code, sentence = told[refused]
        assert code != 0
        assert words in sentence


def test_everything_shows_in_the_viewer(told):
    config = told["viewer"]
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
    assert run(script).strip() == "[]"
