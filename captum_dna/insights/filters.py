"""Which rows a request keeps, in which order, and how many each other choice would keep."""

from __future__ import annotations

import math
from collections import Counter
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from msgspec import Meta

from captum_dna.insights.facets import UNKNOWN
from captum_dna.insights.limits import Problem
from captum_dna.insights.schema.base import MOST_TRACKS, Choices, Correct, Index, Number, Order, Sort
from captum_dna.insights.schema.data import Cell
from captum_dna.reporting.measured import agreement

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from captum_dna.insights.datasets import Dataset
    from captum_dna.insights.facets import Columns, Predictions, Scores

    Mask = NDArray[np.bool_]

CORRECT = {"wrong": 0, "right": 1, "unknown": -1}
EXPLAINED = {"no": False, "yes": True}
BINS = 20
"""Bars of the histogram of probabilities."""


class Filters(Choices):
    """Which rows to keep; their scores are those of the choices."""

    true: Annotated[
        tuple[str, ...], Meta(description="True classes to keep; an empty text for the unknown")
    ] = ()
    predicted: Annotated[tuple[str, ...], Meta(description="Predicted classes to keep")] = ()
    correct: Annotated[tuple[Correct, ...], Meta(description="Whether the prediction is right")] = ()
    explained: Annotated[
        Literal["yes", "no"] | None, Meta(description="Whether a stored explanation exists")
    ] = None
    probability_of: Annotated[
        str | None,
        Meta(
            description="Class of the probability filtered and sorted by; by default the predicted class of each row"
        ),
    ] = None
    min_probability: Annotated[Number | None, Meta(description="Inclusive")] = None
    max_probability: Annotated[Number | None, Meta(description="Inclusive")] = None
    min_length: Annotated[Number | None, Meta(description="Bases, inclusive")] = None
    max_length: Annotated[Number | None, Meta(description="Bases, inclusive")] = None
    name: Annotated[str, Meta(max_length=1000, description="Text in the name, in any case")] = ""
    motif: Annotated[
        str,
        Meta(
            max_length=100,
            description="IUPAC pattern, such as TATAWAWR; a letter of a sequence fits where all it stands for is "
            "allowed",
        ),
    ] = ""
    motif_strands: Annotated[
        Literal["both", "one"], Meta(description="Search the reverse complement, too, or not")
    ] = "both"


class RowsAsked(Filters):
    """A stretch of the list."""

    offset: Index = 0
    limit: Annotated[int, Meta(ge=0, le=500)] = 100
    sort: Sort = "index"
    order: Order = "up"


class SummaryAsked(Filters):
    """What the scores of the filtered rows have in common."""

    k: Annotated[int, Meta(ge=3, le=8, description="Length of the k-mers")] = 6


class ExportAsked(Filters):
    """Rows to write to a file."""

    row: Annotated[tuple[Index, ...], Meta(description="Rows, in place of those that the filters keep")] = ()
    also: Annotated[
        tuple[str, ...],
        Meta(
            max_length=MOST_TRACKS - 1,
            description="JSON objects with the choices of further tracks, for a figure and for Python lines",
        ),
    ] = ()
    start: Annotated[Index | None, Meta(description="First base of a figure; by default all")] = None
    end: Annotated[Index | None, Meta(description="The base after the last of a figure")] = None
    width: Annotated[float, Meta(ge=2, le=20, description="Inches of a figure")] = 7.2
    caption: Annotated[bool, Meta(description="Whether words stand on a figure")] = True


def check_labels(filters: Filters, labels: tuple[str, ...]) -> None:
    """Refuse classes that the model does not have.

    Raises
    ------
    Problem
        A label that there is not.
    """
    asked = {
        "true": (filters.true, (*labels, "")),
        "predicted": (filters.predicted, labels),
        "probability_of": ((filters.probability_of or labels[0],), labels),
    }
    for name, (chosen, known) in asked.items():
        for label in chosen:
            if label not in known:
                listed = ", ".join(repr(one) for one in known)
                raise Problem(f"{name} is one of {listed}, not {label!r:.60}.", field=name)


