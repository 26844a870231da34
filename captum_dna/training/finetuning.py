"""Train a sequence classifier on labelled sequences, and get back a classifier to explain.

The model is trained on what it is explained on: ids come from the same encoder. Everything that can
be wrong with the data, the labels or the folder is said before the first step.
"""

from __future__ import annotations

import copy
import logging
import random
import re
import warnings
from collections import Counter
from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from captum_dna._version import __version__
from captum_dna.io.reading import Reading
from captum_dna.model.classifier import Classifier
from captum_dna.model.loading import UntrainedHeadWarning, _quiet, load
from captum_dna.training.augmentation import Augmentation
from captum_dna.training.folder import TrainingError, TrainingFolder, fingerprint
from captum_dna.training.labelled import classes_of, examples, parts
from captum_dna.training.loop import Example, Fit, train

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Sequence as SequenceABC

    from torch import nn

    from captum_dna.core.types import PathLike, SequencesLike, TokenizerLike


logger = logging.getLogger(__name__)

_PLACEHOLDER = re.compile(r"(LABEL_)?\d+")
"""Class names that say nothing, as Transformers gives them."""
_RATE_LOADED, _RATE_NEW = 3e-5, 1e-3
"""Usual peak learning rates: to adapt a pretrained model, and to train a small one from nothing."""


@dataclass(frozen=True, slots=True)
class Finetuned:
    """What training has made.

    Parameters
    ----------
    folder
        Holds the model and tokenizer for :func:`captum_dna.load`, ``metrics.json``, ``history.json``
        and ``curve.png``.
    metrics
        Metrics on the validation sequences at the best evaluation (see
        :func:`captum_dna.training.classification_metrics`), its ``loss`` and ``epoch``, and the number of
        ``sequences``; empty without validation.
    history
        One row per evaluation: ``epoch``, ``step``, ``train_loss`` and the validation metrics.
    classifier
        The trained model, in evaluation mode.
    """

    folder: Path
    metrics: dict[str, float]
    history: tuple[dict[str, float], ...]
    classifier: Classifier

    def __repr__(self) -> str:
        numbers = ", ".join(f"{name} {value:.4g}" for name, value in self.metrics.items())
        return f"<Finetuned {self.folder}: {numbers or 'not validated'}>"


