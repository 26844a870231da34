"""The strongest stretches of the listed sequences, each tried: :func:`captum_dna.test` as the page asks for it."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from captum_dna import experiments
from captum_dna.core.notices import collected
from captum_dna.insights.portions import alone
from captum_dna.insights.questions import told
from captum_dna.reporting.provenance import script

if TYPE_CHECKING:
    from collections.abc import Callable

    from captum_dna.core.attribution import Attribution
    from captum_dna.core.progress import Tell
    from captum_dna.core.sequences import Sequence
    from captum_dna.experiments.result import Experiment as Found
    from captum_dna.insights.request import How
    from captum_dna.insights.schema.experiments import Experiment
    from captum_dna.model.classifier import Classifier

_FORMAT = 1
CHOICES: dict[str, Any] = {"most": 2, "draws": 25, "count": 25}
"""How thorough the test of a whole set is: fewer draws than for one sequence, as many as an interval needs."""


def verdicts_key(how: str, letters: list[str]) -> str:
    """Return the name under which the verdicts of some explanations are kept."""
    return hashlib.sha256(json.dumps(["test", _FORMAT, CHOICES, how, letters]).encode()).hexdigest()[:32]


def verdicts(
    results: list[Attribution],
    sequences: list[Sequence],
    rows: list[int],
    how: How,
    classifier: Classifier,
    tell: Tell,
    show: Callable[[Experiment], None],
) -> Experiment:
    """Test the strongest stretches of results; the table's ``sequence`` is the row of the data set."""
    choices = ", ".join(f"{name}={value!a}" for name, value in (CHOICES | {"seed": how.seed}).items())
    source = ["sequences = list(captum_dna.read('sequences.fa'))  # the sequences that were listed"]
    last = f"print(captum_dna.test(results, model, {choices}))"
    python = script(classifier.name, sequences, how.choices(), source, last)

    def answer(found: Found) -> Experiment:
        answer = told("test", found, python, (0, 0))
        place = answer.columns.index("sequence")
        for line in answer.rows:
            line[place] = rows[int(line[place] or 0)]
        return answer

    looked_at: dict[str, Any] = {"progress": tell, "partial": lambda found: show(answer(found))}
    with alone(classifier), collected():
        found = experiments.test(results, classifier, **CHOICES, seed=how.seed, **looked_at)
    return answer(found)
