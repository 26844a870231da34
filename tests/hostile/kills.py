"""Kill viewers at random moments, and see that what they said was finished is finished.

``python -m tests.hostile.kills 500`` kills that many viewers while they open their store, predict, explain and keep
results, and prints what came of it. Each starts where the one before was killed. Children are forked from one process
that has loaded everything, so that a kill hits none of that.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from captum_dna import load
from captum_dna.core.sequences import Sequence
from captum_dna.insights.app import create_app
from tests.pipeline.kills import forked, waited
from tests.toy import dna, kmer_bert

if TYPE_CHECKING:
    from captum_dna.model.classifier import Classifier

DATA = [Sequence(f"s{i}", dna(24, i)) for i in range(40)]
HOW = {"method": "saliency"}


def killed(count: int, seed: int = 0) -> dict[str, int]:
    """Kill ``count`` viewers on stores of their own, each used again until its job is done.

    Returns
    -------
    How many viewers were killed, on how many stores, and how many results were lost, doubled or changed, how many
    viewers did not start or ended in an error, and how many jobs that had been begun were not listed.
    """
    torch.set_num_threads(1)
    model = load(kmer_bert(4))
    chance = np.random.default_rng(seed)
    told = dict.fromkeys(("killed", "stores", "lost", "doubled", "changed", "failed", "forgotten"), 0)
    with tempfile.TemporaryDirectory() as place:
        whole, takes = _one(Path(place) / "whole", model, None)
        while told["killed"] < count:
            told["stores"] += 1
            folder, finished, begun = Path(place) / f"store-{told['stores']}", set[int](), False
            for left in reversed(range(int(chance.integers(2, 7)))):
                said, _ = _one(folder, model, chance.random() * takes if left else None)
                told["killed"] += said["killed"]
                told["failed"] += said["failed"]
                if "have" in said:
                    told["lost"] += len(finished - set(said["have"]))
                    told["forgotten"] += begun and not said["listed"]
                finished |= set(said["finished"])
                begun |= said["begun"]
            if "scores" in said:
                told["doubled"] += said["rows"] - len(DATA)
                told["changed"] += sum(
                    not np.allclose(one, other, atol=1e-12)  # other portions round otherwise
                    for one, other in zip(said["scores"], whole["scores"], strict=True)
                )
    return told


def _one(folder: Path, model: Classifier, end: float | None) -> tuple[dict[str, Any], float]:
    """Run one viewer, and kill it after some seconds; return what it said until then, and how long it took."""
    reading, writing = os.pipe()
    began = time.monotonic()
    child = forked(partial(_work, folder, model, writing))
    os.close(writing)
    if end is not None:
        time.sleep(end)
        os.kill(child, signal.SIGKILL)
    said: dict[str, Any] = {"finished": [], "begun": False}
    with os.fdopen(reading) as lines:
        for line in lines:
            if line.endswith("\n"):
                news = json.loads(line)
                said["finished"] += news.pop("done", [])
                said |= news
    code = waited(child)
    said |= {"killed": int(code == -signal.SIGKILL), "failed": int(code not in (0, -signal.SIGKILL))}
    return said, time.monotonic() - began


def _work(folder: Path, model: Classifier, writing: int) -> None:
    """Start a viewer, take up its job or begin it, and say what is finished as a page would hear it."""

    def say(**news: object) -> None:
        os.write(writing, (json.dumps(news) + "\n").encode())

    app = create_app({"toy": model}, DATA, store=folder)
    client, here = app.test_client(), app.extensions["captum_dna"]
    how = here.how(HOW)
    jobs = [job for job in client.get("/api/jobs").get_json()["jobs"] if job["kind"] == "explain"]
    say(have=np.flatnonzero(here.scores(here.first, how).explained).tolist(), listed=len(jobs))
    if jobs and jobs[0]["state"] == "interrupted":
        answer = client.post(f"/api/jobs/{jobs[0]['id']}/resume", json={})
    else:
        answer = client.post("/api/jobs", json={"dataset": here.first.id, "how": HOW})
    assert answer.status_code in (200, 202), answer.text
    job = answer.get_json()
    say(begun=True)
    since, state = 0, "running"
    while state in ("queued", "running"):
        found = client.get(f"/api/jobs/{job['id']}?since={since}").get_json()
        state, since = found["state"], since + len(found["finished"])
        say(done=found["finished"])
        time.sleep(0.002)  # else this thread takes the interpreter back before the other has done a step
    assert state == "done", found
    results = [here.result(here.first, row, how) for row in range(len(DATA))]
    scores = [one.base_scores.tolist() if one is not None else [] for one in results]
    say(scores=scores, rows=here.store.all("SELECT COUNT(*) FROM results")[0][0])
    here.close()


if __name__ == "__main__":
    started = time.monotonic()
    outcome = killed(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0)
    sys.stdout.write(json.dumps(outcome | {"seconds": round(time.monotonic() - started)}) + "\n")
