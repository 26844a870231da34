"""The former place of :mod:`captum_dna.core.sequences`; it goes in 0.3."""

import warnings

from captum_dna.core.sequences import *  # noqa: F403 - whatever was imported from here

warnings.warn(
    "captum_dna.sequences is now captum_dna.core.sequences; the old name goes in 0.3.",
    DeprecationWarning,
    stacklevel=2,
)
