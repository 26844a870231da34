"""``attribute_to()``: any number of sequences to a folder of Parquet shards, in bounded memory.

A finished shard is never computed again: run the same call once more after an interruption, and it goes on
where it stopped. Processes that work on one folder at the same time share its shards; see :mod:`captum_dna.io.claims`.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timezone
from itertools import count, islice
from typing import TYPE_CHECKING, Any

from captum_dna.core.checks import whole_number
from captum_dna.core.errors import UserError
from captum_dna.core.notices import tell
from captum_dna.core.options import Options
from captum_dna.core.packages import versions
from captum_dna.core.problems import Problems
from captum_dna.core.progress import Progress
from captum_dna.core.sequences import Sequence, SequenceError
from captum_dna.io.claims import Claims, Holder
from captum_dna.io.files import InputError
from captum_dna.io.readers import SequenceSource
from captum_dna.io.reading import Reading
from captum_dna.io.run_folder import RunError, RunFolder, Total
from captum_dna.model.loading import load
from captum_dna.model.tokenization import TokenizerError
from captum_dna.pipeline.attribute import Interrupted
from captum_dna.pipeline.one_shard import compute
from captum_dna.pipeline.run_identity import digest_of, identity_of
from captum_dna.pipeline.validate import plan_of, prepared, targets_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from captum_dna.core.progress import Tell
    from captum_dna.core.types import ModelLike, SequencesLike
    from captum_dna.pipeline.one_shard import Record
    from captum_dna.pipeline.plan import Plan

_PATIENCE = 0.5
"""Seconds between two looks at shards that other processes compute."""
_LISTED = 5


def attribute_to(
    folder: str | Path,
    model: ModelLike,
    sequences: SequencesLike,
    *,
    shard_size: int = 500,
    part: tuple[int, int] | None = None,
    progress: bool | Tell | None = None,
    **options: object,
) -> Path:
    """Explain sequences into a folder, shard by shard, and go on there if part of it is done.

    What is finished stays finished, whatever happens: Ctrl-C keeps the results of the shard in progress too, and a
    shard that is damaged is computed again. Several processes may be given the same folder; they share its shards.

    Parameters
    ----------
    folder
        Where the shards go; :meth:`captum_dna.Attributions.load` takes it, and so does every reader of
        Parquet data sets.
    model, sequences, **options
        As for :func:`captum_dna.attribute`. A file or data set is streamed, never held in memory as a whole.
        ``devices`` and ``batch_size`` may change from one call to the next.
    shard_size
        Records per file, and results held in memory at a time.
    part
        ``(i, n)`` for the shards whose number leaves i when divided by n, counted from 0. Sequences are then checked
        shard by shard as they come, and a shard with a bad one is set aside while the rest goes on.
    progress
        As for :func:`captum_dna.attribute`. How many sequences a part has is known at its end; until then the total
        is what has been read.

    Returns
    -------
    The folder.

    Raises
    ------
    ValueError
        The folder holds another run (other model, options or sequences), or what
        :func:`captum_dna.attribute` refuses.
    SequenceError
        Shards of this part are set aside; raised once all others are finished.
    KeyboardInterrupt
        Ctrl-C; what is finished is on disk.

    Examples
    --------
    >>> import captum_dna, tempfile
    >>> from captum_dna.io.shards import iterate
    >>> folder = attribute_to(tempfile.mkdtemp(), "demo", {"a": "ACGTTGCA" * 8, "b": "TATAAAAG" * 8}, shard_size=1)
    >>> [result.name for result in iterate(folder)]
    ['a', 'b']
    """
    size = whole_number("shard_size", shard_size, 1)
    own = None if part is None else _part(part)
    run = RunFolder(folder)
    reading, choices = Reading.apart(options)
    plan = plan_of(load(model), Options.of(**choices))
    one_each = isinstance(plan.options.target, tuple)
    if own is not None and one_each:
        raise UserError(
            "A part takes one `target` for all sequences: give one, or leave `part` out.", option="target"
        )
    if isinstance(sequences, Iterator):
        sequences = list(sequences)
    source = SequenceSource.of(sequences, reading, plan.options.on_invalid)
    identity = identity_of(plan, size) | source.identity
    run.check(identity)
    checked = _check(plan, source, run, size) if own is None else None
    digest, remarks = run.begin(identity, versions())
    for remark in remarks:
        tell(remark)
    if checked is not None:
        _check_total(run, checked.total)
    with Claims(run.claims) as claims, Progress(progress, checked.total.sequences if checked else 0) as bar:
        run.clear_remains(lambda number: claims.elsewhere(f"{number:06d}"))
        work = _Work(run, plan, source, size, digest, own or (0, 1), claims, bar)
        if checked is not None and one_each:
            work.targets = checked.targets
        work.do()
    return run.path


def _part(part: Any) -> tuple[int, int]:
    """Return which part of how many, counted from 0."""
    try:
        own, count = part
    except (TypeError, ValueError):
        raise UserError(
            f"`part` is (i, n), such as (3, 64) for part 3 of 64, not {part!r:.60}.", option="part"
        ) from None
    count = whole_number("part", count, 1)
    own = whole_number("part", own, 0)
    if own >= count:
        raise UserError(
            f"There is no part {own} of {count}: parts are counted from 0, so the last one is {count - 1} of {count}.",
            option="part",
        )
    return own, count


@dataclass(frozen=True)
class _Shard:
    """Records that are computed together; how many they are is known of all, and what they are where it is wanted."""

    number: int
    records: list[Record]
    count: int


def _in_shards(
    records: Iterator[Record], size: int, wanted: Callable[[int], bool] = lambda _: True
) -> Iterator[_Shard]:
    """Yield records shard by shard; those of shards that are not wanted are counted alone."""
    for number in count():
        if wanted(number):
            group = list(islice(records, size))
            found = len(group)
        else:
            group, found = [], sum(1 for _ in islice(records, size))
        if not found:
            return
        yield _Shard(number, group, found)


# --- what is checked of a whole run before it begins ---------------------------------------------


@dataclass(frozen=True)
class _Checked:
    """What is known of an input that was read to its end: how much it is, and the class to explain of each sequence."""

    total: Total
    targets: list[list[int | None]]


def _check(plan: Plan, source: SequenceSource, run: RunFolder, size: int) -> _Checked:
    """Let every sequence be read by the model's tokenizer, and find what has changed, before the model runs."""
    problems = Problems("sequences", skip=plan.options.on_invalid == "skip")
    good: list[int] = []
    records = 0
    for shard in _in_shards(source.checked_records(), size):
        _check_unchanged(run, shard, size)
        records += shard.count
        good.append(0)
        for record in shard.records:
            if isinstance(record, Sequence):
                try:
                    prepared(plan, record)
                except (SequenceError, TokenizerError) as error:
                    problems.add(error)
                else:
                    good[-1] += 1
    problems.settle(sum(good))
    targets = iter(targets_of(plan.classifier, plan.options.target, sum(good)))
    return _Checked(Total(len(good), records), [list(islice(targets, number)) for number in good])


