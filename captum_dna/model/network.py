"""A network as it is asked for logits: how it is called, and what its outputs are."""

from __future__ import annotations

import copy
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

import torch

from captum_dna.model.calls import (
    FAILURES,
    FORWARD,
    Call,
    calls_of,
    cannot_be_called,
    logits_in,
    working_call,
)
from captum_dna.model.errors import ModelError
from captum_dna.model.functions import written
from captum_dna.model.inference import AttentionSwitch, at_rest
from captum_dna.model.onehot import OneHotNetwork
from captum_dna.model.probabilities import Ending
from captum_dna.model.weights import device_of, dtype_of, modules_of, without_gradient

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from torch import Tensor, nn

    from captum_dna.core.types import TokenizerLike
    from captum_dna.model.inference import Resting

    Forward = Callable[[Tensor, Tensor], Tensor]


class Network:
    """A module from (B, T) token ids to (B, C) logits.

    Parameters
    ----------
    model
        The module.
    forward
        A function of ids and mask to ask in its place.
    tokenizer
        Tells whether masks are made, and which token is padding.
    """

    def __init__(self, model: nn.Module, forward: Forward | None, tokenizer: TokenizerLike) -> None:
        self.model = model
        self.forward = forward
        self.ending = Ending()
        """What is turned back into logits; see :mod:`captum_dna.model.probabilities`."""
        self._pad: int | None = tokenizer.pad_token_id
        self._wants_mask = "attention_mask" in getattr(tokenizer, "model_input_names", ())
        self._call: Call | None = None
        self._columns: int | None = None
        self._switch: AttentionSwitch | None = None
        self._resting: Resting | None = None
        """What is known while the model is at rest."""
        self._gradientless = without_gradient(model)

    def around(self, model: nn.Module) -> Network:
        """Return a network that is called and read alike, around a copy of the module."""
        twin = copy.copy(self)
        twin.model, twin._switch, twin._resting = model, None, None  # noqa: SLF001 - its own class
        return twin

    @property
    def way(self) -> str:
        """What else than the module the logits come from, as text: the user's function, and what outputs are turned back."""
        forward = "" if self.forward is None else written(self.forward)
        ending = "" if self.ending.step == "none" else self.ending.words
        return f"{forward} {ending}".strip()

    @contextmanager
    def at_rest(self) -> Iterator[None]:
        """Run the model in evaluation mode with frozen weights, and leave it as it was found."""
        with at_rest(self.model, self._pad) as now:
            before, self._resting = self._resting, now
            outer, self._switch = self._switch, AttentionSwitch(now.modules)
            try:
                yield
            finally:
                self._switch.back()
                self._switch, self._resting = outer, before

    @property
    def device(self) -> torch.device:
        """Where the network computes; looked up in its weights unless it is at rest, where they stay."""
        now = self._resting
        return device_of(modules_of(self.model)) if now is None else now.device

    @property
    def dtype(self) -> torch.dtype:
        """The number format that it computes in."""
        now = self._resting
        return dtype_of(self.model) if now is None else now.dtype

    def call(self, input_ids: Tensor) -> Call:
        """Return how the module is called; where its signature leaves that open, it is tried with (B, T) ids."""
        if self._call is None:
            calls = calls_of(self.model, wants_mask=self._wants_mask)
            if len(calls) == 1:
                self._call = calls[0]
            else:
                with self.at_rest(), torch.no_grad():
                    self._call = working_call(self.model, input_ids, calls)
        return self._call

    def logits(self, input_ids: Tensor) -> Tensor:
        """Return (B, C) logits of (B, T) ids of one length, without padding.

        Raises
        ------
        ModelError
            The result has not one row per sequence, or a gradient is wanted of a model that has none.
        """
        if self._gradientless is not None and torch.is_grad_enabled():
            raise ModelError(
                f"{type(self.model).__name__} is quantised ({self._gradientless}), and PyTorch has no "
                "gradients for that. "
                "Use `method='ism'`, 'base_mask', 'occlusion' or 'attention_rollout', which need none, or explain the "
                "model as it was before it was quantised."
            )
        length = input_ids.shape[1]
        if self._switch is not None:
            self._switch.before(length)
        try:
            return self.ending.logits(partial(self.outputs, input_ids))
        finally:
            if self._switch is not None:
                self._switch.after(length)

    def outputs(self, input_ids: Tensor) -> Tensor:
        """Return (B, C) of what the network gives, be it logits or probabilities."""
        rows = len(input_ids)
        if rows > 1 and self._gradientless is not None:
            # Quantised on the fly, numbers are rounded by the range of the whole batch.
            return torch.cat([self.outputs(row) for row in torch.split(input_ids, 1)])
        if self.forward is not None:
            return self._one_row_each(self.forward(input_ids, torch.ones_like(input_ids)), rows)
        call = self.call(input_ids)
        try:
            result = call(self.model, input_ids)
        except RuntimeError as error:
            if not isinstance(self.model, OneHotNetwork) or "memory" in str(error):
                raise
            raise ModelError(self.model.refusal(input_ids.shape[1], error)) from error
        return self._one_row_each(logits_in(result, self.model, rows), rows)

    def answers(self, input_ids: Tensor) -> Tensor:
        """Return :meth:`outputs` of the network at rest, without gradients."""
        with self.at_rest(), torch.no_grad():
            return self.outputs(input_ids)

    def _one_row_each(self, result: object, rows: int) -> Tensor:
        if isinstance(result, torch.Tensor) and result.ndim > 2:
            raise ModelError(
                f"The model returned {tuple(result.shape)}: more than one number per class and sequence (a profile, or "
                "one output per token?). Pass `forward=`, a function that returns what to explain, one "
                "row per sequence."
            )
        if isinstance(result, torch.Tensor) and rows == 1 and result.numel() == self._columns:
            return result.reshape(1, -1)  # such as squeeze() leaves it
        if not isinstance(result, torch.Tensor) or result.ndim == 0 or result.shape[0] != rows:
            shape = tuple(result.shape) if isinstance(result, torch.Tensor) else type(result).__name__
            raise ModelError(
                f"The forward function returned {shape} for a batch of {rows} sequences. It must return "
                "one row per sequence: with fewer, only some points of the integration path get a gradient, and "
                "the scores are wrong though they look plausible. Return all rows, as in `output.logits`, "
                "not one element such as `output[0][0]`."
            )
        return result.unsqueeze(-1) if result.ndim == 1 else result

    def check(self, input_ids: Tensor) -> None:
        """Run (3, T) ids of different sequences, and refuse a network that a path cannot be computed with.

        A path is a batch: there must be a row for each sequence, and none may depend on the others.

        Raises
        ------
        ModelError
            It cannot be called, gives no row per sequence, or mixes the rows of a batch.
        """
        with self.at_rest(), torch.no_grad():
            try:
                self.outputs(input_ids[:2])
                together = self.outputs(input_ids)
                self._columns = together.shape[1]
                alone = self.outputs(input_ids[2:])
            except (ModelError, torch.OutOfMemoryError):
                raise
            except FAILURES as error:
                if "padding token" in str(error):
                    raise
                raise cannot_be_called(self.model, error) from error
        if not together.dtype.is_floating_point:
            raise ModelError(
                f"{type(self.model).__name__} returned {together.dtype}, such as the index of the "
                "predicted class, which cannot be explained. " + FORWARD.format("logits of the network.")
            )
        noise = max(1e-3, 8 * torch.finfo(dtype_of(self.model)).eps)
        apart = (together[2:] - alone).abs().max() > noise * together.abs().max()
        if bool(apart):
            raise ModelError(
                f"{type(self.model).__name__} gives different outputs for a sequence alone and in a batch "
                "(up to "
                f"{float((together[2:] - alone).abs().max()):.2g} apart). Methods run in batches, so their "
                "scores could not be trusted. Let the network treat each row separately (is there a "
                "softmax or a normalisation over the first axis?)."
            )
