"""``python -m captum_dna`` is ``captum-dna``."""

from captum_dna.cli import run

run()
