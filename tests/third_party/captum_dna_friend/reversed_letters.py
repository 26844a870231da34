"""A baseline: the sequence read backwards."""

from captum_dna.core.baselines import Baseline

REVERSED = Baseline("reversed", "the sequence read backwards", lambda bases, _random: bases[::-1])
