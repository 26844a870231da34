"""Kill runs at random moments, and see that every one ends as if nothing had happened.

``python -m tests.pipeline.kills 2000`` kills that many processes, alone or three on one folder, and prints what came
of it. Children are forked from one process that has loaded everything, and look their results up, so that a kill hits
neither imports nor the model but reading, claiming and writing.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import tempfile
import time
import warnings
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch

from captum_dna import Attributions, attribute_to, load
from captum_dna.core.sequences import Sequence
from captum_dna.io.run_status import run_status
from captum_dna.pipeline import settling
from captum_dna.pipeline.one_shard import Computed
from tests.toy import dna, kmer_bert

if TYPE_CHECKING:
    from collections.abc import Callable

DATA = [Sequence(f"s{i}", dna(24, i), label=i % 2) for i in range(12)]
PARTS = (None, (0, 3), (1, 3), (2, 3))


def killed(count: int, seed: int = 0) -> dict[str, int]:
    """Kill ``count`` processes in runs of their own, each gone on with until it is finished.

    Returns
    -------
    How many processes were killed, in how many runs, and how many of the runs lost, doubled or changed a result, or
    ended in an error.
    """
    torch.set_num_threads(1)
    model = load(kmer_bert(4))
    chance = np.random.default_rng(seed)
    told = dict.fromkeys(("killed", "runs", "lost", "doubled", "changed", "failed"), 0)
    with tempfile.TemporaryDirectory() as place:
        whole = Path(place) / "whole"
        waited(forked(lambda: _work(whole, model, None)))
        known = {one.name: one for one in Attributions.load(whole)}
        settling.compute = lambda _, records, **__: Computed([known[one.name] for one in records], ())
        began = time.monotonic()
        waited(forked(lambda: _work(Path(place) / "timed", model, None)))
        takes = time.monotonic() - began
        while told["killed"] < count:
            told["runs"] += 1
            folder = Path(place) / f"run-{told['runs']}"
            for _ in range(int(chance.integers(1, 6))):
                parts = PARTS[1:] if chance.random() < 0.3 else PARTS[:1]
                children = [forked(partial(_work, folder, model, part)) for part in parts]
                for child in children:
                    time.sleep(chance.random() * takes)
                    os.kill(child, signal.SIGKILL)
                told["killed"] += sum(waited(child) == -signal.SIGKILL for child in children)
            if waited(forked(partial(_work, folder, model, None))) != 0:
                told["failed"] += 1
            for what in different(folder, whole, Path(place) / "told.json"):
                told[what] += 1
    return told


def forked(work: Callable[[], None]) -> int:
    """Start a process; return its number."""
    child = os.fork()
    if child:
        return child
    try:
        warnings.simplefilter("ignore")
        work()
    except BaseException as error:  # noqa: BLE001 - a child of ours ends here, whatever happens
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        sys.stderr.flush()
        os._exit(1)
    os._exit(0)


def waited(child: int) -> int:
    """Return how a process ended: its exit code, or the signal with a minus."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _work(folder: Path, model: object, part: tuple[int, int] | None) -> None:
    attribute_to(folder, model, DATA, method="saliency", shard_size=2, part=part, progress=False)


def different(folder: Path, whole: Path, said: Path) -> list[str]:
    """Return what differs between a run and one that nothing happened to; looked at by a process of its own."""

    def compare() -> None:
        ours, theirs = list(Attributions.load(folder)), list(Attributions.load(whole))
        names = [one.name for one in ours]
        found = []
        if {one.name for one in theirs} - set(names) or not run_status(folder).complete:
            found.append("lost")
        if len(set(names)) < len(names):
            found.append("doubled")
        pairs = zip(ours, theirs, strict=False)
        if names == [one.name for one in theirs] and not all(
            one.base_scores.tobytes() == other.base_scores.tobytes() for one, other in pairs
        ):
            found.append("changed")
        said.write_text(json.dumps(found))

    said.unlink(missing_ok=True)
    return json.loads(said.read_text()) if waited(forked(compare)) == 0 else ["lost"]


if __name__ == "__main__":
    began = time.monotonic()
    outcome = killed(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0)
    sys.stdout.write(json.dumps(outcome | {"seconds": round(time.monotonic() - began)}) + "\n")
