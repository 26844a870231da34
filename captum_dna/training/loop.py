"""The training loop: Hugging Face's Trainer, quiet, watched and able to go on after a kill."""

from __future__ import annotations

import json
import logging
import math
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, TypedDict

import numpy as np
import torch
from transformers import EarlyStoppingCallback, Trainer, TrainerCallback, TrainingArguments
from transformers.trainer_callback import PrinterCallback

from captum_dna.core.progress import Progress
from captum_dna.training.folder import TrainingError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray
    from torch import Tensor
    from transformers.modeling_outputs import SequenceClassifierOutput
    from transformers.trainer_callback import TrainerState
    from transformers.trainer_utils import EvalPrediction

    from captum_dna.core.progress import Tell
    from captum_dna.model.classifier import Classifier
    from captum_dna.model.encoding import Encoding
    from captum_dna.training.augmentation import Augmentation
    from captum_dna.training.folder import Row, TrainingFolder
    from captum_dna.training.tasks import Target, Task

logger = logging.getLogger(__name__)

_KEY = "eval_set_"
"""What our metrics are called among Trainer's own."""
PRECISIONS = ("auto", "float32", "bfloat16", "float16")


@dataclass(frozen=True, slots=True)
class Example:
    """One sequence as the model reads it, and what the model is to say of it."""

    encoding: Encoding
    label: Target


@dataclass(frozen=True, slots=True)
class Fit:
    """How to train; see :func:`captum_dna.finetune` for each option."""

    epochs: float
    batch_size: int
    accumulate: int
    learning_rate: float | None
    weight_decay: float
    warmup: float
    label_smoothing: float
    metric: str
    patience: int | None
    evaluate_every: int | None
    precision: str
    seed: int
    arguments: Mapping[str, object] = field(default_factory=dict)
    """Other settings of Trainer."""

    @property
    def record(self) -> dict[str, object]:
        """The options as JSON takes them; a run without other settings is recorded as ever."""
        found = asdict(self)
        others = {name: _plain(value) for name, value in found.pop("arguments").items()}
        return found | ({"arguments": others} if others else {})

    def __post_init__(self) -> None:
        if self.epochs <= 0 or self.batch_size < 1 or self.accumulate < 1:
            raise TrainingError(
                f"`epochs={self.epochs}`, `batch_size={self.batch_size}` and `accumulate={self.accumulate}` train "
                "nothing. Give more."
            )
        if self.learning_rate is not None and self.learning_rate <= 0:
            raise TrainingError(f"learning_rate={self.learning_rate} trains nothing. Give a positive number.")
        if not 0 <= self.warmup < 1 or not 0 <= self.label_smoothing < 1:
            raise TrainingError("warmup and label_smoothing are shares: at least 0 and below 1.")
        if self.precision not in PRECISIONS:
            raise TrainingError(
                f"There is no precision {self.precision!r}. Choose one of {', '.join(PRECISIONS)}."
            )
        if (self.patience is not None and self.patience < 1) or (
            self.evaluate_every is not None and self.evaluate_every < 1
        ):
            raise TrainingError("patience and evaluate_every are at least 1, or None.")


@dataclass(frozen=True, slots=True)
class Watchers:
    """Who is told how training goes: callbacks of the user's, those of trackers, and a bar."""

    callbacks: tuple[TrainerCallback, ...] = ()
    trackers: tuple[TrainerCallback, ...] = ()
    progress: bool | Tell | None = False

    def callbacks_for(self, folder: TrainingFolder) -> list[TrainerCallback]:
        """Return the callbacks, of which TensorBoard's writes into a folder that stays."""
        for tracker in self.trackers:
            if getattr(tracker, "logging_dir", "") is None:
                tracker.logging_dir = str(folder.path / "tensorboard")
        return [*self.trackers, *self.callbacks]


