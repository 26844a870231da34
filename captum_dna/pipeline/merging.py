"""``merge()``: the windows of a run, joined without seams into tracks over the genome, in bounded memory.

Where windows overlap, the weight of the one falls as that of the next rises, as :mod:`captum_dna.pipeline.joining` has it
for the windows of one sequence; the outermost k - 1 bases of a window's inner ends weigh nothing where tokens are
overlapping k-mers. An end that no other window overlaps has its full weight. What a window has one number for holds from
the middle of what it shares with the one before to the middle of what it shares with the next.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow.compute as pc

from captum_dna.core.certificate import Certificate
from captum_dna.core.errors import UserError
from captum_dna.core.slips import names_slips
from captum_dna.io.bigwig import bigwig_writer
from captum_dna.io.genome import chromosome_sizes, no_chromosome
from captum_dna.io.run_folder import RunFolder
from captum_dna.pipeline.joining import rise
from captum_dna.pipeline.run_windows import (
    ERROR,
    PREDICTION,
    SCORES,
    STRANDS,
    RunWindows,
    Segment,
    read_columns,
    windows_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    import pyarrow as pa
    from numpy.typing import NDArray

    from captum_dna.core.attribution import Run
    from captum_dna.io.bigwig import BigWigWriter

    Floats = NDArray[np.float64]
    Wholes = NDArray[np.int64]

_AT_ONCE = 1 << 20
"""Bases of a track that are written together."""
_SUFFIXES = (".bw", ".bigwig")


@dataclass(frozen=True, slots=True)
class Merged:
    """What :func:`merge` wrote.

    Parameters
    ----------
    paths
        The file of each track: ``"scores"``; ``"prediction"``; ``"error"`` where the method tells one;
        ``"forward"`` and ``"reverse"`` where both strands were explained.
    windows, bases
        How many windows were joined, and how many bases have a score.
    run, target
        How the scores were made, and the class that they explain.
    """

    paths: dict[str, Path]
    windows: int
    bases: int
    run: Run
    target: str


@names_slips
def merge(
    folder: str | Path | RunWindows, out: str | Path, sizes: Mapping[str, int] | str | Path | None = None
) -> Merged:
    """Join the windows of a run into bigWig files: scores, and beside them prediction and error.

    Parameters
    ----------
    folder
        The folder of :func:`captum_dna.pipeline.whole_genome.attribute_genome`, or that of
        :func:`captum_dna.attribute_to` over intervals in the order of the genome; or what is known of its windows.
    out
        The file of the scores, such as ``scores.bw``; the others are ``scores.prediction.bw``,
        ``scores.error.bw`` and, of both strands, ``scores.forward.bw`` and ``scores.reverse.bw``.
        *Prediction* is the probability of the class explained, or the output of a model without classes;
        *error* is what the scores of the window may be off by, as a share (``off_by``, 0.01 for 1 %).
    sizes
        Of the chromosomes, as :func:`captum_dna.io.genome.chromosome_sizes` takes them; a run over a genome knows
        its own.

    Returns
    -------
    The files, and what is in them. Each is read back before it gets its name.

    Raises
    ------
    ValueError
        No run, results without a place, of several classes or methods, or not in the order of the genome.
    captum_dna.io.parquet.StoreError
        A shard is damaged.
    captum_dna.io.writing.OutputError
        A file cannot be written.
    """
    path = Path(out)
    if not path.name.lower().endswith(_SUFFIXES):
        raise UserError(f"{path}: the name of the tracks' file must end in {' or '.join(_SUFFIXES)}.")
    index = folder if isinstance(folder, RunWindows) else windows_of(RunFolder(folder))
    run = index.folder
    known = sizes_of(run, sizes)
    for chromosome, segments in index.chromosomes.items():
        if chromosome not in known:
            raise UserError(f"{run}: {no_chromosome(chromosome, known, 'the sizes')}")
        if max(one.end for one in segments) > known[chromosome]:
            raise UserError(
                f"{run} has windows past the end of {chromosome} with its {known[chromosome]:,} bases. Give the sizes of "
                "the genome that was explained."
            )
    paths = {name: _beside(path, name) for name in index.tracks}
    with ExitStack() as opened:
        writers = {
            name: opened.enter_context(bigwig_writer(one, known, index.chromosomes))
            for name, one in paths.items()
        }
        bases = 0
        for chromosome in sorted(index.chromosomes):
            bases += _joined(run, chromosome, index, writers)
    return Merged(paths, index.windows, bases, index.run, index.target)


def _beside(path: Path, track: str) -> Path:
    return path if track == SCORES else path.with_name(f"{path.stem}.{track}{path.suffix}")


def sizes_of(run: RunFolder, given: Mapping[str, int] | str | Path | None) -> dict[str, int]:
    """Return the sizes of the chromosomes, as given or as the run keeps them."""
    if given is not None:
        return chromosome_sizes(given)
    record = run.record
    kept: dict[str, int] | None = None if record is None else record.identity.get("chromosomes")
    if kept is None:
        raise UserError(
            f"{run} does not say how long the chromosomes are. Give their `sizes`, such as `sizes='genome.fa'`.",
            option="sizes",
        )
    return kept


# --- joining -------------------------------------------------------------------------------------


def _joined(run: RunFolder, chromosome: str, index: RunWindows, writers: Mapping[str, BigWigWriter]) -> int:
    """Write the tracks of a chromosome; return how many of its bases have a score."""
    per_base = {name: _Mean(chromosome, writers[name]) for name in index.tracks if name in (SCORES, *STRANDS)}
    for block in _blocks(run, index.chromosomes[chromosome], index):
        weights = block.weights(index.margin)
        for name, mean in per_base.items():
            mean.add(block.starts, block.per_base[name], weights)
        left, right = block.share()
        for name, values in block.per_window.items():
            kept = np.isfinite(values) & (right > left)
            if kept.any():
                writers[name].add_steps(chromosome, left[kept], right[kept], values[kept])
    for mean in per_base.values():
        mean.finish()
    return per_base[SCORES].written


@dataclass(frozen=True)
class _Block:
    """Windows of one segment, with the places of the windows before and after them.

    Parameters
    ----------
    starts, ends
        (N,) of the windows.
    before, after
        Start and end of the neighbours; ``None`` at an end of the chromosome's windows.
    per_base
        By track: all windows' values one after the other, in the direction of the genome.
    per_window
        By track: (N,) values.
    """

    starts: Wholes
    ends: Wholes
    before: tuple[int, int] | None
    after: tuple[int, int] | None
    per_base: dict[str, Floats]
    per_window: dict[str, Floats]

    def shared(self) -> tuple[Wholes, Wholes]:
        """Return the bases that each window shares with the one before and with the next; 0 for none."""
        ends = np.concatenate([[self.before[1] if self.before else self.starts[0]], self.ends])
        starts = np.concatenate([self.starts, [self.after[0] if self.after else self.ends[-1]]])
        shared = np.maximum(ends - starts, 0)
        return shared[:-1], shared[1:]

    def weights(self, margin: int) -> list[Floats]:
        """Return the weights of each window's bases, of which the shared ones are still to be divided by their sum."""
        sizes = self.ends - self.starts
        first, last = self.shared()
        shapes = zip(sizes.tolist(), first.tolist(), last.tolist(), strict=True)
        return [_weight(size, one, other, margin) for size, one, other in shapes]

    def share(self) -> tuple[Wholes, Wholes]:
        """Return from where to where each window's own numbers hold."""
        first, last = self.shared()
        return self.starts + first - first // 2, self.ends - last // 2


