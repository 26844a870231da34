"""What a folder of shards holds and lacks: how much is done and sound, by whom, how fast, and what failed."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from captum_dna.io.claims import claims_of
from captum_dna.io.run_folder import RunError, RunFolder

if TYPE_CHECKING:
    from pathlib import Path

    from captum_dna.io.run_folder import Total


@dataclass(frozen=True, slots=True)
class Share:
    """What one process did of a run."""

    shards: int
    results: int
    seconds: float

    @property
    def speed(self) -> float:
        """Results per second of computing."""
        return self.results / self.seconds if self.seconds > 0 else float("nan")


@dataclass(frozen=True, slots=True)
class RunStatus:
    """The state of a run.

    Parameters
    ----------
    total
        How much there is; ``None`` until somebody has read the input to its end.
    sound
        Numbers of the shards that are finished and hold what was written.
    results, left_out
        How many results these hold, and what was wrong with sequences that they leave out, by shard.
    damaged
        Shards whose file or mark is not what was written; the next run computes them again.
    aside
        Shards that were set aside, each with what is wrong.
    held
        Shards that are being computed, each with the process that holds it, as far as it is known to live or may.
    by
        What each process did.
    """

    total: Total | None
    sound: list[int]
    results: int
    left_out: dict[int, tuple[str, ...]]
    damaged: list[int]
    aside: dict[int, str]
    held: dict[int, str]
    by: dict[str, Share]

    @property
    def complete(self) -> bool:
        """Whether all there is to do is done, and sound."""
        return self.total is not None and len(self.sound) == self.total.shards and not self.damaged


def run_status(folder: str | Path) -> RunStatus:
    """Read all of a run's shards and tell its state.

    Parameters
    ----------
    folder
        The folder of :func:`captum_dna.attribute_to`.

    Raises
    ------
    captum_dna.io.run_folder.RunError
        There is no run in it.
    """
    run = RunFolder(folder)
    if not run.is_one:
        raise RunError(
            f"{folder} holds no run of captum_dna. Give the folder that `attribute_to()` or --out named."
        )
    sound, damaged, left_out = [], [], {}
    done: dict[str, list[tuple[int, float]]] = defaultdict(list)
    for number in run.finished():
        mark = run.mark(number)
        if mark is None or not run.is_sound(number, mark):
            damaged.append(number)
            continue
        sound.append(number)
        done[mark.by].append((mark.results, mark.seconds))
        if mark.left_out:
            left_out[number] = mark.left_out
    held = {
        int(name): words
        for name, words in _holders(run).items()
        if name.isdecimal() and int(name) not in sound
    }
    by = {
        who: Share(len(shares), sum(n for n, _ in shares), sum(s for _, s in shares))
        for who, shares in done.items()
    }
    results = sum(share.results for share in by.values())
    aside = {number: said for number, said in run.aside().items() if number not in sound}
    return RunStatus(run.total, sound, results, left_out, damaged, aside, held, by)


def _holders(run: RunFolder) -> dict[str, str]:
    """Return who holds what, by its newest claim; processes that are known to be gone hold nothing."""
    newest = sorted(claims_of(run.claims), key=lambda claim: claim.number)
    claims = {claim.path.name.rpartition(".")[0]: claim for claim in newest}
    return {
        name: claim.holder.words if claim.holder is not None else "an unknown process"
        for name, claim in claims.items()
        if claim.holder is None or claim.holder.runs_here is not False
    }
