"""What a command says to do can be typed: options are those of the command, or of the one that makes results."""

from __future__ import annotations

import json
import re
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from captum_dna import Attributions
from captum_dna.cli import main
from captum_dna.cli.spelling import as_typed, speller_of
from captum_dna.core.errors import options_in, spelled
from captum_dna.core.over import Over
from captum_dna.core.remarks import ADVICE
from captum_dna.core.sequences import Sequence
from captum_dna.experiments.caveats import Honesty, of_edits
from captum_dna.io.arrays import NO_HYPOTHETICAL
from tests import fake_attributions
from tests.toy import dna

TATA = ("--target", "TATA promoter")
NEGATIVES = "Give some with --negatives."


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("some.fa").write_text(f">one\n{dna(40)}\n>two\n{dna(40, seed=1)}\n")
    Attributions(fake_attributions.make(40, name=name) for name in "ab").save("run.parquet")
    return lambda *words: CliRunner().invoke(main, list(words))


def said_by(command, sentence):
    """Return a sentence as a command writes it."""
    program = click.Context(main)
    ctx = click.Context(main.commands[command], parent=program, info_name=command)
    return spelled(sentence, speller_of(ctx))


@pytest.mark.parametrize("words", [(), ("--json",)])
def test_remarks_of_experiments_name_the_options_of_their_command(run, words):
    ablated = run("ablate", "demo", "some.fa", "--stretch", "5-13", "--draws", "2", *TATA, *words)
    planted = run("marginalize", "demo", "TATA", "some.fa", *TATA, *words)
    for done in (ablated, planted):
        assert done.exit_code == 0, done.output
        assert NEGATIVES in done.output
        assert "negatives=" not in done.output


def test_remarks_of_results_name_the_options_of_their_command(run):
    quick = ("--method", "integrated_gradients", "--n-steps", "1", *TATA)
    [warned] = [
        one
        for one in json.loads(
            run("attribute", "demo", "some.fa", "--out", "x.parquet", "--json", *quick).stdout
        )["caveats"]
        if one["code"] == "not_converged"
    ]
    assert "load the model with --dtype float64." in warned["text"]
    drawn = run("visualize", "x.parquet", "--out", "x.html")
    assert "load the model with --dtype float64." in drawn.stderr


def test_commands_that_read_results_name_the_command_that_makes_them(run):
    tracks = run("export", "run.parquet", "--out", "x.bed")
    assert tracks.exit_code == 1
    assert "BED file with captum-dna attribute --genome, or FASTA" in tracks.stderr
    arrays = run("export", "run.parquet", "--out", "x.modisco")
    assert "captum-dna attribute --method nucleotide_gradients does" in arrays.output
    assert said_by("merge", "Explain a BED file with `genome=`.") == (
        "Explain a BED file with captum-dna attribute --genome."
    )
    assert said_by("export", ADVICE).endswith("load the model with captum-dna attribute --dtype float64.")
    assert said_by("ablate", NO_HYPOTHETICAL).count("(in Python)") == 2


def test_the_value_that_a_sentence_names_is_taken_as_it_is_typed(run):
    refused = run("attribute", "demo", "some.fa", "--over", "strand=x", "--out", "x.parquet")
    assert (
        "--over takes one value for 'strand', 'reverse' (the reverse complement), not 'x'." in refused.stderr
    )
    assert Over.of({"strand": "reverse"}) == Over.of({"strand": True})


def test_flags_are_written_as_flags():
    assert said_by("attribute", "Pass `trust_remote_code=True`.") == "Pass --trust-remote-code."
    assert said_by("attribute", "Pass `logits=False` or `on_invalid='skip'`.") == (
        "Pass --probabilities or --skip-invalid."
    )
    assert said_by("finetune", "Choose another `output=`.") == "Choose another --out."


def test_python_reads_the_same_sentences_with_its_own_options():
    [remark] = list(of_edits(Honesty("edited sequences", 20, float("nan")), "a"))
    assert remark.text.endswith("Give some with `negatives=`.")
    assert as_typed(remark.text) == remark.text
    assert list(options_in(ADVICE)) == [("dtype", "float64")]


def test_a_rule_without_a_number_of_nodes_is_refused_and_the_usual_one_may_stand_in_a_preset(run):
    done = run("attribute", "demo", "some.fa", "--rule", "riemann_left", "--out", "x.parquet")
    assert done.exit_code == 1
    assert "--rule needs a fixed number of nodes. Give --n-steps as well." in done.stderr
    Path("usual.toml").write_text('[attribute]\nrule = "gausslegendre"\ntolerance = 0.5\n')
    done = run("attribute", "demo", "some.fa", "--config", "usual.toml", "--out", "x.parquet")
    assert done.exit_code == 0, done.output


def test_training_without_labels_says_how_to_give_some(run):
    done = run("finetune", "demo", "some.fa", "--out", "new")
    assert done.exit_code == 1
    assert "The training sequences have no labels. Give CLASS=FILE for each class, or a table" in done.stderr
    assert "--label-column" in done.stderr
    assert not re.search(r"\{|objects", done.stderr)


def test_a_share_that_is_none_says_how_to_have_none(run):
    Path("train.csv").write_text("seq,label\n" + "".join(f"{dna(30, seed=i)},{i % 2}\n" for i in range(8)))
    done = run("finetune", "demo", "train.csv", "--out", "new", "--validation", "2.0")
    assert "--validation 2.0 is not a share" in done.stderr
    assert "a source, or --validation None." in done.stderr


def test_a_window_outside_is_told_without_brackets_of_python(run):
    done = run("visualize", "run.parquet", "--window", "300-400", "--out", "x.svg")
    assert done.exit_code == 1
    assert "Give its first base, counted from 0, and the one after its last." in done.stderr


def test_sequences_of_python_are_still_said_to_be_taken():
    from captum_dna.core.errors import UserError
    from captum_dna.training import finetune

    with pytest.raises(UserError, match="or Sequence objects with a label"):
        finetune("demo", [Sequence("x", dna(30))], output="never")