def _check_unchanged(run: RunFolder, shard: _Shard, size: int) -> str:
    """Return the digest of a shard's records, once it is known that no other ones were computed before."""
    digest = digest_of(shard.records)
    mark = run.mark(shard.number)
    if mark is not None and mark.input != digest:
        first = shard.number * size + 1
        raise RunError(
            f"{run.shard(shard.number)} holds other sequences than those given now (records {first} to "
            f"{first + shard.count - 1}): the input has changed since the run began. Choose another folder."
        )
    return digest


def _check_total(run: RunFolder, total: Total) -> None:
    """Note how much there is to do, once it is known not to be less than what is done."""
    more = [number for number in run.finished() if number >= total.shards]
    if more:
        raise RunError(
            f"{run.shard(more[0])} holds sequences beyond the end of the input, which has {total.sequences} records in "
            f"{total.shards} shards: the input has become shorter since the run began. Choose another folder."
        )
    run.total = total


# --- the shards ----------------------------------------------------------------------------------


@dataclass
class _Work:
    """One call's way through the shards of its part."""

    run: RunFolder
    plan: Plan
    source: SequenceSource
    size: int
    digest: str
    part: tuple[int, int]
    claims: Claims
    bar: Progress
    targets: list[list[int | None]] | None = None
    aside: dict[int, str] = field(default_factory=dict)
    done: int = 0

    def do(self) -> None:
        """Compute what is to do, wait for what others compute, and say at the end what was set aside."""
        try:
            waiting = self._first_pass()
            if waiting:
                tell(
                    f"{len(waiting)} shards of {self.run} are being computed by other processes: waiting for them.",
                )
            while waiting:
                waiting = self._pass_over(waiting)
        except KeyboardInterrupt as stop:
            raise KeyboardInterrupt(self._interrupted(stop)) from None
        if self.aside:
            raise SequenceError(self._set_aside())

    def _first_pass(self) -> set[int]:
        """Go through the input to its end; return the shards that other processes hold."""
        elsewhere = set()
        shards = records = 0
        for shard in _in_shards(self.source.records(), self.size, self._is_own):
            shards, records = shard.number + 1, records + shard.count
            if self._is_own(shard.number) and not self._settled(shard):
                elsewhere.add(shard.number)
        if not shards:
            raise InputError(f"{self.source.what} has no sequences.")
        _check_total(self.run, Total(shards, records))
        return elsewhere

    def _pass_over(self, waiting: set[int]) -> set[int]:
        """Wait until some shards are no longer held by others, and see to these; return those that still are."""
        while not (free := {n for n in waiting if not self.claims.elsewhere(f"{n:06d}")}):
            time.sleep(_PATIENCE)
        still = waiting - free
        for shard in _in_shards(self.source.records(), self.size, free.__contains__):
            if shard.number in free and not self._settled(shard):
                still.add(shard.number)
            if shard.number >= max(free):
                break
        return still

    def _is_own(self, number: int) -> bool:
        return number % self.part[1] == self.part[0]

    def _settled(self, shard: _Shard) -> bool:
        """See to a shard; return whether it is finished or set aside, and not another process's to compute."""
        digest = _check_unchanged(self.run, shard, self.size)
        if not self._finished(shard.number):
            name = f"{shard.number:06d}"
            if not self.claims.take(name):
                return False
            try:
                if not self._finished(shard.number):
                    self._compute(shard, digest)
            finally:
                self.claims.release(name)
        self.done += shard.count
        self.bar.report(self.done, at_least=self.done)
        return True

    def _finished(self, number: int) -> bool:
        """Whether a shard is there and sound."""
        mark = self.run.mark(number)
        return mark is not None and mark.run == self.digest and self.run.is_sound(number, mark)

    def _compute(self, shard: _Shard, digest: str) -> None:
        number = shard.number
        if self.run.begun(number):
            tell(
                f"{self.run.shard(number)} is damaged or has no sound mark: it is computed again.",
            )
            self.run.forget(number)
        began = time.monotonic()
        try:
            found = compute(
                self.plan,
                shard.records,
                targets=None if self.targets is None else self.targets[number],
                kept=self.run.kept(number, digest),
                progress=self._after(shard.count),
            )
        except Interrupted as stop:
            self.run.keep(number, digest, list(stop.finished))
            raise
        except SequenceError as error:
            self.run.set_aside(number, str(error))
            self.aside[number] = str(error)
            return
        if self.claims.holds(f"{number:06d}"):
            self.run.finish(
                number,
                found.results,
                run=self.digest,
                input=digest,
                left_out=found.left_out,
                by=Holder.here().words,
                seconds=time.monotonic() - began,
                finished=datetime.now(timezone.utc).isoformat(timespec="seconds"),
            )

    def _after(self, count: int) -> Tell:
        """Return a progress function that counts on from earlier shards, in sequences and not in windows or strands."""
        return lambda now, total: self.bar.report(
            self.done + count * now // total, at_least=self.done + count
        )

    def _interrupted(self, stop: KeyboardInterrupt) -> str:
        kept = len(stop.finished) if isinstance(stop, Interrupted) else 0
        total = self.run.total
        return (
            f"Interrupted: {len(self.run.finished())}{f' of {total.shards}' if total else ''} shards of {self.size} "
            f"sequences are finished{f', and {kept} sequences of the next one' if kept else ''}; all are kept in "
            f"{self.run}. Repeat the call to resume."
        )

    def _set_aside(self) -> str:
        listed = "\n  ".join(
            f"shard {number}: {sentence}" for number, sentence in list(self.aside.items())[:_LISTED]
        )
        more = f"\n  and {len(self.aside) - _LISTED} more." if len(self.aside) > _LISTED else ""
        return (
            f"{len(self.aside)} shards are set aside, all others of this part are finished:\n  {listed}{more}\nPut the "
            "sequences right, or leave them out with `on_invalid='skip'`, and repeat the call."
        )
