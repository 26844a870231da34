"""What a model says of the rows of a data set, as columns: its predictions, and the scores that are stored."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import numpy as np

from captum_dna.choices import true_label

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from captum_dna.classifier import Classifier
    from captum_dna.insights.dataset import Dataset
    from captum_dna.insights.store import Store

    Found = tuple[str, bytes | None, str | None]

UNKNOWN = -1
"""Index of a class that is not known (yet)."""


class Predictions:
    """Probabilities of all rows of one data set under one model, as far as they are known.

    ``probabilities`` (N, C) is NaN and ``predicted`` (N,) is -1 where a row is not predicted yet;
    ``problems`` says why the model cannot read a row; ``true`` (N,) is -1 where the truth is unknown.
    """

    def __init__(self, data: Dataset, classifier: Classifier, found: Iterable[Found]) -> None:
        self.labels = classifier.labels
        self.regression = classifier.head == "regression"
        self.probabilities = np.full((len(data), len(self.labels)), np.nan)
        self.predicted = np.full(len(data), UNKNOWN)
        self.problems: dict[int, str] = {}
        self.true = np.full(len(data), UNKNOWN)
        self._data = data
        self._found: dict[str, Any] = {}
        if not self.regression:
            for row, sequence in enumerate(data.sequences):
                label = true_label(classifier, sequence)
                self.true[row] = UNKNOWN if label is None else self.labels.index(label)
        self.add(found)

    def add(self, found: Iterable[Found]) -> None:
        """Take in (letters, float64 probabilities, problem)."""
        for letters, probabilities, problem in found:
            rows = self._data.rows_of.get(letters, ())
            for row in rows:
                if probabilities is None:
                    self.problems[row] = str(problem)
                else:
                    self.probabilities[row] = np.frombuffer(probabilities, "<f8")
                    finite = np.isfinite(self.probabilities[row]).all()
                    self.predicted[row] = self.probabilities[row].argmax() if finite else UNKNOWN
        self._found = {}

    @property
    def missing(self) -> list[int]:
        """Rows that are neither predicted nor known to be unreadable."""
        open_rows = np.flatnonzero(np.isnan(self.probabilities).all(axis=1))
        return [int(row) for row in open_rows if int(row) not in self.problems]

    @property
    def correct(self) -> Any:
        """Return 1 for right, 0 for wrong and -1 for unknown, per row."""
        return self._once("correct", self._correct)

    @property
    def loss(self) -> Any:
        """Return minus the logarithm of the true class's probability per row; NaN where unknown."""
        return self._once("loss", self._loss)

    def probability(self, label: str | None) -> Any:
        """Return the probability per row of one class, or of the predicted class."""
        if label is not None:
            return self.probabilities[:, self.labels.index(label)]
        return self._once("probability", self._probability)

    def _once(self, name: str, make: Callable[[], Any]) -> Any:
        """Return a column that is made once, until predictions are added."""
        found = self._found
        if name not in found:
            found[name] = make()
        return found[name]

    def _correct(self) -> Any:
        known = (self.true != UNKNOWN) & (self.predicted != UNKNOWN)
        return np.where(known, (self.true == self.predicted).astype(int), UNKNOWN)

    def _probability(self) -> Any:
        rows = np.arange(len(self.predicted))
        return np.where(self.predicted == UNKNOWN, np.nan, self.probabilities[rows, self.predicted])

    def _loss(self) -> Any:
        rows = np.arange(len(self.true))
        chance = np.where(self.true == UNKNOWN, np.nan, self.probabilities[rows, self.true])
        return -np.log(np.maximum(chance, np.finfo(float).tiny))


class Scores:
    """What is stored of one way to explain the rows of one data set; :meth:`refresh` takes in what is new.

    ``id`` (N,) is 0 where a row is not explained; ``delta``, ``largest`` and ``special`` (N,) are NaN there.
    """

    def __init__(self, data: Dataset, how: str, store: Store) -> None:
        size = len(data)
        self.how = how
        self.id = np.zeros(size, dtype=np.int64)
        self.delta, self.largest, self.special = (np.full(size, np.nan) for _ in range(3))
        self.converged = np.zeros(size, dtype=bool)
        self.target: list[str | None] = [None] * size
        self.strip: list[bytes | None] = [None] * size
        self.last = 0
        self._data, self._store = data, store
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
            for number, letters, target, delta, converged, largest, special, strip in new:
                for row in self._data.rows_of.get(letters, ()):
                    self.id[row] = number
                    self.delta[row] = np.nan if delta is None else delta
                    self.largest[row] = np.nan if largest is None else largest
                    self.special[row] = np.nan if special is None else special
                    self.converged[row] = bool(converged)
                    self.target[row], self.strip[row] = target, strip
        return self

    @property
    def explained(self) -> Any:
        """Which rows are explained."""
        return self.id > 0
