"""The scalar that is explained: one number per sequence, from its logits and the class asked about."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from captum_dna.core.checks import check_name
from captum_dna.core.errors import UserError
from captum_dna.core.options import OUTPUTS
from captum_dna.model.transfer import sent

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Sequence as SequenceABC

    from numpy.typing import NDArray
    from torch import Tensor

    from captum_dna.model.classifier import Classifier


def check_output(classifier: Classifier, output: str | None) -> str:
    """Return the output to explain, by default the log-odds where the model has classes.

    Raises
    ------
    UserError
        No such output, or one that the model's head does not have.
    """
    if classifier.head == "regression":
        if output not in (None, "logit"):
            raise UserError(
                f"{classifier.name} has no classes, so its only output is 'logit', not {output!r}.",
                option="output",
            )
        return "logit"
    if output is None:
        return "log_odds"
    check_name("output", output, OUTPUTS, option="output")
    return output


def explained(targets: Iterable[int | None], logits: NDArray[np.float64]) -> list[int]:
    """Return the B classes to explain: those asked for, else the predicted classes of (B, C) logits."""
    return [predicted(row) if target is None else target for target, row in zip(targets, logits, strict=True)]


def predicted(logits: NDArray[np.float64]) -> int:
    """Return the predicted class of (C,) logits; 0 where the model gives no number at all."""
    return int(np.nanargmax(logits)) if np.isfinite(logits).any() else 0


def explained_there(targets: SequenceABC[int | None], logits: Tensor) -> Tensor:
    """Return the classes of :func:`explained` as a (B,) tensor on the device of the logits, which nothing waits for."""
    asked = sent([-1 if target is None else target for target in targets], logits.device)
    if None not in targets:
        return asked
    logits = logits.detach()
    best = logits.masked_fill(logits.isnan(), float("-inf")).argmax(-1)
    predicted = torch.where(logits.isfinite().any(-1), best, 0)
    return torch.where(asked < 0, predicted, asked)


def objective(logits: Tensor, classes: SequenceABC[int] | Tensor, output: str, head: str) -> Tensor:
    """Return (B,) values of the output from (B, C) logits and B class indices, in float32 at least.

    With independent labels (a multi-label head) the log-odds of a class are its logit.
    """
    logits = logits if logits.dtype == torch.float64 else logits.float()
    targets = torch.as_tensor(classes, device=logits.device)
    chosen = logits.gather(1, targets.unsqueeze(1)).squeeze(1)
    if output == "logit" or (output == "log_odds" and head == "multi_label"):
        return chosen
    if output == "probability":
        if head == "multi_label":
            return chosen.sigmoid()
        return logits.softmax(-1).gather(1, targets.unsqueeze(1)).squeeze(1)
    others = logits.scatter(1, targets.unsqueeze(1), float("-inf"))
    return chosen - torch.logsumexp(others, dim=1)