@lru_cache(maxsize=256)
def _weight(size: int, before: int, after: int, margin: int) -> Floats:
    """Return the weights of a window of ``size`` bases that shares some with the windows before and after it."""
    found = np.ones(size)
    if before:
        found = np.minimum(found, rise(size, before, margin))
    if after:
        found = np.minimum(found, rise(size, after, margin)[::-1])
    return found


class _Mean:
    """A weighted mean over windows that come from left to right, written as far as it is final."""

    def __init__(self, chromosome: str, writer: BigWigWriter) -> None:
        self._chromosome, self._writer = chromosome, writer
        self._first = 0
        self._filled = 0
        self._total = np.zeros(2 * _AT_ONCE)
        self._mass = np.zeros(2 * _AT_ONCE)
        self.written = 0

    def add(self, starts: Wholes, values: Floats, weights: list[Floats]) -> None:
        """Add windows: their starts, their values one after the other, and the weights of each."""
        known = np.isfinite(values)
        whole = bool(known.all())
        values = values if whole else np.where(known, values, 0.0)
        at = 0
        for start, weight in zip(starts.tolist(), weights, strict=True):
            size = len(weight)
            place = self._room(start, size)
            own = values[at : at + size]
            mass = weight if whole else weight * known[at : at + size]
            self._total[place : place + size] += weight * own
            self._mass[place : place + size] += mass
            self._filled = max(self._filled, place + size)
            at += size

    def finish(self) -> None:
        """Write what is left."""
        self._write(self._filled)

    def _room(self, start: int, size: int) -> int:
        """Return the place of a base in the arrays; what lies before it is written where it is much, or far behind."""
        place = start - self._first
        if place > self._filled or place + size > _AT_ONCE:
            self._write(min(place, self._filled))
            if not self._filled:
                self._first = start
            place = start - self._first
        if place + size > len(self._total):  # a window longer than what is kept
            longer = np.zeros(2 * (place + size))
            self._total = np.concatenate([self._total, longer])
            self._mass = np.concatenate([self._mass, longer])
        return place

    def _write(self, count: int) -> None:
        """Write the first bases, which nothing is added to any more, and move on."""
        total, mass = self._total[:count], self._mass[:count]
        scored = np.flatnonzero(np.diff(mass > 0, prepend=False, append=False)).reshape(-1, 2)
        for first, last in scored.tolist():
            run = total[first:last] / mass[first:last]
            self._writer.add(self._chromosome, self._first + first, run)
            self.written += last - first
        rest = self._filled - count
        for array in (self._total, self._mass):
            array[:rest] = array[count : self._filled].copy()
            array[rest : self._filled] = 0
        self._first += count
        self._filled = rest


