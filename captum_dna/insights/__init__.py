"""The local web viewer: a page, its server, the jobs and results behind it, and a widget for notebooks.

:class:`AttributionVisualizer`, :class:`Batch` and :class:`DNAFeature` are for code written for Captum Insights.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from captum_dna.insights.app import create_app
    from captum_dna.insights.batches import Batch
    from captum_dna.insights.captum_style import AttributionVisualizer
    from captum_dna.insights.features import BaseFeature, DNAFeature
    from captum_dna.insights.server import Insights

_HOME = {
    "AttributionVisualizer": "captum_dna.insights.captum_style",
    "BaseFeature": "captum_dna.insights.features",
    "Batch": "captum_dna.insights.batches",
    "DNAFeature": "captum_dna.insights.features",
    "Insights": "captum_dna.insights.server",
    "create_app": "captum_dna.insights.app",
}

__all__ = ["AttributionVisualizer", "BaseFeature", "Batch", "DNAFeature", "Insights", "create_app"]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'captum_dna.insights' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)
