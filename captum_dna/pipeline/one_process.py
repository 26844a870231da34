"""A part of a run in one process: shard after shard, and at the end those that other processes held."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from captum_dna.core.notices import tell
from captum_dna.core.words import counted
from captum_dna.pipeline.schedule import Schedule
from captum_dna.pipeline.settling import claim_of, note_total

if TYPE_CHECKING:
    from captum_dna.core.progress import Progress, Tell
    from captum_dna.pipeline.settling import Settling

WHOLE = (0, 1)
"""The part that is the whole."""
_PATIENCE = 0.5
"""Seconds between two looks at shards that other processes compute."""


class Count:
    """How many sequences are done, in sequences and not in windows or strands."""

    def __init__(self, bar: Progress) -> None:
        self._bar = bar
        self._done = 0

    def add(self, records: int) -> None:
        """Count the records of a shard that is finished."""
        self._done += records
        self._bar.report(self._done, at_least=self._done)

    def within(self, records: int) -> Tell:
        """Return a progress function for a shard of so many records."""
        return lambda now, total: self._bar.report(
            self._done + records * now // total, at_least=self._done + records
        )


def settle_here(
    settling: Settling, part: tuple[int, int], targets: list[list[int | None]] | None, count: Count
) -> dict[int, str]:
    """See to the shards of a part, and wait for those of them that others compute.

    Parameters
    ----------
    settling
        What this process computes with.
    part
        Which part of how many.
    targets
        The class explained of each good sequence of each shard; by default the plan's own for all of them.
    count
        Told of all that is finished.

    Returns
    -------
    The shards that were set aside, each with what is wrong.
    """
    schedule = Schedule(settling.shards.numbers(*part))
    waited = False

    def is_held(number: int) -> bool:
        return settling.claims.elsewhere(claim_of(number))

    while True:
        while (number := schedule.next()) is not None:
            own = None if targets is None else targets[number]
            outcome = settling.settle(number, own, count.within)
            schedule.note(number, outcome)
            if outcome.state == "finished":
                count.add(outcome.records)
        if schedule.over:
            return schedule.aside
        if not waited:
            note_total(settling.run, settling.shards.total())
            held = len(schedule.held)
            being = (
                "is being computed by another process"
                if held == 1
                else "are being computed by other processes"
            )
            tell(
                f"{counted(held, 'shard')} of {settling.run} {being}: waiting for {'it' if held == 1 else 'them'}."
            )
        waited = True
        while not schedule.look_again(is_held):
            time.sleep(_PATIENCE)
