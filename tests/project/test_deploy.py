"""The files to run the viewer from, in a container and as a service: what is in them is there, and is not root's."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import click
import pytest

from captum_dna.cli import main

DEPLOY = Path(__file__).parents[2] / "examples" / "deploy"


def dockerfile():
    """Return the instructions, each with its words, lines that go on in the next one joined."""
    text = re.sub(r"\\\n\s*", "", (DEPLOY / "Dockerfile").read_text())
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [tuple(line.split(maxsplit=1)) for line in lines]


def unit():
    lines = (DEPLOY / "captum-dna.service").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))


def is_understood(words):
    """Tell whether the command takes these words."""
    program, verb, *rest = words
    command = main.get_command(click.Context(main), verb)
    command.make_parser(click.Context(command)).parse_args(rest)
    return Path(program).name == "captum-dna"


def test_the_container_runs_a_command_that_there_is_as_a_user_who_is_not_root():
    said = dockerfile()
    found = dict(said)
    assert is_understood(json.loads(found["ENTRYPOINT"]) + json.loads(found["CMD"]))
    assert int(found["USER"]) > 0
    assert [name for name, _ in said].index("USER") < [name for name, _ in said].index("ENTRYPOINT")
    check = found["HEALTHCHECK"].partition(" CMD ")[2]
    assert "/api/health" in json.loads(check)[-1]
    compile(json.loads(check)[-1], "HEALTHCHECK", "exec")


def test_the_service_runs_a_command_that_there_is_as_a_user_who_is_not_root():
    found = unit()
    words = shlex.split(found["ExecStart"])
    assert is_understood(words)
    assert found["User"] not in ("", "root")
    assert words[words.index("--store") + 1] == f"/var/lib/{found['StateDirectory']}"


def test_systemd_takes_the_service(tmp_path):
    verify = shutil.which("systemd-analyze")
    if verify is None:
        pytest.skip("needs systemd-analyze")
    text = (DEPLOY / "captum-dna.service").read_text().replace("/opt/captum-dna/bin/captum-dna", "/bin/true")
    (tmp_path / "captum-dna.service").write_text(text)
    done = subprocess.run(
        [verify, "verify", str(tmp_path / "captum-dna.service")], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