def _blocks(run: RunFolder, segments: list[Segment], index: RunWindows) -> Iterator[_Block]:
    """Yield the windows of a chromosome from left to right, a segment at a time."""
    for at, one in enumerate(segments):
        before = segments[at - 1].last if at else None
        after = segments[at + 1].first if at + 1 < len(segments) else None
        yield _block(_rows(run, one), before, after, index)


def _rows(run: RunFolder, segment: Segment) -> pa.Table:
    columns = ["start", "end", "strand", "base_scores", "probabilities", "certificate", "extras"]
    table = read_columns(run.shard(segment.shard), columns)
    return table.slice(segment.rows.start, segment.rows.stop - segment.rows.start).combine_chunks()


def _block(
    table: pa.Table, before: tuple[int, int] | None, after: tuple[int, int] | None, index: RunWindows
) -> _Block:
    starts, ends = (table[name].to_numpy() for name in ("start", "end"))
    turned = np.array([strand == "-" for strand in table["strand"].to_pylist()])
    per_base = {SCORES: _flat(table["base_scores"])}
    extras = _list_of(table["extras"]).flatten()
    for name in index.tracks:
        if name in STRANDS:
            own = pc.equal(extras.field("name"), name)
            per_base[name] = _flat(extras.field("values").filter(own))
    per_window = {
        PREDICTION: _flat(table["probabilities"]).reshape(len(starts), -1)[:, index.target_index].copy()
    }
    if ERROR in index.tracks:
        per_window[ERROR] = np.array([Certificate(**one).off_by for one in table["certificate"].to_pylist()])
    per_base = {name: _turned(values, ends - starts, turned) for name, values in per_base.items()}
    return _Block(starts, ends, before, after, per_base, per_window)


def _turned(values: Floats, sizes: Wholes, turned: NDArray[np.bool_]) -> Floats:
    """Return values in the direction of the genome, where some windows are of the other strand."""
    if not turned.any():
        return values
    parts: Iterable[Floats] = np.split(values, np.cumsum(sizes)[:-1])
    return np.concatenate([part[::-1] if back else part for part, back in zip(parts, turned, strict=True)])


def _list_of(column: pa.ChunkedArray | pa.Array) -> pa.ListArray:
    return column.combine_chunks() if hasattr(column, "chunks") else column


def _flat(column: pa.ChunkedArray | pa.Array) -> Floats:
    """Return the numbers of a column of lists, one list after the other."""
    numbers: Floats = _list_of(column).flatten().to_numpy(zero_copy_only=False)
    return numbers