class Selection:
    """The rows of one data set that filters keep, under one model and one way to explain.

    Rows of the same classes are of one kind, of which there are few: what asks for classes alone is answered kind by
    kind, and what is counted by class is counted once, by kind.
    """

    def __init__(self, data: Dataset, predictions: Predictions, scores: Scores, filters: Filters) -> None:
        check_labels(filters, predictions.labels)
        self.data, self.predictions, self.scores, self.filters = data, predictions, scores, filters
        self.probability = predictions.probability(filters.probability_of)
        self.kinds = scores.kinds(predictions)
        self._of_rows, self._of_kinds = self._by_row(), self._by_kind()

    @property
    def correct(self) -> NDArray[np.int64]:
        """Return 1 for right, 0 for wrong and -1 for unknown, per row of the data set."""
        return self.predictions.correct

    @property
    def loss(self) -> NDArray[np.float64]:
        """Return the loss per row of the data set; NaN where unknown."""
        return self.predictions.loss

    @cached_property
    def kept(self) -> Mask:
        """Which rows all filters keep."""
        return self._rows_kept(self._of_rows)

    def rows(self, sort: Sort, order: Order) -> NDArray[np.int64]:
        """Return the rows kept, sorted; those without the number come last in both orders."""
        if sort == "index":
            rows = np.flatnonzero(self.kept)
            return rows if order == "up" else rows[::-1]
        ordered = self._ordered(sort, down=order == "down")
        return ordered[self.kept[ordered]]

    def facets(self) -> dict[str, dict[str, int]]:
        """Return how many rows each word of each facet would keep, all other filters as they are."""
        labels = self.predictions.labels
        of_classes = ("true", "predicted", "correct") if self.predictions.regression else ()
        counted = {
            "true": (self.kinds.true, {**dict(enumerate(labels)), UNKNOWN: ""}),
            "predicted": (self.kinds.predicted, dict(enumerate(labels))),
            "correct": (self.kinds.correct, {value: word for word, value in CORRECT.items()}),
            "explained": (self.kinds.explained, {1: "yes", 0: "no"}),
        }
        facets: dict[str, dict[str, int]] = {name: {} for name in of_classes}
        for name, (values, words) in counted.items():
            if name in facets:
                continue  # a regression has no classes, and no right and wrong
            counts = np.bincount(values + 1, self._counts(name), len(labels) + 3)
            facets[name] = {word: int(counts[value + 1]) for value, word in words.items()}
        return facets

    def confusion(self) -> list[Cell]:
        """Return the number of rows per true and predicted class, those three filters left out."""
        labels, counts = self.predictions.labels, self._counts("true", "predicted", "correct")
        cells: Counter[tuple[int, int]] = Counter()
        for kind in np.flatnonzero(counts).tolist():
            cells[int(self.kinds.true[kind]), int(self.kinds.predicted[kind])] += int(counts[kind])
        return [
            Cell(true=labels[true], predicted=labels[predicted], count=count)
            for (true, predicted), count in sorted(cells.items())
            if UNKNOWN not in (true, predicted)
        ]

    def measured(self) -> str | None:
        """Return how measured and predicted values of the rows kept correlate; ``None`` where none is measured."""
        rows = self.kept & np.isfinite(self.predictions.measured)
        if not rows.any():
            return None
        return str(agreement(zip(self.predictions.measured[rows], self.probability[rows], strict=True)))

    def histogram(self) -> list[int]:
        """Return the rows per bin of the probability, its own filter left out."""
        others = {name: mask for name, mask in self._of_rows.items() if name != "probability"}
        mask = self.kept if len(others) == len(self._of_rows) else self._rows_kept(others)
        bins = self.predictions.bins(self.filters.probability_of, BINS)[mask]
        counts: list[int] = np.bincount(bins, minlength=BINS + 1)[:BINS].tolist()
        return counts

    def _rows_kept(self, masks: dict[str, Mask]) -> Mask:
        """Return which rows these filters keep, and all that ask for kinds."""
        both = [*masks.values()]
        if self._of_kinds:
            both.append(self._kinds_kept()[self.kinds.of])
        return np.logical_and.reduce(both) if both else np.ones(len(self.data), dtype=bool)

    def _kinds_kept(self, *left_out: str) -> Mask:
        """Return which kinds all filters keep but these."""
        mask = np.ones(len(self.kinds.true), dtype=bool)
        for name, own in self._of_kinds.items():
            if name not in left_out:
                mask &= own
        return mask

    def _counts(self, *left_out: str) -> NDArray[np.int64]:
        """Return the rows of each kind that all filters keep but these, which ask for kinds."""
        return np.where(self._kinds_kept(*left_out), self._rows_of_kinds, 0)

    @cached_property
    def _rows_of_kinds(self) -> NDArray[np.int64]:
        """The rows of each kind that the filters of single rows keep."""
        if not self._of_rows:
            return self.kinds.rows
        mask = np.logical_and.reduce(list(self._of_rows.values()))
        return np.bincount(self.kinds.of[mask], minlength=len(self.kinds.true))

    def _by_kind(self) -> dict[str, Mask]:
        """Return which kinds each filter keeps."""
        wanted, kinds, masks = self.filters, self.kinds, {}
        index = {label: i for i, label in enumerate(self.predictions.labels)} | {"": UNKNOWN}
        if wanted.true:
            masks["true"] = np.isin(kinds.true, [index[label] for label in wanted.true])
        if wanted.predicted:
            masks["predicted"] = np.isin(kinds.predicted, [index[label] for label in wanted.predicted])
        if wanted.correct:
            masks["correct"] = np.isin(kinds.correct, [CORRECT[word] for word in wanted.correct])
        if wanted.explained is not None:
            masks["explained"] = kinds.explained == EXPLAINED[wanted.explained]
        return masks

    def _by_row(self) -> dict[str, Mask]:
        """Return which rows each filter keeps that does not ask for kinds."""
        wanted, data = self.filters, self.data
        masks: dict[str, Mask] = {}
        if wanted.min_probability is not None or wanted.max_probability is not None:
            masks["probability"] = _between(self.probability, wanted.min_probability, wanted.max_probability)
        if wanted.min_length is not None or wanted.max_length is not None:
            masks["length"] = _between(data.lengths, wanted.min_length, wanted.max_length)
        if wanted.name:
            masks["name"] = data.named(wanted.name)
        if wanted.motif:
            masks["motif"] = data.with_motif(wanted.motif, both=wanted.motif_strands == "both")
        return masks

    def _ordered(self, sort: str, *, down: bool) -> NDArray[np.int64]:
        """Return all rows, sorted."""
        if sort in ("name", "length"):
            return _sorted(self.data.name_order if sort == "name" else self.data.lengths, down=down)
        if sort in ("probability", "loss"):
            label = self.filters.probability_of if sort == "probability" else None
            values = self.probability if sort == "probability" else self.loss
            columns: Columns = self.predictions
        else:
            label, columns = None, self.scores
            values = self.scores.off_by if sort == "off_by" else np.abs(self.scores.largest)
        found: NDArray[np.int64] = columns.once((sort, label, down), lambda: _sorted(values, down=down))
        return found


def _sorted(values: NDArray[np.float64] | NDArray[np.int64], *, down: bool) -> NDArray[np.int64]:
    """Return the places of values in their order; NaN comes last either way."""
    values = values.astype(float)
    places: NDArray[np.int64] = np.argsort(-values if down else values, kind="stable")
    return places


def _between(
    values: NDArray[np.float64] | NDArray[np.int64], least: float | None, most: float | None
) -> Mask:
    low = -math.inf if least is None else least
    high = math.inf if most is None else most
    return (values >= low) & (values <= high)
