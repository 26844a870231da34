"""What a classifier learns: one class of several, any of several labels, or a number.

A task knows what a label means, the loss summed over sequences with its weight, and the metrics. The loss of a
set is the sum of the weighted losses over the sum of the weights: it does not depend on order or batches.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import torch
from torch.nn import functional

from captum_dna.core.labels import LabelError, is_vector, label_cells, label_indices, measured_value
from captum_dna.training.folder import TrainingError
from captum_dna.training.metrics import METRICS, classification_metrics, label_metrics, regression_metrics

if TYPE_CHECKING:
    from collections.abc import Sequence as SequenceABC

    from numpy.typing import NDArray
    from torch import Tensor

    from captum_dna.core.sequences import Sequence

    Target = int | float | tuple[float, ...]


class Task(ABC):
    """How labels, losses and metrics of one kind of head belong together.

    Parameters
    ----------
    classes
        Names of the model's outputs.
    smoothing
        Share of the target probability that is spread over all classes.
    """

    head: ClassVar[str]
    metrics: ClassVar[tuple[str, ...]]
    falling: ClassVar[frozenset[str]] = frozenset({"loss"})
    """Metrics of which less is better."""

    def __init__(self, classes: tuple[str, ...], smoothing: float = 0.0) -> None:
        self.classes = classes
        self.smoothing = smoothing
        self.weights: list[float] | None = None

    @staticmethod
    def labels_of(sequence: Sequence) -> list[str | int | float]:
        """Return the labels that a sequence has."""
        return [] if sequence.label is None else [sequence.label]

    @abstractmethod
    def target(self, sequence: Sequence) -> Target | None:
        """Return what the model is to say of a sequence, ``None`` where its label is none of the model's."""

    @abstractmethod
    def weigh(self, asked: Mapping[str, float] | str | None, targets: SequenceABC[Target]) -> None:
        """Settle the weights of the classes."""

    @abstractmethod
    def weight(self, targets: Tensor) -> Tensor:
        """Return the sum of the weights of these targets."""

    @abstractmethod
    def loss(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Return the sum of the weighted losses of (B, C) logits and B targets."""

    @abstractmethod
    def measure(self, targets: NDArray[np.generic], logits: NDArray[np.generic]) -> dict[str, float]:
        """Return the metrics of N targets and (N, C) logits, without the loss."""

    def measured(self, targets: object, logits: object) -> dict[str, float]:
        """Return the loss of the whole set and the metrics."""
        rows = torch.as_tensor(np.asarray(logits, dtype=np.float64))
        truth = torch.as_tensor(np.asarray(targets))
        loss = self.loss(rows, truth) / self.weight(truth)
        return {"loss": float(loss), **self.measure(truth.numpy(), rows.numpy())}

    def mean_weight(self, targets: SequenceABC[Target]) -> float:
        """Return the mean weight of the targets."""
        return float(self.weight(torch.as_tensor(np.asarray(targets)))) / len(targets)

    def check_metric(self, metric: str) -> None:
        """Refuse a metric that this task does not have."""
        if metric not in (*self.metrics, "loss"):
            raise TrainingError(
                f"There is no metric {metric!r}. Choose one of {', '.join(self.metrics)}, loss.",
                option="metric",
            )

    def _class_weights(self, asked: Mapping[str, float]) -> list[float]:
        unknown = [name for name in asked if name not in self.classes]
        if unknown:
            raise TrainingError(
                f"`class_weights` has no class {unknown[0]!r} to weigh: the classes are "
                f"{', '.join(map(repr, self.classes))}."
            )
        if min(asked.values(), default=0.0) < 0 or not any(asked.get(name, 1.0) for name in self.classes):
            raise TrainingError("`class_weights` must be at least 0, and one of them must be more.")
        return [float(asked.get(name, 1.0)) for name in self.classes]


class SingleLabel(Task):
    """One class of several: cross-entropy with a weight per class."""

    head = "single_label"
    metrics = METRICS

    def target(self, sequence: Sequence) -> int | None:
        """Return the index of the class."""
        return _position(sequence.label, self.classes)

    def weigh(self, asked: Mapping[str, float] | str | None, targets: SequenceABC[Target]) -> None:
        """Let each class count the same ("balanced"), or as asked."""
        if isinstance(asked, Mapping):
            self.weights = self._class_weights(asked)
        elif asked == "balanced":
            found = Counter(targets)
            self.weights = [
                len(targets) / (len(found) * found[i]) if found[i] else 0.0 for i in range(len(self.classes))
            ]
        elif asked is not None:
            raise _no_weights(asked)

    def weight(self, targets: Tensor) -> Tensor:
        """Return the sum of the weights of these classes."""
        if self.weights is None:
            return torch.tensor(float(len(targets)))
        return torch.tensor(self.weights, dtype=torch.float64)[targets.cpu()].sum()

    def loss(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Return the sum of the weighted cross-entropies."""
        weights = None if self.weights is None else torch.tensor(self.weights).to(logits)
        return functional.cross_entropy(
            logits, targets, weight=weights, label_smoothing=self.smoothing, reduction="sum"
        )

    def measure(self, targets: NDArray[np.generic], logits: NDArray[np.generic]) -> dict[str, float]:
        """Return the metrics of the probabilities."""
        return classification_metrics(targets, torch.as_tensor(logits).softmax(-1).numpy())


class MultiLabel(Task):
    """A yes or no for each label: binary cross-entropy, with a weight for each yes."""

    head = "multi_label"
    metrics = ("accuracy", "f1", "auroc", "average_precision")

    @staticmethod
    def labels_of(sequence: Sequence) -> list[str | int | float]:
        """Return the labels of "a;b"; "-" is none. A yes or no for each label counts them from 0."""
        if not isinstance(sequence.label, str):
            return [] if sequence.label is None else [sequence.label]
        cells = label_cells(sequence.label)
        return [f"LABEL_{i}" for i in range(len(cells))] if is_vector(cells) else list(cells)

    def target(self, sequence: Sequence) -> tuple[float, ...] | None:
        """Return 1 for each label that the sequence has, else 0."""
        if sequence.label is None:
            return (0.0,) * len(self.classes)
        try:
            found = label_indices(sequence.label, self.classes)
        except LabelError:
            return None
        return None if found is None else tuple(float(i in found) for i in range(len(self.classes)))

    def weigh(self, asked: Mapping[str, float] | str | None, targets: SequenceABC[Target]) -> None:
        """Let the yes of a label count as much as its no ("balanced"), or as asked."""
        if isinstance(asked, Mapping):
            self.weights = self._class_weights(asked)
        elif asked == "balanced":
            found = np.asarray(targets).sum(axis=0)
            self.weights = [float((len(targets) - n) / n) if n else 0.0 for n in found]
        elif asked is not None:
            raise _no_weights(asked)

    def weight(self, targets: Tensor) -> Tensor:
        """Return the sum of the weights, a yes or no at a time, as a number of sequences."""
        return self._weights(targets).sum() / targets.shape[1]

    def loss(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Return the sum of the weighted binary cross-entropies over the number of labels."""
        wanted = targets.to(logits) * (1 - self.smoothing) + self.smoothing / 2
        each = functional.binary_cross_entropy_with_logits(logits, wanted, reduction="none")
        return (each * self._weights(targets).to(logits)).sum() / targets.shape[1]

    def _weights(self, targets: Tensor) -> Tensor:
        yes = torch.ones(targets.shape[1]) if self.weights is None else torch.tensor(self.weights)
        return torch.where(targets > 0.5, yes.to(targets), torch.ones((), device=targets.device))

    def measure(self, targets: NDArray[np.generic], logits: NDArray[np.generic]) -> dict[str, float]:
        """Return the metrics of the probabilities."""
        return label_metrics(targets, torch.as_tensor(logits).sigmoid().numpy())


class Regression(Task):
    """A number: mean squared error."""

    head = "regression"
    metrics = ("r2", "pearson", "spearman", "mae")
    falling = frozenset({"loss", "mae"})

    def target(self, sequence: Sequence) -> float | None:
        """Return the number that the label is."""
        return measured_value(sequence.label or 0)

    def weigh(self, asked: Mapping[str, float] | str | None, targets: SequenceABC[Target]) -> None:  # noqa: ARG002 - as others
        """Refuse weights of classes, of which there are none."""
        if isinstance(asked, Mapping) or self.smoothing:
            raise TrainingError(
                "A regression has no classes. Leave `class_weights=` and `label_smoothing=` out."
            )

    def weight(self, targets: Tensor) -> Tensor:
        """Return how many targets there are."""
        return torch.tensor(float(len(targets)))

    def loss(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Return the sum of the squared errors."""
        return functional.mse_loss(logits.squeeze(-1), targets.to(logits), reduction="sum")

    def measure(self, targets: NDArray[np.generic], logits: NDArray[np.generic]) -> dict[str, float]:
        """Return the metrics of the numbers."""
        return regression_metrics(targets, logits.squeeze(-1))


TASKS: dict[str, type[Task]] = {task.head: task for task in (SingleLabel, MultiLabel, Regression)}


def _position(label: str | int | float | None, names: tuple[str, ...]) -> int | None:  # noqa: PYI041 - an index is not a float
    """Return the index of a class given by name or index, ``None`` where there is none."""
    if str(label) in names:
        return names.index(str(label))
    return label if isinstance(label, int) and 0 <= label < len(names) else None


def _no_weights(asked: object) -> TrainingError:
    return TrainingError(f"`class_weights={asked!r}` is neither 'balanced', nor a mapping, nor None.")
