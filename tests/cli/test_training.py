"""The command ``finetune`` with an adapter, a setting of Trainer's own and a tracker."""

from __future__ import annotations

import json
import shlex

from click.testing import CliRunner

from captum_dna.cli import main
from captum_dna.cli.training import finetune
from captum_dna.training import from_scratch
from tests.toy import dna


def test_an_adapter_is_trained_with_settings_of_trainers_own_and_reported(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    from_scratch(k=4, layers=1, width=8, heads=2, max_bases=40, labels=("a", "b")).save(tmp_path / "base")
    rows = [f"{dna(30, seed=i)},{'ab'[i % 2]}" for i in range(8)]
    (tmp_path / "train.csv").write_text("\n".join(["seq,label", *rows]) + "\n")
    how = ("--epochs", "1", "--validation", "none", "--lora", "--report-to", "tensorboard")
    how += ("--argument", "max_grad_norm=0.25", "--argument", "lr_scheduler_type=constant")
    done = CliRunner().invoke(main, ["finetune", "base", "train.csv", "--out", "run", *how, "--json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["folder"] == "run"
    assert json.loads((tmp_path / "run" / "adapter_config.json").read_text())["peft_type"] == "LORA"
    assert list((tmp_path / "run").rglob("events.out.tfevents*"))
    assert "max_grad_norm" in "".join(path.read_text() for path in (tmp_path / "run").glob("*.json"))
    shown = CliRunner().invoke(main, ["models", "run", "--json"])
    assert shown.exit_code == 0, shown.output
    slip = CliRunner().invoke(
        main, ["finetune", "base", "train.csv", "--out", "x", "--argument", "max_grad_nrm=1"]
    )
    assert (slip.exit_code, "max_grad_norm" in slip.stderr) == (1, True)


def test_the_example_of_the_help_trains_as_it_is_typed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for seed, name in enumerate("pn"):
        (tmp_path / f"{name}.fa").write_text(
            "".join(f">{i}\n{dna(40, seed=10 * i + seed)}\n" for i in range(10))
        )
    (example,) = (line for line in (finetune.epilog or "").splitlines() if "finetune demo" in line)
    done = CliRunner().invoke(main, [*shlex.split(example)[1:], "--epochs", "1"])
    assert done.exit_code == 0, done.output
    assert (tmp_path / "my_model" / "config.json").is_file()
