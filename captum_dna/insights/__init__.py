"""The local web viewer: a page, its server, the jobs and results behind it, and a widget for notebooks.

The names of Captum Insights are in :mod:`captum_dna.compat`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from captum_dna.insights.app import create_app
    from captum_dna.insights.server import Insights

_HOME = {
    "Insights": "captum_dna.insights.server",
    "create_app": "captum_dna.insights.app",
}

__all__ = ["Insights", "create_app"]
_IN_COMPAT = ("AttributionVisualizer", "BaseFeature", "Batch", "DNAFeature")


def __getattr__(name: str) -> object:
    if name in _IN_COMPAT:
        raise AttributeError(
            f"{name} is one of the names of Captum Insights: import it from captum_dna.compat."
        )
    if name not in _HOME:
        raise AttributeError(f"module 'captum_dna.insights' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)
