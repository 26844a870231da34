"""How good a classifier is, in the numbers that genomics papers report."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from captum_dna.core.packages import needs

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

METRICS = ("accuracy", "balanced_accuracy", "mcc", "f1", "auroc")


def classification_metrics(labels: ArrayLike, probabilities: ArrayLike) -> dict[str, float]:
    """Return accuracy, balanced accuracy, MCC, F1 and AUROC.

    Parameters
    ----------
    labels
        (N,) true classes as indices.
    probabilities
        (N, C) probabilities; the predicted class is the most probable one.

    Returns
    -------
    A number per metric. Balanced accuracy is the mean recall of the classes that occur. F1 and AUROC are
    those of class 1 if there are two classes, else means over classes (AUROC: one against the rest); AUROC
    is NaN where a class does not occur. MCC: Gorodkin 2004, doi:10.1016/j.compbiolchem.2004.09.006.

    Examples
    --------
    >>> probabilities = [[0.9, 0.1], [0.6, 0.4], [0.3, 0.7], [0.7, 0.3]]
    >>> classification_metrics([0, 0, 1, 1], probabilities)["balanced_accuracy"]
    0.75
    """
    metrics = needs("sklearn.metrics", extra="train", what="Metrics")
    truth, scores = np.asarray(labels), np.asarray(probabilities, dtype=float)
    classes = scores.shape[1]
    predicted = scores.argmax(axis=1)
    occurring = np.unique(truth)
    varied = len(np.union1d(occurring, predicted)) > 1
    two = classes == 2
    f1 = metrics.f1_score(
        truth, predicted, labels=range(classes), average="binary" if two else "macro", zero_division=0.0
    )
    auroc = float("nan")
    if len(occurring) == classes:
        auroc = metrics.roc_auc_score(
            truth, scores[:, 1] if two else scores, multi_class="ovr", labels=np.arange(classes)
        )
    return {
        "accuracy": float((predicted == truth).mean()),
        "balanced_accuracy": float(np.mean([(predicted[truth == c] == c).mean() for c in occurring])),
        "mcc": float(metrics.matthews_corrcoef(truth, predicted)) if varied else 0.0,
        "f1": float(f1),
        "auroc": float(auroc),
    }


def label_metrics(labels: ArrayLike, probabilities: ArrayLike) -> dict[str, float]:
    """Return accuracy, F1, AUROC and average precision of independent labels.

    Parameters
    ----------
    labels
        (N, C) 1 for each label that a sequence has, else 0.
    probabilities
        (N, C) probabilities of each label, which is predicted from 0.5 on.

    Returns
    -------
    A number per metric. Accuracy is the share of sequences with all labels right; the others are means over the
    labels, for AUROC and average precision over those that some sequences have and some have not (NaN: none).

    Examples
    --------
    >>> label_metrics([[1, 0], [0, 1]], [[0.9, 0.2], [0.6, 0.8]])["accuracy"]
    0.5
    """
    metrics = needs("sklearn.metrics", extra="train", what="Metrics")
    truth, scores = np.asarray(labels) > 0, np.asarray(probabilities, dtype=float)
    predicted = scores >= 0.5
    telling = [i for i in range(truth.shape[1]) if truth[:, i].any() and not truth[:, i].all()]
    means = {
        name: float(np.mean([measure(truth[:, i], scores[:, i]) for i in telling]))
        if telling
        else float("nan")
        for name, measure in (
            ("auroc", metrics.roc_auc_score),
            ("average_precision", metrics.average_precision_score),
        )
    }
    f1 = metrics.f1_score(truth, predicted, average="macro", zero_division=0.0)
    return {"accuracy": float((predicted == truth).all(axis=1).mean()), "f1": float(f1), **means}


def regression_metrics(values: ArrayLike, predicted: ArrayLike) -> dict[str, float]:
    """Return R squared, Pearson's and Spearman's correlation and the mean absolute error.

    Parameters
    ----------
    values, predicted
        (N,) true and predicted numbers.

    Returns
    -------
    A number per metric; the correlations are NaN where either does not vary, R squared where the truth does not.

    Examples
    --------
    >>> regression_metrics([0.0, 1.0, 2.0], [0.5, 1.0, 1.5])["r2"]
    0.75
    """
    from scipy.stats import pearsonr, spearmanr

    truth, guess = np.asarray(values, dtype=float), np.asarray(predicted, dtype=float)
    spread = float(((truth - truth.mean()) ** 2).sum())
    varies = spread > 0 and bool(np.ptp(guess) > 0)
    return {
        "r2": 1 - float(((truth - guess) ** 2).sum()) / spread if spread else float("nan"),
        "pearson": float(pearsonr(truth, guess).statistic) if varies else float("nan"),
        "spearman": float(spearmanr(truth, guess).statistic) if varies else float("nan"),
        "mae": float(np.abs(truth - guess).mean()),
    }
