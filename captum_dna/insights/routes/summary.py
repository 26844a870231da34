"""The whole set at once."""

from __future__ import annotations

from typing import Any

import numpy as np
from flask import Blueprint, Response

from captum_dna.insights.routes.asked import answer, finite, how_in_address, selection, viewer, whole
from captum_dna.insights.select import CORRECT, Selection
from captum_dna.insights.summary import TEST, Scored, kmers, profiles

summary = Blueprint("summary", __name__, url_prefix="/api/datasets/<dataset>")

_WORDS = {value: word for word, value in CORRECT.items()}


@summary.get("/summary")
def summarise(dataset: str) -> Response:
    """Return what the scores of the filtered rows have in common."""
    how = how_in_address()
    kept = selection(viewer().dataset(dataset), how)
    rows = [int(row) for row in np.flatnonzero(kept.kept & kept.scores.explained)]
    scored = _scored(kept, rows)
    start, drawn = profiles(scored)
    numbers = kept.scores
    return answer(
        {
            "explained": len(rows),
            "matched": int(kept.kept.sum()),
            "start": start,
            "profiles": drawn,
            "output": how.output,
            "kmers": kmers(scored, whole("k", 6, 3, 8)),
            "test": TEST,
            "completeness": {
                "converged": int(numbers.converged[rows].sum()),
                "median_delta": _median(np.abs(numbers.delta[rows])),
                "special_share": _median(numbers.special[rows]),
            },
        }
    )


def _scored(kept: Selection, rows: list[int]) -> list[Scored]:
    here, found, labels = viewer(), kept.predictions, kept.predictions.labels
    bases = here.store.base_scores(kept.scores.how)
    scored = []
    for row in rows:
        sequence = kept.data.sequences[row]
        groups = [("all", "all"), ("correct", _WORDS[int(kept.correct[row])])]
        if found.true[row] >= 0:
            groups.append(("true", labels[found.true[row]]))
        if found.predicted[row] >= 0:
            groups.append(("predicted", labels[found.predicted[row]]))
        scores = np.frombuffer(bases[int(kept.scores.id[row])], "<f8")
        scored.append(Scored(sequence.bases, scores, sequence.origin, tuple(groups)))
    return scored


def _median(values: Any) -> float | None:
    known = values[np.isfinite(values)]
    return finite(np.median(known)) if len(known) else None
