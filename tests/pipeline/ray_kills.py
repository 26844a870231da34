"""Kill workers and drivers of runs on Ray at random moments, and see that every run ends as if nothing had happened.

``python -m tests.pipeline.ray_kills 200`` kills that many processes and prints what came of it. A worker that is killed
has to be replaced by its driver, which then ends well; what a driver that is killed leaves is finished by one process.
"""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import warnings
from contextlib import suppress
from pathlib import Path

import numpy as np
import ray  # noqa: F401 - for all processes that are forked
import torch

from captum_dna import attribute_to, load
from captum_dna.core.sequences import Sequence
from captum_dna.io.run_folder import RunFolder
from tests.pipeline.kills import different, forked, waited
from tests.toy import dna, kmer_bert

DATA = [Sequence(f"s{i}", dna(60, i)) for i in range(400)]
ALONE = {"RAY_AUTH_MODE": "disabled", "RAY_worker_niceness": "0"}
"""A cluster for nobody else, whose token a process would have to read before it is forked."""
_KILLS = 8
"""Workers that are killed in one run at most, where no driver is."""
OPTIONS = {"shard_size": 2, "tolerance": 1e-4, "progress": False}


def killed(count: int, seed: int = 0) -> dict[str, int]:
    """Kill ``count`` workers and drivers.

    Returns
    -------
    How many of each, in how many runs, and how many of the runs lost, doubled or changed a result or ended in an error.
    """
    torch.set_num_threads(1)
    model = load(kmer_bert(4))
    chance = np.random.default_rng(seed)
    told = dict.fromkeys(("drivers", "workers", "runs", "lost", "doubled", "changed", "failed"), 0)
    with tempfile.TemporaryDirectory() as place:
        whole = Path(place) / "whole"
        waited(forked(lambda: attribute_to(whole, model, DATA, **OPTIONS)))
        head, address = _cluster()
        try:
            while told["drivers"] + told["workers"] < count and head.poll() is None:
                told["runs"] += 1
                folder = Path(place) / f"run-{told['runs']}"
                driver = forked(lambda folder=folder: _drive(folder, model, address))
                ends = (0,)
                for what in chance.choice(["workers"] * 4 + ["drivers"], _KILLS):
                    if not _another_shard(folder, driver):
                        break
                    time.sleep(chance.random())
                    with suppress(ProcessLookupError):  # the run was quicker
                        os.kill(driver if what == "drivers" else _worker(folder), signal.SIGKILL)
                        told[what] += 1
                    if what == "drivers":
                        ends = (0, -signal.SIGKILL)
                        break
                told["failed"] += waited(driver) not in ends
                finish = forked(lambda folder=folder: attribute_to(folder, model, DATA, **OPTIONS))
                told["failed"] += waited(finish) != 0
                for found in different(folder, whole, Path(place) / "told.json"):
                    told[found] += 1
        finally:
            head.terminate()
            head.wait()
    return told


def _drive(folder: Path, model: object, address: str) -> None:
    warnings.simplefilter("ignore")
    os.environ |= ALONE
    attribute_to(folder, model, DATA, engine="ray", workers=2, address=address, **OPTIONS)


def _cluster() -> tuple[subprocess.Popen[bytes], str]:
    """Start a cluster of two processors; return its process, at whose end it ends, and its address."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    head = subprocess.Popen(
        [
            sys.executable, "-m", "ray.scripts.scripts", "start", "--head", f"--port={port}", "--num-cpus=2", "--block",
            "--include-dashboard=false", "--disable-usage-stats", "--object-store-memory=100000000",
        ],
        env={**os.environ, **ALONE},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    until = time.monotonic() + 120
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            break
        except OSError:
            time.sleep(0.2)
    return head, f"127.0.0.1:{port}"


def _another_shard(folder: Path, driver: int) -> bool:
    """Wait until one more shard is finished than now; tell whether it is, and the driver has not ended."""
    run = RunFolder(folder)
    before = len(run.finished())
    while os.waitid(os.P_PID, driver, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
        if len(run.finished()) > before:
            return True
        time.sleep(0.05)
    return False


def _worker(folder: Path) -> int:
    """Return the process that finished a shard last, and is at another one."""
    run = RunFolder(folder)
    last = max(run.finished(), key=lambda number: run.shard(number).stat().st_mtime_ns)
    return int(re.search(r"process (\d+)", run.mark(last).by)[1])


if __name__ == "__main__":
    began = time.monotonic()
    outcome = killed(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0)
    sys.stdout.write(json.dumps(outcome | {"seconds": round(time.monotonic() - began)}) + "\n")
