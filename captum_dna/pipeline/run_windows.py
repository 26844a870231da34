"""Where the windows of a run lie on the genome, and which of them covers a base: read from the places alone."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pyarrow.compute as pc
from pyarrow import parquet

from captum_dna.core.errors import UserError
from captum_dna.io.parquet import StoreError, load, runs_in
from captum_dna.io.shards import finished_shards

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    import pyarrow as pa

    from captum_dna.core.attribution import Attribution, Run
    from captum_dna.io.run_folder import RunFolder

STRANDS = ("forward", "reverse")
SCORES, PREDICTION, ERROR = "scores", "prediction", "error"
"""What tracks of a run show."""


@dataclass(frozen=True, slots=True)
class Segment:
    """Windows that stand together in a shard, in the order of their chromosome."""

    shard: int
    rows: slice
    first: tuple[int, int]
    last: tuple[int, int]

    @property
    def end(self) -> int:
        """Where the last window ends."""
        return self.last[1]


@dataclass(frozen=True)
class RunWindows:
    """Where the windows of each chromosome are kept, and what they have in common.

    Parameters
    ----------
    folder
        The run's.
    chromosomes
        The segments of each, in order.
    windows
        How many there are.
    run, target, target_index
        How the scores were made, and the class that they explain.
    margin
        Bases at an end of a window some of whose words are cut off there.
    tracks
        What there is to show.
    """

    folder: RunFolder
    chromosomes: dict[str, list[Segment]]
    windows: int
    run: Run
    target: str
    target_index: int
    margin: int
    tracks: tuple[str, ...]

    def at(self, chromosome: str, position: int) -> Attribution | None:
        """Return the result of the window whose middle is nearest to a base that it covers; ``None`` where none does."""
        best: tuple[float, Segment, int] | None = None
        for one in self.chromosomes.get(chromosome, []):
            if not one.first[0] <= position < one.end:
                continue
            table = read_columns(self.folder.shard(one.shard), ["start", "end"])
            starts, ends = (table[name].to_numpy()[one.rows] for name in ("start", "end"))
            away = np.where(
                (starts <= position) & (position < ends), np.abs((starts + ends) / 2 - position), np.inf
            )
            row = int(away.argmin())
            if np.isfinite(away[row]) and (best is None or away[row] < best[0]):
                best = (float(away[row]), one, one.rows.start + row)
        return None if best is None else load(self.folder.shard(best[1].shard))[best[2]]

    def strongest(self, count: int) -> list[Attribution]:
        """Return the results of the windows that the model is surest of, for the class explained, surest first."""
        numbers = sorted({one.shard for segments in self.chromosomes.values() for one in segments})
        found = heapq.nlargest(count, self._predictions(numbers))
        results = {number: load(self.folder.shard(number)) for number in {number for _, number, _ in found}}
        return [results[number][row] for _, number, row in found]

    def _predictions(self, numbers: Iterable[int]) -> Iterator[tuple[float, int, int]]:
        for number in numbers:
            column = read_columns(self.folder.shard(number), ["probabilities"])["probabilities"]
            for row, values in enumerate(column.to_pylist()):
                yield values[self.target_index], number, row


@dataclass
class _Found:
    """What is seen of the shards, one after the other."""

    chromosomes: dict[str, list[Segment]] = field(default_factory=dict)
    windows: int = 0
    kinds: dict[tuple[object, ...], tuple[str, Run]] = field(default_factory=dict)
    has_error: bool = False


_PLACES = ["chromosome", "start", "end", "target", "run", "certificate.delta", "certificate.relative_error"]


def windows_of(run: RunFolder) -> RunWindows:
    """Read the places of all windows, and of one window what its tokens and extras are."""
    found, first = _Found(), None
    for number in finished_shards(run):
        path, mark = run.shard(number), run.mark(number)
        if mark is None or not run.is_sound(number, mark):
            raise StoreError(
                f"{path} is damaged: it is not what was written. Repeat the command that made it, which computes this shard "
                "again and no other."
            )
        table = read_columns(path, _PLACES)
        if not len(table):
            continue
        _look_at(run, number, table, runs_in(path), found)
        if first is None:
            columns = ["token_starts", "token_ends", "extras", "target_index"]
            first = read_columns(path, columns).slice(0, 1).to_pylist()[0]
    if first is None:
        raise UserError(f"{run} holds no results: all of its sequences are left out.")
    if len(found.kinds) > 1:
        targets = list(dict.fromkeys(target for target, _ in found.kinds.values()))
        what = (
            f"explain different classes ({', '.join(targets)})"
            if len(targets) > 1
            else "were made in different ways"
        )
        raise UserError(
            f"The results in {run} {what}, and their scores do not make one track. Explain one class with `target`, in one "
            "way."
        )
    [(target, how)] = found.kinds.values()
    for chromosome, segments in found.chromosomes.items():
        segments.sort(key=lambda one: one.first)
        for one, other in pairwise(segments):
            if other.first < one.last:
                raise UserError(
                    f"The windows on {chromosome} in {run} are not in the order of the genome. Sort the intervals by "
                    f"chromosome and start before they are explained, or write the mean of their scores with "
                    f"'captum-dna export {run} --out scores.bw --sizes genome.fa'."
                )
    extras = {extra["name"] for extra in first["extras"]}
    tracks = [SCORES, PREDICTION, *([ERROR] if found.has_error else [])]
    tracks += [one for one in STRANDS if one in extras]
    place = first["target_index"]
    return RunWindows(
        folder=run,
        chromosomes=found.chromosomes,
        windows=found.windows,
        run=how,
        target=target,
        target_index=how.labels.index(target) if place is None else place,
        margin=_margin(first["token_starts"], first["token_ends"]),
        tracks=tuple(tracks),
    )


def read_columns(path: Path, columns: list[str]) -> pa.Table:
    """Return columns of a shard, and parts of columns that have names."""
    with parquet.ParquetFile(path) as file:
        return file.read(columns=columns)


def _look_at(run: RunFolder, number: int, table: pa.Table, runs: list[Run], found: _Found) -> None:
    """Add what a shard holds."""
    places = table["chromosome"]
    if places.null_count:
        raise UserError(
            f"{run.shard(number)} has results that do not know where they lie in a genome. Explain a genome, or the "
            "intervals of a BED file with `genome=`."
        )
    names = np.array(places.to_pylist())
    starts, ends = (table[name].to_numpy() for name in ("start", "end"))
    new = np.flatnonzero((names[1:] != names[:-1]) | (starts[1:] < starts[:-1])) + 1
    for first, last in pairwise([0, *new.tolist(), len(names)]):
        span = slice(first, last)
        edges = ((int(starts[at]), int(ends[at])) for at in (first, last - 1))
        found.chromosomes.setdefault(str(names[first]), []).append(Segment(number, span, *edges))
    found.windows += len(names)
    used = pc.unique(table["run"]).to_pylist()
    for target in pc.unique(table["target"]).to_pylist():
        for one in (runs[place] for place in used):
            kind = (target, one.method, one.output, one.model_fingerprint)
            found.kinds.setdefault(kind, (target, one))
    if not found.has_error:
        certificates = table["certificate"].combine_chunks()
        found.has_error = any(
            np.isfinite(certificates.field(name).to_numpy(zero_copy_only=False)).any()
            for name in ("delta", "relative_error")
        )


def _margin(starts: list[int | None], ends: list[int | None]) -> int:
    """Return the bases at an end of a window some of whose words are cut off there: k - 1 where they overlap."""
    spans = [(a, b) for a, b in zip(starts, ends, strict=True) if a is not None and b is not None]
    overlap = any(later[0] < earlier[1] for earlier, later in pairwise(spans))
    return max(end - start for start, end in spans) - 1 if overlap else 0