def finetune(
    model: str | Path | nn.Module | Classifier,
    data: SequencesLike,
    *,
    validation: Any = 0.15,
    output: str | Path = "finetuned",
    tokenizer: TokenizerLike | PathLike | None = None,
    labels: SequenceABC[str] | None = None,
    epochs: float = 10,
    batch_size: int = 32,
    learning_rate: float | None = None,
    weight_decay: float = 0.01,
    warmup: float = 0.1,
    class_weights: Mapping[str, float] | str | None = "balanced",
    label_smoothing: float = 0.0,
    augmentation: Augmentation | None = None,
    metric: str = "loss",
    patience: int | None = None,
    evaluate_every: int | None = None,
    precision: str = "auto",
    seed: int = 0,
    resume: bool = False,
    progress: bool = True,
    revision: str | None = None,
    trust_remote_code: bool = False,
    **reading: Any,
) -> Finetuned:
    """Train a sequence classifier on labelled sequences.

    Parameters
    ----------
    model
        As for :func:`captum_dna.load`; :func:`captum_dna.training.from_scratch` makes a small new one. A
        checkpoint without a classification head gets a fresh one. A model in hand is copied, not changed.
    data
        A mapping of class names to sources (``{"promoter": "p.fa", "other": "n.fa"}``), or one source
        with labels: anything that :func:`captum_dna.read` takes.
    validation
        A source like ``data``; or a share of ``data`` to keep aside, near-duplicates never parted (see
        :func:`captum_dna.training.split`); or ``None`` to train for all epochs unwatched.
    output
        The folder for the result and, until then, for checkpoints.
    tokenizer
        The tokenizer of a model in hand.
    labels
        Class names in the order of the model's outputs. By default the model's own; for a fresh head the
        order of the mapping, or else the sorted labels of the data.
    epochs, batch_size
        Most passes over the data, and sequences per step.
    learning_rate
        Peak rate of AdamW. By default 3e-5 for a model that was loaded, 1e-3 for one made from scratch.
    weight_decay
        Decay of all weights but biases and normalisations.
    warmup
        Share of the steps in which the rate rises; it falls along a cosine afterwards.
    class_weights
        ``"balanced"`` to let each class count the same, a mapping of class names to weights, or ``None``.
    label_smoothing
        Share of the target probability that is spread over all classes.
    augmentation
        Random changes to the training sequences; see :class:`captum_dna.training.Augmentation`.
    metric
        What the best evaluation, which is kept, is chosen by: ``"loss"``, ``"balanced_accuracy"``,
        ``"accuracy"``, ``"mcc"``, ``"f1"`` or ``"auroc"``.
    patience
        Evaluations without a better metric after which training stops early; ``None``, the default, goes
        through the whole schedule, because small models often stand still before they find a motif.
    evaluate_every
        Steps between evaluations, each with a checkpoint; an epoch by default.
    precision
        ``"float32"``, ``"bfloat16"`` or ``"float16"`` (autocast); ``"auto"`` takes bfloat16 on a GPU
        that has it.
    seed
        Seed of everything random here; the global random states are put back afterwards.
    resume
        Go on from the last whole checkpoint in ``output``; with none there, start.
    progress
        Show a progress bar. Sentences go to ``logging`` in any case.
    revision, trust_remote_code
        See :func:`captum_dna.load`.
    **reading
        How to read the data: ``column=``, ``label_column=``, ``split=``, ``genome=`` and so on, as for
        :func:`captum_dna.read`.

    Raises
    ------
    TrainingError
        One class only, missing or unknown labels, or a folder that must not be touched.
    captum_dna.io.files.InputError
        A source that cannot be read, or lacks a column; its columns are named.
    captum_dna.core.sequences.SequenceError
        A sequence that is no DNA or too long for the model, with its name.

    Examples
    --------
    >>> import tempfile
    >>> from captum_dna.training import from_scratch
    >>> data = {"box": ["ACGTATAAAGGC"] * 8, "none": ["ACGGCCAGTGGC"] * 8}
    >>> small = from_scratch(k=3, layers=1, width=16)
    >>> result = finetune(small, data, validation=data, output=tempfile.mkdtemp(), epochs=1, progress=False)
    >>> result.classifier.labels
    ('box', 'none')
    """
    fit = Fit(
        epochs=epochs,
        batch_size=batch_size,
        learning_rate=learning_rate,
        weight_decay=weight_decay,
        warmup=warmup,
        label_smoothing=label_smoothing,
        metric=metric,
        patience=patience,
        evaluate_every=evaluate_every,
        precision=precision,
        seed=seed,
    )
    sequences, held_out = parts(data, validation, Reading(**reading))
    names = tuple(labels) if labels is not None else classes_of(data, sequences)
    with _own_randomness(seed):
        if isinstance(model, str | Path):
            classifier = _loaded(model, tokenizer, names, revision, trust_remote_code=trust_remote_code)
        else:
            classifier = _copied(load(model, tokenizer))
        classifier = _named(classifier, names, wanted=labels is not None)
        training = examples(classifier, sequences, "training")
        watched = examples(classifier, held_out, "validation")
        _check_measurable(classifier, watched, metric)
        _check_padding(classifier, [*training, *watched])
        fit = replace(fit, learning_rate=learning_rate or _usual_rate(classifier))
        augmentation = augmentation or Augmentation()
        _check_augmentation(augmentation, classifier)
        weights = _weights(class_weights, training, classifier)
        folder = TrainingFolder(
            Path(output),
            {
                **asdict(fit),
                "augmentation": asdict(augmentation),
                "class_weights": weights,
                "labels": classifier.labels,
                "data": fingerprint((e.encoding.bases, e.label) for e in training),
                "validation": fingerprint((e.encoding.bases, e.label) for e in watched),
                "model": classifier.fingerprint,
                "captum_dna": __version__,
            },
        )
        folder.claim(resume=resume)
        if folder.finished:
            logger.info("The run in %s is finished already.", folder.path)
        else:
            logger.info("%s", _announcement(classifier, training, watched, fit))
            with _quiet():
                history, metrics = train(
                    classifier, training, watched, fit, weights, augmentation, folder, progress=progress
                )
                folder.finish(classifier, history, metrics)
    history, metrics = folder.results()
    trained = load(folder.path, device=classifier.device, trust_remote_code=trust_remote_code)
    return Finetuned(folder.path, metrics, tuple(history), trained)


def _loaded(
    model: str | Path,
    tokenizer: Any,
    names: tuple[str, ...],
    revision: str | None,
    *,
    trust_remote_code: bool,
) -> Classifier:
    """Load a model by name; a head that is not there is made with one output per class."""
    options: dict[str, Any] = {"revision": revision, "trust_remote_code": trust_remote_code}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        classifier = load(model, tokenizer, **options)
        fresh = any(issubclass(w.category, UntrainedHeadWarning) for w in caught)
        if fresh and len(classifier.labels) != len(names):
            classifier = load(model, tokenizer, num_labels=len(names), **options)
    for warning in caught:
        if not issubclass(warning.category, UntrainedHeadWarning):
            warnings.warn_explicit(warning.message, warning.category, warning.filename, warning.lineno)
    if fresh:
        logger.info("%s has no trained classification head: a fresh one is trained with the rest.", model)
    return classifier


