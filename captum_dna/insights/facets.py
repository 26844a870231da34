"""What a model says of the rows of a data set, as columns: its predictions, and the scores that are stored."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import numpy as np

from captum_dna.core.labels import measured_value
from captum_dna.pipeline.validate import true_label

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

    from captum_dna.core.labels import Label
    from captum_dna.insights.datasets import Dataset
    from captum_dna.insights.kept import Found
    from captum_dna.insights.store import Store
    from captum_dna.model.classifier import Classifier

Made = TypeVar("Made")

UNKNOWN = -1
"""Index of a class that is not known (yet)."""


class Kinds(NamedTuple):
    """Rows of one true and one predicted class, explained or not, are of one kind.

    ``of`` (N,) is the kind of each row, the others (K,) are what the rows of each kind are, and how many.
    """

    of: NDArray[np.int64]
    true: NDArray[np.int64]
    predicted: NDArray[np.int64]
    correct: NDArray[np.int64]
    explained: NDArray[np.int64]
    rows: NDArray[np.int64]


class Columns:
    """What is computed from columns once, until they change."""

    def __init__(self) -> None:
        self.changed()

    def once(self, name: object, make: Callable[[], Made]) -> Made:
        """Return what was made under a name since the columns changed, or make it."""
        kept = self._made
        if name not in kept:
            kept[name] = make()
        made: Made = kept[name]
        return made

    def changed(self) -> None:
        """Forget what was made; ``state`` is another object from now on."""
        self.state = object()
        self._made: dict[object, Any] = {}


class Predictions(Columns):
    """Probabilities of all rows of one data set under one model, as far as they are known.

    ``probabilities`` (N, C) is NaN and ``predicted`` (N,) is -1 where a row is not predicted yet;
    ``problems`` says why the model cannot read a row; ``true`` (N,) is -1 where the truth is unknown, and
    ``measured`` (N,) NaN where no regression's measured value is known.
    """

    def __init__(self, data: Dataset, classifier: Classifier, found: Iterable[Found]) -> None:
        super().__init__()
        self.labels = classifier.labels
        self.regression = classifier.head == "regression"
        self.probabilities = np.full((len(data), len(self.labels)), np.nan)
        self.predicted = np.full(len(data), UNKNOWN)
        self.problems: dict[int, str] = {}
        self.true = np.full(len(data), UNKNOWN)
        self._data = data
        self.measured = np.full(len(data), np.nan)
        for row, sequence in enumerate(data.sequences if self.regression else ()):
            self.measured[row] = _as_number(sequence.label)
        if not self.regression:
            for row, sequence in enumerate(data.sequences):
                label = true_label(classifier, sequence)
                if label in self.labels:  # several labels of one sequence are not a class to filter by
                    self.true[row] = self.labels.index(label)
        self.add(found)

    def add(self, found: Iterable[Found]) -> None:
        """Take in what the model says of some letters; what has not one number per class is left out."""
        for one in found:
            if one.probabilities is not None and len(one.probabilities) != 8 * len(self.labels):
                continue
            for row in self._data.rows_of.get(one.letters, ()):
                if one.probabilities is None:
                    self.problems[row] = str(one.problem)
                else:
                    self.probabilities[row] = np.frombuffer(one.probabilities, "<f8")
                    finite = np.isfinite(self.probabilities[row]).all()
                    self.predicted[row] = self.probabilities[row].argmax() if finite else UNKNOWN
        self.changed()

    @property
    def missing(self) -> list[int]:
        """Rows that are neither predicted nor known to be unreadable."""
        open_rows = np.flatnonzero(np.isnan(self.probabilities).all(axis=1))
        return [int(row) for row in open_rows if int(row) not in self.problems]

    @property
    def correct(self) -> NDArray[np.int64]:
        """Return 1 for right, 0 for wrong and -1 for unknown, per row."""
        return self.once("correct", self._correct)

    @property
    def loss(self) -> NDArray[np.float64]:
        """Return minus the logarithm of the true class's probability per row; NaN where unknown."""
        return self.once("loss", self._loss)

    def probability(self, label: str | None) -> NDArray[np.float64]:
        """Return the probability per row of one class, or of the predicted class."""
        if label is not None:
            return self.probabilities[:, self.labels.index(label)]
        return self.once("probability", self._probability)

    def bins(self, label: str | None, count: int) -> NDArray[np.int64]:
        """Return the bin of the probability of a class per row, of as many; one more for those that have none."""
        return self.once(("bins", label, count), lambda: _bins(self.probability(label), count))

    def _correct(self) -> NDArray[np.int64]:
        known = (self.true != UNKNOWN) & (self.predicted != UNKNOWN)
        return np.where(known, (self.true == self.predicted).astype(int), UNKNOWN)

    def _probability(self) -> NDArray[np.float64]:
        rows = np.arange(len(self.predicted))
        return np.where(self.predicted == UNKNOWN, np.nan, self.probabilities[rows, self.predicted])

    def _loss(self) -> NDArray[np.float64]:
        rows = np.arange(len(self.true))
        chance = np.where(self.true == UNKNOWN, np.nan, self.probabilities[rows, self.true])
        return -np.log(np.maximum(chance, np.finfo(float).tiny))


