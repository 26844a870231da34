"""Results as NumPy arrays: one file of everything by base, and the pair that TF-MoDISco reads."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from captum_dna.core.sequences import BASES
from captum_dna.io.error_bars import ERROR_BARS, values_of
from captum_dna.io.exporters import Exporter
from captum_dna.io.writing import check_writable, unfinished

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from captum_dna.core.attribution import Attribution
    from captum_dna.core.sequences import Sequence

_ROW = np.full(256, len(BASES), np.int64)
"""The row of each letter in a one-hot array; the one after the last for letters that are not a single base."""
for _letters, _row in (("Aa", 0), ("Cc", 1), ("Gg", 2), ("TtUu", 3)):
    _ROW[[ord(letter) for letter in _letters]] = _row


def one_hot(sequence: str) -> NDArray[np.float32]:
    """Return the (4, L) one-hot array of a sequence in the order A, C, G, T; other letters have no 1.

    Examples
    --------
    >>> one_hot("aUN").tolist()
    [[1.0, 0.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0], [0.0, 1.0, 0.0]]
    """
    rows = _ROW[np.frombuffer(sequence.encode("ascii"), np.uint8)]
    return np.ascontiguousarray(np.eye(len(BASES) + 1, len(BASES), dtype=np.float32)[rows].T)


def write_modisco(
    attributions: Iterable[Attribution], prefix: str | Path, *, pad: bool = False
) -> tuple[Path, Path]:
    """Write ``PREFIX.onehot.npz`` and ``PREFIX.contributions.npz``, which TF-MoDISco reads.

    Both hold one float32 array of shape (N, 4, L), rows in the order A, C, G, T. The contributions are a
    base's score in the row of its letter, and 0 elsewhere; or the hypothetical contributions of all four letters, where
    all results have them (:attr:`captum_dna.Attribution.hypothetical`). Letters other than A, C, G, T and U have no row
    of their own, and bases without a score have 0.

    Parameters
    ----------
    attributions
        Results of one length.
    prefix
        Begin of the two files' names.
    pad
        Take results of different lengths, and fill the shorter ones with zeros at their right end.

    Raises
    ------
    ValueError
        There are no results, or they differ in length and are not to be padded.
    captum_dna.io.writing.OutputError
        The folder is missing or may not be written.
    """
    items = list(attributions)
    if not pad:
        check_one_length(items)
    longest = max(map(len, items), default=0)
    if not longest:
        raise ValueError("There are no results to write.")
    paths = tuple(Path(f"{prefix}.{what}.npz") for what in ("onehot", "contributions"))
    for path in paths:
        check_writable(path)
    letters = np.zeros((len(items), len(BASES), longest), np.float32)
    for item, row in zip(items, letters, strict=True):
        row[:, : len(item)] = one_hot(item.sequence)
    _save(paths[0], letters)
    every = [item.hypothetical for item in items]
    known = all(one is not None for one in every)
    for item, one, row in zip(items, every, letters, strict=True):
        scores = one if known and one is not None else row[:, : len(item)] * item.base_scores
        row[:, : len(item)] = np.nan_to_num(scores, nan=0.0)
    _save(paths[1], letters)
    return paths[0], paths[1]


def check_one_length(items: Iterable[Attribution | Sequence]) -> None:
    """Say so where results, or sequences to be explained, differ in length."""
    lengths = sorted({len(item) for item in items})
    if len(lengths) > 1:
        raise ValueError(
            f"The sequences have {lengths[0]} to {lengths[-1]} bases, and TF-MoDISco wants one length: read intervals "
            "with `length=`, or fill the shorter ones with zeros at their right end, as to_modisco does with `pad=True`."
        )


def write_npz(attributions: Iterable[Attribution], path: str | Path) -> Path:
    """Write names, letters, places and base scores as NumPy arrays, one after the other.

    Base ``i`` of result ``n`` is ``base_scores[offsets[n] + i]``. Results that do not know where they lie in
    a genome have the chromosome ``""``. Where explanations were repeated, the arrays of
    :data:`captum_dna.io.error_bars.ERROR_BARS` stand beside ``base_scores``.

    Raises
    ------
    captum_dna.io.writing.OutputError
        The folder is missing or may not be written.
    """
    path = Path(path)
    check_writable(path)
    items = list(attributions)
    places = [item.interval for item in items]
    repeated = any(item.spread for item in items)
    bars = (
        {name: np.concatenate([values_of(item, name) for item in items]) for name in ERROR_BARS}
        if repeated
        else {}
    )
    with unfinished(path) as part:
        _write(
            part,
            **bars,
            names=np.array([item.name for item in items], dtype=np.str_),
            sequences=np.array([item.sequence for item in items], dtype=np.str_),
            targets=np.array([item.target for item in items], dtype=np.str_),
            offsets=np.cumsum([0, *map(len, items)]),
            base_scores=np.concatenate([np.empty(0), *(item.base_scores for item in items)]),
            chromosomes=np.array([p.chromosome if p else "" for p in places], dtype=np.str_),
            starts=np.array([p.start if p else -1 for p in places], dtype=np.int64),
            ends=np.array([p.end if p else -1 for p in places], dtype=np.int64),
            strands=np.array([p.strand if p else "" for p in places], dtype=np.str_),
        )
    return path


def _save(path: Path, array: NDArray[np.float32]) -> None:
    with unfinished(path) as part:
        _write(part, arr_0=array)


def _write(path: Path, **arrays: NDArray[Any]) -> None:
    with path.open("wb") as file:  # a file, for numpy adds .npz to a name of ours
        np.savez_compressed(file, allow_pickle=False, **arrays)


NPZ = Exporter(
    "npz", "NumPy", "names, letters, places and scores as arrays", (".npz",), write_npz, download="scores.npz"
)
MODISCO = Exporter(
    "modisco",
    "TF-MoDISco",
    "the pair of arrays that it reads",
    (".modisco",),
    lambda results, path, **options: write_modisco(results, Path(path).with_suffix(""), **options),
    options=("pad",),
    check=lambda items, pad=False: None if pad else check_one_length(items),
)
