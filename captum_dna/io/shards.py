"""What a folder of shards holds, as :func:`captum_dna.attribute_to` writes it: results in the order of the input."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from captum_dna.core.notices import tell
from captum_dna.core.words import counted
from captum_dna.io.parquet import load
from captum_dna.io.run_folder import RunFolder, loaded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from captum_dna.core.attribution import Attribution


def iterate(folder: str | Path) -> Iterator[Attribution]:
    """Yield the results of a folder of shards in order, one shard in memory at a time.

    Raises
    ------
    ValueError
        There are none.
    captum_dna.io.parquet.StoreError
        A shard is damaged.
    """
    run = RunFolder(folder)
    if not run.is_one:
        for path in _old_shards(folder):
            yield from load(path)
        return
    for number in finished_shards(run):
        yield from loaded(run, number)


def finished_shards(run: RunFolder) -> list[int]:
    """Return the numbers of the shards that are finished, in order; tell where some are missing.

    Raises
    ------
    ValueError
        There are none.
    """
    finished = run.finished()
    if not finished:
        raise ValueError(_nothing(run))
    total = run.total
    if total is not None and len(finished) < total.shards:
        tell(
            f"{run} is not finished: it holds {len(finished)} of {counted(total.shards, 'shard')}. "
            f"'captum-dna status {run}' shows which are missing.",
        )
    return finished


def shards(folder: str | Path) -> list[Path]:
    """Return the finished shards of a folder, in order.

    Raises
    ------
    ValueError
        There are none.
    """
    run = RunFolder(folder)
    if not run.is_one:
        return _old_shards(folder)
    found = [run.shard(number) for number in run.finished()]
    if not found:
        raise ValueError(_nothing(folder))
    return found


def _old_shards(folder: str | Path) -> list[Path]:
    """Return the finished shards of a folder of captum_dna 0.1, which had their marks beside them."""
    found = [
        path for path in sorted(Path(folder).glob("shard-*.parquet")) if path.with_suffix(".sha256").is_file()
    ]
    if not found:
        raise ValueError(_nothing(folder))
    return found


def _nothing(folder: str | Path | RunFolder) -> str:
    return f"{folder} holds no results: a folder of results has files such as shard-000000.parquet."
