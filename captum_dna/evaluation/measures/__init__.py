"""What ``evaluate()`` measures, by name; each measure lives in a file of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from captum_dna.core.registry import Registry

if TYPE_CHECKING:
    from captum_dna.evaluation.measure import Measure

MEASURES: Registry[Measure] = Registry(
    "measure",
    "captum_dna.measures",
    {
        "removal": "captum_dna.evaluation.measures.removal:REMOVAL",
        "infidelity": "captum_dna.evaluation.measures.infidelity:INFIDELITY",
        "localisation": "captum_dna.evaluation.measures.localisation:LOCALISATION",
        "mutagenesis": "captum_dna.evaluation.measures.mutagenesis:MUTAGENESIS",
        "randomisation": "captum_dna.evaluation.measures.randomisation:RANDOMISATION",
        "sensitivity": "captum_dna.evaluation.measures.sensitivity:SENSITIVITY",
    },
    needs=("name", "words", "columns", "measure", "usual"),
)
"""All measures in the order of the table's columns; open to other packages by ``captum_dna.measures``."""