def train(
    classifier: Classifier,
    parts: dict[str, list[Example]],
    fit: Fit,
    task: Task,
    augmentation: Augmentation,
    folder: TrainingFolder,
    watchers: Watchers,
) -> tuple[list[Row], dict[str, Row], dict[str, NDArray[np.float64]]]:
    """Train the classifier's model in place and leave it in evaluation mode, at its best epoch.

    Returns
    -------
    One row per evaluation; and for validation and test, where there are any, the metrics and the (N, C) logits
    of the model that is kept.
    """
    training, watched = parts["training"], parts["validation"]
    pad = classifier.tokenizer.pad_token_id
    dataset = Augmented(training, classifier, augmentation, fit.seed)
    callbacks: list[TrainerCallback] = [_EpochOf(dataset), _Report(task, watchers.progress)]
    callbacks += watchers.callbacks_for(folder)
    if watched and fit.patience is not None:
        callbacks.append(EarlyStoppingCallback(early_stopping_patience=fit.patience))
    trainer = Trainer(
        model=classifier.model,
        args=_arguments(classifier, fit, task, folder, watch=bool(watched)),
        train_dataset=dataset,
        eval_dataset=Plain(watched) if watched else None,
        data_collator=Padded(pad, mask="attention_mask" in classifier.tokenizer.model_input_names),
        compute_loss_func=_Loss(task, [e.label for e in training]),
        compute_metrics=lambda prediction: _of_the_set(task, prediction),
        preprocess_logits_for_metrics=lambda logits, _: logits[0] if isinstance(logits, tuple) else logits,
        callbacks=callbacks,
    )
    trainer.remove_callback(PrinterCallback)
    checkpoint = folder.last_checkpoint()
    if checkpoint is not None:
        logger.info("Going on from %s.", checkpoint)
    trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
    classifier.model.eval()
    history = _history(trainer.state.log_history, task)
    metrics: dict[str, Row] = {}
    logits: dict[str, NDArray[np.float64]] = {}
    for name in ("validation", "test"):
        if not parts[name]:
            continue
        found = trainer.predict(Plain(parts[name])).predictions
        logits[name] = np.asarray(found, dtype=np.float64).reshape(len(parts[name]), -1)
        metrics[name] = task.measured([e.label for e in parts[name]], logits[name])
        metrics[name]["sequences"] = len(parts[name])
    if watched:
        metrics["validation"]["epoch"] = _best(history, fit.metric, task)["epoch"]
    return history, metrics, logits


class Item(TypedDict):
    """One example as the data loader takes it: its token ids, and what the model is to say of it."""

    input_ids: Sequence[int]
    labels: Target


class Plain(torch.utils.data.Dataset[Item]):
    """Examples as they are."""

    def __init__(self, examples: Sequence[Example]) -> None:
        self.examples = examples

    def __len__(self) -> int:
        return len(self.examples)

    def __getitem__(self, index: int) -> Item:
        """Return ids and class of one example."""
        example = self.examples[index]
        return {"input_ids": example.encoding.input_ids, "labels": example.label}


class Augmented(Plain):
    """Examples with random changes, made from seed, epoch and index alone: a resumed run repeats them."""

    def __init__(
        self, examples: Sequence[Example], classifier: Classifier, augmentation: Augmentation, seed: int
    ) -> None:
        super().__init__(examples)
        self.classifier = classifier
        self.augmentation = augmentation
        self.seed = seed
        self.epoch = 0
        label = augmentation.shuffle_label
        self.shuffled = None if label is None else classifier.label_index(label)

    def __getitem__(self, index: int) -> Item:
        """Return ids and class of one example as it is seen in this epoch."""
        example, change = self.examples[index], self.augmentation
        rng = np.random.default_rng([self.seed, self.epoch, index])
        bases, label = example.encoding.bases, example.label
        if isinstance(label, int):
            bases, label = change.change_label(bases, label, self.shuffled, rng)
        bases = change.change_bases(bases, rng)
        encoding = example.encoding
        if bases != encoding.bases:
            encoding = self.classifier.encoder.encode(bases)
        ids = change.change_ids(encoding, self.classifier.tokenizer.mask_token_id, rng)
        return {"input_ids": ids[: self.classifier.max_tokens], "labels": label}


