"""Results as labelled arrays of other packages: AnnData, as scverse keeps data, and xarray."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from captum_dna._version import __version__
from captum_dna.core.letters import BASES
from captum_dna.core.packages import needs
from captum_dna.io.frames import summary_frame

if TYPE_CHECKING:
    from collections.abc import Iterable

    import anndata
    import pandas as pd
    import xarray
    from numpy.typing import NDArray

    from captum_dna.core.attribution import Attribution


def to_anndata(attributions: Iterable[Attribution]) -> anndata.AnnData:
    """Return the scores as AnnData: a row (``obs``) per sequence, a column (``var``) per position.

    ``X`` holds the (N, L) base scores, NaN behind the end of shorter sequences. ``obs`` is the summary table
    (:data:`captum_dna.io.frames.SUMMARY_COLUMNS`) with the letters as ``sequence``, and ``chromosome``, ``start``, ``end``
    and ``strand`` where all places are known; its names are those of the sequences. ``var["position"]`` counts as pictures
    do. Where the method tells hypothetical contributions, ``layers`` has one for each letter. ``uns["captum_dna"]`` says
    how the scores were made.

    Raises
    ------
    ImportError
        anndata is not installed.
    """
    package = needs("anndata", "arrays", "AnnData")
    import pandas as pd

    items, positions, scores, every = _laid_out(attributions)
    obs = summary_frame(items).set_index("name")
    obs.insert(0, "sequence", [item.sequence for item in items])
    obs = obs.assign(**_places(items))
    for name in obs.columns:
        if obs[name].dtype == object or obs[name].dtype == "string":
            cells = [None if cell is None or cell != cell else str(cell) for cell in obs[name]]  # noqa: PLR0124 - NaN
            obs[name] = pd.Categorical(
                cells, pd.Index(sorted({cell for cell in cells if cell is not None}), dtype=object)
            )
    obs.index = pd.Index([item.name for item in items], dtype=object)
    index = pd.Index([str(place) for place in positions], dtype=object)
    var = pd.DataFrame({"position": positions}, index=index)
    layers = {} if every is None else {letter: every[:, row] for row, letter in enumerate(BASES)}
    made: anndata.AnnData = package.AnnData(
        X=scores, obs=obs, var=var, layers=layers, uns={"captum_dna": _about(items)}
    )
    return made


def to_xarray(attributions: Iterable[Attribution]) -> xarray.Dataset:
    """Return the scores as an xarray data set with the dimensions ``sequence`` and ``position``.

    ``score`` and ``base`` are (sequence, position), NaN and ``""`` behind the end of shorter sequences; the columns of the
    summary table (:data:`captum_dna.io.frames.SUMMARY_COLUMNS`) have one value per sequence. Where the method tells
    hypothetical contributions, ``hypothetical`` is (sequence, letter, position). Attributes say how the scores were made.

    Raises
    ------
    ImportError
        xarray is not installed.
    """
    package = needs("xarray", "arrays", "xarray")
    items, positions, scores, every = _laid_out(attributions)
    length = len(positions)
    columns: dict[str, object] = {
        "score": (("sequence", "position"), scores),
        "base": (
            ("sequence", "position"),
            np.array([[*item.sequence, *[""] * (length - len(item))] for item in items], "U1").reshape(
                -1, length
            ),
        ),
    }
    for name, cells in summary_frame(items).drop(columns="name").items():
        known = cells.astype(object).where(cells.notna(), None)
        plain = known.map(lambda cell: "" if cell is None else str(cell)) if cells.dtype == object else cells
        columns[str(name)] = ("sequence", _column(plain))
    coordinates: dict[str, object] = {"sequence": [item.name for item in items], "position": positions}
    if every is not None:
        columns["hypothetical"] = (("sequence", "letter", "position"), every)
        coordinates["letter"] = list(BASES)
    made: xarray.Dataset = package.Dataset(columns, coordinates, _about(items))
    return made


def _column(cells: pd.Series[Any]) -> NDArray[np.generic]:
    """Return a column of a table as an array of plain numbers or letters."""
    if str(cells.dtype) in ("boolean", "Int64"):  # pandas' own, with missing values
        return np.asarray(cells.astype("float64").to_numpy(na_value=np.nan))
    return np.asarray(cells.to_numpy())


class _Layout(NamedTuple):
    """N results laid on L positions, with NaN behind the end of shorter ones."""

    items: list[Attribution]
    positions: list[int]
    """Numbers of the positions: from the origin that all share, or else from 0."""
    scores: NDArray[np.float64]
    """(N, L) base scores."""
    hypothetical: NDArray[np.float64] | None
    """(N, 4, L) hypothetical contributions; ``None`` where some results lack them."""


def _laid_out(attributions: Iterable[Attribution]) -> _Layout:
    items = list(attributions)
    origins = {item.origin for item in items}
    first = -origins.pop() if len(origins) == 1 else 0
    length = max(map(len, items), default=0)
    every = [one for item in items if (one := item.hypothetical) is not None]
    return _Layout(
        items,
        list(range(first, first + length)),
        np.array([_filled(item.base_scores, length) for item in items], np.float64).reshape(-1, length),
        np.stack([_filled(one, length) for one in every]) if items and len(every) == len(items) else None,
    )


def _filled(scores: NDArray[np.float64], length: int) -> NDArray[np.float64]:
    """Return scores, or rows of them, with NaN behind their end."""
    missing = np.full((*scores.shape[:-1], length - scores.shape[-1]), np.nan)
    return np.concatenate([scores, missing], axis=-1)


def _places(items: list[Attribution]) -> dict[str, list[str] | list[int]]:
    """Return where the sequences lie in a genome, where that is known of all."""
    known = [item.interval for item in items if item.interval is not None]
    if not known or len(known) < len(items):
        return {}
    return {name: [getattr(one, name) for one in known] for name in ("chromosome", "start", "end", "strand")}


def _about(items: list[Attribution]) -> dict[str, str]:
    """Return what is the same of all results and says how they were made, as text."""
    runs = {id(item.run): item.run for item in items}.values()
    facts = [
        {name: str(value) for name, value in asdict(run).items() if isinstance(value, str | int | float)}
        for run in runs
    ]
    same = set.intersection(*({*one.items()} for one in facts)) if facts else set()
    return {"version": __version__, **dict(sorted(same))}
