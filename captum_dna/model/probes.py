"""Short sequences to try a model with before it is trusted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from torch import Tensor

    from captum_dna.model.tokenization import Encoding

_BASES = "ACGTTGCATCGATTACGGATCCATGCAAGTCC"


def probe_bases(length: int | None) -> str:
    """Return a short sequence, or one of the only length that a network takes."""
    if length is None:
        return _BASES
    return (_BASES * (length // len(_BASES) + 1))[:length]


def other_rows(encoding: Encoding, rows: int, device: torch.device) -> Tensor:
    """Return (rows, T) ids of different sequences of one length: the tokens between the special ones, moved round."""
    ids = torch.tensor(encoding.input_ids, device=device)
    inside = torch.tensor([span is not None for span in encoding.spans], device=device)
    found = ids.repeat(rows, 1)
    for row in range(rows):
        moved = ids[inside].roll(5 * row)
        # A network that takes a mean sees no order, so the rows differ in what they hold as well.
        moved[: 3 * row] = moved[-1]
        found[row, inside] = moved
    return found
