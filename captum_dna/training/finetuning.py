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
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from captum_dna._version import __version__
from captum_dna.core.checks import whole_number
from captum_dna.core.notices import tell
from captum_dna.core.packages import needs
from captum_dna.core.paths import at_home
from captum_dna.io.reading import Reading
from captum_dna.model.classifier import Classifier
from captum_dna.model.loading import UntrainedHeadWarning, _quiet, load
from captum_dna.training.augmentation import Augmentation
from captum_dna.training.card import intervals, model_card
from captum_dna.training.folder import TrainingError, TrainingFolder, fingerprint
from captum_dna.training.labelled import OWN, Labelled, examples, labelled, names_of
from captum_dna.training.loop import Fit, train
from captum_dna.training.tasks import TASKS, Task

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from collections.abc import Sequence as SequenceABC

    from torch import nn
    from typing_extensions import TypeIs, Unpack

    from captum_dna.core.progress import Tell
    from captum_dna.core.types import PathLike, SequencesLike, TokenizerLike
    from captum_dna.io.reading import ReadingOptions
    from captum_dna.training.loop import Example


logger = logging.getLogger(__name__)

_PLACEHOLDER = re.compile(r"(LABEL_)?\d+")
"""Class names that say nothing, as Transformers gives them."""
_RECORD = {"training": "data", "validation": "validation", "test": "test"}
"""What the hash of each part is called in the record of a run."""
_RATE_LOADED, _RATE_NEW = 3e-5, 1e-3
"""Usual peak learning rates: to adapt a pretrained model, and to train a small one from nothing."""


@dataclass(frozen=True, slots=True)
class Finetuned:
    """What training has made.

    Parameters
    ----------
    folder
        Holds the model and tokenizer for :func:`captum_dna.load`, a model card (``README.md``), ``metrics.json``,
        ``history.json`` and ``curve.png``.
    metrics
        Metrics of the model that was kept on the validation sequences (see
        :func:`captum_dna.training.classification_metrics`), its ``loss`` and ``epoch``, and the number of
        ``sequences``; empty without validation. These sequences chose the epoch, so the metrics are
        optimistic; those on a test set are not.
    test_metrics
        The same on the test sequences, which chose nothing; empty without.
    history
        One row per evaluation: ``epoch``, ``step``, ``train_loss`` and the validation metrics.
    classifier
        The trained model, in evaluation mode.
    replicas
        Where several were trained: all of them, this one the first.
    """

    folder: Path
    metrics: dict[str, float]
    history: tuple[dict[str, float], ...]
    classifier: Classifier
    test_metrics: dict[str, float] = field(default_factory=dict)
    replicas: tuple[Finetuned, ...] = ()

    def __repr__(self) -> str:
        on = "test" if self.test_metrics else "validation, which chose the epoch"
        metrics = self.test_metrics or self.metrics
        numbers = ", ".join(f"{name} {value:.4g}" for name, value in metrics.items())
        return f"<Finetuned {self.folder}: {f'{numbers} ({on})' if numbers else 'not validated'}>"


