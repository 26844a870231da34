"""One training run, from its choices to a folder with the trained model."""

from __future__ import annotations

import copy
import inspect
import logging
import random
import re
import warnings
from collections import Counter
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from captum_dna._version import __version__
from captum_dna.core.notices import tell
from captum_dna.core.paths import at_home
from captum_dna.core.words import counted
from captum_dna.model.classifier import Classifier
from captum_dna.model.heads import miscounted
from captum_dna.model.loading import UntrainedHeadWarning, _quiet, load
from captum_dna.training.adapters import is_adapted, make_trainable, with_adapter
from captum_dna.training.card import intervals, model_card
from captum_dna.training.folder import TrainingError, TrainingFolder, fingerprint
from captum_dna.training.labelled import Labelled, examples, labelled, names_of
from captum_dna.training.loop import Fit, Watchers, train
from captum_dna.training.tasks import TASKS, Task

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from collections.abc import Sequence as SequenceABC

    from peft import PeftConfig
    from torch import nn
    from typing_extensions import TypeIs

    from captum_dna.core.types import PathLike, SequencesLike, TokenizerLike
    from captum_dna.io.reading import Reading
    from captum_dna.training.augmentation import Augmentation
    from captum_dna.training.loop import Example

    Model = str | Path | nn.Module | Classifier | Callable[[int], Classifier]

logger = logging.getLogger(__name__)

