"""How good a classifier is, in the numbers that genomics papers report."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from sklearn.metrics import f1_score, matthews_corrcoef, roc_auc_score

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
    truth, scores = np.asarray(labels), np.asarray(probabilities, dtype=float)
    classes = scores.shape[1]
    predicted = scores.argmax(axis=1)
    occurring = np.unique(truth)
    two = classes == 2
    f1 = f1_score(
        truth, predicted, labels=range(classes), average="binary" if two else "macro", zero_division=0.0
    )
    auroc = float("nan")
    if len(occurring) == classes:
        auroc = roc_auc_score(
            truth, scores[:, 1] if two else scores, multi_class="ovr", labels=np.arange(classes)
        )
    return {
        "accuracy": float((predicted == truth).mean()),
        "balanced_accuracy": float(np.mean([(predicted[truth == c] == c).mean() for c in occurring])),
        "mcc": float(matthews_corrcoef(truth, predicted)),
        "f1": float(f1),
        "auroc": float(auroc),
    }
