"""A model and its tokenizer as attribution needs them: ids in, one row of logits per sequence out."""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from captum_dna.encoding import Encoder, Encoding, TokenizerError
from captum_dna.sequences import Sequence, SequenceError, clean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from collections.abc import Sequence as SequenceABC

    from numpy.typing import NDArray
    from torch import Tensor, nn

    Forward = Callable[[Tensor, Tensor], Tensor]

_PROBE_BASES = "ACGTTGCATCGATTACGGATCCATGCAAGTCC"


class ModelError(ValueError):
    """A model that cannot be explained as it stands, and what to do about it."""


class Classifier:
    """A sequence classifier and its tokenizer.

    Parameters
    ----------
    model
        A Hugging Face sequence classifier, or any module whose embedding can be hooked if ``forward``
        is given. It is left as it was found.
    tokenizer
        Its tokenizer.
    name
        What to call it in results; the model's own name by default.
    labels
        Names of the C classes; those of ``config.id2label`` by default.
    forward
        A function from ``input_ids`` (B, T) and ``attention_mask`` (B, T) to one row of logits per
        sequence, (B, C) or (B,); the model's own call by default.

    Raises
    ------
    ModelError
        The forward function does not return a row per sequence, or the vocabulary does not fit.

    Examples
    --------
    >>> import captum_dna
    >>> model = captum_dna.load("demo")
    >>> model.labels
    ('other', 'TATA promoter')
    """

    def __init__(
        self,
        model: nn.Module,
        tokenizer: Any,
        *,
        name: str | None = None,
        labels: SequenceABC[str] | None = None,
        forward: Forward | None = None,
    ) -> None:
        self.model = model
        self.tokenizer = tokenizer
        self.encoder = Encoder(tokenizer)
        self.config: Any = getattr(model, "config", None)
        self.name = name or getattr(self.config, "name_or_path", "") or type(model).__name__
        self._forward = forward
        self._labels = tuple(labels) if labels is not None else None
        self._check_vocabulary()
        self._check_rows()

    def __repr__(self) -> str:
        return f"<Classifier {self.name}: {type(self.model).__name__}, {self.encoder.kind}, {', '.join(self.labels)}>"

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """Names of the C classes, in the order of the logits."""
        count = self._outputs
        if self._labels is not None:
            if len(self._labels) != count:
                raise ModelError(f"{len(self._labels)} labels were given, but the model has {count} outputs.")
            return self._labels
        id2label = getattr(self.config, "id2label", None) or {}
        return tuple(str(id2label.get(i, f"LABEL_{i}")) for i in range(count))

    @property
    def head(self) -> str:
        """What the logits are: ``"single_label"``, ``"multi_label"`` or ``"regression"``."""
        problem = getattr(self.config, "problem_type", None)
        if problem == "multi_label_classification":
            return "multi_label"
        return "regression" if problem == "regression" or self._outputs == 1 else "single_label"

    @property
    def has_own_forward(self) -> bool:
        """Whether logits come from a function of the user's instead of the model's own call."""
        return self._forward is not None

    @property
    def device(self) -> torch.device:
        """Where the model's first parameter lies."""
        return next(self.model.parameters()).device

    @cached_property
    def max_tokens(self) -> int | None:
        """Most tokens, special ones included, that the model takes; ``None`` without a limit."""
        limits = []
        for name, module in self.model.named_modules():
            if name.endswith("position_embeddings") and isinstance(module, torch.nn.Embedding):
                reserved = 0 if module.padding_idx is None else module.padding_idx + 1
                limits.append(module.num_embeddings - reserved)
        if not limits and getattr(self.config, "max_position_embeddings", None):
            limits.append(int(self.config.max_position_embeddings))
        if getattr(self.tokenizer, "model_max_length", 0) and self.tokenizer.model_max_length < 10**9:
            limits.append(int(self.tokenizer.model_max_length))
        return min(limits) if limits else None

    @property
    def max_bases(self) -> int | None:
        """Most bases that fit the model at once; ``None`` where that depends on the sequence."""
        limit = self.max_tokens
        if limit is None or not self.encoder.k:
            return None
        before, after = self.encoder.frame
        return limit - len(before) - len(after) + self.encoder.k - 1

    @property
    def fingerprint(self) -> str:
        """A hash of the architecture and of evenly spaced weights of every tensor."""
        digest = hashlib.sha256(type(self.model).__name__.encode())
        for name, tensor in self.model.state_dict().items():
            flat = tensor.detach().reshape(-1)
            sample = flat[:: max(1, flat.numel() // 512)].to("cpu", torch.float64)
            digest.update(f"{name}{tuple(tensor.shape)}".encode() + sample.numpy().tobytes())
        return digest.hexdigest()[:16]

    def label_index(self, target: int | str) -> int:
        """Return the position of a class, given by index or name.

        Raises
        ------
        ValueError
            No such class; the message lists the classes.
        """
        if isinstance(target, str) and target in self.labels:
            return self.labels.index(target)
        if isinstance(target, str) and target.strip().isdigit():
            target = int(target)
        if (
            isinstance(target, (int, np.integer))
            and not isinstance(target, bool)
            and 0 <= target < len(self.labels)
        ):
            return int(target)
        classes = ", ".join(f"{i} ({label})" for i, label in enumerate(self.labels))
        raise ValueError(f"The model has no class {target!r}; its classes are {classes}.")

    def encode(self, sequence: Sequence | str) -> Encoding:
        """Return ids, tokens and spans of one sequence, checked against the model's limits.

        Raises
        ------
        SequenceError
            Not DNA, shorter than one token or longer than the model takes.
        """
        if isinstance(sequence, str):
            sequence = Sequence("sequence", clean(sequence))
        encoding = self.encoder.encode(sequence.bases, sequence.name)
        limit = self.max_tokens
        if limit is not None and len(encoding) > limit:
            most = f"{self.max_bases} bases" if self.max_bases else f"{limit} tokens"
            raise SequenceError(
                f"Sequence '{sequence.name}' has {len(sequence)} bases ({len(encoding)} tokens), but the model "
                f"takes at most {most}: explain it in overlapping windows with window_length='auto'."
            )
        return encoding

    def logits(self, input_ids: Tensor) -> Tensor:
        """Return (B, C) logits of (B, T) ids of one length, without padding.

        Raises
        ------
        ModelError
            The result has not one row per sequence.
        """
        mask = torch.ones_like(input_ids)
        if self._forward is not None:
            result: Any = self._forward(input_ids, mask)
        else:
            takes_mask = "attention_mask" in getattr(self.tokenizer, "model_input_names", ())
            output = self.model(input_ids, attention_mask=mask) if takes_mask else self.model(input_ids)
            result = getattr(output, "logits", None)
            if result is None:
                raise ModelError(
                    f"{type(self.model).__name__} gives no logits: it is a base model without a classification "
                    "head. Load it as a sequence classifier (captum_dna.load does that), or pass forward=."
                )
        if not isinstance(result, torch.Tensor) or result.ndim == 0 or result.shape[0] != input_ids.shape[0]:
            shape = tuple(result.shape) if isinstance(result, torch.Tensor) else type(result).__name__
            raise ModelError(
                f"The forward function returned {shape} for a batch of {input_ids.shape[0]} sequences. It must return "
                "one row per sequence: with fewer, only some points of the integration path get a gradient, and "
                "the scores are wrong though they look plausible. Return all rows, as in `output.logits`, "
                "not one element such as `output[0][0]`."
            )
        return result.unsqueeze(-1) if result.ndim == 1 else result

    def predict(self, sequences: Any, batch_size: int | None = None) -> NDArray[np.float64]:
        """Return (N, C) class probabilities.

        Parameters
        ----------
        sequences
            Anything that :func:`captum_dna.read` takes: letters, a list, a file, a data set.
        batch_size
            Sequences per forward pass; by default as many as fit 4,096 tokens.

        Returns
        -------
        (N, C) probabilities; rows sum to 1, except for a multi-label head (each its own) and a
        regression head (the output itself).
        """
        from captum_dna.io.readers import read

        encodings = [self.encode(sequence) for sequence in read(sequences)]
        return self.probabilities(self.predict_logits(encodings, batch_size))

    def predict_logits(
        self, encodings: SequenceABC[Encoding], batch_size: int | None = None
    ) -> NDArray[np.float64]:
        """Return (N, C) logits of encoded sequences; only sequences of one length share a batch."""
        result = np.empty((len(encodings), self._outputs))
        with self.at_rest(), torch.no_grad():
            for rows in same_length(encodings, batch_size):
                ids = torch.tensor([encodings[i].input_ids for i in rows], device=self.device)
                result[rows] = self.logits(ids).double().cpu().numpy()
        return result

    def probabilities(self, logits: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return probabilities of (N, C) logits, or the logits themselves for a regression head."""
        tensor = torch.from_numpy(logits)
        if self.head == "single_label":
            tensor = tensor.softmax(-1)
        elif self.head == "multi_label":
            tensor = tensor.sigmoid()
        return tensor.numpy()

    @contextmanager
    def at_rest(self) -> Iterator[None]:
        """Run the model in evaluation mode with frozen weights, and leave it as it was found."""
        training = [(module, module.training) for module in self.model.modules()]
        frozen = [(parameter, parameter.requires_grad) for parameter in self.model.parameters()]
        try:
            self.model.eval()
            self.model.requires_grad_(requires_grad=False)
            yield
        finally:
            for module, mode in training:
                module.training = mode
            for parameter, wanted in frozen:
                parameter.requires_grad_(wanted)

    @cached_property
    def _outputs(self) -> int:
        return int(self._probe(1).shape[1])

    def _probe(self, rows: int) -> Tensor:
        ids = self.encoder.encode(_PROBE_BASES, "probe").input_ids
        with self.at_rest(), torch.no_grad():
            return self.logits(torch.tensor([ids] * rows, device=self.device))

    def _check_rows(self) -> None:
        if self._forward is not None:
            self._probe(2)

    def _check_vocabulary(self) -> None:
        table = getattr(self.model, "get_input_embeddings", lambda: None)()
        rows = getattr(table, "num_embeddings", None)
        if rows is None:
            return
        largest = max(self.encoder.vocabulary.values())
        k = self.encoder.k
        if largest >= rows or (k and rows > 2 * (largest + 1)):
            reads = f"reads {k}-mers and " if k else ""
            raise TokenizerError(
                f"The tokenizer {reads}has ids up to {largest}, but the model embeds {rows} tokens: they do not belong "
                "together (a tokenizer of another k?). Load both from the same folder."
            )


def same_length(
    encodings: SequenceABC[Encoding], batch_size: int | None = None, tokens: int = 4096
) -> Iterable[list[int]]:
    """Yield positions of encodings in batches of one length, so that nothing is ever padded."""
    by_length: dict[int, list[int]] = {}
    for i, encoding in enumerate(encodings):
        by_length.setdefault(len(encoding), []).append(i)
    for length, rows in by_length.items():
        size = batch_size or max(1, tokens // length)
        for start in range(0, len(rows), size):
            yield rows[start : start + size]
