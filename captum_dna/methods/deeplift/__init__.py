"""DeepLIFT on any PyTorch model: exact rules at the operations themselves, so that no model is rewritten.

The reference walks through the model first and leaves behind what went into every operation; the
input walks the same way, and each operation learns its multipliers from the two
(:mod:`captum_dna.methods.deeplift.trace`). What a multiplier is, :mod:`captum_dna.methods.deeplift.rules` says per
operation, and :mod:`captum_dna.methods.deeplift.recipes` writes the larger operations in terms of smaller ones.
:mod:`captum_dna.methods.deeplift.graph` names the operations that have no rule.
"""

from captum_dna.methods.deeplift.graph import without_rule
from captum_dna.methods.deeplift.trace import PartedError, Walk

__all__ = ["PartedError", "Walk", "without_rule"]
