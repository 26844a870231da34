"""Runs of many shards on many workers, in the time of a clock that is made up; the scheduler is the real one.

``python -m tests.pipeline.simulation`` prints what comes of 10,000 shards. A shard takes as long as its model would,
more or less; workers differ in speed, end without a word and are replaced; a few shards end every worker; a few are held
by other processes for a while.
"""

from __future__ import annotations

import heapq
import sys
from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from captum_dna.pipeline.schedule import Outcome, Schedule

SHARD = 8.44
"""Seconds that a shard of 500 sequences takes; see docs/scale.md."""


@dataclass(frozen=True)
class World:
    """What may happen.

    Parameters
    ----------
    shards, workers
        How many.
    spread
        Standard deviation of the logarithm of what a shard costs.
    stragglers
        Share of shards that take five times as long.
    slow
        Share of workers that are half as fast as the others.
    losses
        Chance that a worker ends within a shard.
    start
        Seconds from a worker's start, or its loss, to the first shard of it or of the next one.
    deadly, held
        How many shards end every worker, and how many other processes hold at first.
    parts
        Whether each worker has a part of its own, as with ``--part``, in place of what is free.
    """

    shards: int = 10_000
    workers: int = 64
    spread: float = 0.3
    stragglers: float = 0.01
    slow: float = 0.0
    losses: float = 0.005
    start: float = 15.0
    deadly: int = 3
    held: int = 20
    parts: bool = False
    seed: int = 0


@dataclass
class Told:
    """What came of a run: how long it took, what was finished how often, and what was set aside."""

    seconds: float = 0.0
    ideal: float = 0.0
    finished: Counter[int] = field(default_factory=Counter)
    aside: dict[int, str] = field(default_factory=dict)
    begun: Counter[int] = field(default_factory=Counter)
    lost: int = 0

    @property
    def efficiency(self) -> float:
        """What the run would take if nothing happened and no worker ever waited, over what it took."""
        return self.ideal / self.seconds


def simulated(world: World) -> Told:
    """Return what came of a run."""
    chance = np.random.default_rng(world.seed)
    cost = SHARD * chance.lognormal(-(world.spread**2) / 2, world.spread, world.shards)
    cost[chance.random(world.shards) < world.stragglers] *= 5
    special = chance.choice(world.shards, world.deadly + world.held, replace=False).tolist()
    deadly, held = set(special[: world.deadly]), set(special[world.deadly :])
    speed = np.where(np.arange(world.workers) < world.slow * world.workers, 0.5, 1.0)
    told = Told(ideal=float(cost.sum() / speed.sum()))
    until = dict(zip(held, chance.random(len(held)) * told.ideal, strict=True))
    parts = world.workers if world.parts else 1
    schedules = [Schedule(range(part, world.shards, parts)) for part in range(parts)]
    events: list[tuple[float, int, int | None, str]] = [
        (world.start, worker, None, "") for worker in range(world.workers)
    ]
    while events:
        now, worker, number, state = heapq.heappop(events)
        schedule = schedules[worker % parts]
        if number is not None:
            told.lost += state == "failed"
            told.finished[number] += state == "finished"
            schedule.note(number, Outcome(state, sentence="it ended a worker"))
            told.seconds = max(told.seconds, now)
            now += world.start if state == "failed" else 0.0
        schedule.look_again(lambda shard, now=now: until[shard] > now)
        number = schedule.next()
        if number is not None:
            told.begun[number] += 1
            takes = cost[number] / speed[worker]
            if until.get(number, 0.0) > now:
                state, takes = "held", 0.01
            elif number in deadly or chance.random() < world.losses:
                state, takes = "failed", takes * chance.random()
            else:
                state = "finished"
            heapq.heappush(events, (now + takes, worker, number, state))
        elif not schedule.over:
            heapq.heappush(events, (now + 0.5, worker, None, ""))
    for schedule in schedules:
        told.aside |= schedule.aside
    return told


def main() -> None:
    worlds = {
        "nothing happens": World(stragglers=0, losses=0, deadly=0, held=0),
        "one shard in 200 ends its worker": World(stragglers=0),
        "the same, and one in 100 takes five times as long": World(),
        "the same, and half of the workers are half as fast": World(slow=0.5),
        "the same, in 64 parts": World(slow=0.5, parts=True),
        "one shard in 20 ends its worker": World(losses=0.05),
    }
    sys.stdout.write(
        "| 10,000 shards | efficiency | hours | workers lost | shards lost | doubled | set aside |\n"
        "|---|---:|---:|---:|---:|---:|---:|\n"
    )
    for words, world in worlds.items():
        told = simulated(world)
        missing = world.shards - len(+told.finished) - len(told.aside)
        doubled = sum(count > 1 for count in told.finished.values())
        sys.stdout.write(
            f"| {words} | {told.efficiency:.1%} | {told.seconds / 3600:.2f} | {told.lost:,} | {missing} | {doubled} | "
            f"{len(told.aside)} |\n".replace("%", " %")
        )


if __name__ == "__main__":
    main()
