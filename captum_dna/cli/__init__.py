"""The command line: the same verbs as in Python, with sentences for mistakes.

Heavy packages are imported inside the verbs, so that help comes at once. Exit codes: 0 done; 1 the
data or the model is wrong; 2 the command is; 130 stopped by Ctrl-C, with what was finished kept; 70 the mistake is ours.
"""

from captum_dna.cli import (
    browse,
    evaluation,
    experiments,
    genome,
    models,
    motifs,
    report,
    runs,
    scores,
    training,
    variants,
    viewer,
)
from captum_dna.cli.program import main, run

__all__ = [
    "browse",
    "evaluation",
    "experiments",
    "genome",
    "main",
    "models",
    "motifs",
    "report",
    "run",
    "runs",
    "scores",
    "training",
    "variants",
    "viewer",
]
