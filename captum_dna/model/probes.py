"""Short sequences to try a model with before it is trusted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from captum_dna.model.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from torch import Tensor

    from captum_dna.model.encoding import Encoding
    from captum_dna.model.network import Network

_BASES = "ACGTTGCATCGATTACGGATCCATGCAAGTCC"

PROBED_LENGTHS = (None, 512, 4096)
"""Bases with which a network over one-hot bases is tried: the few of a probe, and more where it pools them away."""


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


def check_with_probes(
    network: Network,
    lengths: Iterable[int | None],
    ids_of: Callable[[int | None], Tensor],
    name: str,
    way_out: str,
) -> None:
    """Refuse a network with which no path can be computed, for probes of any of these lengths.

    Parameters
    ----------
    network
        See :meth:`captum_dna.model.network.Network.check`.
    lengths
        Bases of the probes, tried one after the other until one passes.
    ids_of
        Returns (3, T) ids of sequences of so many bases.
    name
        What the model is called.
    way_out
        How to load a model that it holds, where that may be meant.

    Raises
    ------
    ModelError
        What is wrong with the first, or that a decoder has no padding token.
    """
    problems: list[ModelError] = []
    for length in lengths:
        try:
            network.check(ids_of(length))
        except ModelError as error:
            problems.append(error)
        except ValueError as error:
            if "padding token" not in str(error):
                raise
            raise ModelError(
                f"{name} reads its output from the last token that is not padding, but neither it nor its "
                "tokenizer has a padding token, so it takes no batch, and a path is one. Set the one of its "
                "training: tokenizer.pad_token = ...; model.config.pad_token_id = tokenizer.pad_token_id."
            ) from error
        else:
            return
    problem = problems[0]
    if way_out:
        raise ModelError(f"{problem} Or pass the model that it holds: {way_out}.") from problem
    raise problem
