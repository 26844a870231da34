"""Training an adapter of PEFT, such as LoRA, in place of all weights."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from transformers.pytorch_utils import Conv1D

from captum_dna.core.packages import needs
from captum_dna.model.classifier import Classifier
from captum_dna.training.folder import TrainingError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from types import ModuleType

    from peft import PeftConfig
    from torch import nn

_RANK, _ALPHA, _DROPOUT = 8, 16, 0.1
"""What PEFT's guides use for classifiers."""
_HEADS = ("classifier", "score")
"""Heads that PEFT trains in full beside an adapter."""


def is_adapted(classifier: Classifier) -> bool:
    """Tell whether the model of a classifier is one of PEFT's."""
    return hasattr(classifier.model, "peft_config")


def make_trainable(classifier: Classifier) -> None:
    """Let the adapter in a model learn, and nothing else."""
    model: Any = classifier.model
    model.set_adapter(model.active_adapter)


def with_adapter(
    classifier: Classifier,
    wanted: bool | PeftConfig,
    base: str | Path | None,
    opening: Mapping[str, Any],
    untrained: Iterable[str],
) -> tuple[Classifier, dict[str, object]]:
    """Return the classifier with a new adapter, which alone is trained beside its head; and the adapter's settings.

    Parameters
    ----------
    classifier
        What is trained further.
    wanted
        True for LoRA, or a configuration of PEFT.
    base
        The name that the model was loaded by; ``None`` for a model in hand.
    opening
        Options that it was loaded with.
    untrained
        Weights that the checkpoint has not; what they belong to is trained and saved in full.

    Raises
    ------
    TrainingError
        There is an adapter already, or the configuration does not fit the model.
    """
    peft = needs("peft", "adapters", "LoRA")
    if is_adapted(classifier):
        if wanted is True:
            return classifier, {}
        raise TrainingError(
            f"{classifier.name} has an adapter already, which is trained further. Leave `lora=` out, or merge it first "
            "and train a new one on the merged model.",
            option="lora",
        )
    if wanted is not True and not isinstance(wanted, peft.PeftConfig):
        raise TrainingError(
            f"`lora` is True, False or a configuration of PEFT such as peft.LoraConfig(r=8), not {wanted!r:.60}.",
            option="lora",
        )
    whole = _whole(classifier.model, untrained)
    config = wanted if wanted is not True else _usual(peft, classifier.model, whole)
    if hasattr(config, "modules_to_save"):
        config.modules_to_save = sorted({*(config.modules_to_save or ()), *whole})
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of PEFT about Transformers, and of what is set below
            model = peft.get_peft_model(classifier.model, config)
    except (ValueError, TypeError, AttributeError, KeyError) as error:
        raise TrainingError(
            f"The adapter does not fit {classifier.name}: {' '.join(str(error).split())[:300].rstrip('.')}. Change "
            "`lora`.",
            option="lora",
        ) from error
    named: PeftConfig = model.peft_config[model.active_adapter]
    named.base_model_name_or_path = None if base is None else _name(base)
    named.revision = opening.get("revision")
    adapted = Classifier(model, classifier.tokenizer, name=classifier.name, **classifier.encoder.reading)
    settings = json.loads(json.dumps(named.to_dict(), default=_plain))
    return adapted, {name: value for name, value in sorted(settings.items()) if value is not None}


def _usual(peft: ModuleType, model: nn.Module, whole: list[str]) -> Any:
    """Return LoRA on every linear layer of the body."""
    layers = [
        name
        for name, module in model.named_modules()
        if isinstance(module, torch.nn.Linear | Conv1D)
        and not any(name == head or name.startswith(f"{head}.") for head in whole)
    ]
    return peft.LoraConfig(
        task_type="SEQ_CLS", r=_RANK, lora_alpha=_ALPHA, lora_dropout=_DROPOUT, target_modules=layers
    )


def _whole(model: nn.Module, untrained: Iterable[str]) -> list[str]:
    """Return the outermost modules that are trained in full: the head, and what the checkpoint had no weights for."""
    found = {name for name, _ in model.named_children() if name in _HEADS}
    found |= {name.rpartition(".")[0] for name in untrained}
    return sorted(name for name in found if not any(name.startswith(f"{other}.") for other in found))


def _name(base: str | Path) -> str:
    """Return the name of a base as the adapter keeps it: a folder by its whole path."""
    path = Path(base).expanduser()
    return str(path.resolve()) if path.is_dir() else str(base)


def _plain(value: object) -> object:
    return sorted(value) if isinstance(value, set) else str(value)
