"""The whole set at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np
from flask import Blueprint, Response, request

from captum_dna.insights.api import route
from captum_dna.insights.contrast import contrast_of
from captum_dna.insights.faithfulness import Measured, answer_key, mean
from captum_dna.insights.filters import CORRECT, Selection, SummaryAsked
from captum_dna.insights.inputs import how_of, selection, viewer
from captum_dna.insights.limits import Problem
from captum_dna.insights.pictures import to_text
from captum_dna.insights.schema.base import finite
from captum_dna.insights.schema.jobs import Job
from captum_dna.insights.schema.summary import (
    Completeness,
    Contrast,
    Faithfulness,
    Kmer,
    Measure,
    Profile,
    Summary,
)
from captum_dna.pipeline.windows import cut
from captum_dna.reporting.summary import TEST, Scored, kmers, profiles

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from captum_dna.insights.facets import Scores
    from captum_dna.insights.request import How

summary = Blueprint("summary", __name__, url_prefix="/api/datasets/<dataset>")

_MEASURED = 20
"""Rows measured where none are named; static/viewer/faithfulness.js says as many before."""
_WORDS = {value: word for word, value in CORRECT.items()}


@route(summary, "GET", "/summary", {200: Summary}, query=SummaryAsked)
def summarise(dataset: str, query: SummaryAsked) -> Response:
    """Return what the scores of the filtered rows have in common."""
    here, how = viewer(), how_of(query)
    data = here.dataset(dataset)
    kept = selection(data, how, query)
    return _remembered(kept, how, query, lambda: to_text(_summary(kept, how, query.k)))


def _remembered(kept: Selection, how: How, query: SummaryAsked, make: Callable[[], bytes]) -> Response:
    """Return an answer about the filtered rows that is computed once, and seldom while a job changes them."""
    here, data = viewer(), kept.data
    about = (data.id, request.endpoint, here.key(how), msgspec.json.encode(query))
    state = (kept.scores.state, kept.predictions.state)
    text = here.remembered(about, state, make, changing=here.jobs.explains(data))
    return Response(text, mimetype="application/json")


def _summary(kept: Selection, how: How, k: int) -> Summary:
    rows = [int(row) for row in np.flatnonzero(kept.kept & kept.scores.explained)]
    scored = _scored(kept, rows)
    start, drawn = profiles(scored)
    numbers = kept.scores
    return Summary(
        explained=len(rows),
        matched=int(kept.kept.sum()),
        start=start,
        profiles=[Profile(**one) for one in drawn],
        output=how.output,
        targets=sorted({str(numbers.target[row]) for row in rows}),
        kmers=[Kmer(**one) for one in kmers(scored, k)],
        test=TEST,
        completeness=Completeness(
            converged=int(numbers.converged[rows].sum()),
            median_off_by=_median(numbers.off_by[rows]),
            special_share=_median(numbers.special[rows]),
        ),
    )


@route(summary, "GET", "/contrast", {200: Contrast}, query=SummaryAsked)
def contrast(dataset: str, query: SummaryAsked) -> Response:
    """Return what the filtered rows share, against all others: of wrong predictions, against the right ones."""
    how = how_of(query)
    kept = selection(viewer().dataset(dataset), how, query)
    return _remembered(kept, how, query, lambda: to_text(contrast_of(kept, how.output, query.k, _scored)))


@route(summary, "POST", "/faithfulness", {200: Faithfulness, 202: Job}, body=Measure)
def faithfulness(dataset: str, body: Measure) -> Faithfulness | tuple[Job, int]:
    """Return how the model's output falls and rises with the top-scoring bases, the mean over rows."""
    here = viewer()
    data, how = here.dataset(dataset), how_of(body.how)
    rows = _to_measure(body.rows, here.scores(data, how), here.limits.measured)
    rows = [row for row in rows if len(cut(here.models[how.model], data.sequences[row], how.windowing)) == 1]
    if not rows:
        raise Problem(
            "Faithfulness is measured on sequences that the model sees whole, and all of these were cut into windows."
        )
    work = here.jobs.wait_for(here.jobs.measure(data, rows, how), body.wait)
    answers = [here.store.answer(answer_key(here.key(how), data.letters[row]), Measured) for row in rows]
    found = [one for one in answers if one is not None]
    if work is not None:
        return work.told(), 202
    if len(found) < len(rows):
        raise Problem("The measurement was cancelled. Ask again.", 404)
    return mean(rows, how.output, found)


def _to_measure(asked: list[int] | None, scores: Scores, most: int) -> list[int]:
    """Return the rows to measure: those asked for, or a few spread over all that are explained."""
    explained = [int(row) for row in np.flatnonzero(scores.explained)]
    if asked is None:
        count = min(len(explained), _MEASURED)
        asked = [explained[i * len(explained) // count] for i in range(count)]
    if len(asked) > most:
        raise Problem(f"Faithfulness is measured on at most {most} rows at a time. Name fewer.", field="rows")
    rows = list(dict.fromkeys(asked))
    if not rows or not set(rows) <= set(explained):
        raise Problem("None of these rows, or not all, are explained in this way yet. Explain them first.")
    return rows


def _scored(kept: Selection, rows: list[int]) -> list[Scored]:
    here, found, labels = viewer(), kept.predictions, kept.predictions.labels
    bases = here.store.base_scores([int(kept.scores.id[row]) for row in rows])
    scored = []
    for row in rows:
        sequence = kept.data.sequences[row]
        coded = bases.get(int(kept.scores.id[row]), b"")
        if len(coded) != 8 * len(sequence):
            continue  # a damaged row of the store
        groups = [("all", "all"), ("correct", _WORDS[int(kept.correct[row])])]
        if found.true[row] >= 0:
            groups.append(("true", labels[found.true[row]]))
        if found.predicted[row] >= 0:
            groups.append(("predicted", labels[found.predicted[row]]))
        scores = np.frombuffer(coded, "<f8")
        scored.append(Scored(sequence.bases, scores, sequence.origin, tuple(groups)))
    return scored


def _median(values: NDArray[np.float64]) -> float | None:
    known = values[np.isfinite(values)]
    return finite(np.median(known)) if len(known) else None
