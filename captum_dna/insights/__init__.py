"""The local web viewer: a page, its server, and the jobs and results behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from captum_dna.insights.app import create_app
    from captum_dna.insights.server import Insights

__all__ = ["Insights", "create_app"]


def __getattr__(name: str) -> Any:
    if name == "Insights":
        from captum_dna.insights.server import Insights

        return Insights
    if name == "create_app":
        from captum_dna.insights.app import create_app

        return create_app
    raise AttributeError(f"module 'captum_dna.insights' has no attribute {name!r}")
