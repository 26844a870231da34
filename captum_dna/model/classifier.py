"""A model and its tokenizer as attribution needs them: ids in, one row of logits per sequence out."""

from __future__ import annotations

import hashlib
import inspect
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from captum_dna.core.errors import UserError
from captum_dna.core.sequences import Sequence, SequenceError, clean
from captum_dna.model.inference import AttentionSwitch, at_rest, config_of_text
from captum_dna.model.onehot import OneHot, OneHotNetwork
from captum_dna.model.tokenization import Encoder, Encoding, TokenizerError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from collections.abc import Sequence as SequenceABC

    from numpy.typing import NDArray
    from torch import Tensor, nn

    Forward = Callable[[Tensor, Tensor], Tensor]

HEADS = ("single_label", "multi_label", "regression")
"""What logits can be: one class of several, a yes or no for each label, or numbers."""

_PROBE_BASES = "ACGTTGCATCGATTACGGATCCATGCAAGTCC"


class ModelError(UserError):
    """A model that cannot be explained as it stands, and what to do about it."""


class Classifier:
    """A sequence classifier and its tokenizer.

    Parameters
    ----------
    model
        A Hugging Face sequence classifier, or any module from ``input_ids`` to logits with a table of token
        embeddings in it, or a network over one-hot bases. It is left as it was found.
    tokenizer
        Its tokenizer; a :class:`captum_dna.OneHot` for a network over one-hot bases.
    name
        What to call it in results; the model's own name by default.
    labels
        Names of the C classes; those of ``config.id2label`` by default.
    forward
        A function from ``input_ids`` (B, T) and ``attention_mask`` (B, T) to one row of logits per
        sequence, (B, C) or (B,); the model's own call by default.
    head
        What the logits are: ``"single_label"``, ``"multi_label"`` (a yes or no for each, or for one) or
        ``"regression"``; by default what the configuration says, or regression for a single output.

    Raises
    ------
    ModelError
        The forward function does not return a row per sequence, or a decoder has no padding token.
    TokenizerError
        The tokenizer does not belong to the model.

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
        head: str | None = None,
    ) -> None:
        if head is not None and head not in HEADS:
            raise ModelError(f"There is no head {head!r}; choose one of {', '.join(HEADS)}.")
        self.name = (
            name or getattr(getattr(model, "config", None), "name_or_path", "") or type(model).__name__
        )
        if isinstance(tokenizer, OneHot) and not isinstance(model, OneHotNetwork):
            model = OneHotNetwork(model, tokenizer)
        self.model = model
        self.tokenizer = tokenizer
        self.encoder = Encoder(tokenizer)
        self.config: Any = getattr(model, "config", None)
        self._forward = forward
        self._head = head
        self._switch: AttentionSwitch | None = None
        self.untrained: tuple[str, ...] = ()
        """Weights that were not in the checkpoint and hold random numbers."""
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
        if self._head is not None:
            return self._head
        problem = getattr(self.config, "problem_type", None)
        if problem == "multi_label_classification":
            return "multi_label"
        return "regression" if problem == "regression" or self._outputs == 1 else "single_label"

    @property
    def has_own_forward(self) -> bool:
        """Whether logits come from a function of the user's instead of the model's own call."""
        return self._forward is not None

    @cached_property
    def token_embedding(self) -> nn.Module:
        """The table of token embeddings: the model's own word for it, or the one that is given the ids.

        Raises
        ------
        ModelError
            No module of the model turns ids into vectors, or several do.
        """
        try:
            table = self.model.get_input_embeddings()  # type: ignore[operator]
        except (AttributeError, NotImplementedError):
            table = None
        if isinstance(table, torch.nn.Module):
            return table
        found = self._given_the_ids()
        if len(found) != 1:
            names = ", ".join(found) if found else "none"
            raise ModelError(
                f"{self.name} has no get_input_embeddings(), and {names} of its embeddings is given the token ids alone: "
                "give it that method, returning the module that turns ids into vectors."
            )
        return next(iter(found.values()))

    def _given_the_ids(self) -> dict[str, nn.Module]:
        """Return the embedding tables that a forward pass gives the token ids, by name."""
        found: dict[str, nn.Module] = {}
        ids = self._probe_ids(1)
        handles = []
        for path, module in self.model.named_modules():
            if isinstance(module, torch.nn.Embedding):

                def notice(own: nn.Module, args: Any, path: str = path) -> None:
                    if args and args[0].shape == ids.shape and torch.equal(args[0], ids):
                        found[path] = own

                handles.append(module.register_forward_pre_hook(notice))
        try:
            with self.at_rest(), torch.no_grad():
                self.logits(ids)
        finally:
            for handle in handles:
                handle.remove()
        return found

    @property
    def device(self) -> torch.device:
        """Where the model's first parameter lies."""
        return next(self.model.parameters()).device

    @cached_property
    def max_tokens(self) -> int | None:
        """Most tokens, special ones included, that the model takes; ``None`` without a limit."""
        limits = [] if self._length is None else [self._length]
        for name, module in self.model.named_modules():
            if name.endswith("position_embeddings") and isinstance(module, torch.nn.Embedding):
                reserved = 0 if module.padding_idx is None else module.padding_idx + 1
                limits.append(module.num_embeddings - reserved)
        if not limits:
            # Where nothing is looked up by position, the configuration may name a limit; HyenaDNA by another word.
            named = [getattr(self.config, word, None) for word in ("max_position_embeddings", "max_seq_len")]
            limits += [int(most) for most in named if most]
        if getattr(self.tokenizer, "model_max_length", 0) and self.tokenizer.model_max_length < 10**9:
            limits.append(int(self.tokenizer.model_max_length))
        return min(limits) if limits else None

    @property
    def max_bases(self) -> int | None:
        """Most bases that fit the model at once; ``None`` where that depends on the sequence."""
        limit = self.max_tokens
        size = self.encoder.k or (1 if self.encoder.single else None)
        if limit is None or size is None:
            return None
        before, after = self.encoder.frame
        return limit - len(before) - len(after) + size - 1

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
        raise UserError(f"The model has no class {target!r}; its classes are {classes}.", option="target")

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
        if self._length is not None and len(encoding) != self._length:
            raise SequenceError(
                f"Sequence '{sequence.name}' has {len(sequence)} bases, but the network takes sequences of exactly "
                f"{self._length}: cut it to that length, or take the bases around it from the genome."
            )
        limit = self.max_tokens
        if limit is not None and len(encoding) > limit:
            most = f"{self.max_bases} bases" if self.max_bases else f"{limit} tokens"
            raise SequenceError(
                f"Sequence '{sequence.name}' has {len(sequence)} bases ({len(encoding)} tokens), but the model "
                f"takes at most {most}: explain it in overlapping windows with `window_length='auto'`."
            )
        return encoding

    def logits(self, input_ids: Tensor) -> Tensor:
        """Return (B, C) logits of (B, T) ids of one length, without padding.

        Raises
        ------
        ModelError
            The result has not one row per sequence.
        """
        length = input_ids.shape[1]
        if self._switch is not None:
            self._switch.before(length)
        try:
            result = self._run(input_ids)
        finally:
            if self._switch is not None:
                self._switch.after(length)
        return self._one_row_each(result, len(input_ids))

    def _run(self, input_ids: Tensor) -> Any:
        mask = torch.ones_like(input_ids)
        if self._forward is not None:
            result: Any = self._forward(input_ids, mask)
        else:
            output = self.model(input_ids, attention_mask=mask) if self.takes_mask else self.model(input_ids)
            result = output if isinstance(output, torch.Tensor) else getattr(output, "logits", None)
            if result is None:
                raise ModelError(
                    f"{type(self.model).__name__} gives no logits: it is a base model without a classification "
                    "head. Load it as a sequence classifier (captum_dna.load does that), or pass `forward=`."
                )
        return result

    @staticmethod
    def _one_row_each(result: Any, rows: int) -> Tensor:
        if isinstance(result, torch.Tensor) and result.ndim > 2:
            raise ModelError(
                f"The model returned {tuple(result.shape)}: more than one number per class and sequence (a profile, or "
                "an answer for each token?). Pass `forward=` and choose what is to be explained there, one row per sequence."
            )
        if not isinstance(result, torch.Tensor) or result.ndim == 0 or result.shape[0] != rows:
            shape = tuple(result.shape) if isinstance(result, torch.Tensor) else type(result).__name__
            raise ModelError(
                f"The forward function returned {shape} for a batch of {rows} sequences. It must return "
                "one row per sequence: with fewer, only some points of the integration path get a gradient, and "
                "the scores are wrong though they look plausible. Return all rows, as in `output.logits`, "
                "not one element such as `output[0][0]`."
            )
        return result.unsqueeze(-1) if result.ndim == 1 else result

    def predict(self, sequences: Any, batch_size: int | None = None, **reading: Any) -> NDArray[np.float64]:
        """Return (N, C) class probabilities.

        Parameters
        ----------
        sequences
            Anything that :func:`captum_dna.read` takes: letters, a list, a file, a data set.
        batch_size
            Sequences per forward pass; by default as many as fit 4,096 tokens.
        **reading
            How to read ``sequences``: ``column=``, ``split=``, ``genome=`` and so on, as for
            :func:`captum_dna.read`.

        Returns
        -------
        (N, C) probabilities; rows sum to 1, except for a multi-label head (each its own) and a
        regression head (the output itself).
        """
        from captum_dna.io.readers import read_as
        from captum_dna.io.reading import Reading

        encodings = [self.encode(sequence) for sequence in read_as(sequences, Reading(**reading))]
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
        with at_rest(self.model, self.tokenizer.pad_token_id):
            outer, self._switch = self._switch, AttentionSwitch(self.model)
            try:
                yield
            finally:
                self._switch.back()
                self._switch = outer

    @cached_property
    def takes_mask(self) -> bool:
        """Whether the model's call has a place for a mask; state-space and Fourier models have none."""
        parameters = inspect.signature(self.model.forward).parameters.values()
        if any(p.kind is p.VAR_KEYWORD for p in parameters):
            return "attention_mask" in getattr(self.tokenizer, "model_input_names", ())
        return any(p.name == "attention_mask" for p in parameters)

    @property
    def _length(self) -> int | None:
        """The only length that a network of fixed length takes."""
        return self.tokenizer.length if isinstance(self.tokenizer, OneHot) else None

    @cached_property
    def _outputs(self) -> int:
        return int(self._probe(1).shape[1])

    @property
    def probe(self) -> Encoding:
        """A short sequence that the model can read, to try it with."""
        bases = _PROBE_BASES
        if self._length is not None:
            bases = (bases * (self._length // len(bases) + 1))[: self._length]
        return self.encoder.encode(bases, "probe")

    def _probe_ids(self, rows: int) -> Tensor:
        return torch.tensor([self.probe.input_ids] * rows, device=self.device)

    def _probe(self, rows: int) -> Tensor:
        with self.at_rest(), torch.no_grad():
            return self.logits(self._probe_ids(rows))

    def _check_rows(self) -> None:
        """Ask for two rows where one may be all that comes: a path is a batch."""
        lacks_pad = getattr(config_of_text(self.config), "pad_token_id", 0) is None
        if self._forward is not None or not hasattr(self.config, "model_type"):
            self._probe(2)
        elif lacks_pad and self.tokenizer.pad_token_id is None:
            try:
                self._probe(2)
            except ValueError as error:
                if "padding token" not in str(error):
                    raise
                raise ModelError(
                    f"{self.name} reads its answer off the last token that is no padding, but neither it nor its "
                    "tokenizer has a padding token, so it takes no batch, and a path is one. Set the one of its "
                    "training: tokenizer.pad_token = ...; model.config.pad_token_id = tokenizer.pad_token_id."
                ) from error

    def _check_vocabulary(self) -> None:
        if not hasattr(self.model, "get_input_embeddings"):
            return
        rows = getattr(self.token_embedding, "num_embeddings", None)
        if rows is None:
            return
        largest = max(self.encoder.vocabulary.values())
        k = self.encoder.k
        if largest < rows and not (k and rows > 2 * (largest + 1)):
            return
        reads = f"reads {k}-mers and " if k else ""
        beyond = [token for token, i in self.encoder.vocabulary.items() if i >= rows]
        added = f" and none for {beyond[0]!r}" if beyond else ""
        raise TokenizerError(
            f"The tokenizer {reads}has ids up to {largest}, but the model embeds {rows} tokens{added}: they do not "
            "belong together (a tokenizer of another k?). Load both from the same folder; if tokens were added, "
            "model.resize_token_embeddings(len(tokenizer)) makes room before training."
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
