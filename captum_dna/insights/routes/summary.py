"""The whole set at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from flask import Blueprint, Response

from captum_dna.insights.filters import CORRECT, Selection
from captum_dna.insights.limits import Problem
from captum_dna.insights.measuring import WORDS, answer_key, mean
from captum_dna.insights.routes.inputs import (
    answer,
    body,
    finite,
    how_in,
    how_in_address,
    selection,
    viewer,
    wait_for,
    whole,
)
from captum_dna.pipeline.windows import cut
from captum_dna.reporting.summary import TEST, Scored, kmers, profiles

if TYPE_CHECKING:
    from captum_dna.insights.facets import Scores

summary = Blueprint("summary", __name__, url_prefix="/api/datasets/<dataset>")

_MEASURED = 20
"""Rows measured where none are named."""
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
            "targets": sorted({str(numbers.target[row]) for row in rows}),
            "kmers": kmers(scored, whole("k", 6, 3, 8)),
            "test": TEST,
            "completeness": {
                "converged": int(numbers.converged[rows].sum()),
                "median_delta": _median(np.abs(numbers.delta[rows])),
                "special_share": _median(numbers.special[rows]),
            },
        }
    )


@summary.post("/faithfulness")
def faithfulness(dataset: str) -> Response:
    """Return how the model's answer falls and rises with the best-scored bases, the mean over rows."""
    here, content = viewer(), body("rows", "how", "wait")
    data, how = here.dataset(dataset), how_in(content)
    rows = _to_measure(content.get("rows"), here.scores(data, how), here.limits.measured)
    rows = [row for row in rows if len(cut(here.models[how.model], data.sequences[row], how.windowing)) == 1]
    if not rows:
        raise Problem(
            "Faithfulness is measured on sequences that the model sees whole, and all of these were cut into windows."
        )
    work = wait_for(here.jobs.measure(data, rows, how), content)
    answers = [here.store.answer(answer_key(here.key(how), data.letters[row])) for row in rows]
    found = [one for one in answers if one is not None]
    if work is not None:
        return answer(work.as_json(), 202)
    if len(found) < len(rows):
        raise Problem("The measurement was cancelled: ask again.", 404)
    return answer({"rows": rows, "output": how.output, "words": WORDS} | mean(found))


def _to_measure(asked: Any, scores: Scores, most: int) -> list[int]:
    """Return the rows to measure: those asked for, or a few spread over all that are explained."""
    explained = [int(row) for row in np.flatnonzero(scores.explained)]
    if asked is None:
        step = max(1, -(-len(explained) // _MEASURED))
        asked = explained[::step]
    if not isinstance(asked, list) or not all(type(row) is int for row in asked) or len(asked) > most:
        raise Problem(f"rows is a list of at most {most} indices from 0.", field="rows")
    rows = list(dict.fromkeys(asked))
    if not rows or not set(rows) <= set(explained):
        raise Problem("None of these rows, or not all, are explained in this way yet: explain them first.")
    return rows


def _scored(kept: Selection, rows: list[int]) -> list[Scored]:
    here, found, labels = viewer(), kept.predictions, kept.predictions.labels
    bases = here.store.base_scores([int(kept.scores.id[row]) for row in rows])
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
