"""The command line as a person meets it: help at once, sentences for mistakes, exit codes, nothing lost."""

import io
import json
import os
import shlex
import signal
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from captum_dna.cli import main
from captum_dna.cli.output import headlines
from captum_dna.core.attribution import Attribution, Run
from captum_dna.methods.integrated_gradients import IntegratedGradients
from captum_dna.results import Attributions
from tests.fake_attributions import nested

BOX = "GCGCATCCGGTATAAAAGGCCGCATCGACGTTGCAGGCTAACG"
FASTA = f">with box\n{BOX}\n>without\n{BOX.replace('TATAAAAG', 'GCCGCGCC')}\n"
COMMANDS = ("demo", "attribute", "visualize", "finetune", "models")


@pytest.fixture
def here(tmp_path, monkeypatch):
    """Return an empty working folder with two promoters in ``p.fa``."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "p.fa").write_text(FASTA)
    return tmp_path


def shell(*arguments, **options):
    """Run the real program, as a person would."""
    environment = os.environ | {"PYTHONWARNINGS": ""}
    return subprocess.run(
        [sys.executable, "-m", "captum_dna", *arguments],
        capture_output=True, text=True, check=False, env=environment, **options,
    )  # fmt: skip


def run(*arguments):
    """Run a command in this process, which has torch already."""
    return CliRunner().invoke(main, [str(a) for a in arguments], prog_name="captum-dna")


def stored(**changes):
    values = {
        "name": "a",
        "sequence": "ACGT",
        "tokens": ("[CLS]", "ACG", "CGT", "[SEP]"),
        "spans": (None, (0, 3), (1, 4), None),
        "token_scores": np.array([0.0, 3.0, 6.0, 0.0]),
        "base_scores": np.array([1.0, 3.0, 3.0, 2.0]),
        "target": "yes",
        "predicted": "yes",
        "probability": 0.9,
        "probabilities": np.array([0.1, 0.9]),
        "true_label": None,
        "f_input": 8.0,
        "f_baseline": -1.0,
        "delta": 0.0,
        "error": 0.0,
        "converged": True,
        "evaluations": 9,
        "run": Run(labels=("no", "yes"), tolerance=0.01),
    }
    return Attribution(**nested(values | changes))


# --- help -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_each_command_has_an_example(command):
    shown = run(command, "--help")
    assert shown.exit_code == 0
    assert f"\n  captum-dna {command}" in shown.output.split("Examples:")[1]


def test_help_needs_no_heavy_package():
    code = (
        "import sys, captum_dna.cli\n"
        "try: captum_dna.cli.main(['attribute', '--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'torch', 'transformers', 'pandas', 'matplotlib', 'scipy', 'datasets'} & sys.modules.keys()\n"
        "sys.exit(str(heavy) if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_version_and_an_unknown_command():
    assert run("--version").output.startswith("captum-dna 0.")
    assert run("explode").exit_code == 2


# --- the real program -------------------------------------------------------------------------------


def test_standard_input_to_standard_output_is_a_table_and_nothing_else(here, monkeypatch, capfd):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(FASTA.encode())))
    with pytest.raises(SystemExit) as ended:
        main(["attribute", "demo", "-", "--out", "-"], prog_name="captum-dna")
    written, told = capfd.readouterr()  # by all that this process holds, whatever they write with
    assert ended.value.code == 0, told
    lines = written.splitlines()
    assert lines[0] == "name\tposition\tbase\tscore"
    assert len(lines) == 1 + 2 * len(BOX)
    assert lines[1].split("\t")[:3] == ["with box", "1", "G"]
    assert all(line.startswith("Note: ") for line in told.splitlines())


def test_a_mistake_is_a_sentence_on_standard_error_and_exit_code_one(here):
    done = shell("attribute", "demo", "ACGTX", "--out", "x.tsv")
    assert done.returncode == 1
    assert done.stderr == (
        "Error: Sequence 1 ('sequence 1') has 'X' at position 5. Use A, C, G, T, U, N or the other "
        "IUPAC codes.\n"
    )
    assert not (here / "x.tsv").exists()


def test_ctrl_c_keeps_what_was_finished_beside_and_the_same_command_goes_on(here, monkeypatch):
    (here / "many.fa").write_text("".join(f">s{i}\n{BOX}\n" for i in range(6)))
    command = ("attribute", "demo", "many.fa", "--out", "run.parquet", "--n-steps", "3")
    whole = IntegratedGradients.explain

    def cut_short(self, *given):
        for number, answer in enumerate(whole(self, *given)):
            if number == 2:
                os.kill(os.getpid(), signal.SIGINT)
            yield answer

    monkeypatch.setattr(IntegratedGradients, "explain", cut_short)
    done = run(*command)
    assert done.exit_code == 130, done.stderr
    assert "Interrupted: 2 of 6 sequences are finished and kept in run.parquet." in done.stderr
    assert not (here / "run.parquet").exists()
    [kept] = here.glob("run.parquet.*.unfinished.parquet")
    assert len(Attributions.load(kept)) == 2
    counted = []

    def counting(self, classifier, questions, settings):
        for answer in whole(self, classifier, questions, settings):
            counted.append(answer.index)
            yield answer

    monkeypatch.setattr(IntegratedGradients, "explain", counting)
    again = run(*command)
    assert again.exit_code == 0, again.output
    assert len(counted) == 4
    assert [r.name for r in Attributions.load(here / "run.parquet")] == [f"s{i}" for i in range(6)]
    assert not kept.exists()


def test_a_complete_file_stays_when_a_new_run_is_interrupted(here, monkeypatch):
    assert run("attribute", "demo", "p.fa", "--method", "saliency", "--out", "run.parquet").exit_code == 0
    before = (here / "run.parquet").read_bytes()
    stop_after(monkeypatch, [stored()])
    assert run("attribute", "demo", "p.fa", "--out", "run.parquet").exit_code == 130
    assert (here / "run.parquet").read_bytes() == before


@pytest.mark.parametrize(
    "words",
    [
        ("attribute", "demo", "x.tsv", "--out", "x.tsv"),
        ("attribute", "demo", "x.tsv", "--out", "link.tsv"),
        ("attribute", "demo", "x.tsv", "--out", "./x.tsv"),
        ("evaluate", "demo", "x.tsv", "--out", "x.tsv"),
        ("export", "y.parquet", "--sizes", "x.tsv", "--out", "x.tsv"),
        ("motifs", "y.parquet", "--database", "x.tsv", "--out", "x.tsv"),
        ("motifs", "y.parquet", "--out", "z.tsv", "--track", "y.parquet"),
        ("variants", "demo", "x.tsv", "--genome", "p.fa", "--out", "x.tsv"),
        ("finetune", "demo", "a=x.tsv", "--out", "z", "--save-config", "x.tsv"),
    ],
)
def test_a_file_that_is_read_is_never_written_over(here, words):
    (here / "x.tsv").write_text(f"name\tsequence\na\t{BOX}\n")
    (here / "link.tsv").symlink_to("x.tsv")
    (here / "y.parquet").write_bytes(b"PAR1")
    before = {path: path.read_bytes() for path in here.iterdir()}
    done = run(*words)
    assert done.exit_code == 2
    assert "is an input of this command" in done.output
    assert {path: path.read_bytes() for path in here.iterdir()} == before


@pytest.mark.parametrize(
    ("error", "code", "sentence"),
    [
        (
            RuntimeError("cannot cache function 'x'"),
            70,
            "Error: RuntimeError: cannot cache function 'x'. Add --debug",
        ),
        (KeyError("head"), 70, "Error: KeyError: 'head'. Add --debug"),
        (OSError(28, "No space left on device", "/x"), 1, "Error: /x: No space left on device."),
        (ValueError("Sequence '\x1b[31m' is bad."), 1, r"Error: Sequence '\x1b[31m' is bad."),
    ],
)
def test_every_failure_is_a_sentence_with_an_exit_code(here, monkeypatch, error, code, sentence):
    def fail(*_, **__):
        raise error

    monkeypatch.setattr("captum_dna.attribute", fail)
    done = run("attribute", "demo", "p.fa", "--out", "run.parquet")
    assert done.exit_code == code
    assert sentence in done.output
    assert "Traceback" not in done.output


# --- attribute --------------------------------------------------------------------------------------


def test_attribute_writes_all_and_visualize_draws_it(here):
    done = run(
        "attribute", "demo", "p.fa", "--target", "TATA promoter", "--origin", 12, "--out", "run.parquet"
    )
    assert done.exit_code == 0, done.output
    assert "Wrote 2 sequences to run.parquet" in done.output
    first, second = Attributions.load("run.parquet")
    assert (first.name, first.target, first.origin) == ("with box", "TATA promoter", 12)
    assert first.f_input > second.f_input
    for name in ("a.html", "a.svg", "a.png", "a.pdf"):
        drawn = run("visualize", "run.parquet", "--out", name)
        assert drawn.exit_code == 0, drawn.output
        assert (here / name).stat().st_size > 3000


def test_visualize_explains_first_where_data_are_given(here):
    done = run(
        "visualize",
        "demo",
        "p.fa",
        "--tolerance",
        "preview",
        "--strands",
        "both",
        "--window",
        "5-25",
        "--tokens",
        "--out",
        "a.svg",
    )
    assert done.exit_code == 0, done.output
    assert (here / "a.svg").exists()


def test_tables_by_base_and_by_sequence(here):
    assert run("attribute", "demo", "p.fa", "--out", "b.csv", "--n-steps", 3).exit_code == 0
    assert (
        run("attribute", "demo", "p.fa", "--out", "s.tsv", "--table", "summary", "--n-steps", 3).exit_code
        == 0
    )
    assert list(pd.read_csv("b.csv").columns) == ["name", "position", "base", "score"]
    summary = pd.read_csv("s.tsv", sep="\t")
    assert summary["name"].tolist() == ["with box", "without"]
    assert summary["evaluations"].gt(0).all()


def test_columns_and_labels_of_a_table(here):
    (here / "d.csv").write_text(f"what,letters,truth\nx,{BOX},TATA promoter\n")
    done = run(
        "attribute", "demo", "d.csv", "--column", "letters", "--label-column", "truth",
        "--name-column", "what", "--out", "r.parquet", "--n-steps", 3,
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    [item] = Attributions.load("r.parquet")
    assert (item.name, item.true_label) == ("x", "TATA promoter")


def test_bad_sequences_are_left_out_on_request_and_named(here):
    (here / "bad.fa").write_text(FASTA + ">odd\nACGTX\n")
    stopped = run("attribute", "demo", "bad.fa", "--out", "r.parquet")
    assert stopped.exit_code == 1
    assert "bad.fa: Sequence 3 ('odd') has 'X' at position 5" in stopped.output
    done = run("attribute", "demo", "bad.fa", "--skip-invalid", "--out", "r.parquet", "--n-steps", 3)
    assert done.exit_code == 0
    assert "Warning: bad.fa: 1 of 3 sequences are left out" in done.output
    assert "'odd'" in done.output
    assert len(Attributions.load("r.parquet")) == 2


def test_what_did_not_converge_is_named(here):
    done = run("attribute", "demo", "p.fa", "--n-steps", 1, "--tolerance", 0.0001, "--out", "r.parquet")
    assert done.exit_code == 0
    assert done.output.count("Warning: For all 2 sequences, the scores have not converged") == 1


# --- mistakes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        ("attribute demo p.fa --out nowhere/x.tsv", 1, "There is no folder nowhere to write x.tsv to"),
        ("attribute demo nope.fa --out x.tsv", 1, "There is no file nope.fa"),
        ("attribute demo p.fa --out x.docx", 2, "must end in .parquet, .pq, .tsv, .csv"),
        ("attribute demo p.fa", 2, "Missing option '--out'"),
        ("serve p.fa", 2, "Name a model and its sequences, such as: captum-dna serve demo p.fa"),
        ("serve a=demo a=other p.fa", 2, "Two models are called 'a'. Give each a name of its own"),
        ("serve demo demo p.fa", 2, "Two models are called 'demo'"),
        ("serve =demo p.fa", 2, "'=demo' is not a model. Write MODEL, or NAME=MODEL"),
        ("serve a= p.fa", 2, "'a=' is not a model"),
        ("serve demo p.fa --port 70000", 2, "70000 is not in the range"),
        ("serve demo p.fa --allowed-host http://x.org", 1, "without scheme, port and path"),
        ("attribute demo p.fa --out x.tsv --target bogus", 1, "no class 'bogus'; its classes are 0 (other)"),
        ("attribute demo p.fa --out x.tsv --method bogus", 1, "no method 'bogus'"),
        ("attribute demo p.fa --out x.tsv --tolerance 2", 2, "--tolerance"),
        (
            "attribute demo p.fa --out x.tsv --tolerance soon",
            2,
            "--tolerance must be a share of the scores between 0 and 1, or 'preview', not 'soon'",
        ),
        ("attribute demo p.fa --out x.tsv --option what", 2, "'what' is not NAME=VALUE"),
        (
            "attribute demo t.csv --out x.tsv",
            1,
            "Its columns are one, two. Name the column of the sequences with --column",
        ),
        ("attribute demo p.fa --out x.tsv --column seq --split a --batch-size 0", 2, "--batch-size"),
        ("attribute ./no_model p.fa --out x.tsv", 1, "no_model"),
        ("visualize p.fa --out x.html", 2, "p.fa is not a .parquet file of results"),
        ("visualize nope.parquet --out x.html", 1, "There is no file nope.parquet with results"),
        ("visualize fake.parquet --out x.html", 1, "fake.parquet is not a Parquet file"),
        ("visualize demo p.fa --out x.svg --window five", 2, "'five' is not two numbers with - between them"),
        ("visualize demo p.fa --out x.svg --window 1_0-20", 2, "'1_0-20' is not two numbers"),
        ("visualize demo p.fa --out x.svg --window \u0661-20", 2, "is not two numbers"),
        (
            "visualize run.parquet --out x.html --width 3",
            2,
            "--width does nothing for --out x.html. Leave it",
        ),
        ("export run.parquet --out x.tsv --sizes p.fa", 2, "--sizes does nothing for --out x.tsv"),
        ("export run.parquet --out - --values sd", 2, "--values does nothing for --out -"),
        ("attribute demo p.fa --out x.tsv --shard-size 5", 2, "--shard-size does nothing for --out x.tsv"),
        ("attribute demo p.fa --out run/ --table tokens", 2, "--table does nothing for --out run/"),
        (
            "attribute demo p.fa --out x.parquet --device cuda:99",
            1,
            "Nothing can be computed on 'cuda:99' here",
        ),
        (
            "visualize run.parquet --out x.svg --window 2-9",
            1,
            "The window 2-9 is not within 'a', which has 4 bases",
        ),
        ("demo --out demo.pdf", 2, "must end in .html"),
        ("finetune demo a.fa b.fa --out m", 2, "CLASS=FILE for each class"),
    ],
)
def test_mistakes_have_a_sentence_and_their_exit_code(here, arguments, code, sentence):
    (here / "t.csv").write_text("one,two\n1,2\n")
    (here / "fake.parquet").write_text("hello")
    Attributions([stored()]).save("run.parquet")
    before = sorted(p.name for p in here.iterdir())
    done = run(*arguments.split())
    assert done.exit_code == code
    assert sentence in " ".join(done.output.split())
    assert "Traceback" not in done.output
    assert sorted(p.name for p in here.iterdir()) == before


def test_debug_shows_the_traceback(here):
    done = run("attribute", "demo", "nope.fa", "--out", "x.tsv", "--debug")
    assert isinstance(done.exception, FileNotFoundError)
    done = run("--debug", "attribute", "demo", "nope.fa", "--out", "x.tsv")
    assert isinstance(done.exception, FileNotFoundError)


def test_the_path_is_checked_before_the_data_are_read(here):
    done = run("attribute", "no_model", "no_data.fa", "--out", "nowhere/x.parquet")
    assert "no folder nowhere" in done.output


# --- Ctrl-C, with the library stopped in place ------------------------------------------------------


def stop_after(monkeypatch, finished):
    from captum_dna.pipeline import attribute as explain

    def stopped(*_, **__):
        raise explain.Interrupted(Attributions(finished), 5)

    monkeypatch.setattr("captum_dna.attribute", stopped)


def test_ctrl_c_before_anything_is_finished_writes_nothing(here, monkeypatch):
    stop_after(monkeypatch, [])
    done = run("attribute", "demo", "p.fa", "--out", "run.parquet")
    assert done.exit_code == 130
    assert "nothing was written" in done.output
    assert not (here / "run.parquet").exists()


def test_ctrl_c_while_drawing_a_model_keeps_what_was_finished(here, monkeypatch):
    stop_after(monkeypatch, [stored(), stored(name="b")])
    done = run("visualize", "demo", "p.fa", "--out", "a.svg")
    assert done.exit_code == 130
    assert "2 of 2 sequences are finished and kept in a.svg." in done.output
    assert not (here / "a.svg").exists()


# --- demo, finetune, models -------------------------------------------------------------------------


def test_demo_prints_a_row_per_sequence_and_writes_a_page(here, monkeypatch):
    from captum_dna import demo

    monkeypatch.setattr(demo, "sequences", lambda: demo.designed()[:2])
    done = run("demo", "--no-open")
    assert done.exit_code == 0, done.output
    header, first, *_ = done.output.splitlines()
    assert header.startswith("name\ttrue\tpredicted\texplained\tf(x)\tf(baseline)\tdelta\terror\tpeak base")
    assert "\tTATA promoter\tTATA promoter (0." in first
    assert "<dna-view" in (here / "captum_dna_demo.html").read_text()


def test_demo_opens_the_page_or_says_that_no_browser_is_there(here, monkeypatch):
    opened = []
    monkeypatch.setattr("captum_dna.attribute", lambda *_, **__: Attributions([stored()]))
    monkeypatch.setattr("webbrowser.open", lambda address: opened.append(address) or False)
    done = run("demo", "--open", "--out", "d.html")
    assert opened == [(here / "d.html").resolve().as_uri()]
    assert "No browser was found" in done.output


def test_long_tables_of_results_are_cut_and_numbers_without_truth_stay_unknown(here, monkeypatch):
    items = [stored(name=f"s{i}", converged=i != 1, relative_error=0.004) for i in range(30)]
    monkeypatch.setattr("captum_dna.attribute", lambda *_, **__: Attributions(items))
    rows = [line for line in run("demo", "--no-open").output.splitlines() if "\t" in line]
    assert len(rows) == 21
    assert "\t0.4 % NOT CONVERGED\t" in rows[2]
    assert "\t0.4 %\t" in rows[1]


@pytest.mark.parametrize("relative_error", [0.0042, float("nan")])
def test_a_terminal_of_80_letters_shows_every_column_whole(monkeypatch, relative_error):
    """The error of the scores is told below the table, and takes the place of delta."""
    terminal = io.StringIO()
    terminal.isatty = lambda: True
    monkeypatch.setattr("sys.stdout", terminal)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "dumb")  # no colours
    headlines(
        Attributions(stored(name=f"a longer name {i}", relative_error=relative_error) for i in range(3))
    )
    text = terminal.getvalue()
    title, *_ = (line for line in text.splitlines() if "predicted" in line)
    estimated = relative_error < 1
    assert title.split()[-2:] == ["peak", "k-mer"]
    assert ("delta" in title.split()) is not estimated
    assert ("The scores may be off by up to 0.42 %." in text) is estimated


def test_finetune_passes_its_options_on(here, monkeypatch):
    asked = {}

    def trained(model, data, **options):
        asked.update(options, model=model, data=data)
        return type("Trained", (), {"metrics": {"auroc": 0.87654}, "test_metrics": {}, "folder": "m"})

    monkeypatch.setattr("captum_dna.finetune", trained)
    done = run(
        "finetune", "demo", "promoter=p.fa", "other=n.fa", "--validation", "0.2", "--epochs", 2, "--out", "m"
    )
    assert done.exit_code == 0, done.output
    assert "auroc\t0.8765" in done.output
    assert "optimistic" in done.output
    assert asked["data"] == {"promoter": "p.fa", "other": "n.fa"}
    assert (asked["model"], asked["validation"], asked["epochs"], asked["output"]) == ("demo", 0.2, 2, "m")
    assert run("finetune", "demo", "p.fa", "--validation", "v.fa", "--out", "m").exit_code == 0
    assert (asked["data"], asked["validation"]) == ("p.fa", "v.fa")


def test_finetune_options_are_those_of_the_library():
    import inspect

    from captum_dna import attribute, finetune
    from captum_dna.io.reading import Reading

    def names(command):
        return {parameter.name for parameter in main.commands[command].params}

    from captum_dna.cli.training import HEADS
    from captum_dna.training.tasks import TASKS

    assert set(HEADS) == TASKS.keys()
    known = inspect.signature(finetune).parameters.keys() | {field.name for field in fields(Reading)}
    assert names("finetune") - known <= {"out", "debug", "quiet", "as_json", "config", "save_config"}
    library = inspect.signature(attribute).parameters.keys()
    assert library - {"sequences", "progress", "on_invalid", "options"} <= names("attribute")


def test_finetune_stopped_by_ctrl_c_says_how_to_go_on(here, monkeypatch):
    def stopped(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("captum_dna.finetune", stopped)
    done = run("finetune", "demo", "p.fa", "--out", "m")
    assert done.exit_code == 130
    assert "--resume" in done.output


def test_models_lists_families_and_tells_how_one_is_read():
    assert "DNABERT" in run("models").output
    shown = run("models", "demo").output
    assert "overlapping k-mers, k = 6" in shown
    assert "other, TATA promoter" in shown


def test_options_of_a_method_are_read_as_numbers_words_and_lists(here, monkeypatch):
    asked = {}
    monkeypatch.setattr(
        "captum_dna.attribute", lambda *_, **options: asked.update(options) or Attributions([stored()])
    )
    run(
        "attribute",
        "demo",
        "p.fa",
        "--out",
        "r.parquet",
        "--option",
        "n-samples=5",
        "--option",
        "kind=dinucleotide",
    )
    assert asked["n_samples"] == json.loads("5")
    assert asked["kind"] == "dinucleotide"
    assert "own" not in asked


def test_commands_of_the_documentation_run(here):
    page = (Path(__file__).parents[2] / "docs" / "input.md").read_text()
    (here / "promoters.fa").write_text(FASTA)
    (here / "mixed.fa").write_text(FASTA + ">odd\nACGTX\n")
    (here / "promoters.csv").write_text(f"promoter,truth\n{BOX},TATA promoter\n")
    commands = [line for line in page.splitlines() if line.startswith("captum-dna ")]
    assert commands
    for command in commands:
        done = run(*shlex.split(command)[1:])
        assert done.exit_code == 0, done.output


def test_a_folder_of_shards_is_filled_and_gone_on_with(here):
    first = run("attribute", "demo", "p.fa", "--out", "run/", "--tolerance", "preview")
    assert first.exit_code == 0, first.output
    assert (here / "run" / "shard-000000.parquet").is_file()
    before = (here / "run" / "shard-000000.parquet").stat().st_mtime_ns
    again = run("attribute", "demo", "p.fa", "--out", "run/", "--tolerance", "preview")
    assert again.exit_code == 0
    assert (here / "run" / "shard-000000.parquet").stat().st_mtime_ns == before
    other = run("attribute", "demo", "p.fa", "--out", "run/", "--tolerance", "0.1")
    assert other.exit_code == 1
    assert "results of another run" in other.output


def test_parts_fill_a_folder_and_status_says_how_far_it_is(here):
    command = ("attribute", "demo", "p.fa", "--out", "run/", "--tolerance", "preview", "--shard-size", "1")
    first = run(*command, "--part", "1/2")
    assert first.exit_code == 0, first.output
    count = FASTA.count(">")
    assert f"Part 1/2 is finished; run/ holds {count // 2} of {count} shards." in first.output
    told = run("status", "run/")
    assert told.exit_code == 1
    assert f"{count // 2} of {count} shards are finished" in told.output
    assert "To do: shard" in told.output
    assert run(*command, "--part", "0/2").exit_code == 0
    (here / "run" / "shard-000000.parquet").write_bytes(b"scribbled")
    assert "Damaged: shard 0; the next run computes it again." in run("status", "run/").output
    assert run(*command).exit_code == 0
    done = run("status", "run/")
    assert done.exit_code == 0, done.output
    assert f"{count} of {count} shards are finished, with {count} results" in done.output
    assert "per second." in done.output


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--out", "run/", "--part", "three"), "is not I/N, such as 3/64"),
        (("--out", "run/", "--part", "2/2"), "There is no part 2 of 2"),
        (("--out", "x.parquet", "--part", "0/2"), "--part is for a folder of shards"),
    ],
)
def test_a_part_that_cannot_be_is_told(here, arguments, told):
    done = run("attribute", "demo", "p.fa", *arguments)
    assert done.exit_code != 0
    assert told in " ".join(done.output.split())
    assert not (here / "run").exists()


def test_status_of_something_else_is_told(here):
    assert "holds no run of captum_dna" in run("status", ".").output


def test_ctrl_c_in_a_folder_says_what_is_finished(here, monkeypatch):
    from captum_dna.pipeline import settling

    real = settling.digest_of
    seen = []

    def interrupted(records):
        seen.append(records)
        if len(seen) > FASTA.count(">") + 1:
            raise KeyboardInterrupt
        return real(records)

    monkeypatch.setattr(settling, "digest_of", interrupted)
    done = run("attribute", "demo", "p.fa", "--out", "run/", "--tolerance", "preview", "--shard-size", "1")
    assert done.exit_code == 130
    assert f"Interrupted: 1 of {FASTA.count('>')} shards" in done.output


def test_verbose_logs_what_the_library_says_of_itself():
    code = (
        "import logging, sys\n"
        "from captum_dna.cli import main\n"
        "try: main(['--verbose', 'models', '--help'])\n"
        "except SystemExit: pass\n"
        "logging.getLogger('captum_dna.insights').info('A job failed.')\n"
        "logging.getLogger('somebody.else').info('Not ours.')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "INFO captum_dna.insights: A job failed." in done.stderr
    assert "Not ours" not in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no device that is always full")
@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["models"], ["attribute", "--help"]])
def test_standard_output_that_is_full_gets_a_sentence(arguments):
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "captum_dna", *arguments],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert (
        done.stderr
        == "Error: Standard output cannot be written: No space left on device. Free some space, or name a file.\n"
    )


def test_a_failure_of_something_else_is_not_said_of_standard_output(monkeypatch):
    monkeypatch.setattr("captum_dna.pipeline.families.describe", lambda _: os.close(99))
    done = run("models", "demo")
    assert (done.exit_code, done.stderr) == (1, "Error: Bad file descriptor.\n")


def test_names_do_nothing_to_a_terminal(here):
    (here / "evil.fa").write_text(f">a\x1b[31mred\u202e\n{BOX}\n")
    printed = run(
        "attribute", "demo", "evil.fa", "--method", "saliency", "--table", "summary", "--out", "-"
    ).output
    assert "a\\x1b[31mred\\u202e" in printed
    assert printed.replace("\n", "").replace("\t", "").isprintable()
