"""Train a sequence classifier on labelled sequences, and get back a classifier to explain.

The model is trained on what it is explained on: ids come from the same encoder. Everything that can
be wrong with the data, the labels or the folder is said before the first step.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from captum_dna.core.checks import whole_number
from captum_dna.core.packages import needs
from captum_dna.core.paths import at_home
from captum_dna.core.slips import names_slips
from captum_dna.io.reading import Reading
from captum_dna.training.arguments import other_arguments, reporters
from captum_dna.training.augmentation import Augmentation
from captum_dna.training.folder import TrainingError
from captum_dna.training.labelled import OWN
from captum_dna.training.loop import Fit, Watchers
from captum_dna.training.run import Run, trained
from captum_dna.training.tasks import TASKS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from collections.abc import Sequence as SequenceABC

    from torch import nn
    from transformers.trainer_callback import TrainerCallback
    from transformers.training_args import TrainingArguments
    from typing_extensions import Unpack

    from captum_dna.core.progress import Tell
    from captum_dna.core.types import PathLike, SequencesLike, TokenizerLike
    from captum_dna.io.reading import ReadingOptions
    from captum_dna.model.classifier import Classifier


@dataclass(frozen=True, slots=True)
class Finetuned:
    """What training has made.

    Parameters
    ----------
    folder
        Holds the model or adapter and the tokenizer for :func:`captum_dna.load`, a model card (``README.md``),
        ``metrics.json``, ``history.json`` and ``curve.png``.
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

    @names_slips
    def push_to_hub(
        self, name: str, *, private: bool | None = None, token: str | None = None, message: str | None = None
    ) -> str:
        """Upload the folder to a repository of models on the hub, as ``push_to_hub`` of Transformers does.

        Parameters
        ----------
        name
            The repository, ``OWNER/NAME``; it is made if it is not there.
        private
            Whether a repository that is made is private; by default what your account says.
        token
            A token of the hub; by default the one that you are logged in with.
        message
            What to call the change.

        Returns
        -------
        The address of the change.

        Raises
        ------
        TrainingError
            The hub does not take it, as without a token.
        """
        from huggingface_hub import HfApi
        from huggingface_hub.errors import HfHubHTTPError, HFValidationError, OfflineModeIsEnabled

        api = HfApi(token=token)
        try:
            repository = api.create_repo(name, private=private, exist_ok=True)
            done = api.upload_folder(
                repo_id=repository.repo_id,
                folder_path=self.folder,
                commit_message=message or "Upload a model of DNA sequences",
            )
        except (HfHubHTTPError, HFValidationError, OfflineModeIsEnabled, OSError) as error:
            reason = " ".join(str(error).split())[:300].rstrip(".")
            raise TrainingError(
                f"{self.folder} was not uploaded to {name!r}, because the hub said: {reason}. Log in with hf auth login, or "
                "pass `token=`, and check the name, OWNER/NAME."
            ) from error
        return str(done.commit_url)


def finetune(
    model: str | Path | nn.Module | Classifier | Callable[[int], Classifier],
    data: SequencesLike,
    *,
    validation: SequencesLike | float | None = OWN,
    test: SequencesLike | float | None = OWN,
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
    lora: bool | Any = None,
    arguments: TrainingArguments | Mapping[str, object] | None = None,
    callbacks: SequenceABC[TrainerCallback] = (),
    report_to: str | SequenceABC[str] | None = None,
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
        Peak rate of AdamW. By default 3e-5 for a model that was loaded, 3e-4 for an adapter, 1e-3 for a model made from
        scratch.
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
    lora
        Train an adapter in place of all weights: ``True`` for LoRA of rank 8 on every linear layer, or a configuration of
        PEFT. The folder then holds the adapter, the head and the name of its base, or the base itself where the model was
        in hand; :func:`captum_dna.load` takes it. The adapter in a folder is trained further as one by default; ``False``
        merges it and trains all weights.
    arguments
        Other settings of Transformers' ``Trainer``, by name or as ``TrainingArguments``, such as
        ``{"lr_scheduler_type": "linear", "max_grad_norm": 0.5}``.
    callbacks
        Callbacks for ``Trainer``.
    report_to
        Trackers that are told how training goes, such as ``"tensorboard"``, ``"mlflow"`` or ``"wandb"``, whose packages
        have to be installed. By default none.
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
    captum_dna.core.errors.SequenceError
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
    needs("accelerate", extra="train", what="Training")
    if task is not None and task not in TASKS:
        raise TrainingError(f"There is no task {task!r}. Choose one of {', '.join(TASKS)}.", option="task")
    run = Run(
        model=model,
        data=data,
        validation=validation,
        test=test,
        reading=Reading.of(finetune, reading),
        output=Path(output),
        tokenizer=tokenizer,
        opening={
            "base": base,
            "revision": revision,
            "trust_remote_code": trust_remote_code,
            "stride": stride,
            "separator": separator,
        },
        labels=labels,
        task=task,
        fit=Fit(
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
            arguments=other_arguments(arguments),
        ),
        class_weights=class_weights,
        augmentation=augmentation or Augmentation(),
        lora=lora,
        resume=resume,
        watchers=Watchers(tuple(callbacks), tuple(reporters(report_to)), progress),
    )
    if replicas is None:
        return _finetuned(run)
    return _replicas(run, whole_number("replicas", replicas, 1))


def _finetuned(run: Run) -> Finetuned:
    folder, classifier = trained(run)
    history, metrics = folder.results()
    return Finetuned(
        folder.path, metrics.get("validation", {}), tuple(history), classifier, metrics.get("test", {})
    )


def _replicas(run: Run, count: int) -> Finetuned:
    """Train several times, seeds apart; what is finished is left as it is, where the run is resumed."""
    if (at_home(run.output) / "run.json").is_file():
        raise TrainingError(
            f"The output folder {run.output} holds a single training run, so no replicas can go there. Name a new one.",
            option="output",
        )
    found = tuple(_finetuned(run.replica(number)) for number in range(count))
    return replace(found[0], replicas=found)