@dataclass(frozen=True, slots=True)
class Padded:
    """Makes a batch: pads on the right, to the longest sequence in it and not further."""

    pad: int | None
    mask: bool

    def __call__(self, rows: list[Item]) -> dict[str, Tensor]:
        """Return ids, labels and, where the model takes it, the attention mask."""
        longest = max(len(row["input_ids"]) for row in rows)
        ids = torch.full((len(rows), longest), self.pad or 0, dtype=torch.long)
        mask = torch.zeros((len(rows), longest), dtype=torch.long)
        for i, row in enumerate(rows):
            ids[i, : len(row["input_ids"])] = torch.tensor(row["input_ids"])
            mask[i, : len(row["input_ids"])] = 1
        batch = {"input_ids": ids, "labels": torch.tensor([row["labels"] for row in rows])}
        return {**batch, "attention_mask": mask} if self.mask else batch


class _Loss:
    """The loss of a step: weighted losses over all its sequences, which weigh as much as the mean sequence does.

    A weight that was divided by the weights of its own batch would cancel in a batch of one class.
    """

    def __init__(self, task: Task, targets: Sequence[Target]) -> None:
        self.task = task
        self.mean_weight = task.mean_weight(targets)

    def __call__(
        self,
        outputs: SequenceClassifierOutput,
        labels: Tensor,
        num_items_in_batch: Tensor | int | None = None,
    ) -> Tensor:
        loss = self.task.loss(outputs.logits.float(), labels)
        # Labels of all batches of the step, gradient accumulation included; several for each with many labels.
        count = labels.numel() if num_items_in_batch is None else torch.as_tensor(num_items_in_batch).sum()
        return loss / (count * len(labels) / labels.numel() * self.mean_weight)


class _EpochOf(TrainerCallback):  # type: ignore[misc]  # Transformers is not read by mypy
    """Tells the data set which epoch it is in, also when a run goes on."""

    def __init__(self, dataset: Augmented) -> None:
        self.dataset = dataset

    def on_epoch_begin(self, args: object, state: TrainerState, control: object, **_: object) -> None:  # noqa: ARG002 - the trainer passes it
        self.dataset.epoch = math.floor((state.epoch or 0) + 1e-6)


class _Report(TrainerCallback):  # type: ignore[misc]  # Transformers is not read by mypy
    """One log sentence per evaluation, and a bar where it is wanted."""

    def __init__(self, task: Task, wanted: bool | Tell | None) -> None:
        self.task = task
        self.wanted = wanted
        self.bar = Progress(wanted=False, total=0)

    def on_train_begin(self, args: object, state: TrainerState, control: object, **_: object) -> None:  # noqa: ARG002 - the trainer passes it
        self.bar = Progress(self.wanted, state.max_steps, "Training")
        self.bar.__enter__()
        self.bar.report(state.global_step)

    def on_step_end(self, args: object, state: TrainerState, control: object, **_: object) -> None:  # noqa: ARG002 - the trainer passes it
        self.bar.report(state.global_step)

    def on_evaluate(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: object,  # noqa: ARG002 - the trainer passes it
        metrics: Row,
        **_: object,
    ) -> None:
        told = ", ".join(f"{name} {metrics[_KEY + name]:.3f}" for name in ("loss", *self.task.metrics))
        logger.info("Epoch %.3g of %.3g: %s.", state.epoch, args.num_train_epochs, told)

    def on_train_end(self, args: object, state: object, control: object, **_: object) -> None:  # noqa: ARG002 - the trainer passes it
        self.bar.__exit__()