_PLACEHOLDER = re.compile(r"(LABEL_)?\d+")
"""Class names that say nothing, as Transformers gives them."""
_RECORD = {"training": "data", "validation": "validation", "test": "test"}
"""What the hash of each part is called in the record of a run."""
_RATE_LOADED, _RATE_ADAPTER, _RATE_NEW = 3e-5, 3e-4, 1e-3
"""Usual peak learning rates: to adapt a pretrained model or the few weights of an adapter, and to train a small model
from nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """The choices of a run; see :func:`captum_dna.finetune` for each."""

    model: Model
    data: SequencesLike
    validation: SequencesLike | float | None
    test: SequencesLike | float | None
    reading: Reading
    output: Path
    tokenizer: TokenizerLike | PathLike | None
    opening: Mapping[str, Any]
    """Options of :func:`captum_dna.load`."""
    labels: SequenceABC[str] | None
    task: str | None
    fit: Fit
    class_weights: Mapping[str, float] | str | None
    augmentation: Augmentation
    lora: bool | PeftConfig | None
    resume: bool
    watchers: Watchers

    def replica(self, number: int) -> Run:
        """Return the run of another seed, in a folder inside; one that has begun is resumed where that is asked for."""
        output = self.output / f"replica-{number + 1}"
        begun = (at_home(output) / "run.json").is_file()
        fit = replace(self.fit, seed=self.fit.seed + number)
        return replace(self, fit=fit, output=output, resume=self.resume and begun)


def trained(run: Run) -> tuple[TrainingFolder, Classifier]:
    """Train, and return the folder of the finished run and the classifier that is loaded from it."""
    model, fit = run.model, run.fit
    if _makes_models(model):
        model = model(fit.seed)
    with _own_randomness(fit.seed):
        classifier, fresh = _opened(model, run)
        kind = run.task or classifier.head
        found = labelled(run.data, run.validation, run.test, run.reading, by_class=kind == "single_label")
        names = tuple(run.labels) if run.labels is not None else names_of(TASKS[kind], found)
        outputs = 1 if kind == "regression" else len(names)
        if fresh and outputs != len(classifier.labels):
            classifier, _ = _opened(model, run, num_labels=outputs)
        untrained = classifier.untrained
        classifier = _named(classifier, names, kind, wanted=run.labels is not None)
        adapter: dict[str, object] = {}
        if run.lora is not None and run.lora is not False:
            base = model if isinstance(model, str | Path) else None
            classifier, adapter = with_adapter(classifier, run.lora, base, run.opening, untrained)
        learned = TASKS[kind](classifier.labels, fit.label_smoothing)
        learned.check_metric(fit.metric)
        parts = {name: examples(classifier, learned, some, name) for name, some in found.parts.items()}
        _check_measurable(classifier, parts, fit.metric)
        _check_padding(classifier, [e for some in parts.values() for e in some])
        fit = replace(fit, learning_rate=fit.learning_rate or _usual_rate(classifier))
        _check_augmentation(run.augmentation, classifier)
        learned.weigh(run.class_weights, [e.label for e in parts["training"]])
        folder = TrainingFolder(
            run.output,
            {
                **fit.record,
                **({"lora": adapter} if adapter else {}),
                "task": kind,
                "augmentation": asdict(run.augmentation),
                "class_weights": learned.weights,
                "labels": classifier.labels,
                **{
                    _RECORD[name]: fingerprint((e.encoding.bases, e.label) for e in some)
                    for name, some in parts.items()
                },
                "model": classifier.fingerprint,
                "captum_dna": __version__,
            },
        )
        notices = [*found.notices, *folder.claim(resume=run.resume)]
        if folder.finished:
            logger.info("The run in %s is finished already.", folder.path)
        else:
            for notice in notices:
                tell(notice)
            logger.info("%s", _announcement(classifier, found, TASKS[kind], fit))
            with _quiet(), folder.writing():
                history, metrics, logits = train(
                    classifier, parts, fit, learned, run.augmentation, folder, run.watchers
                )
            around = {
                name: intervals(learned, np.array([e.label for e in parts[name]]), rows, found.families[name])
                for name, rows in logits.items()
            }
            card = model_card(classifier, learned, fit, found, metrics, around, folder=folder.path.name)
            with _quiet():
                folder.finish(classifier, history, metrics, card)
    opening = {name: run.opening[name] for name in ("revision", "trust_remote_code")}
    opening = opening if is_adapted(classifier) else {**opening, "revision": None}
    return folder, load(folder.path, device=classifier.device, **opening)


def _makes_models(model: object) -> TypeIs[Callable[[int], Classifier]]:
    """Tell a function of the seed from what can be called, too: models, and pipelines that hold one."""
    return inspect.isroutine(model) or isinstance(model, type | partial)


def _opened(
    model: str | Path | nn.Module | Classifier, run: Run, num_labels: int | None = None
) -> tuple[Classifier, bool]:
    """Return a classifier to train, and whether its head is fresh; a model in hand is copied.

    The adapter in a folder stays one, and is what is trained, unless all weights are to be.
    """
    if not isinstance(model, str | Path):
        return _copied(load(model, run.tokenizer, **run.opening)), False
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        merge = run.lora is False
        classifier = load(model, run.tokenizer, num_labels=num_labels, merge=merge, **run.opening)
    fresh = any(issubclass(w.category, UntrainedHeadWarning) for w in caught)
    for warning in caught:
        if not issubclass(warning.category, UntrainedHeadWarning):
            warnings.warn_explicit(warning.message, warning.category, warning.filename, warning.lineno)
    if fresh and num_labels is None:
        logger.info("%s has no trained classification head: a fresh one is trained with the rest.", model)
    if is_adapted(classifier):
        make_trainable(classifier)
    return classifier, fresh


def _copied(classifier: Classifier) -> Classifier:
    """Return the same classifier with a model of its own, in float32."""
    own = type(classifier.model).__name__
    if classifier.has_own_forward:
        raise TrainingError(
            f"{own} is asked through a function, which no folder of a model keeps. Train it with your own loop."
        )
    if not hasattr(classifier.model, "save_pretrained"):
        raise TrainingError(f"{own} is not a Hugging Face model. Train it with your own loop.")
    model = copy.deepcopy(classifier.model).float()
    return Classifier(model, classifier.tokenizer, name=classifier.name, **classifier.encoder.reading)


def _named(classifier: Classifier, names: tuple[str, ...], kind: str, *, wanted: bool) -> Classifier:
    """Return the classifier with its task and class names settled: given, its own, or those of the data."""
    count = len(classifier.labels)
    if wanted and len(names) != count:
        raise TrainingError(miscounted(len(names), classifier.name, count))
    if (kind == "regression") != (count == 1) and kind != "multi_label":
        raise TrainingError(
            f"{classifier.name} has {count} {'output' if count == 1 else 'outputs'}, so it cannot learn the task "
            f"{kind!r}: {'a regression has one' if kind == 'regression' else 'classes need two or more'}. Give a "
            "checkpoint without a head, or another `task`."
        )
    config = classifier.config
    if kind != classifier.head:
        config.problem_type = f"{kind}_classification" if kind != "regression" else kind
    placeholders = all(_PLACEHOLDER.fullmatch(label) for label in classifier.labels)
    if wanted or (placeholders and len(names) == count):
        config.id2label = dict(enumerate(names))
        config.label2id = {name: i for i, name in enumerate(names)}
    return Classifier(
        classifier.model, classifier.tokenizer, name=classifier.name, **classifier.encoder.reading
    )


def _check_measurable(classifier: Classifier, parts: dict[str, list[Example]], metric: str) -> None:
    """Refuse to choose by an AUROC that cannot be measured."""
    targets = {e.label for e in parts["validation"]}
    if metric != "auroc" or not targets or not all(isinstance(target, int) for target in targets):
        return
    lacking = [name for i, name in enumerate(classifier.labels) if i not in targets]
    if lacking:
        raise TrainingError(
            f"The validation data have no {lacking[0]!r}, so no AUROC can be measured. Give it some, or choose "
            'another metric, such as `metric="balanced_accuracy"`.'
        )


def _check_padding(classifier: Classifier, examples: list[Example]) -> None:
    """Settle the padding token, without which sequences of several lengths make no batch."""
    pad = classifier.tokenizer.pad_token_id
    if pad is None and len({len(e.encoding) for e in examples}) > 1:
        raise TrainingError(
            f"The tokenizer of {classifier.name} has no padding token, but the sequences differ in length. "
            "Set tokenizer.pad_token, or cut the sequences to one length."
        )
    config = classifier.config
    if getattr(config, "pad_token_id", None) is None:
        config.pad_token_id = pad


def _check_augmentation(augmentation: Augmentation, classifier: Classifier) -> None:
    if augmentation.mask and classifier.tokenizer.mask_token_id is None:
        raise TrainingError(
            f"The tokenizer of {classifier.name} has no mask token. Use Augmentation(mask=0)."
        )
    if augmentation.shuffle_label is not None:
        if classifier.head != "single_label":
            raise TrainingError("A shuffled sequence has a class only where there is one class of several.")
        classifier.label_index(augmentation.shuffle_label)


def _usual_rate(classifier: Classifier) -> float:
    if is_adapted(classifier):
        return _RATE_ADAPTER
    return _RATE_LOADED if getattr(classifier.config, "name_or_path", "") else _RATE_NEW


def _announcement(classifier: Classifier, found: Labelled, task: type[Task], fit: Fit) -> str:
    parts = found.parts
    counts = Counter(str(label) for s in parts["training"] for label in task.labels_of(s))
    classes = ", ".join(f"{name}: {number:,}" for name, number in counts.items())
    what = f" ({classes})" if task.head != "regression" else ""
    measured = [f"{len(parts[name]):,} for {name}" for name in ("validation", "test") if parts[name]]
    return (
        f"Training {classifier.name} on {len(parts['training']):,} sequences{what}, with "
        f"{' and '.join(measured) or 'none to measure on'}: at most {counted(fit.epochs, 'epoch')}, learning rate "
        f"{fit.learning_rate:g}, on {classifier.device}."
    )


@contextmanager
def _own_randomness(seed: int) -> Iterator[None]:
    """Seed Python, NumPy and torch, and put their random states back afterwards."""
    python, numpy = random.getstate(), np.random.get_state()  # noqa: NPY002 - what a collator may draw from
    with torch.random.fork_rng():
        random.seed(seed)
        np.random.seed(seed)  # noqa: NPY002 - what a collator may draw from
        torch.manual_seed(seed)
        try:
            yield
        finally:
            random.setstate(python)
            np.random.set_state(numpy)  # noqa: NPY002 - what a collator may draw from
