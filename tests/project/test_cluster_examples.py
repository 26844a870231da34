"""The example files for clusters hold command lines that run, and together they fill one folder."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
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


@pytest.mark.skipif(sys.version_info < (3, 11), reason="Snakemake 9 needs Python 3.11")
def test_snakemake_runs_the_rules_and_they_fill_the_folder_and_check_it(here):
    """Snakemake itself runs the file; the lines that it ran are then run in this process, which has torch already."""
    for file in ("Snakefile", "config.yaml"):
        shutil.copy(EXAMPLES / "snakemake" / file, here)
    subprocess.run(
        [sys.executable, "-m", "snakemake", "--cores", "1", "--quiet", "all", "--config", "parts=2"],
        check=True,
        env=os.environ
        | {"PATH": f"{here / 'bin'}:{os.environ['PATH']}", "HOME": str(here), "XDG_CACHE_HOME": str(here)},
    )
    assert (here / "checked.txt").is_file()
    *parts, check = (here / "calls").read_text().splitlines()
    assert sorted(parts) == [f"attribute demo promoters.fa --out run/ --part {part}/2" for part in range(2)]
    for line in parts:
        run(line)
    assert check == "status run/"
    assert "4 of 4 shards are finished" in run(check)


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
