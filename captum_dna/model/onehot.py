"""Networks over one-hot bases, which are not language models: the letters stand in for a tokenizer.

A convolutional network reads a (B, 4, L) array. Put behind a table of letters, it has tokens (single
bases), an embedding (their one-hot rows) and so everything that attribution needs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn

from captum_dna.core.letters import BASES, IUPAC
from captum_dna.core.slips import names_slips
from captum_dna.model.weights import device_of, dtype_of, modules_of

if TYPE_CHECKING:
    from torch import Tensor

LAYOUTS = {"channels_first": "(sequences, 4, bases)", "channels_last": "(sequences, bases, 4)"}
"""The order of axes that a network takes, in words."""


class OneHot:
    """The tokenizer of a network over one-hot bases: one token per base, no special tokens.

    Parameters
    ----------
    order
        The letter of each of the four channels.
    layout
        ``"channels_first"`` for (B, 4, L), as convolutions take it, or ``"channels_last"`` for (B, L, 4).
    length
        Bases that the network takes, if it takes only sequences of one length.
    unknown_as
        What an N is: ``"mixture"``, a quarter of each base (and of its own bases any ambiguity code), or
        ``"zeros"``. As the network was trained.

    Examples
    --------
    >>> import captum_dna, torch
    >>> network = torch.nn.Sequential(
    ...     torch.nn.Conv1d(4, 8, 7), torch.nn.ReLU(), torch.nn.AdaptiveMaxPool1d(1), torch.nn.Flatten(),
    ...     torch.nn.Linear(8, 2),
    ... )
    >>> model = captum_dna.load(network, captum_dna.OneHot())
    >>> captum_dna.attribute(model, "ACGTTGCATATAAAAGGC")[0].base_scores.shape
    (18,)
    """

    is_fast = False
    unk_token_id = None
    mask_token_id = None
    pad_token_id = None
    all_special_ids: tuple[int, ...] = ()
    model_input_names = ("input_ids",)

    @names_slips
    def __init__(
        self,
        *,
        order: str = BASES,
        layout: str = "channels_first",
        length: int | None = None,
        unknown_as: str = "mixture",
    ) -> None:
        if sorted(order.upper().replace("U", "T")) != sorted(BASES):
            raise ValueError(f"order must name the four channels, such as 'ACGT', not {order!r}.")
        if layout not in LAYOUTS:
            raise ValueError(f"There is no layout {layout!r}. Choose one of {', '.join(LAYOUTS)}.")
        if unknown_as not in ("mixture", "zeros"):
            raise ValueError(f"unknown_as is 'mixture' or 'zeros', not {unknown_as!r}.")
        self.order = order.upper().replace("U", "T")
        self.layout = layout
        self.length = length
        self.unknown_as = unknown_as
        self._letters = [*self.order, *sorted(set(IUPAC) - set(BASES) - {"U"})]

    def __repr__(self) -> str:
        length = "" if self.length is None else f", {self.length} bases"
        return f"<OneHot {self.order}, {self.layout}{length}>"

    def get_vocab(self) -> dict[str, int]:
        """Return the row of each letter."""
        return {letter: row for row, letter in enumerate(self._letters)}

    def __call__(self, text: str, **_: object) -> dict[str, list[int]]:
        """Return the rows of the letters of a sequence."""
        rows = self.get_vocab()
        return {"input_ids": [rows[letter] for letter in text]}

    def table(self) -> Tensor:
        """Return the (letters, 4) rows: one-hot, and mixtures or zeros for ambiguity codes."""
        rows = torch.tensor(
            [[float(base in IUPAC[letter]) for base in self.order] for letter in self._letters]
        )
        if self.unknown_as == "zeros":
            return rows * (rows.sum(1, keepdim=True) == 1)
        return rows / rows.sum(1, keepdim=True)


class OneHotNetwork(nn.Module):
    """A network over one-hot bases with the table of letters before it.

    Parameters
    ----------
    network
        Takes one-hot bases in the tokenizer's layout and gives (B, C) or (B,) logits.
    tokenizer
        The letters.
    """

    def __init__(self, network: nn.Module, tokenizer: OneHot) -> None:
        super().__init__()
        self.network = network
        table = tokenizer.table().to(device_of(modules_of(network)), dtype_of(network))
        self.letters = nn.Embedding.from_pretrained(table)  # type: ignore[no-untyped-call]  # PyTorch's is untyped
        self.layout = tokenizer.layout
        self.length = tokenizer.length

    def get_input_embeddings(self) -> nn.Embedding:
        """Return the table of letters."""
        table: nn.Embedding = self.letters
        return table

    def forward(self, input_ids: Tensor) -> object:
        """Return the network's logits of (B, L) rows of letters."""
        one_hot = self.letters(input_ids)
        return self.network(one_hot.transpose(1, 2) if self.layout == "channels_first" else one_hot)

    def refusal(self, length: int, error: Exception) -> str:
        """Return what is said where the network cannot read a sequence of so many bases."""
        said = str(error).strip().splitlines()[0]
        other = next(layout for layout in LAYOUTS if layout != self.layout)
        if self.length is not None:
            way_out = f"Is length={self.length} the one that it was trained with?"
        else:
            way_out = "If it takes sequences of one length only, say which: captum_dna.OneHot(length=...)."
        return (
            f"{type(self.network).__name__} could not read {length} one-hot bases as {LAYOUTS[self.layout]} ({said}). "
            f"{way_out} If its axes are {LAYOUTS[other]}, pass captum_dna.OneHot(layout={other!r})."
        )
