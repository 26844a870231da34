"""Captum attributions for genomic language models, brought to single nucleotides and checked.

The public names load on first use: importing the package imports neither torch nor transformers.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from captum_dna._version import __version__
from captum_dna.core.several import made_by

if TYPE_CHECKING:
    from captum_dna import demo as demo
    from captum_dna import experiments as experiments
    from captum_dna.core.attribution import Attribution
    from captum_dna.core.errors import SequenceError
    from captum_dna.core.sequences import Interval, Sequence, Track
    from captum_dna.core.variant import Variant
    from captum_dna.evaluation.evaluate import evaluate
    from captum_dna.experiments.ablation import ablate
    from captum_dna.experiments.dependency_map import dependencies
    from captum_dna.experiments.marginalization import marginalize
    from captum_dna.experiments.sliding import slide
    from captum_dna.experiments.spacing import space
    from captum_dna.experiments.verdicts import test
    from captum_dna.insights.server import Insights
    from captum_dna.io.readers import read
    from captum_dna.model.classifier import Classifier
    from captum_dna.model.loading import load
    from captum_dna.model.onehot import OneHot
    from captum_dna.pipeline.attribute import Interrupted, attribute
    from captum_dna.pipeline.merging import merge
    from captum_dna.pipeline.shards import attribute_to
    from captum_dna.pipeline.whole_genome import attribute_genome
    from captum_dna.reporting.report import report
    from captum_dna.reporting.visualize import visualize
    from captum_dna.results import Attributions
    from captum_dna.training.finetuning import finetune
    from captum_dna.variants.variant_effect import variant_effect

_HOME = {
    "Attribution": "captum_dna.core.attribution",
    "Attributions": "captum_dna.results",
    "Classifier": "captum_dna.model.classifier",
    "Insights": "captum_dna.insights.server",
    "Interrupted": "captum_dna.pipeline.attribute",
    "Interval": "captum_dna.core.sequences",
    "OneHot": "captum_dna.model.onehot",
    "Sequence": "captum_dna.core.sequences",
    "SequenceError": "captum_dna.core.errors",
    "Track": "captum_dna.core.sequences",
    "Variant": "captum_dna.core.variant",
    "ablate": "captum_dna.experiments.ablation",
    "attribute": "captum_dna.pipeline.attribute",
    "attribute_genome": "captum_dna.pipeline.whole_genome",
    "attribute_to": "captum_dna.pipeline.shards",
    "dependencies": "captum_dna.experiments.dependency_map",
    "evaluate": "captum_dna.evaluation.evaluate",
    "finetune": "captum_dna.training.finetuning",
    "load": "captum_dna.model.loading",
    "merge": "captum_dna.pipeline.merging",
    "marginalize": "captum_dna.experiments.marginalization",
    "read": "captum_dna.io.readers",
    "report": "captum_dna.reporting.report",
    "slide": "captum_dna.experiments.sliding",
    "space": "captum_dna.experiments.spacing",
    "test": "captum_dna.experiments.verdicts",
    "variant_effect": "captum_dna.variants.variant_effect",
    "visualize": "captum_dna.reporting.visualize",
}

_FOLDERS = ("demo", "experiments")
"""Folders that are names of their own."""

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
    "ablate",
    "attribute",
    "attribute_genome",
    "attribute_to",
    "demo",
    "dependencies",
    "evaluate",
    "experiments",
    "finetune",
    "load",
    "marginalize",
    "merge",
    "read",
    "report",
    "slide",
    "space",
    "test",
    "variant_effect",
    "visualize",
]


def __getattr__(name: str) -> Any:
    if name in _FOLDERS:
        return import_module(f"captum_dna.{name}")
    if name not in _HOME:
        raise AttributeError(f"module 'captum_dna' has no attribute {name!r}; it has {', '.join(__all__)}")
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def _several(results: Any) -> Any:
    """Make results of one, as which one result saves and draws itself; its own module must not know them."""
    return __getattr__("Attributions")(results)


made_by(_several)
