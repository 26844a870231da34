"""Number formats that a network cannot compute in, told from other faults by trying it in float32."""

from __future__ import annotations

import copy
from contextlib import contextmanager
from itertools import chain
from typing import TYPE_CHECKING

import torch

from captum_dna.model.calls import FAILURES
from captum_dna.model.errors import ModelError, reason
from captum_dna.model.weights import modules_of, offloaded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from torch import Tensor, nn

    from captum_dna.model.network import Network

_SINGLE = "float32"


@contextmanager
def format_named(network: Network, name: str, ids: Callable[[], Tensor]) -> Iterator[None]:
    """Say of a network whose first pass fails that its number format is the cause, where float32 would do.

    What fails in float32 as well, or cannot be tried there, is raised as it is.

    Parameters
    ----------
    network
        Is tried inside; a copy of it in float32 is made once that has failed.
    name
        What the model is called.
    ids
        Returns (B, T) ids to try it with.

    Raises
    ------
    ModelError
        It computes in float32 and not as it is.
    """
    try:
        yield
    except torch.OutOfMemoryError:
        raise
    except FAILURES as error:
        failure = _failure(network, ids)
        if failure is None or not _works_in_single(network, ids):
            raise
        formats = _formats(network.model)
        held = formats[0] if len(formats) == 1 else f"a mixture of {' and '.join(formats)}"
        raise ModelError(
            f"{name} cannot compute in {held} ({reason(_first(failure))}), but it can in float32. If it is loaded by name "
            "or folder, choose `dtype='float32'`; if it is in hand, call model.float() first."
        ) from error


def _first(error: Exception) -> Exception:
    """Return the error that another was raised for."""
    return _first(error.__cause__) if isinstance(error.__cause__, Exception) else error


def _failure(network: Network, ids: Callable[[], Tensor]) -> Exception | None:
    """Return what a network raises in a plain pass, ``None`` if it answers."""
    try:
        network.answers(ids())
    except FAILURES as error:
        return error
    return None


def _works_in_single(network: Network, ids: Callable[[], Tensor]) -> bool:
    """Tell whether a copy in float32 answers; a function of the user's would ask the original."""
    model = network.model
    if network.forward is not None or _formats(model) == [_SINGLE] or offloaded(modules_of(model)):
        return False
    try:
        single = copy.deepcopy(model).float()
    except Exception:  # noqa: BLE001 - whatever a model of the user's own raises that cannot be copied
        return False
    return _failure(network.around(single), ids) is None


def _formats(model: nn.Module) -> list[str]:
    """Return the number formats of the weights, or of the buffers as well where all weights are float32."""
    weights = _named(model.parameters())
    return weights if weights != [_SINGLE] else _named(chain(model.parameters(), model.buffers()))


def _named(tensors: Iterable[Tensor]) -> list[str]:
    names = (str(one.dtype).removeprefix("torch.") for one in tensors if one.is_floating_point())
    return list(dict.fromkeys(names))
