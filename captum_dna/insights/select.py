"""Which rows a request keeps, in which order, and how many each other choice would keep."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from captum_dna.insights.limits import Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from captum_dna.insights.columns import Predictions, Scores
    from captum_dna.insights.dataset import Dataset

    Mask = NDArray[np.bool_]

CORRECT = {"wrong": 0, "right": 1, "unknown": -1}
EXPLAINED = {"no": False, "yes": True}
ORDERS = ("up", "down")
SORTS = ("index", "name", "length", "probability", "loss", "delta", "largest")
BINS = 20
"""Bars of the histogram of probabilities."""


@dataclass(frozen=True)
class Filters:
    """What a request keeps; ``None`` or nothing keeps all."""

    true: tuple[str, ...] = ()
    predicted: tuple[str, ...] = ()
    correct: tuple[str, ...] = ()
    explained: str | None = None
    probability_of: str | None = None
    min_probability: float | None = None
    max_probability: float | None = None
    min_length: float | None = None
    max_length: float | None = None
    name: str = ""
    motif: str = ""
    motif_strands: str = "both"


def filters_of(args: Mapping[str, list[str]], labels: tuple[str, ...]) -> Filters:
    """Return the filters among query parameters.

    Raises
    ------
    Problem
        A label or word that there is not, or a number that is none.
    """

    def one(name: str) -> str | None:
        return next((value for value in args.get(name, ()) if value != ""), None)

    def words(name: str, known: tuple[str, ...]) -> tuple[str, ...]:
        chosen = tuple(args.get(name, ()))
        for word in chosen:
            if word not in known:
                listed = ", ".join(repr(k) for k in known)
                raise Problem(f"{name} is one of {listed}, not {word!r:.60}.", field=name)
        return chosen

    def number(name: str) -> float | None:
        text = one(name)
        if text is None:
            return None
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            raise Problem(f"{name} is a number, not {text!r:.40}.", field=name)
        return value

    def choice(name: str, known: tuple[str, ...]) -> str | None:
        text = one(name)
        return text if text is None else words(name, known)[-1]

    return Filters(
        true=words("true", (*labels, "")),
        predicted=words("predicted", labels),
        correct=words("correct", tuple(CORRECT)),
        explained=choice("explained", tuple(EXPLAINED)),
        probability_of=choice("probability_of", labels),
        min_probability=number("min_probability"),
        max_probability=number("max_probability"),
        min_length=number("min_length"),
        max_length=number("max_length"),
        name=one("name") or "",
        motif=one("motif") or "",
        motif_strands=choice("motif_strands", ("both", "one")) or "both",
    )


class Selection:
    """The rows of one data set that filters keep, under one model and one way to explain."""

    def __init__(self, data: Dataset, predictions: Predictions, scores: Scores, filters: Filters) -> None:
        self.data, self.predictions, self.scores, self.filters = data, predictions, scores, filters
        self.probability = predictions.probability(filters.probability_of)
        self._all = np.ones(len(data), dtype=bool)
        self._masks = self._filter()

    @property
    def kept(self) -> Mask:
        """Which rows all filters keep."""
        return self._without()

    @cached_property
    def correct(self) -> Any:
        """Return 1 for right, 0 for wrong and -1 for unknown, per row of the data set."""
        return self.predictions.correct

    @cached_property
    def loss(self) -> Any:
        """Return the loss per row of the data set; NaN where unknown."""
        return self.predictions.loss

    def rows(self, sort: str, order: str) -> NDArray[np.int64]:
        """Return the rows kept, sorted; those without the number come last in both orders."""
        if sort not in SORTS:
            raise Problem(f"sort is one of {', '.join(SORTS)}, not {sort!r:.40}.", field="sort")
        if order not in ORDERS:
            raise Problem(f"order is up or down, not {order!r:.40}.", field="order")
        rows = np.flatnonzero(self.kept)
        values = self._values(sort)[rows].astype(float)
        ordered = np.argsort(values if order == "up" else -values, kind="stable")  # NaN comes last either way
        return rows[ordered]

    def facets(self) -> dict[str, dict[str, int]]:
        """Return how many rows each word of each facet would keep, all other filters as they are."""
        labels = self.predictions.labels
        counted = {
            "true": (self.predictions.true, {**dict(enumerate(labels)), -1: ""}),
            "predicted": (self.predictions.predicted, dict(enumerate(labels))),
            "correct": (self.correct, {value: word for word, value in CORRECT.items()}),
            "explained": (self.scores.explained.astype(int), {1: "yes", 0: "no"}),
        }
        facets = {}
        for name, (values, words) in counted.items():
            counts = np.bincount(values[self._without(name)] + 1, minlength=len(labels) + 3)
            facets[name] = {word: int(counts[value + 1]) for value, word in words.items()}
        return facets

    def confusion(self) -> list[dict[str, Any]]:
        """Return the number of rows per true and predicted class, those three filters left out."""
        labels, true, predicted = self.predictions.labels, self.predictions.true, self.predictions.predicted
        mask = self._without("true", "predicted", "correct") & (true >= 0) & (predicted >= 0)
        size = len(labels)
        counts = np.bincount(true[mask] * size + predicted[mask], minlength=size * size)
        return [
            {"true": labels[i // size], "predicted": labels[i % size], "count": int(counts[i])}
            for i in np.flatnonzero(counts)
        ]

    def histogram(self) -> list[int]:
        """Return the rows per bin of the probability, its own filter left out."""
        values = self.probability[self._without("probability")]
        counts = np.histogram(values[np.isfinite(values)], BINS, (0, 1))[0]
        return [int(count) for count in counts]

    def _without(self, *names: str) -> Mask:
        """Return which rows all filters but these keep."""
        mask = self._all
        for name, own in self._masks.items():
            if name not in names:
                mask = mask & own
        return mask

    def _filter(self) -> dict[str, Mask]:
        wanted, found, data = self.filters, self.predictions, self.data
        masks: dict[str, Mask] = {}
        index = {label: i for i, label in enumerate(found.labels)} | {"": -1}
        if wanted.true:
            masks["true"] = np.isin(found.true, [index[label] for label in wanted.true])
        if wanted.predicted:
            masks["predicted"] = np.isin(found.predicted, [index[label] for label in wanted.predicted])
        if wanted.correct:
            masks["correct"] = np.isin(self.correct, [CORRECT[word] for word in wanted.correct])
        if wanted.explained is not None:
            masks["explained"] = self.scores.explained == EXPLAINED[wanted.explained]
        if wanted.min_probability is not None or wanted.max_probability is not None:
            masks["probability"] = _between(self.probability, wanted.min_probability, wanted.max_probability)
        if wanted.min_length is not None or wanted.max_length is not None:
            masks["length"] = _between(data.lengths, wanted.min_length, wanted.max_length)
        if wanted.name:
            masks["name"] = data.named(wanted.name)
        if wanted.motif:
            masks["motif"] = data.with_motif(wanted.motif, both=wanted.motif_strands == "both")
        return masks

    def _values(self, sort: str) -> Any:
        if sort == "index":
            return np.arange(len(self.data))
        if sort == "name":
            return self.data.name_order
        if sort == "length":
            return self.data.lengths
        if sort == "probability":
            return self.probability
        if sort == "loss":
            return self.loss
        return np.abs(self.scores.delta if sort == "delta" else self.scores.largest)


def _between(values: Any, least: float | None, most: float | None) -> Any:
    low = -math.inf if least is None else least
    high = math.inf if most is None else most
    return (values >= low) & (values <= high)
