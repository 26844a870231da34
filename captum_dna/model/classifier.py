"""A model and its tokenizer as attribution needs them: ids in, one row of logits per sequence out."""

from __future__ import annotations

import copy
import hashlib
from dataclasses import replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch

from captum_dna.core.letters import clean, word_length
from captum_dna.core.notices import tell
from captum_dna.core.sequences import Sequence
from captum_dna.core.slips import names_slips
from captum_dna.model.adapters import save_adapter
from captum_dna.model.architectures import task_of
from captum_dna.model.encoding import Encoding, same_length
from captum_dna.model.errors import ModelError
from captum_dna.model.formats import format_named
from captum_dna.model.heads import (
    check_head,
    check_outputs,
    config_labels,
    given_labels,
    head_of_config,
    label_index,
    probabilities_of,
)
from captum_dna.model.holders import not_a_module
from captum_dna.model.inference import config_of_text
from captum_dna.model.limits import not_the_length, token_limit, too_long
from captum_dna.model.network import Network
from captum_dna.model.onehot import OneHot, OneHotNetwork
from captum_dna.model.probabilities import find_ending
from captum_dna.model.probes import PROBED_LENGTHS, check_with_probes, other_rows, probe_bases
from captum_dna.model.table import own_table, stretched, table_given
from captum_dna.model.tokenization import Encoder
from captum_dna.model.transfer import sent
from captum_dna.model.vocabulary import check_embedded
from captum_dna.model.weights import check_weights, fingerprint
from captum_dna.model.words import READING, settled
from captum_dna.model.wrappers import common_config, described_inside, describes_itself, peeled, say_the_same

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from collections.abc import Sequence as SequenceABC
    from contextlib import AbstractContextManager

    from numpy.typing import NDArray
    from torch import Tensor, nn
    from transformers.configuration_utils import PretrainedConfig
    from transformers.modeling_utils import PreTrainedModel
    from transformers.tokenization_utils_base import PreTrainedTokenizerBase
    from typing_extensions import Unpack

    from captum_dna.core.types import SequencesLike, TokenizerLike
    from captum_dna.io.reading import ReadingOptions
    from captum_dna.model.network import Forward


