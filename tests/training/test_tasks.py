"""Losses do not depend on order or batches, and are what scikit-learn says."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import (
    average_precision_score,
    log_loss,
    mean_squared_error,
    r2_score,
    roc_auc_score,
)
from sklearn.utils.class_weight import compute_class_weight, compute_sample_weight

from captum_dna.training.tasks import MultiLabel, Regression, SingleLabel


def case(kind: str, count: int = 60, seed: int = 0):
    rng = np.random.default_rng(seed)
    if kind == "single_label":
        task, width = SingleLabel(("a", "b", "c")), 3
        targets = np.sort(rng.choice(3, size=count, p=[0.8, 0.15, 0.05]))  # as read class by class
        targets[:3] = [0, 1, 2]
    elif kind == "multi_label":
        task, width = MultiLabel(("a", "b")), 2
        targets = (rng.random((count, 2)) < [0.1, 0.7]).astype(float)
        targets[:2] = [[1, 0], [0, 1]]
    else:
        task, width = Regression(("y",)), 1
        targets = rng.normal(size=count)
    task.weigh("balanced", targets.tolist() if targets.ndim == 1 else [tuple(t) for t in targets])
    return task, targets, rng.normal(size=(count, width))


@pytest.mark.parametrize("kind", ["single_label", "multi_label", "regression"])
@given(seed=st.integers(0, 1000), batch=st.integers(1, 60))
def test_order_and_batches_change_no_loss(kind, seed, batch):
    task, targets, logits = case(kind)
    whole = task.measured(targets, logits)
    order = np.random.default_rng(seed).permutation(len(targets))
    assert task.measured(targets[order], logits[order]) == pytest.approx(whole, nan_ok=True)
    rows, truth = torch.as_tensor(logits[order]), torch.as_tensor(targets[order])
    starts = range(0, len(order), batch)
    summed = sum(float(task.loss(rows[i : i + batch], truth[i : i + batch])) for i in starts)
    weight = sum(float(task.weight(truth[i : i + batch])) for i in starts)
    assert summed / weight == pytest.approx(whole["loss"])


def test_the_loss_of_imbalanced_classes_is_scikit_learns():
    task, targets, logits = case("single_label")
    weights = compute_class_weight("balanced", classes=np.arange(3), y=targets)
    assert task.weights == pytest.approx(weights)
    expected = log_loss(
        targets,
        torch.as_tensor(logits).softmax(-1).numpy(),
        sample_weight=compute_sample_weight("balanced", targets),
        labels=range(3),
    )
    assert task.measured(targets, logits)["loss"] == pytest.approx(expected, rel=1e-5)


def test_the_loss_and_metrics_of_many_labels_are_scikit_learns():
    task, targets, logits = case("multi_label")
    chance = 1 / (1 + np.exp(-logits))
    flat, each = targets.ravel(), chance.ravel()
    weights = np.where(targets > 0, task.weights, 1.0).ravel()
    found = task.measured(targets, logits)
    assert found["loss"] == pytest.approx(log_loss(flat, each, sample_weight=weights), rel=1e-5)
    assert found["auroc"] == pytest.approx(roc_auc_score(targets, chance))
    assert found["average_precision"] == pytest.approx(average_precision_score(targets, chance))


def test_the_loss_and_metrics_of_a_regression_are_scikit_learns():
    task, targets, logits = case("regression")
    found = task.measured(targets, logits)
    assert found["loss"] == pytest.approx(mean_squared_error(targets, logits[:, 0]))
    assert found["r2"] == pytest.approx(r2_score(targets, logits[:, 0]))