def _copied(classifier: Classifier) -> Classifier:
    """Return the same classifier with a model of its own, in float32."""
    if not hasattr(classifier.model, "save_pretrained"):
        raise TrainingError(
            f"{type(classifier.model).__name__} is not a Hugging Face model: train it with your own loop."
        )
    model = copy.deepcopy(classifier.model).float()
    return Classifier(model, classifier.tokenizer, name=classifier.name)


def _named(classifier: Classifier, names: tuple[str, ...], *, wanted: bool) -> Classifier:
    """Return the classifier with its class names settled: given, its own, or those of the data."""
    if classifier.head != "single_label":
        raise TrainingError(
            f"{classifier.name} has a {classifier.head.replace('_', '-')} head: finetune() trains "
            "classifiers of one class out of several."
        )
    count = len(classifier.labels)
    if wanted and len(names) != count:
        raise TrainingError(f"{len(names)} labels were given, but {classifier.name} has {count} outputs.")
    placeholders = all(_PLACEHOLDER.fullmatch(label) for label in classifier.labels)
    if not wanted and not (placeholders and len(names) == count):
        return classifier
    config: Any = classifier.config
    config.id2label = dict(enumerate(names))
    config.label2id = {name: i for i, name in enumerate(names)}
    return Classifier(classifier.model, classifier.tokenizer, name=classifier.name)


def _check_measurable(classifier: Classifier, watched: list[Example], metric: str) -> None:
    lacking = [classifier.labels[i] for i in set(range(len(classifier.labels))) - {e.label for e in watched}]
    if watched and lacking and metric == "auroc":
        raise TrainingError(
            f"The validation data have no {lacking[0]!r}, so that no AUROC can be measured: give it some, or choose "
            'another metric, such as metric="balanced_accuracy".'
        )


def _check_padding(classifier: Classifier, examples: list[Example]) -> None:
    """Settle the padding token, without which sequences of several lengths make no batch."""
    pad = classifier.tokenizer.pad_token_id
    if pad is None and len({len(e.encoding) for e in examples}) > 1:
        raise TrainingError(
            f"The tokenizer of {classifier.name} has no padding token, but the sequences differ in length: "
            "set tokenizer.pad_token, or cut the sequences to one length."
        )
    config: Any = classifier.config
    if getattr(config, "pad_token_id", None) is None:
        config.pad_token_id = pad


def _check_augmentation(augmentation: Augmentation, classifier: Classifier) -> None:
    if augmentation.mask and classifier.tokenizer.mask_token_id is None:
        raise TrainingError(
            f"The tokenizer of {classifier.name} has no mask token: use Augmentation(mask=0)."
        )
    if augmentation.shuffle_label is not None:
        classifier.label_index(augmentation.shuffle_label)


def _weights(
    asked: Mapping[str, float] | str | None, examples: list[Example], classifier: Classifier
) -> list[float] | None:
    """Return a weight per class, or ``None`` for no weights."""
    count = len(classifier.labels)
    if asked is None:
        return None
    if isinstance(asked, Mapping):
        given = {classifier.label_index(name): float(weight) for name, weight in asked.items()}
        return [given.get(i, 1.0) for i in range(count)]
    if asked != "balanced":
        raise TrainingError(f"class_weights={asked!r} is neither 'balanced', nor a mapping, nor None.")
    found = Counter(e.label for e in examples)
    return [len(examples) / (len(found) * found[i]) if found[i] else 0.0 for i in range(count)]


def _usual_rate(classifier: Classifier) -> float:
    return _RATE_LOADED if getattr(classifier.config, "name_or_path", "") else _RATE_NEW


def _announcement(classifier: Classifier, training: list[Example], watched: list[Example], fit: Fit) -> str:
    counts = Counter(classifier.labels[e.label] for e in training)
    classes = ", ".join(f"{name}: {number:,}" for name, number in counts.items())
    measured = f"measuring on {len(watched):,}" if watched else "measuring on none"
    return (
        f"Training {classifier.name} on {len(training):,} sequences ({classes}) and {measured}: at most "
        f"{fit.epochs:g} epochs, learning rate {fit.learning_rate:g}, on {classifier.device}."
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
