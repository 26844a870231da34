"""How a network is called, and where in what it returns the logits are.

Most take ``input_ids`` and ``attention_mask`` and return an object with ``logits``. Others have names of their own,
take a dictionary, or return a tensor, a tuple or a dictionary: that is read off the signature where it can be, and
found out by trying where it cannot.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from captum_dna.core.words import kind_of
from captum_dna.model.architectures import task_of, words_for
from captum_dna.model.errors import ModelError

if TYPE_CHECKING:
    from torch import Tensor, nn

    Parameters = list[inspect.Parameter]

FORWARD = (
    "Pass `forward=`, a function of ids and mask that returns one row of numbers per sequence, such as "
    "forward=lambda ids, mask: {}"
)
"""What to do where a network cannot be called or read as it is."""

FAILURES = (TypeError, ValueError, IndexError, KeyError, AttributeError, RuntimeError, NotImplementedError)
"""What a network raises that is called in another way than it wants."""


@dataclass(frozen=True)
class Call:
    """One way to call a network.

    Parameters
    ----------
    ids
        The keyword of the token ids; ``None`` where they come first, without one.
    mask
        The keyword of the mask; ``None`` where there is no place for one.
    marks_padding
        Whether the mask is true at padding, as ``key_padding_mask`` is, instead of at tokens.
    packed
        Whether all goes into one dictionary.
    """

    ids: str | None = None
    mask: str | None = None
    marks_padding: bool = False
    packed: bool = False

    def __call__(self, model: nn.Module, input_ids: Tensor) -> object:
        """Return what the network gives for (B, T) ids without padding."""
        mask = torch.ones_like(input_ids)
        if self.packed:
            return model({"input_ids": input_ids, "attention_mask": mask})
        if self.marks_padding:
            mask = torch.zeros_like(input_ids, dtype=torch.bool)
        named = {} if self.mask is None else {self.mask: mask}
        return model(input_ids, **named) if self.ids is None else model(**{self.ids: input_ids}, **named)


def calls_of(model: nn.Module, *, wants_mask: bool) -> list[Call]:
    """Return the ways to call a network that its signature allows, the likeliest first.

    Parameters
    ----------
    model
        The network.
    wants_mask
        Whether its tokenizer makes masks, which settles it where the signature is open.

    Raises
    ------
    ModelError
        It asks for something else beside ids and mask.
    """
    parameters = list(inspect.signature(model.forward).parameters.values())
    named = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]
    names = [p.name for p in named]
    is_open = any(p.kind is p.VAR_KEYWORD for p in parameters)
    takes_positions = any(
        p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD, p.VAR_POSITIONAL) for p in parameters
    )
    ids = "input_ids" if "input_ids" in names or not takes_positions else None
    masks = [p.name for p in named[1:] if "mask" in p.name and p.default is p.empty]
    mask = "attention_mask" if "attention_mask" in names else next(iter(masks), None)
    first = ids or (names[0] if names else None)
    others = [p.name for p in named if p.default is p.empty and p.name not in (first, mask)]
    if others:
        given = "".join(f", {name}=..." for name in others)
        raise ModelError(
            f"{type(model).__name__} needs {' and '.join(others)} as well as the token ids. "
            + FORWARD.format(f"model(ids, mask{given}).")
        )
    found = [Call(ids, mask, marks_padding=mask is not None and "pad" in mask)]
    if mask is None and is_open:
        with_mask = Call(ids, "attention_mask")
        found = [with_mask, *found] if wants_mask else [*found, with_mask]
    if len(names) == 1 and ids is None:
        found.append(Call(packed=True))
    return found


def working_call(model: nn.Module, input_ids: Tensor, calls: list[Call]) -> Call:
    """Return the first of several ways to call a network that gives logits of (B, T) ids.

    Raises
    ------
    ModelError
        There is none; the message says what the network said.
    """
    failed: Exception | None = None
    for call in calls:
        try:
            logits_in(call(model, input_ids), model, len(input_ids))
        except ModelError:
            raise
        except FAILURES as error:
            if "padding token" in str(error):
                raise
            failed = failed or error
        else:
            return call
    raise cannot_be_called(model, failed) from failed


def cannot_be_called(model: nn.Module, error: Exception | None) -> ModelError:
    """Return what is said of a network that does not take token ids, with its own words."""
    said = f"{type(error).__name__}: {error}".strip().splitlines()[0]
    return ModelError(
        f"{type(model).__name__} could not be called with a batch of token ids ({said}). "
        + FORWARD.format("model({'input_ids': ids, 'attention_mask': mask}).")
    )


def logits_in(output: object, model: nn.Module, rows: int) -> Tensor:
    """Return the logits in what a network gave for so many sequences.

    Raises
    ------
    ModelError
        There are none, or it cannot be told which of several tensors they are.
    """
    if isinstance(output, torch.Tensor):
        return _once_per_sequence(output, model)
    named = output.get("logits") if isinstance(output, Mapping) else getattr(output, "logits", None)
    if isinstance(named, torch.Tensor):
        return _once_per_sequence(named, model)
    parts: dict[str, object] = {}
    if isinstance(output, Mapping):
        parts = {f"[{name!r}]": part for name, part in output.items()}
    elif isinstance(output, (tuple, list)):
        parts = {f"[{i}]": part for i, part in enumerate(output)}
    tensors = {name: part for name, part in parts.items() if isinstance(part, torch.Tensor) and part.ndim}
    # A loss has no rows; states of all tokens have three axes, and beside them a row is a pooled state, no logits.
    found = [part for part in tensors.values() if part.ndim <= 2 and len(part) == rows]
    is_body = task_of(type(model).__name__) is not None or "['last_hidden_state']" in parts
    if len(found) == 1 and not is_body:
        return found[0]
    if is_body:
        raise _another_task(model)
    shapes = ", ".join(f"{name} {tuple(part.shape)}" for name, part in tensors.items()) or "no tensor"
    raise ModelError(
        f"{type(model).__name__} returned {kind_of(output)} with {shapes}, and none of that is known to be the "
        "logits. " + FORWARD.format(f"model(ids){next(iter(tensors), '[0]')}.")
    )


def _once_per_sequence(logits: Tensor, model: nn.Module) -> Tensor:
    if logits.ndim > 2 and task_of(type(model).__name__) is not None:
        raise _another_task(model)
    return logits


def _another_task(model: nn.Module) -> ModelError:
    return ModelError(
        f"This is {words_for(type(model).__name__)}: it gives no logits of classes for the sequence as a whole. Load its "
        "folder with captum_dna.load(folder, num_labels=2) and train the new head (captum_dna.finetune does that), or "
        "choose the one number to explain with `forward=`, such as forward=lambda ids, mask: model(ids)[0][:, 0]."
    )
