"""``attribute_to()``: any number of sequences to a folder of Parquet shards, in bounded memory.

A finished shard is never computed again: run the same call once more after an interruption, and it goes on
where it stopped. Processes that work on one folder at the same time share its shards; see :mod:`captum_dna.io.claims`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from captum_dna.core.checks import check_name, whole_number
from captum_dna.core.errors import SequenceError, UserError
from captum_dna.core.notices import tell
from captum_dna.core.options import Options
from captum_dna.core.packages import versions
from captum_dna.core.problems import Problems
from captum_dna.core.progress import Progress
from captum_dna.core.sequences import Sequence
from captum_dna.core.words import counted, is_or_are
from captum_dna.io.claims import Claims
from captum_dna.io.files import InputError
from captum_dna.io.input_shards import InputShards
from captum_dna.io.reading import Reading
from captum_dna.io.run_folder import RunFolder, Total
from captum_dna.io.sequence_source import SequenceSource
from captum_dna.model.errors import TokenizerError
from captum_dna.model.loading import load
from captum_dna.pipeline.attribute import Interrupted
from captum_dna.pipeline.devices import replica
from captum_dna.pipeline.on_ray import Cluster, settle_on_ray
from captum_dna.pipeline.one_process import WHOLE, Count, settle_here
from captum_dna.pipeline.ray_worker import Order
from captum_dna.pipeline.run_identity import identity_of
from captum_dna.pipeline.settling import Settling, check_unchanged, claim_of, note_total
from captum_dna.pipeline.validate import plan_of, prepared, targets_of, tell_of_no_effect

if TYPE_CHECKING:
    from captum_dna.core.progress import Tell
    from captum_dna.core.types import ModelLike, SequencesLike
    from captum_dna.model.classifier import Classifier
    from captum_dna.pipeline.plan import Plan

ENGINES = {"local": "this process", "ray": "workers of a Ray cluster"}
"""What each engine is, in words."""
_LISTED = 5


def attribute_to(
    folder: str | Path,
    model: ModelLike,
    sequences: SequencesLike,
    *,
    shard_size: int = 500,
    part: tuple[int, int] | None = None,
    engine: Literal["local", "ray"] = "local",
    workers: int | None = None,
    gpus_per_worker: float | None = None,
    address: str | None = None,
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
    engine
        ``"local"`` to compute in this process, ``"ray"`` to have workers of a Ray cluster do it (extra ``cluster``); they
        need the folder, the input and a model that is given by its name at the same place. Sequences are then checked as
        for a part.
    workers, gpus_per_worker
        With ``engine="ray"``: how many, by default one for each GPU that they ask for, or for each processor; and GPUs of
        each, none by default.
    address
        With ``engine="ray"``: that of a cluster, or ``"auto"`` for the one of this machine. By default what ``RAY_ADDRESS``
        says, or a cluster that is started on this machine for the run.
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
    cluster = _cluster(engine, workers=workers, gpus_per_worker=gpus_per_worker, address=address)
    own = None if part is None else _part(part)
    run = RunFolder(folder)
    reading, choices = Reading.apart(options)
    classifier = load(model)
    plan = plan_of(classifier, Options.of(**choices))
    tell_of_no_effect(plan)
    by_parts = own is not None or cluster is not None
    one_each = isinstance(plan.options.target, tuple)
    if by_parts and one_each:
        who, leave = ("A part", "part") if own is not None else ("A run on Ray", "engine")
        raise UserError(
            f"{who} takes one `target` for all sequences. Give one, or leave `{leave}` out.", option="target"
        )
    if cluster is not None:
        model = _for_workers(model, classifier, sequences)
    if isinstance(sequences, Iterator):
        sequences = list(sequences)
    source = SequenceSource.of(sequences, reading, plan.options.on_invalid)
    identity = identity_of(plan, size) | source.identity
    run.check(identity)
    checked = None if by_parts else _check(plan, source, run, size)
    shards = InputShards(source, size, by_index=by_parts)
    total = shards.known if checked is None else checked.total
    digest, remarks = run.begin(identity, versions())
    for remark in remarks:
        tell(remark)
    if total is not None:
        note_total(run, total)
    try:
        with Claims(run.claims) as claims, Progress(progress, total.sequences if total else 0) as bar:
            run.clear_remains(lambda number: claims.elsewhere(claim_of(number)))
            settling, count = Settling(run, digest, plan, shards, claims), Count(bar)
            if cluster is None:
                targets = checked.targets if checked is not None and one_each else None
                aside = settle_here(settling, own or WHOLE, targets, count)
            else:
                order = Order(
                    here=str(Path.cwd()),
                    folder=str(run.path.absolute()),
                    sequences=sequences,
                    reading=reading,
                    choices=choices,
                    size=size,
                    name=classifier.name,
                    identity=identity,
                    digest=digest,
                    versions=versions(),
                )
                aside = settle_on_ray(cluster, order, model, settling, own or WHOLE, count.add)
        note_total(run, shards.total())
    except KeyboardInterrupt as stop:
        raise KeyboardInterrupt(_interrupted(run, size, stop)) from None
    if aside:
        raise SequenceError(_set_aside(aside))
    return run.path


def _cluster(engine: str, **choices: Any) -> Cluster | None:
    """Return where workers run, ``None`` where there are none."""
    check_name("engine", engine, ENGINES, option="engine")
    if engine == "ray":
        return Cluster(**choices)
    given = [name for name, value in choices.items() if value is not None]
    if given:
        raise UserError(f"`{given[0]}` is for `engine='ray'`. Give that, or leave it out.", option=given[0])
    return None


def _for_workers(model: ModelLike, classifier: Classifier, sequences: object) -> ModelLike:
    """Return the model as it travels to workers: by its name, or as a copy in the memory of this machine.

    Raises
    ------
    ModelError
        It cannot be copied.
    InputError
        The sequences come on standard input, which workers cannot read.
    """
    if isinstance(sequences, str) and sequences == "-":
        raise InputError("Workers cannot read standard input. Save the sequences to a file, and name it.")
    return model if isinstance(model, str | Path) else replica(classifier, "cpu")


def _part(part: tuple[int, int]) -> tuple[int, int]:
    """Return which part of how many, counted from 0."""
    try:
        own, count = part
    except (TypeError, ValueError):
        raise UserError(
            f"`part` must be (i, n), such as (3, 64) for part 3 of 64, not {part!r:.60}.", option="part"
        ) from None
    count = whole_number("part", count, 1)
    own = whole_number("part", own, 0)
    if own >= count:
        raise UserError(
            f"There is no part {own} of {count}: parts are counted from 0, so the last one is {count - 1} of {count}.",
            option="part",
        )
    return own, count


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
    read = 0
    every = source.checked_records()
    while records := list(islice(every, size)):
        check_unchanged(run, len(good), records, size)
        read += len(records)
        good.append(0)
        for record in records:
            if isinstance(record, Sequence):
                try:
                    prepared(plan, record)
                except (SequenceError, TokenizerError) as error:
                    problems.add(error)
                else:
                    good[-1] += 1
    problems.settle(sum(good))
    targets = iter(targets_of(plan.classifier, plan.options.target, sum(good)))
    return _Checked(Total(len(good), read), [list(islice(targets, number)) for number in good])


# --- what is said at the end -----------------------------------------------------------------------


def _interrupted(run: RunFolder, size: int, stop: KeyboardInterrupt) -> str:
    kept = len(stop.finished) if isinstance(stop, Interrupted) else 0
    total = run.total
    return (
        f"Interrupted: {len(run.finished())}{f' of {total.shards}' if total else ''} shards of {size} sequences are finished"
        f"{f', and {kept} sequences of the next one' if kept else ''}; all are kept in {run}. Repeat the call to resume."
    )


def _set_aside(aside: dict[int, str]) -> str:
    listed = "\n  ".join(f"shard {number}: {sentence}" for number, sentence in list(aside.items())[:_LISTED])
    more = f"\n  and {len(aside) - _LISTED} more." if len(aside) > _LISTED else ""
    return (
        f"{counted(len(aside), 'shard')} {is_or_are(len(aside))} set aside, all others of this part are "
        f"finished:\n  {listed}{more}\nPut the "
        "sequences right, or leave them out with `on_invalid='skip'`, and repeat the call."
    )
