"""Data sets and their rows."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import numpy as np
from flask import Blueprint, Response, request

from captum_dna.insights.columns import UNKNOWN
from captum_dna.insights.routes.asked import answer, body, finite, how_in_address, selection, viewer, whole
from captum_dna.insights.select import Filters, Selection

if TYPE_CHECKING:
    from captum_dna.insights.dataset import Dataset

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
    predictions = kept.predictions
    return answer(
        {
            "total": len(chosen),
            "matched": len(found),
            "offset": offset,
            "rows": [_row(kept, int(row)) for row in found[offset : offset + limit]],
            "facets": kept.facets(),
            "confusion": kept.confusion(),
            "probability": kept.histogram(),
            "counts": {
                "predicted": int((predictions.predicted != UNKNOWN).sum()),
                "explained": int(kept.scores.explained.sum()),
                "problems": len(predictions.problems),
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
        _row(kept, row)
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


def _row(kept: Selection, row: int) -> dict[str, Any]:
    """Return what the list shows of one row."""
    found, scores, sequence = kept.predictions, kept.scores, kept.data.sequences[row]
    true, predicted, correct = int(found.true[row]), int(found.predicted[row]), int(kept.correct[row])
    explained = bool(scores.id[row])
    strip = scores.strip[row]
    if found.regression:
        shown_true = None if sequence.label is None else str(sequence.label)
    else:
        shown_true = None if true == UNKNOWN else found.labels[true]
    return {
        "index": row,
        "name": sequence.name,
        "length": len(sequence),
        "true": shown_true,
        "predicted": None if predicted == UNKNOWN else found.labels[predicted],
        "probability": finite(kept.probability[row]),
        "correct": None if correct == UNKNOWN else bool(correct),
        "loss": finite(kept.loss[row]),
        "problem": found.problems.get(row),
        "explained": explained,
        "target": scores.target[row],
        "delta": finite(scores.delta[row]),
        "converged": bool(scores.converged[row]) if explained else None,
        "largest": finite(scores.largest[row]),
        "special_share": finite(scores.special[row]),
        "strip": None if strip is None else base64.b64encode(strip).decode("ascii"),
    }