class Classifier:
    """A sequence classifier and its tokenizer.

    Parameters
    ----------
    model
        A Hugging Face sequence classifier, or any module from ``input_ids`` to logits with a table of token
        embeddings in it, or a network over one-hot bases; or a module that holds one of these. It is left as
        it was found.
    tokenizer
        Its tokenizer; a :class:`captum_dna.OneHot` for a network over one-hot bases.
    name
        What to call it in results; the model's own name by default.
    labels
        Names of the C classes; those of the configuration by default.
    forward
        A function from ``input_ids`` (B, T) and ``attention_mask`` (B, T) to one row of logits per
        sequence, (B, C) or (B,); the model's own call by default.
    head
        What the logits are: ``"single_label"``, ``"multi_label"`` (a yes or no for each, or for one) or
        ``"regression"``; by default what the configuration or the network's last step says, or regression for a
        single output.
    logits
        Whether the outputs are logits (True) or probabilities (False), whose logits are then explained. By default
        that is found out by trying, and said where they are probabilities.
    stride, separator
        How the vocabulary is read. See :class:`captum_dna.model.tokenization.Encoder`.

    Raises
    ------
    ModelError
        The model cannot be called, does not return a row per sequence, has no weights, or is another thing
        than a classifier; a decoder has no padding token.
    TokenizerError
        The tokenizer does not belong to the model, or nothing says whether its k-mers overlap.

    Warns
    -----
    UserWarning
        The outputs are probabilities.

    Examples
    --------
    >>> import captum_dna
    >>> model = captum_dna.load("demo")
    >>> model.labels
    ('other', 'TATA promoter')
    """

    @names_slips
    def __init__(
        self,
        model: nn.Module,
        tokenizer: TokenizerLike,
        *,
        name: str | None = None,
        labels: Iterable[str] | Mapping[int, str] | None = None,
        forward: Forward | None = None,
        head: str | None = None,
        logits: bool | None = None,
        stride: int | None = None,
        separator: str | None = None,
    ) -> None:
        check_head(head)
        if not isinstance(model, torch.nn.Module):
            raise ModelError(not_a_module(model))
        self.tokenizer: PreTrainedTokenizerBase = tokenizer
        self.encoder = Encoder(tokenizer, stride=stride, separator=separator)
        self.untrained: tuple[str, ...] = ()
        """Weights that were not in the checkpoint and hold random numbers."""
        self._head = head
        self._labels = given_labels(labels)
        self._length = tokenizer.length if isinstance(tokenizer, OneHot) else None
        model = peeled(model)
        check_weights(model, name or type(model).__name__)
        if isinstance(tokenizer, OneHot) and not isinstance(model, OneHotNetwork):
            model = OneHotNetwork(model, tokenizer)
        self.network = Network(model, forward, tokenizer)
        self._inside: dict[str, nn.Module] = {} if describes_itself(model) else described_inside(model)
        self.config: PretrainedConfig = getattr(model, "config", None)
        self.name = name or type(model).__name__
        if self._inside:
            self._look_inside()
        own = getattr(self.config, "name_or_path", "")
        self.name = name or own or type(self.model).__name__
        self.encoder = settled(self.encoder, self.config, self.name)
        check_embedded(self.encoder, own_table(self.model))
        with format_named(self.network, self.name, partial(self._probe_ids, 1)):
            self._check_network()
            self._find_ending(logits)
            check_outputs(self.name, self._outputs, self.head, self._labels, self.config)

    def __repr__(self) -> str:
        return f"<Classifier {self.name}: {type(self.model).__name__}, {self.encoder.kind}, {', '.join(self.labels)}>"

    @property
    def model(self) -> nn.Module:
        """The module that is run: the one given, or the model inside it that answers alike."""
        return self.network.model

    def save(self, folder: str | Path) -> None:
        """Write model and tokenizer as Transformers does, with how the vocabulary is read in the configuration.

        Of a model that PEFT has put an adapter onto, the adapter is written.
        """
        model: PreTrainedModel = self.model
        setattr(model.config, READING, self.encoder.reading)
        if hasattr(model, "peft_config"):
            save_adapter(model, Path(folder))
        else:
            model.save_pretrained(folder)
        self.tokenizer.save_pretrained(folder)

    def around(self, model: nn.Module) -> Classifier:
        """Return a classifier that reads and answers as this one does, around a copy of its model."""
        twin = copy.copy(self)
        twin.__dict__.pop("token_embedding", None)
        twin.network = self.network.around(model)
        twin._inside = {path: model.get_submodule(path) for path in self._inside}  # noqa: SLF001 - its own class
        twin.config = getattr(model, "config", self.config)
        return twin

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """Names of the C classes, in the order of the logits."""
        return self._labels or config_labels(self.config, self._outputs)

    @property
    def head(self) -> str:
        """What the logits are: ``"single_label"``, ``"multi_label"`` or ``"regression"``."""
        said = self._head or self.network.ending.head or self._head_of_config
        return said or ("regression" if self._outputs == 1 else "single_label")

    @property
    def _head_of_config(self) -> str | None:
        """What the configuration says of the head; one of a model inside need not be about these outputs."""
        is_about_them = describes_itself(self.model) or getattr(self.config, "num_labels", 0) == self._outputs
        return head_of_config(self.config) if is_about_them else None

    @property
    def has_own_forward(self) -> bool:
        """Whether logits come from a function of the user's instead of the model's own call."""
        return self.network.forward is not None

    @property
    def takes_mask(self) -> bool:
        """Whether the model's call has a place for a mask; state-space and Fourier models have none."""
        call = self.network.call(self._probe_ids(2))
        return call.packed or call.mask is not None

    @cached_property
    def token_embedding(self) -> nn.Module:
        """The table of token embeddings: the model's own word for it, or the one that is given the ids.

        Raises
        ------
        ModelError
            No module of the model turns ids into vectors, or several do.
        """
        for module in (self.model, *self._inside.values()):
            table = own_table(module)
            if table is not None:
                return table
        ids = self._probe_ids(1)
        with self.at_rest(), torch.no_grad():
            return table_given(self.model, self.name, ids, partial(self.network.outputs, ids))

    @property
    def device(self) -> torch.device:
        """Where the model computes: where its first weight lies, or where offloaded weights are brought to."""
        return self.network.device

    @property
    def dtype(self) -> torch.dtype:
        """The number format that the model computes in."""
        return self.network.dtype

    @cached_property
    def max_tokens(self) -> int | None:
        """Most tokens, special ones included, that the model takes; ``None`` without a limit."""
        return token_limit(self.model, self.config, self.tokenizer, self.name, self._length)

    @property
    def max_bases(self) -> int | None:
        """Most bases that fit the model at once; ``None`` where that depends on the sequence."""
        limit = self.max_tokens
        if limit is None:
            return None
        before, after = self.encoder.frame
        return self.encoder.most_bases(limit - len(before) - len(after))

    @property
    def fingerprint(self) -> str:
        """A hash of what the numbers come from: the model, ``forward``, and how its outputs are turned into logits."""
        own = fingerprint(self.model)
        unusual = self.network.way
        return own if not unusual else hashlib.sha256(f"{own} {unusual}".encode()).hexdigest()[:16]

    def label_index(self, target: object) -> int:
        """Return the position of a class, given by its index or by a name that is its alone.

        Raises
        ------
        ValueError
            No such class, or several of that name; the message lists the classes.
        """
        return label_index(self.labels, target)

    def encode(self, sequence: Sequence | str) -> Encoding:
        """Return ids, tokens and spans of one sequence, checked against the model's limits.

        Raises
        ------
        SequenceError
            Not DNA, shorter than one token or longer than the model takes.
        """
        if isinstance(sequence, str):
            sequence = Sequence("sequence", clean(sequence), words=word_length(sequence))
        self.encoder.check_written(sequence)
        encoding = self.encoder.encode(sequence.bases, sequence.name)
        self._check_length(sequence, len(encoding))
        if not sequence.drawn_from:
            return encoding
        return replace(encoding, drawn_from=sequence.drawn_from, drawn_at=sequence.drawn_at)

    def ids(self, bases: str, name: str) -> tuple[int, ...]:
        """Return the ids alone of an edited copy of a sequence that :meth:`encode` has read; it is told by its name."""
        ids = self.encoder.ids(bases, name)
        self._check_length(Sequence(name, bases), len(ids))
        return ids

    def _check_length(self, sequence: Sequence, tokens: int) -> None:
        only, most = self._length, self.max_tokens
        if only is not None and tokens != only:
            raise not_the_length(sequence, only)
        if most is not None and tokens > most:
            raise too_long(sequence, tokens, most, self.max_bases)

    def logits(self, input_ids: Tensor) -> Tensor:
        """Return (B, C) logits of (B, T) ids of one length, without padding.

        Raises
        ------
        ModelError
            The result has not one row per sequence.
        """
        return self.network.logits(input_ids)

    def predict(
        self, sequences: SequencesLike, batch_size: int | None = None, **reading: Unpack[ReadingOptions]
    ) -> NDArray[np.float64]:
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

        encodings = [
            self.encode(sequence) for sequence in read_as(sequences, Reading.of(self.predict, reading))
        ]
        return self.probabilities(self.predict_logits(encodings, batch_size))

    @names_slips
    def predict_logits(
        self, encodings: SequenceABC[Encoding], batch_size: int | None = None
    ) -> NDArray[np.float64]:
        """Return (N, C) logits of encoded sequences; only sequences of one length share a batch."""
        result = np.empty((len(encodings), self._outputs))
        with self.at_rest(), torch.no_grad():
            for rows in same_length(encodings, batch_size):
                ids = sent([encodings[i].input_ids for i in rows], self.device)
                result[rows] = self.logits(ids).double().cpu().numpy()
        return result

    def probabilities(self, logits: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return probabilities of (N, C) logits, or the logits themselves for a regression head."""
        return probabilities_of(logits, self.head)

    def at_rest(self) -> AbstractContextManager[None]:
        """Run the model in evaluation mode with frozen weights, and leave it as it was found."""
        return self.network.at_rest()

    @cached_property
    def _outputs(self) -> int:
        with self.at_rest(), torch.no_grad():
            return int(self.network.outputs(self._probe_ids(1)).shape[1])

    @property
    def probe(self) -> Encoding:
        """A short sequence that the model can read, to try it with."""
        return self.encoder.encode(probe_bases(self._length or self._probed)[: self.max_bases], "probe")

    _probed: int | None = None
    """Bases of the probe where a network needs more than a few."""

    def _probe_ids(self, rows: int) -> Tensor:
        return other_rows(self.probe, rows, self.device)

    def _look_inside(self) -> None:
        """Take the configuration of the model inside a wrapper, and that model itself where both answer alike."""
        ids = self._probe_ids(3)
        for inner in () if self.has_own_forward else self._inside.values():
            network = Network(inner, None, self.tokenizer)
            if say_the_same(partial(self.network.answers, ids), partial(network.answers, ids)):
                self.network, self.config, self._inside = network, inner.config, {}
                return
        common = common_config(self._inside)
        self.config = common or self.config
        if common is None and (self._labels is None or self._head is None):
            raise ModelError(
                f"{type(self.model).__name__} holds {len(self._inside)} models ({', '.join(self._inside)}) whose "
                "configurations say different things of the classes. Pass `labels=` and `head=`."
            )

    def _check_network(self) -> None:
        """Try a network that is not Transformers' own classifier, and a decoder that may lack padding."""
        lacks_pad = getattr(config_of_text(self.config), "pad_token_id", 0) is None
        is_decoder = lacks_pad and self.tokenizer.pad_token_id is None
        if self._is_a_known_classifier and not is_decoder:
            return
        held = [path for path, inner in self._inside.items() if task_of(type(inner).__name__) is None]
        way_out = "" if self.has_own_forward or not held else f"captum_dna.load(model.{held[0]}, tokenizer)"
        lengths = PROBED_LENGTHS if isinstance(self.tokenizer, OneHot) and not self._length else (None,)
        check_with_probes(self.network, lengths, self._try_ids, self.name, way_out)

    def _try_ids(self, bases: int | None) -> Tensor:
        """Return ids of three sequences of so many bases, which are those of the probe from now on."""
        self._probed = bases
        return self._probe_ids(3)

    @property
    def _is_a_known_classifier(self) -> bool:
        kind = type(self.model)
        is_theirs = kind.__module__.startswith("transformers.models.")
        return is_theirs and kind.__name__.endswith("ForSequenceClassification") and not self.has_own_forward

    def _find_ending(self, stated: bool | None) -> None:
        """Notice whether the network ends in a softmax or a sigmoid; Transformers' own classifiers end in neither."""
        is_number = (self._head or self._head_of_config) == "regression"
        if stated is not False and (is_number or self._is_a_known_classifier):
            return
        ids = self._probe_ids(3)
        ask: list[Callable[[], Tensor]] = [partial(self.network.outputs, rows) for rows in (ids, ids[1:])]
        with self.at_rest(), torch.no_grad():
            self.network.ending, sentence = find_ending(
                ask, stated=stated, stretched=lambda: stretched(self.token_embedding, ask)
            )
        if sentence is not None:
            tell(f"{self.name}: {sentence}")
