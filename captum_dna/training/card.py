"""The model card that a trained model is saved with: what it learned from, how good it is, how to explain it."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from captum_dna.core.numbers import percent
from captum_dna.core.packages import needs

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from peft import PeftConfig

    from captum_dna.model.classifier import Classifier
    from captum_dna.training.folder import Row
    from captum_dna.training.labelled import Labelled
    from captum_dna.training.loop import Fit
    from captum_dna.training.tasks import Task

    Intervals = dict[str, tuple[float, float]]

_RESAMPLES = 200
_CONFIDENCE = 0.95

_CARD = """\
---
library_name: {library}
pipeline_tag: text-classification
tags: [dna, captum_dna]
{base}---

# {name}

{source} trained further with `captum_dna.finetune`, a {kind} model of DNA sequences.{adapter}

## Data

{data}

{origin}

{related}

## How good it is

{metrics}

{caution}

## How it was trained

{options}

## How to explain what it reads

```python
import captum_dna as cd

model = cd.load("this folder")
cd.visualize(model, "promoters.fa")  # which bases count, and whether to trust that
cd.evaluate(model, "promoters.fa", methods=["integrated_gradients", "ism"]).table
```
"""


def model_card(
    classifier: Classifier,
    task: Task,
    fit: Fit,
    data: Labelled,
    metrics: dict[str, Row],
    intervals: dict[str, Intervals],
    *,
    folder: str,
) -> str:
    """Return the card as Markdown; a folder that :func:`captum_dna.load` takes holds it as ``README.md``."""
    adapters = getattr(classifier.model, "peft_config", None)
    return _CARD.format(
        name=folder,
        library="transformers" if adapters is None else "peft",
        base=_base(classifier),
        adapter="" if adapters is None else f"\n\n{_adapter(*adapters.values())}",
        source=classifier.name,
        kind=task.head.replace("_", "-"),
        data=_data(task, data),
        origin=f"Parts: {data.origin}." if data.origin else "No part was kept aside.",
        related=_related(data),
        metrics=_metrics(metrics, intervals),
        caution=_caution(metrics),
        options="\n".join(f"- {name}: {value}" for name, value in _options(fit, task)),
    )


def intervals(
    task: Task, targets: NDArray[np.float64], logits: NDArray[np.float64], families: NDArray[np.int64]
) -> Intervals:
    """Return the 95 % interval of each metric, by resampling families of relatives (200 times, percentiles).

    Parameters
    ----------
    task
        What measures.
    targets, logits
        (N, ...) truth and (N, C) logits.
    families
        (N,) the family of each sequence: relatives tell the same story, so they are drawn together.
    """
    rng = np.random.default_rng(0)
    order = np.argsort(families, kind="stable")
    members = np.split(order, np.flatnonzero(np.diff(families[order])) + 1)
    drawn: dict[str, list[float]] = {}
    sklearn = needs("sklearn", extra="train", what="Metrics")
    with sklearn.config_context(assume_finite=True, skip_parameter_validation=True):
        for _ in range(_RESAMPLES):
            rows = np.concatenate([members[i] for i in rng.integers(len(members), size=len(members))])
            for name, value in task.measured(targets[rows], logits[rows]).items():
                drawn.setdefault(name, []).append(value)
    tail = (1 - _CONFIDENCE) / 2
    found: Intervals = {}
    for name, values in drawn.items():
        low, high = (
            np.nanquantile(values, (tail, 1 - tail)) if np.isfinite(values).any() else (np.nan, np.nan)
        )
        found[name] = (float(low), float(high))
    return found


def _base(classifier: Classifier) -> str:
    """Return the line that names the model on a hub that this one was made from; nothing for any other."""
    name = str(getattr(classifier.config, "name_or_path", ""))
    is_on_hub = re.fullmatch(r"[\w.-]+/[\w.-]+", name) and not Path(name).exists()
    return f"base_model: {name}\n" if is_on_hub else ""


def _adapter(config: PeftConfig) -> str:
    kind = getattr(config.peft_type, "value", config.peft_type)
    rank = f" of rank {config.r}" if hasattr(config, "r") else ""
    return (
        f"An adapter ({kind}{rank}) was trained in place of all weights. This folder holds the adapter; `load` puts it onto "
        "its base and merges it."
    )


def _data(task: Task, data: Labelled) -> str:
    if task.head == "regression":
        rows = ["| part | sequences |", "|---|---|"]
        return "\n".join([*rows, *(f"| {name} | {len(some):,} |" for name, some in data.parts.items())])
    counts = {
        name: Counter(str(label) for s in some for label in task.labels_of(s))
        for name, some in data.parts.items()
    }
    labels = dict.fromkeys(label for count in counts.values() for label in count)
    rows = ["| part | sequences | " + " | ".join(labels) + " |", "|---|---|" + "---|" * len(labels)]
    for name, some in data.parts.items():
        numbers = " | ".join(f"{counts[name][label]:,}" for label in labels)
        rows.append(f"| {name} | {len(some):,} | {numbers} |")
    return "\n".join(rows)


def _related(data: Labelled) -> str:
    if not data.related:
        return ""
    shares = ", ".join(f"{percent(share)} of the {name} sequences" for name, share in data.related.items())
    return f"Relatives elsewhere (they overlap in the genome, or share about 23 bases or more on either strand): {shares}."


def _metrics(metrics: dict[str, Row], found: dict[str, Intervals]) -> str:
    if not metrics:
        return "Not measured."
    rows = ["| metric | " + " | ".join(metrics) + " |", "|---|" + "---|" * len(metrics)]
    for name in dict.fromkeys(name for row in metrics.values() for name in row if name != "epoch"):
        cells = []
        for part, row in metrics.items():
            low, high = found.get(part, {}).get(name, (np.nan, np.nan))
            around = f" ({low:.3f} to {high:.3f})" if np.isfinite([low, high]).all() else ""
            cells.append(f"{row[name]:.4g}{around}" if name in row else "")
        rows.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(rows)


def _caution(metrics: dict[str, Row]) -> str:
    if not metrics:
        return ""
    words = "In brackets, the 95 % interval over resampled families of relatives."
    if "validation" in metrics:
        words += " The validation sequences were used to choose the epoch, so their metrics are optimistic"
        words += "; the test sequences were not used." if "test" in metrics else ": measure on others."
    return words


def _options(fit: Fit, task: Task) -> list[tuple[str, str]]:
    batch = f"{fit.batch_size}" + (f" x {fit.accumulate} accumulated" if fit.accumulate > 1 else "")
    weights = "none"
    if task.weights is not None:
        weights = ", ".join(f"{c} {w:.3g}" for c, w in zip(task.classes, task.weights, strict=True))
    return [
        ("epochs", f"{fit.epochs:g}, the best by {fit.metric} kept"),
        ("batch size", batch),
        ("peak learning rate", f"{fit.learning_rate:g}"),
        ("weight decay", f"{fit.weight_decay:g}"),
        ("precision", fit.precision),
        ("class weights", weights),
        ("seed", f"{fit.seed}"),
        *((name, str(value)) for name, value in fit.arguments.items()),
    ]
