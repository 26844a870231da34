"""A family of models."""

from captum_dna.pipeline.families import Family

FAMILY = Family("Toy readers", "single bases", ("toys/reader-1",), ("Toy",), "made for a test")
