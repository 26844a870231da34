"""Results as labelled arrays of other packages: AnnData, as scverse keeps data, and xarray."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from captum_dna._version import __version__
from captum_dna.core.packages import needs
from captum_dna.core.sequences import BASES
from captum_dna.io.frames import summary_frame

if TYPE_CHECKING:
    from collections.abc import Iterable

    import anndata
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
    items = list(attributions)
    package = needs("anndata", "arrays", "AnnData")
    import pandas as pd

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
    positions = _positions(items)
    index = pd.Index([str(place) for place in positions], dtype=object)
    var = pd.DataFrame({"position": positions}, index=index)
    every = _hypothetical(items)
    layers = {
        letter: np.stack([_filled(one[row], len(positions)) for one in every])
        for row, letter in enumerate(BASES if every else "")
    }
    made: anndata.AnnData = package.AnnData(
        X=_scores(items, len(positions)), obs=obs, var=var, layers=layers, uns={"captum_dna": _about(items)}
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
    items = list(attributions)
    package = needs("xarray", "arrays", "xarray")
    positions = _positions(items)
    length = len(positions)
    columns: dict[str, Any] = {
        "score": (("sequence", "position"), _scores(items, length)),
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
    if every := _hypothetical(items):
        columns["hypothetical"] = (
            ("sequence", "letter", "position"),
            np.stack([np.stack([_filled(row, length) for row in one]) for one in every]),
        )
    coordinates: dict[str, Any] = {"sequence": [item.name for item in items], "position": positions}
    if "hypothetical" in columns:
        coordinates["letter"] = list(BASES)
    made: xarray.Dataset = package.Dataset(columns, coordinates, _about(items))
    return made


def _column(cells: Any) -> NDArray[Any]:
    """Return a column of a table as an array of plain numbers or letters."""
    if str(cells.dtype) in ("boolean", "Int64"):  # pandas' own, with missing values
        return np.asarray(cells.astype("float64").to_numpy(na_value=np.nan))
    return np.asarray(cells.to_numpy())


def _positions(items: list[Attribution]) -> list[int]:
    """Return the numbers of the columns: from the origin that all share, or else from 0."""
    origins = {item.origin for item in items}
    first = -origins.pop() if len(origins) == 1 else 0
    return list(range(first, first + max(map(len, items), default=0)))


def _scores(items: list[Attribution], length: int) -> NDArray[np.float64]:
    return np.array([_filled(item.base_scores, length) for item in items], np.float64).reshape(-1, length)


def _filled(scores: NDArray[np.float64], length: int) -> NDArray[np.float64]:
    """Return scores with NaN behind their end."""
    return np.concatenate([scores, np.full(length - len(scores), np.nan)])


def _hypothetical(items: list[Attribution]) -> list[NDArray[np.float64]]:
    """Return the (4, L) hypothetical contributions of all results; none where some lack them."""
    every = [item.hypothetical for item in items]
    known = [one for one in every if one is not None]
    return known if len(known) == len(items) else []


def _places(items: list[Attribution]) -> dict[str, list[Any]]:
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
