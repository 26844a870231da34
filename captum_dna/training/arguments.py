"""What Transformers' Trainer takes beside the options of ``finetune()``: other settings, and who is told how it goes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import TYPE_CHECKING

from transformers import TrainingArguments

from captum_dna.core.checks import check_name, near
from captum_dna.training.folder import TrainingError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from transformers.trainer_callback import TrainerCallback

_OURS = {
    "output_dir": "output",
    "num_train_epochs": "epochs",
    "max_steps": "epochs",
    "per_device_train_batch_size": "batch_size",
    "per_device_eval_batch_size": "batch_size",
    "auto_find_batch_size": "batch_size",
    "gradient_accumulation_steps": "accumulate",
    "learning_rate": "learning_rate",
    "weight_decay": "weight_decay",
    "warmup_steps": "warmup",
    "warmup_ratio": "warmup",
    "label_smoothing_factor": "label_smoothing",
    "metric_for_best_model": "metric",
    "greater_is_better": "metric",
    "eval_strategy": "evaluate_every",
    "eval_steps": "evaluate_every",
    "save_strategy": "evaluate_every",
    "save_steps": "evaluate_every",
    "logging_strategy": "evaluate_every",
    "logging_steps": "evaluate_every",
    "bf16": "precision",
    "fp16": "precision",
    "seed": "seed",
    "data_seed": "seed",
    "resume_from_checkpoint": "resume",
    "disable_tqdm": "progress",
    "report_to": "report_to",
}
"""Settings that have another name here."""
_DECIDED = frozenset(
    {
        "load_best_model_at_end",
        "restore_callback_states_from_checkpoint",
        "average_tokens_across_devices",
        "remove_unused_columns",
        "label_names",
        "use_cpu",
        "save_only_model",
        "ignore_data_skip",
        "push_to_hub",
        "do_train",
        "do_eval",
        "do_predict",
    }
)
"""Settings on which the parts of training here depend: checkpoints, padding, metrics, the device."""
_OF_THE_PLACE = ("output_dir", "run_name", "logging_dir")
"""Settings that an object is made with in any case."""


def other_arguments(given: TrainingArguments | Mapping[str, object] | None) -> dict[str, object]:
    """Return the settings for Trainer that no option of ``finetune()`` names.

    Parameters
    ----------
    given
        Settings by name; or an object, of which those count that are not its defaults.

    Raises
    ------
    TrainingError
        One that Trainer does not know, or that an option of ``finetune()`` says.
    """
    if given is None:
        return {}
    if isinstance(given, TrainingArguments):
        found = _changed(given)
    elif isinstance(given, Mapping):
        found = {str(name): value for name, value in given.items()}
    else:
        raise TrainingError(
            f"`arguments` are settings of Trainer by name, or TrainingArguments, not {given!r:.60}.",
            option="arguments",
        )
    known = [one.name for one in fields(TrainingArguments) if one.init]
    said = [f"{name} (`{_OURS[name]}=`)" for name in found if name in _OURS]
    if said:
        raise TrainingError(
            f"`arguments` sets {', '.join(said)}. Pass the options in brackets to finetune() itself.",
            option="arguments",
        )
    decided = [name for name in found if name in _DECIDED]
    if decided:
        raise TrainingError(
            f"`arguments` sets {', '.join(decided)}, which training here depends on. Leave it out.",
            option="arguments",
        )
    for name in found:
        if name not in known:
            hint = near(name, known).replace("`", "").replace("=", "")
            raise TrainingError(f"TrainingArguments have no {name!r}{hint}.", option="arguments")
    return found


def _changed(given: TrainingArguments) -> dict[str, object]:
    """Return what differs from an object that nobody set anything in."""
    default = TrainingArguments(output_dir=given.output_dir)
    return {
        one.name: getattr(given, one.name)
        for one in fields(TrainingArguments)
        if one.init
        and one.name not in _OF_THE_PLACE
        and getattr(given, one.name) != getattr(default, one.name)
    }


def reporters(names: str | Sequence[str] | None) -> list[TrainerCallback]:
    """Return what tells TensorBoard, MLflow, W&B or another tracker how training goes.

    Raises
    ------
    ImportError
        Its package is not installed; the sentence says how to install it.
    """
    from transformers.integrations.integration_utils import INTEGRATION_TO_CALLBACK

    found: list[TrainerCallback] = []
    for name in [names] if isinstance(names, str) else names or ():
        check_name("tracker", name, INTEGRATION_TO_CALLBACK, option="report_to")
        try:
            found.append(INTEGRATION_TO_CALLBACK[name]())
        except (RuntimeError, ImportError) as error:
            raise ImportError(f"Reports to {name} need its package: pip install {name}") from error
    return found
