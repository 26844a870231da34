"""What a model can be asked of which sequences: everything that is checked before any model runs."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from captum_dna.core.checks import check_name
from captum_dna.core.notices import tell
from captum_dna.core.options import PRECISIONS, RULES
from captum_dna.core.sequences import Sequence, SequenceError
from captum_dna.engine.baselines import baseline_ids, check_baseline
from captum_dna.engine.protocol import Settings
from captum_dna.model.hooks import find_layers
from captum_dna.model.outputs import check_output
from captum_dna.model.tokenization import TokenizerError
from captum_dna.pipeline.windows import cut

if TYPE_CHECKING:
    from collections.abc import Sequence as SequenceABC

    from captum_dna.model.classifier import Classifier
    from captum_dna.pipeline.windows import Windowing

_TOLD = 5
"""How many bad sequences one error lists."""


def settings_of(
    classifier: Classifier,
    output: str | None,
    baseline: str | None,
    layer: str | SequenceABC[str],
    n_steps: int | None,
    rule: str,
    tolerance: float | str,
    precision: str,
    batch_size: int | None,
    seed: int,
) -> Settings:
    """Check all choices that do not depend on the sequences."""
    check_name("rule", rule, RULES)
    check_name("precision", precision, PRECISIONS)
    if n_steps is not None and n_steps < 1:
        raise ValueError(f"n_steps is the number of path points, at least 1, not {n_steps}.")
    share = None if tolerance == "preview" else tolerance
    if share is not None and not (isinstance(share, (int, float)) and 0 < share < 1):
        raise ValueError(
            f"tolerance is a share of |f(x) - f(baseline)| between 0 and 1, or 'preview', not {tolerance!r}."
        )
    if batch_size is not None and batch_size < 1:
        raise ValueError(f"batch_size is at least 1, not {batch_size}.")
    find_layers(classifier, layer)
    return Settings(
        output=check_output(classifier, output),
        baseline=check_baseline(classifier, baseline),
        layer=layer if isinstance(layer, str) else tuple(layer),
        n_steps=n_steps,
        rule=rule,
        tolerance=share,
        precision=precision,
        batch_size=batch_size,
        seed=seed,
    )


def settings_from(classifier: Classifier, options: dict[str, Any]) -> Settings:
    """Check those choices among the options of one call that do not depend on the sequences."""
    return settings_of(
        classifier,
        options.get("output"),
        options.get("baseline"),
        options.get("layer", "embeddings"),
        options.get("n_steps"),
        options.get("rule", "gausslegendre"),
        options.get("tolerance", 0.01),
        options.get("precision", "float32"),
        options.get("batch_size"),
        options.get("seed", 0),
    )


def usable(
    classifier: Classifier,
    sequences: list[Sequence],
    settings: Settings,
    on_invalid: str,
    windowing: Windowing | None = None,
) -> list[Sequence]:
    """Return the sequences that the model can read and whose labels it knows; tell of the others.

    Where sequences are cut, the model has to read every window.
    """
    good, problems = [], []
    for sequence in sequences:
        try:
            for piece in cut(classifier, sequence, windowing):
                check_sequence(classifier, piece, settings)
            true_label(classifier, sequence)
        except (SequenceError, TokenizerError) as error:
            problems.append(str(error))
        else:
            good.append(sequence)
    if problems and (on_invalid == "raise" or not good):
        listed = "\n  ".join(problems[:_TOLD])
        rest = f"\n  and {len(problems) - _TOLD} more." if len(problems) > _TOLD else ""
        head = (
            f"{len(problems)} of {len(sequences)} sequences cannot be explained:\n  "
            if len(sequences) > 1
            else ""
        )
        raise SequenceError(f"{head}{listed}{rest}")
    if problems:
        listed = "\n  ".join(problems)
        tell(f"{len(problems)} of {len(sequences)} sequences are left out:\n  {listed}", stacklevel=3)
    return good


def check_sequence(classifier: Classifier, sequence: Sequence, settings: Settings) -> None:
    """Refuse a sequence that the model, or the baseline, cannot read.

    Raises
    ------
    SequenceError, TokenizerError
        A sentence that names the sequence.
    """
    baseline_ids(classifier, classifier.encode(sequence), settings.baseline, settings.seed)


def true_label(classifier: Classifier, sequence: Sequence) -> str | None:
    """Return the name of the true class, or the measured value as text; ``None`` if it is unknown."""
    if sequence.label is None:
        return None
    if classifier.head == "regression":
        return _measured(sequence)
    try:
        return classifier.labels[classifier.label_index(sequence.label)]
    except ValueError as error:
        raise SequenceError(
            f"Sequence '{sequence.name}' has the label {sequence.label!r}, which is no class of the model "
            f"({', '.join(classifier.labels)}). Correct it, or leave the labels out if they mean something else."
        ) from error


def _measured(sequence: Sequence) -> str:
    """Return a measured value as text, once it is known to be a finite number."""
    try:
        if math.isfinite(float(str(sequence.label))):
            return str(sequence.label)
    except ValueError:
        pass
    raise SequenceError(
        f"Sequence '{sequence.name}' has the label {sequence.label!r}, but the model predicts a number, so its label "
        "has to be one: give the measured value, or leave the labels out."
    )


def target_indices(
    classifier: Classifier, target: int | str | SequenceABC[int | str] | None, count: int
) -> list[int | None]:
    """Return one class index per sequence, ``None`` for the predicted class."""
    if target is None:
        return [None] * count
    if isinstance(target, (str, int)):
        return [classifier.label_index(target)] * count
    if len(target) != count:
        raise ValueError(f"There are {len(target)} targets for {count} sequences; give one, or one each.")
    return [classifier.label_index(one) for one in target]
