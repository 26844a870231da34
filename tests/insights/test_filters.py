"""What filters keep and count, against the plain way to find it: row by row."""

from __future__ import annotations

import math
from collections import Counter
from types import SimpleNamespace
from typing import get_args

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from captum_dna.core.sequences import Sequence
from captum_dna.insights.datasets import Dataset
from captum_dna.insights.facets import Predictions, Scores
from captum_dna.insights.filters import BINS, CORRECT, Filters, Selection
from captum_dna.insights.kept import Found, Listed
from captum_dna.insights.schema.base import Order, Sort

LABELS = ("one", "two", "three")
MODEL = SimpleNamespace(labels=LABELS, head="single_label", label_index=LABELS.index)

ROWS = st.lists(
    st.tuples(
        st.sampled_from(["A", "AC", "ACG", "TATA", "GGGG"]),
        st.sampled_from([None, *LABELS]),
        st.one_of(st.none(), st.tuples(*[st.integers(0, 20)] * 3).filter(any)),
        st.one_of(st.none(), st.tuples(*[st.floats(-2, 2)] * 2)),
    ),
    min_size=1,
    max_size=12,
)
FILTERS = st.builds(
    Filters,
    true=st.lists(st.sampled_from([*LABELS, ""]), max_size=2).map(tuple),
    predicted=st.lists(st.sampled_from(LABELS), max_size=2).map(tuple),
    correct=st.lists(st.sampled_from(list(CORRECT)), max_size=2).map(tuple),
    explained=st.sampled_from([None, "yes", "no"]),
    probability_of=st.sampled_from([None, *LABELS]),
    min_probability=st.sampled_from([None, 0.0, 0.4]),
    max_probability=st.sampled_from([None, 0.6]),
    min_length=st.sampled_from([None, 2]),
    name=st.sampled_from(["", "1", "Row"]),
    motif=st.sampled_from(["", "AC", "S"]),
    motif_strands=st.sampled_from(["one", "both"]),
)


def columns(rows):
    """Return the data set, its predictions and its scores, as a viewer holds them."""
    data = Dataset([Sequence(f"row {i}", one[0] + "N" * i, one[1]) for i, one in enumerate(rows)], "x")
    found = [
        Found(data.letters[i], (np.array(chances) / sum(chances)).astype("<f8").tobytes(), None)
        for i, (_, _, chances, _) in enumerate(rows)
        if chances is not None
    ]
    stored = [
        Listed(i + 1, data.letters[i], "one", 0.0, 1, one[3][1], 0.0, abs(one[3][0]), b"")
        for i, one in enumerate(rows)
        if one[3] is not None
    ]
    store = SimpleNamespace(newest=lambda _: len(stored), of=lambda *_: stored)
    return data, Predictions(data, MODEL, found), Scores(data, "how", store).refresh()


def kept(filters, row, left_out=()):
    """Tell whether filters keep a row, which is a dictionary."""
    asked = {
        "true": not filters.true or (row["true"] or "") in filters.true,
        "predicted": not filters.predicted or row["predicted"] in filters.predicted,
        "correct": not filters.correct or row["correct"] in filters.correct,
        "explained": filters.explained is None or row["explained"] == filters.explained,
        "probability": (filters.min_probability is None and filters.max_probability is None)
        or (filters.min_probability or 0) <= row["probability"] <= (filters.max_probability or math.inf),
        "length": filters.min_length is None or row["length"] >= filters.min_length,
        "name": filters.name.casefold() in row["name"],
        "motif": any(motif_fits(filters.motif, row["bases"], turned) for turned in (False, True))
        if filters.motif_strands == "both"
        else motif_fits(filters.motif, row["bases"], turned=False),
    }
    return all(asked[name] for name in asked if name not in left_out)


def motif_fits(motif, bases, turned):
    turned_motif = {"AC": "GT", "S": "S", "": ""}[motif] if turned else motif
    return any(letter in bases for letter in "CG") if turned_motif == "S" else turned_motif in bases


