"""The command in a process of its own: what others see of it, and how it ends."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest

from captum_dna.insights.database import FILE
from tests.hostile.conftest import times
from tests.hostile.tally import count
from tests.insights.client import Client
from tests.told import told_by
from tests.toy import dna

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/cmdline").exists(), reason="needs /proc to look at processes"
)
COMMAND = [sys.executable, "-m", "captum_dna", "serve", "demo"]


def all_arguments():
    """Return what all processes of the machine were started with."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found.append(path.read_bytes())
        except OSError:
            continue
    return b"\n".join(found)


def computing(process):
    """Return the processes in which a viewer computes long jobs, started or being started."""
    children = psutil.Process(process.pid).children()
    return [one for one in children if "captum_dna.insights.apart" in " ".join(one.cmdline())]


def started(tmp_path, *before):
    """Start a viewer that opens a browser, which notes its arguments and stays; return it and its address."""
    data = tmp_path / "some.fa"
    data.write_text("".join(f">s{i}\n{dna(200, i)}\n" for i in range(60)))
    browser = tmp_path / "browser"
    browser.write_text(
        f'#!/bin/sh\nprintf "%s\\n" "$@" > {tmp_path}/opened\nexec sleep 30 "$@" 2>/dev/null\n'
    )
    browser.chmod(0o755)
    command = [*before, *COMMAND, str(data), "--store", str(tmp_path / "store"), "--open"]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env=os.environ | {"BROWSER": str(browser)}
    )
    return process, process.stdout.readline().strip()


def test_the_token_is_in_no_list_of_processes_and_sigterm_ends_jobs_in_order(tmp_path):
    process, url = started(tmp_path)
    try:
        client = Client(url)
        assert len(client.token) == 32
        for _ in range(600):
            if (tmp_path / "opened").exists():
                break
            time.sleep(0.1)
        assert (tmp_path / "opened").read_text().startswith("file://")
        assert client.token.encode() not in all_arguments()
        how = {"n_steps": 200}
        client.post("/api/jobs", {"dataset": client.dataset()["id"], "how": how})
        client.until("/api/jobs", lambda found: any(job["kind"] == "explain" for job in found["jobs"]))
        client.until("/api/health", lambda _: computing(process))
        apart = computing(process)
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
        assert not any(one.is_running() for one in apart)
    finally:
        process.kill()
        process.stdout.close()
    with closing(sqlite3.connect(tmp_path / "store" / FILE)) as db:
        (content,) = db.execute("SELECT content FROM jobs").fetchone()
        assert json.loads(content)["state"] in ("interrupted", "done")
        assert db.execute("SELECT COUNT(*) FROM viewers").fetchone() == (0,)
    door = urlsplit((tmp_path / "opened").read_text().strip()).path
    assert not Path(door).exists()


def test_process_1_of_a_container_ends_on_sigterm(tmp_path):
    unshare = shutil.which("unshare")
    apart = [unshare or "", "--pid", "--fork", "--kill-child", "--mount-proc"]
    if unshare is None or subprocess.run([*apart, "true"], capture_output=True, check=False).returncode:
        pytest.skip("needs the right to make a process namespace")
    process, _ = started(tmp_path, *apart)
    try:
        (inner,) = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        os.kill(int(inner), signal.SIGTERM)
        assert process.wait(60) == 0
    finally:
        process.kill()
        process.stdout.close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes cannot be forked on this system")
def test_viewers_killed_at_random_moments_lose_and_double_nothing():
    """What a page was told is finished is there at the next start, with the job to take up."""
    told, said = told_by("tests.hostile.kills", str(times(4, 500)))
    lost = told["lost"] + told["forgotten"]
    count(
        "viewers killed at random moments",
        told["killed"],
        lost=lost,
        doubled=told["doubled"],
        silent=told["changed"],
        tracebacks=told["failed"],
    )
    assert {told[what] for what in ("lost", "doubled", "changed", "failed", "forgotten")} == {0}, said
