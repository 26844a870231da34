"""The names of Captum Insights, for code that was written for it; they open this package's own viewer."""

from captum_dna.compat.batches import Batch
from captum_dna.compat.features import BaseFeature, DNAFeature
from captum_dna.compat.visualizer import AttributionVisualizer

__all__ = ["AttributionVisualizer", "BaseFeature", "Batch", "DNAFeature"]
