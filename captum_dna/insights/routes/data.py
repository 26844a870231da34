"""Data sets and their rows."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import numpy as np
from flask import Blueprint, Response, request

from captum_dna.insights.facets import UNKNOWN
from captum_dna.insights.filters import Filters, Selection
from captum_dna.insights.routes.inputs import answer, body, finite, how_in_address, selection, viewer, whole

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from captum_dna.insights.datasets import Dataset

data = Blueprint("data", __name__, url_prefix="/api/datasets")

_MOST_ROWS = 500


@data.get("")
def datasets() -> Response:
    """Return all data sets, the one given at the start first."""
    return answer({"datasets": [_about(one) for one in list(viewer().datasets.values())]})


@data.post("")
def add_dataset() -> Response:
    """Make a data set of pasted text."""
    content = body("text", "name")
    made, new = viewer().paste(content.get("text"), content.get("name"))
    return answer(_about(made), 201 if new else 200)


@data.get("/<dataset>")
def dataset(dataset: str) -> Response:
    """Return one data set."""
    return answer(_about(viewer().dataset(dataset)))


@data.delete("/<dataset>")
def remove_dataset(dataset: str) -> Response:
    """Forget a pasted data set."""
    viewer().remove(viewer().dataset(dataset))
    return Response(status=204)


@data.get("/<dataset>/rows")
def rows(dataset: str) -> Response:
    """Return a stretch of the list."""
    chosen = viewer().dataset(dataset)
    kept = selection(chosen, how_in_address())
    offset, limit = whole("offset", 0, 0, 10**9), whole("limit", 100, 0, _MOST_ROWS)
    found = kept.rows(request.args.get("sort") or "index", request.args.get("order") or "up")
    kinds = kept.kinds
    return answer(
        {
            "total": len(chosen),
            "matched": len(found),
            "offset": offset,
            "rows": _listed(kept, found[offset : offset + limit]),
            "facets": kept.facets(),
            "confusion": kept.confusion(),
            "probability": kept.histogram(),
            "counts": {
                "predicted": int(kinds.rows[kinds.predicted != UNKNOWN].sum()),
                "explained": int(kinds.rows[kinds.explained > 0].sum()),
                "problems": len(kept.predictions.problems),
            },
        }
    )


@data.get("/<dataset>/rows/<int:row>")
def row(dataset: str, row: int) -> Response:
    """Return one row with its letters and all probabilities."""
    here, chosen, how = viewer(), viewer().dataset(dataset), how_in_address()
    sequence = here.sequence(chosen, row)
    predictions = here.predictions(chosen, how.model, how.windowing)
    kept = Selection(chosen, predictions, here.scores(chosen, how), Filters())
    probabilities = predictions.probabilities[row]
    known = bool(np.isfinite(probabilities).all())
    return answer(
        _listed(kept, np.array([row]))[0]
        | {
            "sequence": sequence.bases,
            "probabilities": {
                label: finite(p) for label, p in zip(predictions.labels, probabilities, strict=True)
            }
            if known
            else {},
            "origin": sequence.origin,
            "interval": None if sequence.interval is None else str(sequence.interval),
            "how": how.as_json(),
        }
    )


def _about(one: Dataset) -> dict[str, Any]:
    here = viewer()
    return {
        "id": one.id,
        "name": one.name,
        "size": len(one),
        "pasted": one.pasted,
        "true_labels": sorted({str(s.label) for s in one.sequences if s.label is not None})[:100],
        "lengths": [int(one.lengths.min()), int(one.lengths.max())],
        "origin": any(s.origin for s in one.sequences),
        "intervals": any(s.interval is not None for s in one.sequences),
        "remarks": list(one.remarks),
        "predicted": {
            model: int((here.predictions(one, model).predicted != UNKNOWN).sum()) for model in here.models
        },
    }


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
    columns: dict[str, list[Any]] = {
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
        "converged": [
            ok if known else None
            for ok, known in zip(scores.converged[rows].tolist(), explained, strict=True)
        ],
        "largest": _short(scores.largest[rows]),
        "special_share": _short(scores.special[rows]),
        "strip": [None if strip is None else base64.b64encode(strip).decode("ascii") for strip in strips],
    }
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _short(values: NDArray[np.float64]) -> list[Any]:
    """Return numbers that are written in the seven digits of a float32, and as ``null`` where there are none."""
    return list(values.astype(np.float32))
