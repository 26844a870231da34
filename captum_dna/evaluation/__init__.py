"""Is an explanation faithful to the model? Experiments and comparisons behind ``captum_dna.evaluate``."""
