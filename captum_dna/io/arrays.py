"""Results as NumPy arrays: one file of everything by base, and the pair that TF-MoDISco reads."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from captum_dna.core.checks import whole_number
from captum_dna.core.letters import BASES
from captum_dna.core.notices import tell
from captum_dna.io.error_bars import ERROR_BARS, values_of
from captum_dna.io.exporters import Exporter
from captum_dna.io.writing import cannot_write, check_writable, unfinished

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from captum_dna.core.attribution import Attribution
    from captum_dna.core.sequences import Sequence

NO_HYPOTHETICAL = (
    "The method {method} does not score the letters that are not there. `method='nucleotide_gradients'` does, and for "
    "any model `method='ism'`."
)
"""What to say where hypothetical contributions are wanted and there are none."""

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
    attributions: Iterable[Attribution],
    folder: str | Path,
    *,
    pad: bool = False,
    window: int | None = None,
    hypothetical: bool = True,
) -> tuple[Path, Path]:
    """Write ``sequences.npz`` and ``attributions.npz`` to a folder, as TF-MoDISco's command takes them.

    ``modisco motifs -s FOLDER/sequences.npz -a FOLDER/attributions.npz -w L -n 2000`` reads them. Its own ``-w`` of 400
    fails on shorter sequences: L is the length of the arrays.

    Both hold one float32 array of shape (N, 4, L), ``arr_0``, rows in the order A, C, G, T. The attributions are the
    hypothetical contributions of all four letters (:attr:`captum_dna.Attribution.hypothetical`), which the command
    expects; where some results have none, a base's score stands in the row of its letter, with a warning. Letters other
    than A, C, G, T and U have no row of their own, and bases without a score have 0.

    Parameters
    ----------
    attributions
        Results of one length.
    folder
        Is made where it is not there. What else is in it stays.
    pad
        Take results of different lengths, and fill the shorter ones with zeros at their right end.
    window
        Write only the middle so many bases.
    hypothetical
        Whether hypothetical contributions are written where all results have them.

    Raises
    ------
    ValueError
        There are no results, or they differ in length and are not to be padded; or the window is longer than they are.
    captum_dna.io.writing.OutputError
        The folder cannot be made, or may not be written.
    """
    items = list(attributions)
    if not pad:
        check_one_length(items)
    longest = max(map(len, items), default=0)
    if not longest:
        raise ValueError("There are no results to write.")
    width = longest if window is None else whole_number("window", window, 1, longest)
    middle = slice((longest - width) // 2, (longest - width) // 2 + width)
    every = [item.hypothetical for item in items]
    known = hypothetical and all(one is not None for one in every)
    if hypothetical and not known:
        tell(
            f"{NO_HYPOTHETICAL.format(method=items[0].method)} TF-MoDISco also takes the scores of the "
            "bases that are there. Choose that with `hypothetical=False`."
        )
    letters = np.zeros((len(items), len(BASES), longest), np.float32)
    scores = np.zeros_like(letters)
    for item, one, row, own in zip(items, every, letters, scores, strict=True):
        row[:, : len(item)] = one_hot(item.sequence)
        found = one if known and one is not None else row[:, : len(item)] * item.base_scores
        own[:, : len(item)] = np.nan_to_num(found, nan=0.0)
    home = Path(folder)
    try:
        home.mkdir(exist_ok=True)
    except OSError as error:
        raise cannot_write(home, error) from error
    paths = home / "sequences.npz", home / "attributions.npz"
    for path, array in zip(paths, (letters, scores), strict=True):
        _save(path, array[:, :, middle])
    return paths


def check_one_length(items: Iterable[Attribution | Sequence]) -> None:
    """Say so where results, or sequences to be explained, differ in length."""
    lengths = sorted({len(item) for item in items})
    if len(lengths) > 1:
        raise ValueError(
            f"The sequences have {lengths[0]} to {lengths[-1]} bases, but TF-MoDISco needs one length. "
            "Read intervals "
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


def _write(path: Path, **arrays: NDArray[np.generic]) -> None:
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
    write_modisco,
    options=("pad", "window", "hypothetical"),
    check=lambda items, pad=False, **_: None if pad else check_one_length(items),
    folder=True,
)
