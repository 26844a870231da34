"""What a process does with the number of a shard: read it, claim it, compute it, and write it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from captum_dna.core.errors import SequenceError
from captum_dna.core.notices import tell
from captum_dna.core.words import counted
from captum_dna.io.claims import Holder
from captum_dna.io.run_folder import RunError
from captum_dna.pipeline.attribute import Interrupted
from captum_dna.pipeline.one_shard import compute
from captum_dna.pipeline.run_identity import digest_of
from captum_dna.pipeline.schedule import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable

    from captum_dna.core.progress import Tell
    from captum_dna.io.claims import Claims
    from captum_dna.io.input_shards import InputShards
    from captum_dna.io.run_folder import RunFolder, Total
    from captum_dna.pipeline.one_shard import Record
    from captum_dna.pipeline.plan import Plan


@dataclass(frozen=True)
class Settling:
    """One process at work on a run's shards.

    Parameters
    ----------
    run, digest
        The folder, and the digest of what makes the run.
    plan, shards
        What computes, and the input.
    claims
        Those of this process.
    """

    run: RunFolder
    digest: str
    plan: Plan
    shards: InputShards
    claims: Claims

    def settle(
        self,
        number: int,
        targets: list[int | None] | None = None,
        progress: Callable[[int], Tell] | None = None,
    ) -> Outcome:
        """See to a shard.

        Parameters
        ----------
        number
            The shard.
        targets
            The class explained of each good sequence; by default the plan's own for all of them.
        progress
            Takes how many records the shard has, and returns what is told how far it is.

        Raises
        ------
        RunError
            It was computed before from other records.
        OutputError
            It cannot be written.
        Interrupted
            Ctrl-C; what was finished of it is kept.
        """
        records = self.shards.read(number)
        input_digest = check_unchanged(self.run, number, records, self.shards.size)
        if self.is_finished(number):
            return Outcome("finished", len(records))
        name = claim_of(number)
        if not self.claims.take(name):
            return Outcome("held")
        try:
            if self.is_finished(number):
                return Outcome("finished", len(records))
            tell_of = progress(len(records)) if progress is not None else False
            return self._compute(number, records, input_digest, targets, tell_of)
        finally:
            self.claims.release(name)

    def finished(self, number: int) -> int | None:
        """Return how many records a finished shard has, ``None`` where it is not finished.

        Raises
        ------
        RunError
            It was computed from other records.
        """
        if not self.is_finished(number):
            return None
        records = self.shards.read(number)
        check_unchanged(self.run, number, records, self.shards.size)
        return len(records)

    def is_finished(self, number: int) -> bool:
        """Whether a shard is there and sound."""
        mark = self.run.mark(number)
        return mark is not None and mark.run == self.digest and self.run.is_sound(number, mark)

    def _compute(
        self,
        number: int,
        records: list[Record],
        input_digest: str,
        targets: list[int | None] | None,
        progress: Tell | bool,
    ) -> Outcome:
        """Compute and write a shard."""
        if self.run.begun(number):
            tell(
                f"{self.run.shard(number)} is damaged or has no sound mark: it is computed again.",
            )
            self.run.forget(number)
        began = time.monotonic()
        try:
            found = compute(
                self.plan,
                records,
                targets=targets,
                kept=self.run.kept(number, input_digest),
                progress=progress,
            )
        except Interrupted as stop:
            self.run.keep(number, input_digest, list(stop.finished))
            raise
        except SequenceError as error:
            self.run.set_aside(number, str(error))
            return Outcome("aside", sentence=str(error))
        if not self.claims.holds(claim_of(number)):
            return Outcome("held")  # this process slept for so long that it was taken for dead
        self.run.finish(
            number,
            found.results,
            run=self.digest,
            input=input_digest,
            left_out=found.left_out,
            by=Holder.here().words,
            seconds=time.monotonic() - began,
            finished=datetime.now(timezone.utc).isoformat(timespec="seconds"),
        )
        return Outcome("finished", len(records))


def claim_of(number: int) -> str:
    """Return what the claim on a shard is called."""
    return f"{number:06d}"


def check_unchanged(run: RunFolder, number: int, records: list[Record], size: int) -> str:
    """Return the digest of a shard's records, once it is known that no other ones were computed before.

    Raises
    ------
    RunError
        Other ones were.
    """
    digest = digest_of(records)
    mark = run.mark(number)
    if mark is not None and mark.input != digest:
        first = number * size + 1
        raise RunError(
            f"{run.shard(number)} holds other sequences than those given now (records {first} to "
            f"{first + len(records) - 1}): the input has changed since the run began. Choose another folder."
        )
    return digest


def note_total(run: RunFolder, total: Total) -> None:
    """Note how much there is to do, once it is known not to be less than what is done.

    Raises
    ------
    RunError
        More is done.
    """
    more = [number for number in run.finished() if number >= total.shards]
    if more:
        raise RunError(
            f"{run.shard(more[0])} holds sequences beyond the end of the input, which has "
            f"{counted(total.sequences, 'record')} in {counted(total.shards, 'shard')}: "
            "the input has become shorter since the run began. Choose another folder."
        )
    run.total = total