def plain(rows, filters):
    """Return every row as a dictionary."""
    made = []
    for i, (bases, true, chances, scores) in enumerate(rows):
        shares = None if chances is None else np.array(chances) / sum(chances)
        predicted = None if shares is None else LABELS[int(shares.argmax())]
        which = filters.probability_of or predicted
        verdict = "unknown" if None in (true, predicted) else "right" if true == predicted else "wrong"
        made.append(
            {
                "index": i,
                "name": f"row {i}",
                "bases": bases,
                "length": len(bases) + i,
                "true": true,
                "predicted": predicted,
                "correct": verdict,
                "explained": "no" if scores is None else "yes",
                "probability": math.nan if shares is None else float(shares[LABELS.index(which)]),
                "loss": math.nan
                if shares is None or true is None
                else -math.log(max(shares[LABELS.index(true)], np.finfo(float).tiny)),
                "off_by": math.nan if scores is None else abs(scores[0]),
                "largest": math.nan if scores is None else abs(scores[1]),
            }
        )
    return made


@given(ROWS, FILTERS)
def test_filters_and_counts_are_those_of_a_plain_search(rows, filters):
    data, predictions, scores = columns(rows)
    found, expected = Selection(data, predictions, scores, filters), plain(rows, filters)
    assert found.kept.tolist() == [kept(filters, row) for row in expected]
    for facet, counts in found.facets().items():
        others = Counter(row[facet] or "" for row in expected if kept(filters, row, (facet,)))
        assert counts == {word: others[word] for word in counts}
    pairs = Counter(
        (row["true"], row["predicted"])
        for row in expected
        if None not in (row["true"], row["predicted"])
        and kept(filters, row, ("true", "predicted", "correct"))
    )
    assert {(one.true, one.predicted): one.count for one in found.confusion()} == pairs
    chances = [row["probability"] for row in expected if kept(filters, row, ("probability",))]
    known = [chance for chance in chances if not math.isnan(chance)]
    bins = Counter(min(int(chance * BINS), BINS - 1) for chance in known)
    assert found.histogram() == [bins[i] for i in range(BINS)]


@given(ROWS, FILTERS, st.sampled_from(get_args(Sort)), st.sampled_from(get_args(Order)))
def test_rows_are_sorted_and_those_without_a_number_come_last(rows, filters, sort, order):
    data, predictions, scores = columns(rows)
    found = Selection(data, predictions, scores, filters).rows(sort, order).tolist()
    expected = [row for row in plain(rows, filters) if kept(filters, row)]
    assert sorted(found) == [row["index"] for row in expected]
    by_index = {row["index"]: row for row in expected}
    values = [by_index[index][sort] for index in found]
    numbers = [v for v in values if isinstance(v, str) or not math.isnan(v)]
    assert all(isinstance(v, float) and math.isnan(v) for v in values[len(numbers) :])
    assert sort == "name" or numbers == sorted(numbers, reverse=order == "down")


def test_counts_follow_what_is_predicted_and_explained_later():
    rows = [("A", "one", None, None), ("C", "two", None, None)]
    data, predictions, scores = columns(rows)
    assert Selection(data, predictions, scores, Filters()).facets()["predicted"]["one"] == 0
    assert Selection(data, predictions, scores, Filters()).rows("probability", "up").tolist() == [0, 1]
    predictions.add(
        Found(data.letters[i], np.array(chances).astype("<f8").tobytes(), None)
        for i, chances in enumerate([[0.9, 0.1, 0.0], [0.6, 0.2, 0.2]])
    )
    after = Selection(data, predictions, scores, Filters())
    assert after.facets()["predicted"]["one"] == 2
    assert after.facets()["correct"] == {"wrong": 1, "right": 1, "unknown": 0}
    assert after.rows("probability", "up").tolist() == [1, 0]


def test_a_regression_has_a_correlation_and_no_classes():
    model = SimpleNamespace(labels=("activity",), head="regression")
    data = Dataset(
        [Sequence(f"row {i}", "ACGT" * (i + 1), label) for i, label in enumerate(("1", 2, 4.0, None))], "d"
    )
    found = [
        SimpleNamespace(letters=letters, probabilities=np.array([value]).tobytes(), problem=None)
        for letters, value in zip(data.letters, (2.0, 4.0, 8.0, 1.0), strict=True)
    ]
    store = SimpleNamespace(newest=lambda _: 0)
    selection = Selection(
        data, Predictions(data, model, found), Scores(data, "how", store).refresh(), Filters()
    )
    assert selection.measured() == "r = 1.000, Spearman 1.000, 3 sequences"
    assert selection.facets() == {
        "true": {},
        "predicted": {},
        "correct": {},
        "explained": {"yes": 0, "no": 4},
    }
    short = Selection(data, selection.predictions, selection.scores, Filters(max_length=4))
    assert short.measured() == "1 sequence, too few or too alike for a correlation"
