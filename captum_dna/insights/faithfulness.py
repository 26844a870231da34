"""How faithful the scores on the screen are: the model's output while the top-scoring bases go or come."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from captum_dna.core.notices import collected
from captum_dna.core.remarks import verdict_of
from captum_dna.evaluation.measures.removal import RANDOM, REMOVAL
from captum_dna.evaluation.removal import REMOVALS
from captum_dna.insights.portions import alone
from captum_dna.insights.schema.summary import Curves, Faithfulness, Numbers
from captum_dna.results import Attributions

if TYPE_CHECKING:
    from captum_dna.core.attribution import Attribution
    from captum_dna.insights.request import How
    from captum_dna.model.classifier import Classifier

HIDE = "substitute"
WORDS = (
    "Bases are removed in the order of their scores, top-scoring first (deletion), or all but them (insertion): "
    f"{REMOVALS[HIDE]}."
)
CURVES = ("shares", "deletion", "insertion", "tokens")
MEASURES = tuple(REMOVAL.columns)


class Measured(msgspec.Struct):
    """The curves of one explanation, and of bases in random order."""

    scores: Curves
    random: Curves


def answer_key(how: str, letters: str) -> str:
    """Return the name under which the curves of one explanation are kept."""
    return hashlib.sha256(f"curves 2 {HIDE} {how} {letters}".encode()).hexdigest()[:32]


def measure(classifier: Classifier, result: Attribution, how: How) -> str:
    """Return the curves of one explanation, and of bases in random order, as JSON."""
    from captum_dna.evaluation.evaluate import evaluate

    with alone(classifier), collected():
        found = evaluate(
            classifier,
            Attributions([result]),
            measures=["removal"],
            hide=HIDE,
            output=how.output,
            baseline=how.baseline,
            seed=how.seed,
            progress=False,
        )
    told: dict[str, object] = {}
    for label, _, curves in found.drawn:
        content = {name: [float(f"{value:.6g}") for value in getattr(curves, name)] for name in CURVES}
        numbers = next(row for (name, _), row in found.rows.items() if name == label)
        told["random" if label == RANDOM else "scores"] = content | {
            "numbers": {name: float(f"{numbers[name]:.6g}") for name in MEASURES}
        }
    return json.dumps(told)


def mean(rows: list[int], output: str, found: list[Measured]) -> Faithfulness:
    """Return the mean of what :func:`measure` found of several explanations."""
    means: dict[str, Curves] = {}
    for kind in ("scores", "random"):
        own: list[Curves] = [getattr(one, kind) for one in found]
        curves = {name: np.mean([getattr(one, name) for one in own], axis=0).tolist() for name in CURVES}
        numbers = {name: float(np.mean([getattr(one.numbers, name) for one in own])) for name in MEASURES}
        means[kind] = Curves(**curves, numbers=Numbers(**numbers))
    falls = (means[kind].numbers.comprehensiveness for kind in ("scores", "random"))
    return Faithfulness(
        rows=rows, output=output, words=WORDS, verdict=verdict_of(output, *falls).text, **means
    )
