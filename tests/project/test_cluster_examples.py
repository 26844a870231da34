"""The example files for clusters hold command lines that run, and together they fill one folder."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from captum_dna.cli import main
from captum_dna.io.run_status import run_status

EXAMPLES = Path(__file__).parents[2] / "examples"
FASTA = "".join(f">s{i}\n{'ACGTTGCATATAAAAGGCATGCCA'[i:] * 3}\n" for i in range(4))


@pytest.fixture
def here(tmp_path, monkeypatch):
    """Stand in a folder with sequences, and with a program in front that writes down how it was called."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "promoters.fa").write_text(FASTA)
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "captum-dna"
    program.write_text('#!/bin/sh\nprintf "%s\\n" "$*" >> calls\n')
    program.chmod(0o755)
    return tmp_path


def run(line):
    done = CliRunner().invoke(main, [*shlex.split(line), *small(line)])
    assert done.exit_code == 0, done.output
    return done.output


def small(line):
    """Return options that make the example's work small."""
    return ["--shard-size", "1", "--method", "saliency"] if line.startswith("attribute") else []


def test_the_slurm_array_fills_the_folder(here):
    script = EXAMPLES / "slurm" / "attribute.sbatch"
    for task in range(2):
        subprocess.run(
            ["bash", script],
            check=True,
            env={
                "PATH": f"{here / 'bin'}:{os.environ['PATH']}",
                "SLURM_ARRAY_TASK_ID": str(task),
                "SLURM_ARRAY_TASK_COUNT": "2",
            },
        )
    lines = (here / "calls").read_text().splitlines()
    assert lines == [f"attribute demo promoters.fa --out run/ --part {task}/2" for task in range(2)]
    for line in lines:
        run(line)
    assert run_status("run/").complete


def test_the_rules_of_snakemake_fill_the_folder_and_check_it(here):
    text = (EXAMPLES / "snakemake" / "Snakefile").read_text()
    part, check = re.findall(r'shell:\s+"captum-dna (.*)"', text)
    config = dict(
        line.split(": ") for line in (EXAMPLES / "snakemake" / "config.yaml").read_text().splitlines()
    )

    class Known:
        params = type("Params", (), {**config})
        wildcards = type("Wildcards", (), {"part": 0})

    for number in range(int(config["parts"])):
        Known.wildcards.part = number
        run(part.format(params=Known.params, wildcards=Known.wildcards, input=config["data"]))
    command, output = check.format(params=Known.params, output="checked.txt").split(" > ")
    assert output == "checked.txt"
    assert "4 of 4 shards are finished" in run(command)


def test_the_processes_of_nextflow_fill_the_folder_and_check_it(here):
    text = (EXAMPLES / "nextflow" / "main.nf").read_text()
    values = {"number": "", "data": "promoters.fa", "params.run": "run/"}
    values |= {
        f"params.{name}": value
        for name, value in re.findall(r"params\.(\w+) = '?([\w.]+)'?$", text, re.MULTILINE)
    }
    assert text.count("{") == text.count("}")
    lines = [
        re.sub(
            r"\$\{([\w.]+)\}",
            lambda one: values[one[1]] or "NUMBER",
            line.strip().removeprefix("captum-dna "),
        )
        for line in text.splitlines()
        if line.strip().startswith("captum-dna ")
    ]
    part, check = lines
    for number in range(int(values["params.parts"])):
        run(part.replace("NUMBER", str(number)))
    assert "4 of 4 shards are finished" in run(check)
