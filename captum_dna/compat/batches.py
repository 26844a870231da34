"""Batches as Captum Insights 0.8 takes them, read as sequences with labels; no model runs here."""

from __future__ import annotations

import warnings
from itertools import islice
from typing import TYPE_CHECKING, Any

import torch

from captum_dna.core.errors import SequenceError
from captum_dna.core.sequences import Sequence
from captum_dna.io.captum_records import RecordError, spell

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from torch import Tensor

    from captum_dna.model.tokenization import Encoder

MOST_EXAMPLES = 10_000
"""Examples that are read; a data set that never ends is cut there, with a warning."""


class Batch:
    """Some examples of a data set.

    Parameters
    ----------
    inputs
        (N, T) token ids, or a tuple of one such tensor.
    labels
        (N,) class indices; ``None`` where the truth is unknown.
    additional_args
        What the model takes after the inputs: one value or a tuple.
    """

    def __init__(
        self, inputs: Tensor | tuple[Tensor, ...], labels: Tensor | None, additional_args: object = None
    ) -> None:
        self.inputs = inputs
        self.labels = labels
        self.additional_args = additional_args


class Examples:
    """All examples of a data set.

    Parameters
    ----------
    dataset
        Batches; a generator is read once, and an endless one up to :data:`MOST_EXAMPLES`.
    name
        What to call the sequences, which are numbered.
    encoder
        How ids are read.
    classes
        Names of the classes.

    Raises
    ------
    ValueError
        An example that is not DNA, that the tokenizer would read differently, or whose label or further
        arguments cannot be taken; the sentence names batch and example.
    """

    def __init__(self, dataset: Iterable[object], name: str, encoder: Encoder, classes: list[str]) -> None:
        self.sequences: list[Sequence] = []
        self.arguments: tuple[object, ...] | None = None
        self.encoder, self._name, self._classes = encoder, name, classes
        for number, batch in enumerate(_ending(dataset), start=1):
            self._read(batch, number)
            if len(self.sequences) >= MOST_EXAMPLES:
                warnings.warn(f"Only the first {MOST_EXAMPLES:,} examples are shown.", stacklevel=4)
                break
        if not self.sequences:
            raise ValueError(
                "The dataset has no examples. Give an iterable of Batch objects that is not used up yet."
            )

    def _read(self, batch: Any, number: int) -> None:
        inputs = batch.inputs if isinstance(batch.inputs, (tuple, list)) else (batch.inputs,)
        ids = inputs[0]
        if len(inputs) != 1 or not isinstance(ids, torch.Tensor) or ids.ndim != 2 or ids.is_floating_point():
            shape = ", ".join(f"{tuple(one.shape)} of {one.dtype}" for one in inputs)
            raise ValueError(
                f"Batch {number} has inputs {shape}; a DNAFeature needs one tensor (examples, tokens) of token ids. "
                "For a network over one-hot bases, use captum_dna.load(network, captum_dna.OneHot()) and Insights."
            )
        labels = [None] * len(ids) if batch.labels is None else batch.labels.tolist()
        if len(labels) != len(ids):
            raise ValueError(f"Batch {number} has {len(ids)} examples and {len(labels)} labels.")
        kept = torch.zeros_like(ids, dtype=torch.bool)
        for row, label in enumerate(labels):
            places = self._add(ids[row].tolist(), label, f"Example {row + 1} of batch {number}")
            kept[row, places] = True
        self._learn(batch.additional_args, kept, number)

    def _add(self, ids: list[int], label: int | None, who: str) -> list[int]:
        """Take in one example; return the places of its tokens that are not padding."""
        pad = self.encoder.tokenizer.pad_token_id
        places = [place for place, one in enumerate(ids) if one != pad]
        read = [ids[place] for place in places]
        tokens = tuple(map(str, self.encoder.tokenizer.convert_ids_to_tokens(read)))
        try:
            bases, _ = spell(tokens, len(self.sequences) + 1)
            again = list(self.encoder.encode(bases, who).input_ids)
        except (RecordError, SequenceError) as error:
            raise ValueError(f"{who} is not DNA that can be explained: {error}") from error
        if again != read:
            at = next(
                (i for i, (a, b) in enumerate(zip(again, read, strict=False)) if a != b),
                min(len(again), len(read)),
            )
            raise ValueError(
                f"{who} is not what the tokenizer makes of its letters: they differ at token {at + 1} (the tokenizer "
                f"gives {len(again)} tokens, special ones included, the batch {len(read)}). Let the tokenizer make "
                "the batch, special tokens included."
            )
        if label is not None and not 0 <= label < len(self._classes):
            raise ValueError(f"{who} has the label {label}, but the {len(self._classes)} classes go from 0.")
        name = None if label is None else self._classes[label]
        self.sequences.append(Sequence(f"{self._name} {len(self.sequences) + 1}", bases, name))
        return places

    def _learn(self, given: object, kept: Tensor, number: int) -> None:
        """Keep further arguments, if they say the same for every token of every sequence."""
        values = () if given is None else given if isinstance(given, tuple) else (given,)
        found = tuple(_constant(value, kept, number, i) for i, value in enumerate(values))
        if self.arguments is not None and found != self.arguments:
            raise ValueError(
                f"additional_args of batch {number} differ from those before: captum_dna explains a sequence by its "
                "letters alone, so they must be the same for all."
            )
        self.arguments = found

    def beside(self, ids: Tensor) -> tuple[object, ...]:
        """Return the further arguments that go with (B, T) ids."""
        return tuple(
            torch.full_like(ids, value[1], dtype=value[2]) if isinstance(value, tuple) else value
            for value in self.arguments or ()
        )


def _constant(value: object, kept: Tensor, number: int, place: int) -> object:
    """Return (marker, value, dtype) of a tensor that says the same of all tokens, and what is not a tensor as it is."""
    if not isinstance(value, torch.Tensor):
        return value
    if value.shape == kept.shape:
        found = torch.unique(value[kept])
        if len(found) == 1:
            return ("filled", found.item(), value.dtype)
    raise ValueError(
        f"additional_args[{place}] of batch {number} is a tensor of shape {tuple(value.shape)} that says different things "
        "of different tokens: captum_dna explains a sequence by its letters alone. An attention mask (1 wherever no "
        "padding is) or token types (0 everywhere) can be taken."
    )


def _ending(dataset: Iterable[object]) -> Iterator[object]:
    """Yield batches, also of a generator that ends by asking for one too many inside itself."""
    try:
        yield from islice(dataset, MOST_EXAMPLES)
    except RuntimeError as error:
        if not isinstance(error.__cause__, StopIteration):
            raise
