"""The scalar that is explained: one number per sequence, from its logits and the class asked about."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from torch import Tensor

    from captum_dna.classifier import Classifier

OUTPUTS = {
    "log_odds": "target logit minus logsumexp of the others; does not saturate",
    "logit": "the target's logit",
    "probability": "the target's probability",
}
"""What each output is, in words."""


def check_output(classifier: Classifier, output: str | None) -> str:
    """Return the output to explain, by default the log-odds where the model has classes.

    Raises
    ------
    ValueError
        No such output, or one that the model's head does not have.
    """
    if classifier.head == "regression":
        if output not in (None, "logit"):
            raise ValueError(
                f"{classifier.name} has no classes, so its only output is 'logit', not {output!r}."
            )
        return "logit"
    if output is None:
        return "log_odds"
    if output not in OUTPUTS:
        raise ValueError(f"There is no output {output!r}; choose one of {', '.join(OUTPUTS)}.")
    return output


def objective(logits: Tensor, targets: Tensor, output: str, head: str) -> Tensor:
    """Return (B,) values of the output from (B, C) logits and (B,) class indices.

    With independent labels (a multi-label head) the log-odds of a class are its logit.
    """
    chosen = logits.gather(1, targets.unsqueeze(1)).squeeze(1)
    if output == "logit" or (output == "log_odds" and head == "multi_label"):
        return chosen
    if output == "probability":
        if head == "multi_label":
            return chosen.sigmoid()
        return logits.softmax(-1).gather(1, targets.unsqueeze(1)).squeeze(1)
    others = logits.scatter(1, targets.unsqueeze(1), float("-inf"))
    return chosen - torch.logsumexp(others, dim=1)
