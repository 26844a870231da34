"""Objects that hold a model and its tokenizer, such as a pipeline, a ``Trainer`` or a SentenceTransformer."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import torch

from captum_dna.model.errors import ModelError

if TYPE_CHECKING:
    from captum_dna.core.types import PathLike, TokenizerLike

_TASK = "text-classification"


def unpacked(
    model: object, tokenizer: TokenizerLike | PathLike | None
) -> tuple[Any, TokenizerLike | PathLike | None]:
    """Return the model and the tokenizer that an object holds; a model and the tokenizer given as they are.

    A tokenizer that is given comes before the one that is held.

    Raises
    ------
    ModelError
        A pipeline for another task.
    """
    transformers = sys.modules.get("transformers")
    if transformers is None:
        return model, tokenizer
    if isinstance(model, transformers.Pipeline):
        if model.task != _TASK:
            raise ModelError(
                f"The pipeline is for {model.task!r}, but only sequence classifiers can be explained. Give "
                "a pipeline for "
                f"{_TASK!r}, or load() its model with `forward=`, which returns the numbers to explain."
            )
        return model.model, model.tokenizer if tokenizer is None else tokenizer
    if "transformers.trainer" in sys.modules and isinstance(model, transformers.Trainer):
        return model.model, model.processing_class if tokenizer is None else tokenizer
    sentences = sys.modules.get("sentence_transformers")
    if sentences is not None and isinstance(model, sentences.CrossEncoder):
        return model.model, model.tokenizer if tokenizer is None else tokenizer
    if sentences is not None and isinstance(model, sentences.SentenceTransformer) and tokenizer is None:
        return model, model.tokenizer  # the model itself, whose pooling makes its embedding
    return model, tokenizer


def not_a_module(model: object) -> str:
    """Return what is said of an object that is not a module; many hold one."""
    held = next(
        (
            name
            for name in ("model", "module", "net")
            if isinstance(getattr(model, name, None), torch.nn.Module)
        ),
        None,
    )
    way_out = (
        f"pass what it holds: captum_dna.load(x.{held}, tokenizer)" if held else "pass the module itself"
    )
    return f"{type(model).__name__} is not a PyTorch module, so its layers cannot be followed; {way_out}."
