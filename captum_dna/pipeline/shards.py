"""``attribute_to()``: any number of sequences to a folder of Parquet shards, in bounded memory.

A finished shard is never computed again: run the same call once more after an interruption, and it goes on
where it stopped.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from captum_dna.core.checks import whole_number
from captum_dna.core.options import Options
from captum_dna.core.problems import Problems
from captum_dna.core.progress import Progress
from captum_dna.core.sequences import SequenceError
from captum_dna.io.readers import SequenceSource
from captum_dna.io.reading import Reading
from captum_dna.io.writing import write_text
from captum_dna.model.loading import load
from captum_dna.model.tokenization import TokenizerError
from captum_dna.pipeline.attribute import Interrupted, explained
from captum_dna.pipeline.validate import plan_of, prepared, targets_of

if TYPE_CHECKING:
    from captum_dna.core.progress import Tell
    from captum_dna.core.sequences import Sequence
    from captum_dna.core.types import ModelLike, SequencesLike
    from captum_dna.model.classifier import Classifier
    from captum_dna.pipeline.validate import Plan, Prepared

_RUN = "run.json"


def attribute_to(
    folder: str | Path,
    model: ModelLike,
    sequences: SequencesLike,
    *,
    shard_size: int = 500,
    progress: bool | Tell | None = None,
    **options: Any,
) -> Path:
    """Explain sequences into a folder, shard by shard, and go on there if part of it is done.

    Parameters
    ----------
    folder
        Where the shards go; :meth:`captum_dna.Attributions.load` takes it, and so does every reader of
        Parquet data sets.
    model, sequences, **options
        As for :func:`captum_dna.attribute`. A file or data set is streamed, never held in memory as a whole.
    shard_size
        Sequences per file, and results held in memory at a time.
    progress
        As for :func:`captum_dna.attribute`.

    Returns
    -------
    The folder.

    Raises
    ------
    ValueError
        The folder holds another run (other model, options or sequences), or what
        :func:`captum_dna.attribute` refuses.
    KeyboardInterrupt
        Ctrl-C; finished shards are on disk.

    Examples
    --------
    >>> import captum_dna, tempfile
    >>> from captum_dna.io.shards import iterate
    >>> folder = attribute_to(tempfile.mkdtemp(), "demo", {"a": "ACGTTGCA" * 8, "b": "TATAAAAG" * 8}, shard_size=1)
    >>> [result.name for result in iterate(folder)]
    ['a', 'b']
    """
    size = whole_number("shard_size", shard_size, 1)
    folder = Path(folder)
    reading, choices = Reading.apart(options)
    plan = plan_of(load(model), Options.of(**choices))
    if isinstance(sequences, Iterator):
        sequences = list(sequences)
    source = SequenceSource.of(sequences, reading, plan.options.on_invalid)
    total, good = _check(plan, source)
    targets = iter(targets_of(plan.classifier, plan.options.target, good))
    _claim(folder, _identity(plan.classifier, size, choices))
    again = source.again()
    done = 0
    with Progress(progress, total) as bar:
        for number in range((total + size - 1) // size):
            wanted = list(islice(again, size))
            path = folder / f"shard-{number:06d}.parquet"
            digest = _digest(wanted)
            own, theirs = _usable(plan, wanted, targets)
            if not _finished(path, digest):
                try:
                    results = explained(plan, own, theirs, _after(done, len(wanted), bar))
                except Interrupted:
                    raise KeyboardInterrupt(
                        f"Interrupted after {number} shards of {size} sequences; they are in {folder}. "
                        "The same call goes on from there."
                    ) from None
                results.save(path)
                write_text(path.with_suffix(".sha256"), digest)
            done += len(wanted)
            bar.report(done)
    return folder


def _after(done: int, size: int, bar: Progress) -> Tell:
    """Return a progress function that counts on from earlier shards, in sequences and not in windows or strands."""
    return lambda now, total: bar.report(done + size * now // total)


def _check(plan: Plan, source: SequenceSource) -> tuple[int, int]:
    """Let every sequence be read by the model's tokenizer before the model runs.

    Returns
    -------
    How many sequences there are, and how many of them can be explained.
    """
    problems = Problems("sequences", skip=plan.options.on_invalid == "skip")
    good = 0
    for sequence in source.checked():
        try:
            prepared(plan, sequence)
        except (SequenceError, TokenizerError) as error:
            problems.add(error)
        else:
            good += 1
    problems.settle(good, stacklevel=3)
    return good + problems.count, good


def _usable(
    plan: Plan, sequences: list[Sequence], targets: Iterator[int | None]
) -> tuple[list[Prepared], list[int | None]]:
    """Return what can be explained of a shard, with the class of each; the others have been told."""
    found = []
    for sequence in sequences:
        with suppress(SequenceError, TokenizerError):
            found.append(prepared(plan, sequence))
    return found, list(islice(targets, len(found)))


def _identity(classifier: Classifier, shard_size: int, options: dict[str, Any]) -> dict[str, str]:
    """Return what makes two runs the same run, apart from the sequences."""
    return {
        "model": classifier.fingerprint,
        "tokenizer": classifier.encoder.fingerprint,
        "shard_size": str(shard_size),
        "options": json.dumps(options, sort_keys=True, default=repr),
    }


def _claim(folder: Path, identity: dict[str, str]) -> None:
    """Make the folder this run's own, or find that it is."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / _RUN
        if not path.is_file():
            if any(folder.iterdir()):
                raise ValueError(
                    f"{folder} is not empty and holds no run of captum_dna: choose another folder."
                )
            write_text(path, json.dumps(identity, indent=2))
            return
        before = json.loads(path.read_text())
    except OSError as error:
        raise ValueError(f"{folder} cannot be written: {error.strerror or error}.") from error
    other = [what for what, value in identity.items() if before.get(what) != value]
    if other:
        raise ValueError(
            f"{folder} holds results of another run: its {' and '.join(other)} differ. Choose another folder, or "
            "repeat the call with the same choices to go on."
        )


def _finished(path: Path, digest: str) -> bool:
    """Tell whether a shard is done, with the very sequences that are asked for."""
    mark = path.with_suffix(".sha256")
    if not (path.is_file() and mark.is_file()):
        return False
    if mark.read_text() != digest:
        raise ValueError(
            f"{path} holds other sequences than those given now: the input has changed since the run began. "
            "Choose another folder."
        )
    return True


def _digest(sequences: list[Sequence]) -> str:
    text = json.dumps([(s.name, s.bases, s.label) for s in sequences], default=str)
    return hashlib.sha256(text.encode()).hexdigest()