def finetune(
    model: str | Path | nn.Module | Classifier | Callable[[int], Classifier],
    data: SequencesLike,
    *,
    validation: SequencesLike | None = OWN,
    test: SequencesLike | None = OWN,
    output: str | Path = "finetuned",
    tokenizer: TokenizerLike | PathLike | None = None,
    base: PathLike | None = None,
    labels: SequenceABC[str] | None = None,
    task: str | None = None,
    epochs: float = 10,
    batch_size: int = 32,
    accumulate: int = 1,
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
    replicas: int | None = None,
    resume: bool = False,
    progress: bool | Tell | None = True,
    revision: str | None = None,
    trust_remote_code: bool = False,
    stride: int | None = None,
    separator: str | None = None,
    **reading: Unpack[ReadingOptions],
) -> Finetuned:
    """Train a sequence classifier on labelled sequences.

    Parameters
    ----------
    model
        As for :func:`captum_dna.load`; :func:`captum_dna.training.from_scratch` makes a small new one. A
        checkpoint without a classification head gets a fresh one. A model in hand is copied, not changed. A function
        of the seed that makes one, such as ``lambda seed: from_scratch(seed=seed)``, is for replicas that are to begin
        apart.
    data
        A mapping of class names to sources (``{"promoter": "p.fa", "other": "n.fa"}``), or one source
        with labels: anything that :func:`captum_dna.read` takes. Of a data set with several splits, the one
        called train is learned from, unless ``split=`` names another.
    validation
        What chooses the best epoch: a source like ``data``; or a share of ``data`` to keep aside, relatives in
        one part (see :func:`captum_dna.training.split`); or ``None`` to train for all epochs unwatched. By
        default ("own") the split of the data set called validation, or else a share of 0.15.
    test
        What chooses nothing and is measured on in the end: a source, a share, or ``None``. By default ("own")
        the split called test, or else nothing.
    output
        The folder for the result and, until then, for checkpoints.
    tokenizer
        The tokenizer of a model in hand.
    labels
        Class names in the order of the model's outputs. By default the model's own; for a fresh head the
        order of the mapping or of the data set's ``ClassLabel``, or else the sorted labels of the data.
    task
        ``"single_label"``, ``"multi_label"`` (labels as "a;b", "1;0;1" or lists, and "-" for none) or ``"regression"``
        (labels are numbers). By default what the model's head is made for; a fresh head is made for what is asked.
    epochs, batch_size
        Most passes over the data, and sequences per forward pass.
    accumulate
        Forward passes per step: the gradient is that of ``batch_size * accumulate`` sequences, in the memory
        that ``batch_size`` take.
    learning_rate
        Peak rate of AdamW. By default 3e-5 for a model that was loaded, 1e-3 for one made from scratch.
    weight_decay
        Decay of all weights but biases and normalisations.
    warmup
        Share of the steps in which the rate rises; it falls along a cosine afterwards.
    class_weights
        ``"balanced"`` to let each class count the same (with many labels, the yes of each as much as its no), a
        mapping of class names to weights, or ``None``. The loss of a set is the sum of the weighted losses over
        the sum of the weights, whatever the order and the batches.
    label_smoothing
        Share of the target probability that is spread over all classes.
    augmentation
        Random changes to the training sequences. See :class:`captum_dna.training.Augmentation`.
    metric
        What the best evaluation, which is kept, is chosen by: ``"loss"``, ``"balanced_accuracy"``,
        ``"accuracy"``, ``"mcc"``, ``"f1"`` or ``"auroc"``; with many labels also ``"average_precision"``; for a
        regression ``"r2"``, ``"pearson"``, ``"spearman"`` or ``"mae"``.
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
    replicas
        Train so many times, on the same parts of the data, with the seeds ``seed``, ``seed + 1`` and so on, into the
        folders ``replica-1``, ``replica-2``... of ``output``. What is returned is the first, with all of them in its
        ``replicas``; :func:`captum_dna.attribute` takes ``output`` as ``over={"model": output}``.
    resume
        Go on from the last whole checkpoint in ``output``; with none there, start, and say so.
    progress
        Show a progress bar, or call a function with (done, total) steps. Sentences go to ``logging`` in any case.
    base, revision, trust_remote_code, stride, separator
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
        A sequence that is not DNA or too long for the model, with its name.

    Warns
    -----
    UserWarning
        Sequences that are measured on have relatives among those learned from, with their share; or one family
        of relatives is a large share of the data; or there was nothing to resume.

    Examples
    --------
    >>> import tempfile
    >>> from captum_dna.training import from_scratch
    >>> data = {"box": ["ACGTATAAAGGC"] * 8, "none": ["ACGGCCAGTGGC"] * 8}
    >>> small = from_scratch(k=3, layers=1, width=16)
    >>> result = finetune(small, data, validation=None, output=tempfile.mkdtemp(), epochs=1, progress=False)
    >>> result.classifier.labels
    ('box', 'none')
    """
    given = dict(locals())
    needs("accelerate", extra="train", what="Training")
    if replicas is not None:
        del given["model"], given["replicas"], given["reading"]
        return _replicas(model, whole_number("replicas", replicas, 1), given | reading)
    if _makes_models(model):
        model = model(seed)
    fit = Fit(
        epochs=epochs,
        batch_size=batch_size,
        accumulate=accumulate,
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
    if task is not None and task not in TASKS:
        raise TrainingError(f"There is no task {task!r}. Choose one of {', '.join(TASKS)}.", option="task")
    with _own_randomness(seed):
        options: dict[str, Any] = {"base": base, "revision": revision, "trust_remote_code": trust_remote_code}
        options |= {"stride": stride, "separator": separator}
        classifier, fresh = _opened(model, tokenizer, options)
        kind = task or classifier.head
        found = labelled(
            data, validation, test, Reading.of(finetune, reading), by_class=kind == "single_label"
        )
        names = tuple(labels) if labels is not None else names_of(TASKS[kind], found)
        outputs = 1 if kind == "regression" else len(names)
        if fresh and outputs != len(classifier.labels):
            classifier, _ = _opened(model, tokenizer, {**options, "num_labels": outputs})
        classifier = _named(classifier, names, kind, wanted=labels is not None)
        learned = TASKS[kind](classifier.labels, label_smoothing)
        learned.check_metric(metric)
        parts = {name: examples(classifier, learned, some, name) for name, some in found.parts.items()}
        _check_measurable(classifier, parts, metric)
        _check_padding(classifier, [e for some in parts.values() for e in some])
        fit = replace(fit, learning_rate=learning_rate or _usual_rate(classifier))
        augmentation = augmentation or Augmentation()
        _check_augmentation(augmentation, classifier)
        learned.weigh(class_weights, [e.label for e in parts["training"]])
        folder = TrainingFolder(
            Path(output),
            {
                **asdict(fit),
                "task": kind,
                "augmentation": asdict(augmentation),
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
        notices = [*found.notices, *folder.claim(resume=resume)]
        if folder.finished:
            logger.info("The run in %s is finished already.", folder.path)
        else:
            for notice in notices:
                tell(notice)
            logger.info("%s", _announcement(classifier, found, TASKS[kind], fit))
            with _quiet(), folder.writing():
                history, metrics, logits = train(
                    classifier, parts, fit, learned, augmentation, folder, progress=progress
                )
            around = {
                name: intervals(learned, np.array([e.label for e in parts[name]]), rows, found.families[name])
                for name, rows in logits.items()
            }
            card = model_card(classifier, learned, fit, found, metrics, around, folder=folder.path.name)
            with _quiet():
                folder.finish(classifier, history, metrics, card)
    history, metrics = folder.results()
    trained = load(folder.path, device=classifier.device, trust_remote_code=trust_remote_code)
    return Finetuned(
        folder.path, metrics.get("validation", {}), tuple(history), trained, metrics.get("test", {})
    )


def _replicas(model: Any, count: int, choices: dict[str, Any]) -> Finetuned:
    """Train several times, seeds apart; what is finished is left as it is, where the run is resumed."""
    output, seed, resume = Path(choices["output"]), choices["seed"], choices["resume"]
    if (at_home(output) / "run.json").is_file():
        raise TrainingError(
            f"The output folder {output} holds a single training run, so no replicas can go there. Name a new one.",
            option="output",
        )
    found: list[Finetuned] = []
    for number in range(count):
        folder = output / f"replica-{number + 1}"
        begun = (at_home(folder) / "run.json").is_file()
        own = {"output": folder, "seed": seed + number, "resume": resume and begun}
        found.append(finetune(model, **{**choices, **own}))
    return replace(found[0], replicas=tuple(found))


def _makes_models(model: object) -> TypeIs[Callable[[int], Classifier]]:
    return callable(model) and not isinstance(model, Classifier | torch.nn.Module)


def _opened(
    model: str | Path | nn.Module | Classifier, tokenizer: Any, options: dict[str, Any]
) -> tuple[Classifier, bool]:
    """Return a classifier to train, and whether its head is fresh; a model in hand is copied."""
    if not isinstance(model, str | Path):
        read_as = {name: options[name] for name in ("stride", "separator")}
        return _copied(load(model, tokenizer, **read_as)), False
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        classifier = load(model, tokenizer, **options)
    fresh = any(issubclass(w.category, UntrainedHeadWarning) for w in caught)
    for warning in caught:
        if not issubclass(warning.category, UntrainedHeadWarning):
            warnings.warn_explicit(warning.message, warning.category, warning.filename, warning.lineno)
    if fresh and "num_labels" not in options:
        logger.info("%s has no trained classification head: a fresh one is trained with the rest.", model)
    return classifier, fresh


def _copied(classifier: Classifier) -> Classifier:
    """Return the same classifier with a model of its own, in float32."""
    if not hasattr(classifier.model, "save_pretrained"):
        raise TrainingError(
            f"{type(classifier.model).__name__} is not a Hugging Face model. Train it with your own loop."
        )
    model = copy.deepcopy(classifier.model).float()
    return Classifier(model, classifier.tokenizer, name=classifier.name, **classifier.encoder.reading)


def _named(classifier: Classifier, names: tuple[str, ...], kind: str, *, wanted: bool) -> Classifier:
    """Return the classifier with its task and class names settled: given, its own, or those of the data."""
    count = len(classifier.labels)
    if wanted and len(names) != count:
        raise TrainingError(f"{len(names)} labels were given, but {classifier.name} has {count} outputs.")
    if (kind == "regression") != (count == 1) and kind != "multi_label":
        raise TrainingError(
            f"{classifier.name} has {count} {'output' if count == 1 else 'outputs'}, so it cannot learn "
            "the task "
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
    return _RATE_LOADED if getattr(classifier.config, "name_or_path", "") else _RATE_NEW


def _announcement(classifier: Classifier, found: Labelled, task: type[Task], fit: Fit) -> str:
    parts = found.parts
    counts = Counter(str(label) for s in parts["training"] for label in task.labels_of(s))
    classes = ", ".join(f"{name}: {number:,}" for name, number in counts.items())
    what = f" ({classes})" if task.head != "regression" else ""
    measured = [f"{len(parts[name]):,} for {name}" for name in ("validation", "test") if parts[name]]
    return (
        f"Training {classifier.name} on {len(parts['training']):,} sequences{what}, with "
        f"{' and '.join(measured) or 'none to measure on'}: at most {fit.epochs:g} epochs, learning rate "
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
