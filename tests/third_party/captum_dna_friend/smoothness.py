"""A measure: how little scores jump from base to base."""

import numpy as np

from captum_dna.evaluation.measure import Measure


def _measure(work):
    for place in work.places():
        for label, results in work.explained.items():
            jumps = np.abs(np.diff(results[place].base_scores))
            work.row(label, place)["roughness"] = float(jumps.mean())


SMOOTHNESS = Measure(
    "smoothness", "mean jump from base to base", {"roughness": "lower"}, _measure, usual=False
)
