"""Captum attributions for genomic language models, brought to single nucleotides and checked.

The public names load on first use: importing the package imports neither torch nor transformers.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from captum_dna._version import __version__

if TYPE_CHECKING:
    from captum_dna.alleles import Variant
    from captum_dna.attribution import Attribution, Attributions
    from captum_dna.classifier import Classifier
    from captum_dna.explain import Interrupted, attribute
    from captum_dna.faithfulness.evaluation import evaluate
    from captum_dna.insights.server import Insights
    from captum_dna.io.readers import read
    from captum_dna.loading import load
    from captum_dna.onehot import OneHot
    from captum_dna.render.summary_report import report
    from captum_dna.render.visualize import visualize
    from captum_dna.sequences import Interval, Sequence, SequenceError, Track
    from captum_dna.sharded import attribute_to
    from captum_dna.training.finetuning import finetune
    from captum_dna.variants import variant_effect

_HOME = {
    "Attribution": "captum_dna.attribution",
    "Attributions": "captum_dna.attribution",
    "Classifier": "captum_dna.classifier",
    "Insights": "captum_dna.insights.server",
    "Interrupted": "captum_dna.explain",
    "Interval": "captum_dna.sequences",
    "OneHot": "captum_dna.onehot",
    "Sequence": "captum_dna.sequences",
    "SequenceError": "captum_dna.sequences",
    "Track": "captum_dna.sequences",
    "Variant": "captum_dna.alleles",
    "attribute": "captum_dna.explain",
    "attribute_to": "captum_dna.sharded",
    "evaluate": "captum_dna.faithfulness.evaluation",
    "finetune": "captum_dna.training.finetuning",
    "load": "captum_dna.loading",
    "read": "captum_dna.io.readers",
    "variant_effect": "captum_dna.variants",
    "report": "captum_dna.render.summary_report",
    "visualize": "captum_dna.render.visualize",
}

__all__ = [
    "Attribution",
    "Attributions",
    "Classifier",
    "Insights",
    "Interrupted",
    "Interval",
    "OneHot",
    "Sequence",
    "SequenceError",
    "Track",
    "Variant",
    "__version__",
    "attribute",
    "attribute_to",
    "evaluate",
    "finetune",
    "load",
    "read",
    "report",
    "variant_effect",
    "visualize",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'captum_dna' has no attribute {name!r}; it has {', '.join(__all__)}")
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
