"""``attribute_to()``: any number of sequences to a folder of Parquet shards, in bounded memory.

A finished shard is never computed again: run the same call once more after an interruption, and it goes on
where it stopped.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from captum_dna.core.progress import Progress
from captum_dna.io.readers import read_as
from captum_dna.io.reading import Reading
from captum_dna.io.writing import write_text
from captum_dna.model.loading import load
from captum_dna.pipeline.attribute import Interrupted, attribute
from captum_dna.pipeline.validate import settings_from, usable
from captum_dna.pipeline.windows import windowing_of

if TYPE_CHECKING:
    from captum_dna.core.progress import Tell
    from captum_dna.core.sequences import Sequence
    from captum_dna.core.types import ModelLike, SequencesLike
    from captum_dna.model.classifier import Classifier

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
    if shard_size < 1:
        raise ValueError(f"shard_size is at least 1, not {shard_size}.")
    folder = Path(folder)
    classifier = load(model)
    reading, options = Reading.apart(options)
    if isinstance(sequences, Iterator):
        sequences = list(sequences)
    on_invalid = options.get("on_invalid", "raise")
    total = _check(classifier, sequences, reading, shard_size, options, on_invalid)
    _claim(folder, _identity(classifier, shard_size, options))
    source = read_as(sequences, reading, on_invalid)
    done = 0
    with Progress(progress, total) as bar:
        for number in range((total + shard_size - 1) // shard_size):
            wanted = list(islice(source, shard_size))
            path = folder / f"shard-{number:06d}.parquet"
            digest = _digest(wanted)
            if not _finished(path, digest):
                try:
                    results = attribute(
                        classifier, wanted, progress=_after(done, len(wanted), bar), **options
                    )
                except Interrupted:
                    raise KeyboardInterrupt(
                        f"Interrupted after {number} shards of {shard_size} sequences; they are in {folder}. "
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


def _check(
    classifier: Classifier,
    sequences: Any,
    reading: Reading,
    shard_size: int,
    options: dict[str, Any],
    on_invalid: Any,
) -> int:
    """Let every sequence be read by the model's tokenizer before the model runs; return how many there are."""
    settings = settings_from(classifier, options)
    windowing = windowing_of(classifier, options.get("window_length"), options.get("overlap"))
    source = read_as(sequences, reading, on_invalid)
    total = 0
    while shard := list(islice(source, shard_size)):
        usable(classifier, shard, settings, on_invalid, windowing)
        total += len(shard)
    return total


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
