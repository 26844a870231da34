"""How the scores of a run were made, and by what: what all of its results share."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

_DIFFERENCE = "difference of "
"""How the method of a difference of two results began in files that have no field for it."""


@dataclass(frozen=True, slots=True)
class Run:
    """What all results of one run share: how the scores were made, and by what.

    Parameters
    ----------
    method, method_options
        Name of the method and the options that it was given.
    difference
        Whether the scores are those of one result minus those of another, both made by this method.
    complete
        Whether the method's token scores sum to f(x) - f(baseline) by construction.
    signed
        Whether the sign of a score means something; saliency, for one, has none.
    output
        The scalar that is explained: ``"log_odds"``, ``"logit"`` or ``"probability"``.
    head
        What the model's outputs are: ``"single_label"``, ``"multi_label"`` or ``"regression"``; empty where
        that was not recorded.
    baseline, layer, projection, conserving, precision
        Names of the choices made; ``conserving`` tells whether base scores keep the tokens' sum.
    tolerance
        Error of the scores asked for, as a share of them (L2 norm); ``None`` for a preview.
    strands
        ``"both"`` where the scores are the mean over the sequence and its reverse complement.
    labels
        The model's class names, in order.
    model, model_fingerprint, tokenizer_fingerprint, versions, seed
        Provenance: name and content hash of what was explained, package versions, random seed.
    """

    method: str = "integrated_gradients"
    method_options: dict[str, Any] = field(default_factory=dict)
    difference: bool = False
    complete: bool = True
    signed: bool = True
    output: str = "log_odds"
    head: str = ""
    baseline: str = "mask"
    layer: str = "embeddings"
    projection: str = "split"
    conserving: bool = True
    precision: str = "float32"
    tolerance: float | None = None
    strands: str = "forward"
    labels: tuple[str, ...] = ()
    model: str = ""
    model_fingerprint: str = ""
    tokenizer_fingerprint: str = ""
    versions: dict[str, str] = field(default_factory=dict)
    seed: int | None = None

    @property
    def over(self) -> dict[str, tuple[str | int, ...]]:
        """What the explanation was repeated over: the values tried of each cause, in the order of the repetitions."""
        return {cause: tuple(values) for cause, values in self.method_options.get("over", {}).items()}

    @property
    def method_in_words(self) -> str:
        """The method's name as a person writes it, and whether a difference is meant."""
        name = "in-silico mutagenesis" if self.method == "ism" else self.method.replace("_", " ")
        return f"difference of {name}" if self.difference else name

    @classmethod
    def restored(cls, stored: dict[str, Any]) -> Run:
        """Return the run whose fields were stored, by this or an earlier version, which lacked some."""
        fields = {**stored, "labels": tuple(stored["labels"])}
        if "difference" not in fields:
            fields["difference"] = fields["method"].startswith(_DIFFERENCE)
            fields["method"] = fields["method"].removeprefix(_DIFFERENCE)
        if "head" not in fields:
            single = len(fields["labels"]) == 1 and fields.get("output") == "logit"
            fields["head"] = "regression" if single else ""
        return cls(**fields)
