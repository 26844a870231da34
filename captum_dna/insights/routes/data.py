"""Data sets and their rows."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import numpy as np
from flask import Blueprint, Response

from captum_dna.insights.api import route
from captum_dna.insights.facets import UNKNOWN
from captum_dna.insights.filters import Filters, RowsAsked, Selection
from captum_dna.insights.inputs import how_of, selection, viewer
from captum_dna.insights.schema.base import Choices, finite
from captum_dna.insights.schema.data import Counts, Dataset, Datasets, Facets, FullRow, Pasted, Row, Rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from captum_dna.insights import datasets as kept

data = Blueprint("data", __name__, url_prefix="/api/datasets")


@route(data, "GET", "", {200: Datasets})
def datasets() -> Datasets:
    """Return all data sets, the one given at the start first."""
    return Datasets(datasets=[about_dataset(one) for one in list(viewer().datasets.values())])


@route(data, "POST", "", {201: Dataset, 200: Dataset}, body=Pasted)
def add_dataset(body: Pasted) -> tuple[Dataset, int]:
    """Make a data set of pasted text."""
    made, new = viewer().paste(body.text, body.name, body.origin, body.onto)
    return about_dataset(made), 201 if new else 200


@route(data, "GET", "/<dataset>", {200: Dataset})
def dataset(dataset: str) -> Dataset:
    """Return one data set."""
    return about_dataset(viewer().dataset(dataset))


@route(data, "DELETE", "/<dataset>", {204: None})
def remove_dataset(dataset: str) -> Response:
    """Forget a pasted data set; results of its sequences stay."""
    viewer().remove(viewer().dataset(dataset))
    return Response(status=204)


@route(data, "GET", "/<dataset>/rows", {200: Rows}, query=RowsAsked)
def rows(dataset: str, query: RowsAsked) -> Rows:
    """Return a stretch of the list, after filters and sorting."""
    chosen = viewer().dataset(dataset)
    kept = selection(chosen, how_of(query), query)
    found = kept.rows(query.sort, query.order)
    kinds = kept.kinds
    return Rows(
        total=len(chosen),
        matched=len(found),
        offset=query.offset,
        rows=[Row(**one) for one in _listed(kept, found[query.offset : query.offset + query.limit])],
        facets=Facets(**kept.facets()),
        confusion=kept.confusion(),
        probability=kept.histogram(),
        counts=Counts(
            predicted=int(kinds.rows[kinds.predicted != UNKNOWN].sum()),
            explained=int(kinds.rows[kinds.explained > 0].sum()),
            problems=len(kept.predictions.problems),
        ),
        measured=kept.measured(),
    )


@route(data, "GET", "/<dataset>/rows/<int:row>", {200: FullRow}, query=Choices)
def row(dataset: str, row: int, query: Choices) -> FullRow:
    """Return one row with its letters and all probabilities."""
    here, chosen, how = viewer(), viewer().dataset(dataset), how_of(query)
    sequence = here.sequence(chosen, row)
    predictions = here.predictions(chosen, how.model, how.windowing)
    kept = Selection(chosen, predictions, here.scores(chosen, how), Filters())
    probabilities = dict(zip(predictions.labels, _short(predictions.probabilities[row]), strict=True))
    return FullRow(
        **_listed(kept, np.array([row]))[0],
        sequence=sequence.bases,
        probabilities={label: p for label, p in probabilities.items() if p is not None},
        origin=sequence.origin,
        interval=None if sequence.interval is None else str(sequence.interval),
        how=Choices(**how.as_json()),
    )


def about_dataset(one: kept.Dataset) -> Dataset:
    """Return what the page knows of a data set."""
    here = viewer()
    return Dataset(
        id=one.id,
        name=one.name,
        size=len(one),
        pasted=one.pasted,
        true_labels=sorted({str(s.label) for s in one.sequences if s.label is not None})[:100],
        lengths=(int(one.lengths.min()), int(one.lengths.max())),
        origin=any(s.origin for s in one.sequences),
        intervals=any(s.interval is not None for s in one.sequences),
        remarks=list(one.remarks),
        predicted={
            model: int((here.predictions(one, model).predicted != UNKNOWN).sum()) for model in here.models
        },
    )


def _listed(kept: Selection, rows: NDArray[np.int64]) -> list[dict[str, Any]]:
    """Return what the list shows of some rows: all columns first, because a number at a time takes longer."""
    found, scores, at = kept.predictions, kept.scores, rows.tolist()
    sequences = [kept.data.sequences[row] for row in at]
    explained = scores.explained[rows].tolist()
    strips = [scores.strip[row] for row in at]
    classes = {**dict(enumerate(found.labels)), UNKNOWN: None}
    verdicts = {1: True, 0: False, UNKNOWN: None}
    if found.regression:
        truths = [None if one.label is None else str(one.label) for one in sequences]
    else:
        truths = [classes[index] for index in found.true[rows].tolist()]
    columns: dict[str, Sequence[object]] = {
        "index": at,
        "name": [one.name for one in sequences],
        "length": [len(one) for one in sequences],
        "true": truths,
        "predicted": [classes[index] for index in found.predicted[rows].tolist()],
        "probability": _short(kept.probability[rows]),
        "correct": [verdicts[value] for value in kept.correct[rows].tolist()],
        "loss": _short(kept.loss[rows]),
        "problem": [found.problems.get(row) for row in at],
        "explained": explained,
        "target": [scores.target[row] for row in at],
        "delta": _short(scores.delta[rows]),
        "off_by": _short(scores.off_by[rows]),
        "converged": [
            ok if known else None
            for ok, known in zip(scores.converged[rows].tolist(), explained, strict=True)
        ],
        "largest": _short(scores.largest[rows]),
        "special_share": _short(scores.special[rows]),
        "hits": _hits(kept, at),
        "strip": [None if strip is None else base64.b64encode(strip).decode("ascii") for strip in strips],
    }
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _hits(kept: Selection, rows: list[int]) -> list[list[tuple[int, int]]]:
    wanted = kept.filters
    if not wanted.motif.strip():
        return [[] for _ in rows]
    return kept.data.hits(rows, wanted.motif, both=wanted.motif_strands == "both")


def _short(values: NDArray[np.float64]) -> list[float | None]:
    """Return numbers in seven digits, and ``None`` where there are none."""
    return [finite(value) for value in values.tolist()]
