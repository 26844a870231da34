"""The former place of :mod:`captum_dna.core.sequences`, and of letters, shuffles and their error; it goes in 0.3."""

import warnings

from captum_dna.core.errors import *  # noqa: F403 - whatever was imported from here
from captum_dna.core.letters import *  # noqa: F403 - likewise
from captum_dna.core.sequences import *  # noqa: F403 - likewise
from captum_dna.core.shuffles import *  # noqa: F403 - likewise

warnings.warn(
    "captum_dna.sequences is now captum_dna.core.sequences, captum_dna.core.letters, captum_dna.core.shuffles "
    "and captum_dna.core.errors; the old name goes in 0.3.",
    DeprecationWarning,
    stacklevel=2,
)
