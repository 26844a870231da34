"""Experiments on a model: is a stretch needed, is it enough, where, with what, and which bases need each other."""

from captum_dna.experiments.ablation import Ablation, ablate
from captum_dna.experiments.dependency_map import Dependencies, dependencies
from captum_dna.experiments.marginalization import Marginalization, marginalize
from captum_dna.experiments.motif import Motif
from captum_dna.experiments.sliding import Slide, slide
from captum_dna.experiments.spacing import Spacing, space
from captum_dna.experiments.verdicts import Verdicts, test

__all__ = [
    "Ablation",
    "Dependencies",
    "Marginalization",
    "Motif",
    "Slide",
    "Spacing",
    "Verdicts",
    "ablate",
    "dependencies",
    "marginalize",
    "slide",
    "space",
    "test",
]
