"""The former place of :mod:`captum_dna.pipeline.families`; it goes in 0.3."""

import warnings

from captum_dna.pipeline.families import *  # noqa: F403 - whatever was imported from here

warnings.warn(
    "captum_dna.families is now captum_dna.pipeline.families; the old name goes in 0.3.",
    DeprecationWarning,
    stacklevel=2,
)
