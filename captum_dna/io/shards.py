"""A folder of Parquet shards, as :func:`captum_dna.attribute_to` writes it: which are finished, and what they hold."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from captum_dna.io.parquet import load

if TYPE_CHECKING:
    from collections.abc import Iterator

    from captum_dna.core.attribution import Attribution


def iterate(folder: str | Path) -> Iterator[Attribution]:
    """Yield the results of a folder of shards in order, one shard in memory at a time."""
    for path in shards(folder):
        yield from load(path)


def shards(folder: str | Path) -> list[Path]:
    """Return the finished shards of a folder, in order.

    Raises
    ------
    ValueError
        There are none.
    """
    found = [
        path for path in sorted(Path(folder).glob("shard-*.parquet")) if path.with_suffix(".sha256").is_file()
    ]
    if not found:
        raise ValueError(
            f"{folder} holds no results: a folder of results has files such as shard-000000.parquet."
        )
    return found