def _as_number(label: Label | None) -> float:
    value = None if label is None else measured_value(label)
    return np.nan if value is None else value


def _bins(probability: NDArray[np.float64], count: int) -> NDArray[np.int64]:
    known = np.isfinite(probability)
    return np.where(known, np.where(known, probability * count, 0).astype(int).clip(0, count - 1), count)


def _kinds(predictions: Predictions, explained: NDArray[np.bool_]) -> Kinds:
    true, predicted, correct = predictions.true, predictions.predicted, predictions.correct
    codes = 2 * ((true + 1) * (len(predictions.labels) + 1) + predicted + 1) + explained
    _, first, of, rows = np.unique(codes, return_index=True, return_inverse=True, return_counts=True)
    return Kinds(
        of.reshape(-1), true[first], predicted[first], correct[first], explained[first].astype(int), rows
    )


class Scores(Columns):
    """What is stored of one way to explain the rows of one data set; :meth:`refresh` takes in what is new.

    ``id`` (N,) is 0 where a row is not explained; ``delta``, ``off_by``, ``largest`` and ``special`` (N,) are NaN there.
    """

    def __init__(self, data: Dataset, how: str, store: Store) -> None:
        super().__init__()
        size = len(data)
        self.how = how
        self.id = np.zeros(size, dtype=np.int64)
        self.delta, self.off_by, self.largest, self.special = (np.full(size, np.nan) for _ in range(4))
        self.converged = np.zeros(size, dtype=bool)
        self.target: list[str | None] = [None] * size
        self.strip: list[bytes | None] = [None] * size
        self.last = 0
        self._data, self._store = data, store
        self._kinds: tuple[object, object, Kinds] | None = None
        self._lock = threading.Lock()

    def refresh(self) -> Scores:
        """Take in results that were stored since the last time."""
        with self._lock:
            newest = self._store.newest(self.how)
            if newest == self.last:
                return self
            # A store may hold far more than this data set.
            new = (
                self._store.since(self.how, self.last)
                if self.last
                else self._store.of(self.how, self._data.letters)
            )
            self.last = newest
            for one in new:
                for row in self._data.rows_of.get(one.letters, ()):
                    self.id[row] = one.id
                    self.delta[row] = np.nan if one.delta is None else one.delta
                    self.off_by[row] = np.nan if one.off_by is None else one.off_by
                    self.largest[row] = np.nan if one.largest is None else one.largest
                    self.special[row] = np.nan if one.special is None else one.special
                    self.converged[row] = bool(one.converged)
                    self.target[row], self.strip[row] = one.target, one.strip
            self.changed()
        return self

    def kinds(self, predictions: Predictions) -> Kinds:
        """Return the kinds of rows there are, under a model's predictions."""
        state, kinds = predictions.state, self._kinds
        if kinds is None or kinds[0] is not state or kinds[1] is not self.state:
            self._kinds = kinds = (state, self.state, _kinds(predictions, self.explained))
        return kinds[2]

    @property
    def explained(self) -> NDArray[np.bool_]:
        """Which rows are explained."""
        return self.id > 0
