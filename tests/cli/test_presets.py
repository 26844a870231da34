"""What scripts need of the command line: options from a file and the environment, JSON, silence, packed text."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import click
import pytest
from click.shell_completion import get_completion_class
from click.testing import CliRunner

from captum_dna import Attributions
from captum_dna.cli import main
from captum_dna.io.run_folder import RunFolder
from tests import fake_attributions


def run(*arguments, env=None):
    return CliRunner().invoke(main, list(map(str, arguments)), env=env, prog_name="captum-dna")


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
    ("name", "words"),
    [
        ("EXPORT_TABEL", "is not an option of export (did you mean CAPTUM_DNA_EXPORT_TABLE?)"),
        ("EXPORT_X", "is not an option of export."),
        ("ATTRIBUTE_METHDO", ""),
    ],
)
def test_a_variable_that_is_no_option_of_the_command_is_said(here, name, words):
    done = run("export", "run.parquet", "--out", "-", env={f"CAPTUM_DNA_{name}": "summary"})
    assert done.exit_code == (2 if words else 0)
    assert words in " ".join(done.output.split())


def test_a_variable_has_the_name_of_its_option_as_it_is_typed(here):
    names = {"open": "VISUALIZE_OPEN", "json": "VISUALIZE_JSON", "out": "VISUALIZE_OUT"}
    env = {f"CAPTUM_DNA_{names['json']}": "1", f"CAPTUM_DNA_{names['out']}": "x.html"}
    assert json.loads(run("visualize", "run.parquet", env=env).stdout)["files"] == ["x.html"]
    visualize = main.commands["visualize"]
    assert {f"CAPTUM_DNA_{name}" for name in names.values()} <= {one.envvar for one in visualize.params}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('tabel = "summary"', "run.toml has 'tabel', which is not an option of export (did you mean table?)"),
        ("table summary", "run.toml cannot be read as TOML"),
        ('table = "rows"', "'rows' is not one of"),
        ('[exprot]\ntable = "summary"', "a table [exprot], which is not a command (did you mean export?)"),
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


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
@pytest.mark.parametrize(
    ("typed", "begin", "completed"),
    [
        ([], "attr", ["attribute"]),
        (["attribute"], "--proj", ["--projection"]),
        (["attribute", "demo", "p.fa", "--method"], "deep", ["deeplift"]),
        (["attribute", "--projection"], "s", ["split"]),
        (["attribute", "--strands"], "b", ["both"]),
        (["genome", "--baseline"], "gc", ["gc_random"]),
        (["evaluate", "--measure"], "remo", ["removal"]),
        (["finetune", "--task"], "reg", ["regression"]),
        (["export", "--table"], "su", ["summary"]),
    ],
)
def test_a_shell_completes_commands_options_and_names(shell, typed, begin, completed):
    completer = get_completion_class(shell)(main, {}, "captum-dna", "_CAPTUM_DNA_COMPLETE")
    assert [item.value for item in completer.get_completions(typed, begin)] == completed
    assert "_CAPTUM_DNA_COMPLETE" in completer.source()


@pytest.mark.parametrize(
    "typed",
    [
        ["attribute"],
        ["attribute", "demo"],
        ["export", "--out"],
        ["motifs", "--database"],
        ["finetune", "demo", "a.fa"],
    ],
)
def test_a_shell_completes_names_of_files(typed):
    completer = get_completion_class("bash")(main, {}, "captum-dna", "_CAPTUM_DNA_COMPLETE")
    assert [item.type for item in completer.get_completions(typed, "pro")] == ["file"]


def test_the_docs_say_how_each_shell_completes():
    """The variable and its words are what click listens to."""
    page = (Path(__file__).parents[2] / "docs" / "command-line.md").read_text()
    for shell in ("bash", "zsh", "fish"):
        assert f"_CAPTUM_DNA_COMPLETE={shell}_source captum-dna" in page
        done = run(env={"_CAPTUM_DNA_COMPLETE": f"{shell}_source"})
        assert (
            get_completion_class(shell)(main, {}, "captum-dna", "_CAPTUM_DNA_COMPLETE").source()
            in done.output
        )