def _arguments(
    classifier: Classifier, fit: Fit, task: Task, folder: TrainingFolder, *, watch: bool
) -> TrainingArguments:
    """Return Trainer's settings: nothing is reported to anyone; each evaluation has its checkpoint."""
    rhythm = "epoch" if fit.evaluate_every is None else "steps"
    precision = _precision(fit.precision)
    settings: dict[str, object] = {
        "output_dir": str(folder.checkpoints),
        "run_name": folder.path.name,
        "num_train_epochs": fit.epochs,
        "per_device_train_batch_size": fit.batch_size,
        "per_device_eval_batch_size": 2 * fit.batch_size,
        "gradient_accumulation_steps": fit.accumulate,
        "learning_rate": fit.learning_rate or 0.0,
        "weight_decay": fit.weight_decay,
        "warmup_steps": fit.warmup,
        "lr_scheduler_type": "cosine",
        "optim": "adamw_torch",
        "bf16": precision == "bfloat16",
        "fp16": precision == "float16",
        "eval_strategy": rhythm if watch else "no",
        "save_strategy": rhythm,
        "logging_strategy": rhythm,
        "eval_steps": fit.evaluate_every,
        "save_steps": fit.evaluate_every or 500,
        "logging_steps": fit.evaluate_every or 500,
        "save_total_limit": 2,
        "load_best_model_at_end": watch,
        "metric_for_best_model": _KEY + fit.metric if watch else None,
        "greater_is_better": fit.metric not in task.falling,
        "restore_callback_states_from_checkpoint": True,
        "average_tokens_across_devices": False,
        "remove_unused_columns": False,
        "label_names": ["labels"],
        "dataloader_pin_memory": classifier.device.type == "cuda",
        "use_cpu": classifier.device.type == "cpu",
        "report_to": "none",
        "disable_tqdm": True,
        "log_level": "error",
        "seed": fit.seed,
        "data_seed": fit.seed,
    }
    try:
        return TrainingArguments(**{**settings, **fit.arguments})
    except (ValueError, TypeError, ImportError) as error:
        raise TrainingError(
            f"Trainer does not take these settings: {' '.join(str(error).split())[:300].rstrip('.')}. Change them in "
            "`arguments`.",
            option="arguments",
        ) from error


def _plain(value: object) -> object:
    """Return a setting as JSON takes it."""
    try:
        json.dumps(value)
    except TypeError:
        return str(value)
    return value


def _precision(asked: str) -> str:
    """Return the number format: a CPU seldom gains by a shorter one, a GPU since Ampere always does."""
    if asked != "auto":
        return asked
    return "bfloat16" if torch.cuda.is_available() and torch.cuda.is_bf16_supported() else "float32"


def _of_the_set(task: Task, prediction: EvalPrediction) -> Row:
    """Return loss and metrics of a whole set under names of our own: Trainer's loss is a mean over batches."""
    found = task.measured(prediction.label_ids, prediction.predictions)
    return {_KEY + name: value for name, value in found.items()}


def _history(log: list[dict[str, float]], task: Task) -> list[Row]:
    """Return one row per evaluation (per logging step without one) from Trainer's log."""
    rows: dict[float, Row] = {}
    for entry in log:
        row = rows.setdefault(entry["step"], {"epoch": entry["epoch"], "step": entry["step"]})
        if "loss" in entry:
            row["train_loss"] = entry["loss"]
        for name in ("loss", *task.metrics):
            if _KEY + name in entry:
                row[name] = entry[_KEY + name]
    return [row for _, row in sorted(rows.items()) if "train_loss" in row or "loss" in row]


def _best(history: list[Row], metric: str, task: Task) -> Row:
    """Return the first row with the best value of the metric, as Trainer chooses its checkpoint."""
    rows = [row for row in history if np.isfinite(row.get(metric, np.nan))] or history[-1:]
    return min(rows, key=lambda row: row[metric] if metric in task.falling else -row[metric])
