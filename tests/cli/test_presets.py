"""What scripts need of the command line: options from a file and the environment, JSON, silence, packed text."""

from __future__ import annotations

import gzip
import json

import click
import pytest
from click.testing import CliRunner

from captum_dna import Attributions
from captum_dna.cli import main
from captum_dna.io.run_folder import RunFolder
from tests import fake_attributions


def run(*arguments, env=None):
    return CliRunner().invoke(main, list(map(str, arguments)), env=env)


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Attributions([fake_attributions.make(40, name="a"), fake_attributions.make(40, name="b")]).save(
        "run.parquet"
    )
    return tmp_path


def test_no_arguments_show_the_help_and_are_no_mistake():
    done = run()
    assert done.exit_code == 0
    assert done.output == run("--help").output


def test_options_come_from_the_command_line_then_the_environment_then_the_file(here):
    (here / "run.toml").write_text('table = "summary"\n[attribute]\nmethod = "no such"\n')
    arguments = ["export", "run.parquet", "--out", "-", "--config", "run.toml"]
    first = {"summary": "name\tlength", "tokens": "name\tindex", "bases": "name\tposition"}
    assert run(*arguments).output.startswith(first["summary"])
    told = {"CAPTUM_DNA_EXPORT_TABLE": "tokens"}
    assert run(*arguments, env=told).output.startswith(first["tokens"])
    assert run(*arguments, "--table", "bases", env=told).output.startswith(first["bases"])


def test_options_that_are_saved_are_the_same_again(here):
    given = [
        "--method",
        "deeplift",
        "--tolerance",
        "0.05",
        "--option",
        "a=1",
        "--option",
        "b=x y",
        "--labels",
        "no,yes",
    ]
    command = main.get_command(click.Context(main), "attribute")
    typed = ["demo", "ACGT", "--out", "x.tsv"]
    with command.make_context("attribute", [*typed, *given, "--save-config", "run.toml"]) as ctx:
        once = dict(ctx.params)
    assert "[attribute]" in (here / "run.toml").read_text()
    with command.make_context("attribute", ["demo", "ACGT", "--config", "run.toml"]) as ctx:
        assert ctx.params == once
    assert once["own"] == {"a": 1, "b": "x y"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('tabel = "summary"', "run.toml has 'tabel', which is not an option of export (did you mean table?)"),
        ("table summary", "run.toml cannot be read as TOML"),
        ('table = "rows"', "'rows' is not one of"),
        (None, "There is no file run.toml"),
    ],
)
def test_a_file_of_options_that_is_wrong_is_said(here, text, words):
    if text is not None:
        (here / "run.toml").write_text(text)
    done = run("export", "run.parquet", "--out", "-", "--config", "run.toml")
    assert done.exit_code == 2
    assert words in " ".join(done.output.split())


def test_quiet_says_errors_only(here):
    assert "Wrote 2 sequences" in run("export", "run.parquet", "--out", "x.tsv").stderr
    assert run("export", "run.parquet", "--out", "x.tsv", "--quiet").output == ""
    assert "no file none.parquet" in run("export", "none.parquet", "--out", "x.tsv", "-q").stderr


def test_text_is_packed_where_its_name_says_so(here):
    for name in ("x.tsv", "x.tsv.gz", "y.tsv.gz"):
        assert run("export", "run.parquet", "--out", name).exit_code == 0
    assert gzip.decompress((here / "x.tsv.gz").read_bytes()) == (here / "x.tsv").read_bytes()
    assert (here / "x.tsv.gz").read_bytes() == (here / "y.tsv.gz").read_bytes()
    assert "must end in" in run("export", "run.parquet", "--out", "x.parquet.gz").output


def test_json_is_what_a_script_parses(here):
    families = json.loads(run("models", "--json").output)
    assert {"name", "tokens", "examples"} <= set(families[0])
    RunFolder("run").begin({"method": "deeplift"}, {})
    status = run("status", "run", "--json")
    assert json.loads(status.output)["complete"] is False
    assert status.exit_code == 1


def test_a_shell_completes_methods_and_projections():
    command = main.get_command(click.Context(main), "attribute")
    options = {one.name: one for one in command.params}
    found = {
        name: [item.value for item in options[name].shell_complete(click.Context(command), begin)]
        for name, begin in (("method", "deep"), ("projection", "s"))
    }
    assert found == {"method": ["deeplift"], "projection": ["split"]}
