"""The module that turns token ids into vectors: the model's own word for it, or the one that is given the ids."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn

from captum_dna.model.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

_FAR = 100
"""How many times larger than its own the embeddings are that tell outputs with bounds from outputs without."""


def own_table(model: nn.Module) -> nn.Module | None:
    """Return what the model calls its input embeddings, ``None`` if it has no word for them."""
    try:
        table = model.get_input_embeddings()  # type: ignore[operator]  # a module's attribute may be a tensor
    except (AttributeError, NotImplementedError, TypeError):
        return None
    return table if isinstance(table, nn.Module) else None


def table_given(model: nn.Module, name: str, input_ids: Tensor, run: Callable[[], object]) -> nn.Module:
    """Return the one embedding that a forward pass gives the token ids alone.

    Raises
    ------
    ModelError
        There is none, or several; ``name`` is what the model is called.
    """
    found = _tables_given(model, input_ids, run)
    if len(found) != 1:
        names = ", ".join(found) if found else "none"
        raise ModelError(
            f"{name} has no get_input_embeddings(), and {names} of its embeddings is given the token ids alone. "
            "Give it that method, returning the module that turns ids into vectors."
        )
    return next(iter(found.values()))


def _tables_given(model: nn.Module, input_ids: Tensor, run: Callable[[], object]) -> dict[str, nn.Module]:
    """Return the embeddings that a forward pass gives the token ids alone, by their paths.

    An embedding is more than its table where a module around it adds to what it looks up, as an adapter does: then
    it is that module.
    """
    found: dict[str, nn.Module] = {}
    shapes: dict[str, torch.Size] = {}
    handles = []
    for path, module in model.named_modules():
        if path:

            def notice(own: nn.Module, args: tuple[object, ...], output: object, path: str = path) -> None:
                tensors = [one for one in args if isinstance(one, torch.Tensor)]
                if (
                    len(tensors) == 1
                    and isinstance(output, torch.Tensor)
                    and output.ndim == 3
                    and tensors[0].shape == input_ids.shape
                    and torch.equal(tensors[0], input_ids)
                ):
                    found[path], shapes[path] = own, output.shape

            handles.append(module.register_forward_hook(notice))
    try:
        run()
    finally:
        for handle in handles:
            handle.remove()
    chosen: dict[str, nn.Module] = {}
    for path, table in found.items():
        if isinstance(table, nn.Embedding):
            around = [
                outer
                for outer in found
                if path.startswith(f"{outer}.")
                and shapes[outer] == shapes[path]
                and _reads_each_token_alone(found[outer], input_ids)
            ]
            outermost = min(around, key=len, default=path)
            chosen[outermost] = found[outermost]
    return chosen


def _reads_each_token_alone(module: nn.Module, input_ids: Tensor) -> bool:
    """Tell whether a module looks up token by token: with positions or attention, order would matter."""
    with torch.no_grad():
        return torch.equal(module(input_ids.flip(1)), module(input_ids).flip(1))


def rows_of(table: nn.Module) -> int | None:
    """Return how many tokens an embedding knows, ``None`` where it does not say."""
    found = [inner.num_embeddings for inner in table.modules() if isinstance(inner, nn.Embedding)]
    own = getattr(table, "num_embeddings", None)
    return own if isinstance(own, int) else max(found, default=None)


def stretched(table: nn.Module, ask: list[Callable[[], Tensor]]) -> Tensor:
    """Return the outputs of a network for embeddings far larger than its own, and for those turned round."""
    found = []
    for factor in (_FAR, -_FAR):
        handle = table.register_forward_hook(lambda _module, _args, output, factor=factor: factor * output)
        try:
            found += [one() for one in ask]
        finally:
            handle.remove()
    return torch.cat(found)
