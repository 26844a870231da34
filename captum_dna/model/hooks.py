"""Where in the model a path runs: finding modules, reading their output and putting another in place.

A module's output is replaced by a forward hook while the real ids are passed on, so that
positions, masks, token types and pooling are the model's own. ``inputs_embeds=`` is not used: some
families compute something else with it, and others refuse it.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import torch
from torch.nn.utils.parametrize import ParametrizationList

from captum_dna.core.errors import UserError
from captum_dna.core.options import LAYERS
from captum_dna.model.errors import ModelError, reason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from torch import Tensor, nn

    from captum_dna.model.classifier import Classifier


def find_layers(classifier: Classifier, layer: str | Sequence[str]) -> dict[str, nn.Module]:
    """Return the modules whose outputs move along the path, by the name that the user gave.

    Parameters
    ----------
    classifier
        The model.
    layer
        A name of :data:`captum_dna.core.options.LAYERS`, the dotted path of a module, or several of these, which then
        move together along one path and are scored each for itself.

    Raises
    ------
    ValueError
        No such module, or one module inside another.
    """
    names = (layer,) if isinstance(layer, str) else tuple(layer)
    found = {name: _find(classifier, name) for name in names}
    for outer_name, outer in found.items():
        for name, module in found.items():
            if name != outer_name and any(module is inner for inner in outer.modules()):
                raise UserError(
                    f"Layer {name!r} lies inside layer {outer_name!r}; follow one of them.", option="layer"
                )
    return found


def inner_layers(classifier: Classifier) -> list[str]:
    """Return the paths of the layers that the model stacks, such as those of its encoder."""
    stacks = (
        (path, module)
        for path, module in classifier.model.named_modules()
        if isinstance(module, torch.nn.ModuleList)
    )
    return [f"{path}.{i}" for path, stack in stacks for i in range(len(stack))]


def _find(classifier: Classifier, name: str) -> nn.Module:
    model = classifier.model
    if name not in LAYERS:
        try:
            return model.get_submodule(name)
        except AttributeError as error:
            known = [path for path, _ in model.named_modules() if path and path.count(".") < 3]
            raise UserError(
                f"{classifier.name} has no layer {name!r}. Choose one of {', '.join(LAYERS)}, "
                f"or a module such as {', '.join(known[:8])}.",
                option="layer",
            ) from error
    tokens = classifier.token_embedding
    if name == "tokens":
        return tokens
    block = _block(model, tokens)
    if name == "embeddings":
        return block
    wanted = {"positions": "position", "token_types": "token_type"}[name]
    for path, module in block.named_modules():
        if wanted in path and isinstance(module, torch.nn.Embedding):
            return module
    raise UserError(
        f"{classifier.name} adds no {name.replace('_', '-')} embeddings. Use 'embeddings' or 'tokens'.",
        option="layer",
    )


def _block(model: nn.Module, tokens: nn.Module) -> nn.Module:
    """Return the module around the token embedding that holds no encoder, or the embedding itself."""
    path = next(path for path, module in model.named_modules() if module is tokens)
    parent = model.get_submodule(path.rpartition(".")[0])
    holds_encoder = any(
        isinstance(module, torch.nn.ModuleList) and not isinstance(module, ParametrizationList)
        for module in parent.modules()
    )
    return tokens if parent is model or holds_encoder else parent


class _Captured(Exception):  # noqa: N818 - a way out of a forward pass, no error
    """All outputs that were wanted are there."""


def first_of(output: Any) -> Tensor:
    """Return the values that a layer passes on, which stand first where it returns others beside them."""
    values: Tensor = output if isinstance(output, torch.Tensor) else output[0]
    return values


def outputs_of(classifier: Classifier, layers: dict[str, nn.Module], input_ids: Tensor) -> dict[str, Tensor]:
    """Return the (B, T, D) output of each layer for (B, T) ids; the forward pass ends there."""
    taken: dict[str, Tensor] = {}

    def take(name: str) -> Callable[..., None]:
        def hook(
            _module: nn.Module, args: tuple[object, ...], kwargs: dict[str, object], output: Any
        ) -> None:
            value = first_of(output)
            value = _without_padding(value, input_ids, (*args, *kwargs.values()))
            taken[name] = _one_row_each(value.detach(), name, input_ids)
            if len(taken) == len(layers):
                raise _Captured

        return hook

    handles = [module.register_forward_hook(take(name), with_kwargs=True) for name, module in layers.items()]
    try:
        classifier.logits(input_ids)
    except _Captured:
        pass
    finally:
        for handle in handles:
            handle.remove()
    missing = [name for name in layers if name not in taken]
    if missing:
        raise ModelError(
            f"The model never ran its layer {missing[0]!r}, so nothing can be attributed to it."
            + _siblings(classifier.model, layers[missing[0]])
        )
    return taken


def _siblings(model: nn.Module, table: nn.Module) -> str:
    """Name the other tables of as many rows: encoder and decoder may share weights, but not the module."""
    rows = getattr(table, "num_embeddings", None)
    others = [
        path
        for path, module in model.named_modules()
        if module is not table and isinstance(module, torch.nn.Embedding) and module.num_embeddings == rows
    ]
    return f" Name the layers that it runs, such as layer={tuple(others)!r}." if rows and others else ""


def _without_padding(value: Tensor, input_ids: Tensor, given: tuple[object, ...]) -> Tensor:
    """Return the (B, T, ...) rows of the real tokens, where a model pads its ids to whole blocks itself."""
    length = input_ids.shape[1]
    if value.ndim == 3 and value.shape[1] > length:
        for ids in given:
            if isinstance(ids, torch.Tensor) and ids.shape == value.shape[:2]:
                return value[:, :length] if torch.equal(ids[:, :length], input_ids) else value
    return value


def _one_row_each(value: Tensor, name: str, input_ids: Tensor) -> Tensor:
    """Return (B, T, D), where a layer may have computed one row for the whole batch."""
    rows, length = input_ids.shape
    if value.ndim == 2 and value.shape[0] == length:
        value = value.unsqueeze(0)
    if value.ndim != 3 or value.shape[1] != length or value.shape[0] not in (1, rows):
        said = f"The output of layer {name!r} has shape {tuple(value.shape)}, not (sequences, tokens, features): "
        if value.ndim == 3 and value.shape[0] == length:
            raise ModelError(
                f"{said}the tokens come first, as in XLNet. Use a method that reads no layer, such as `method='ism'`."
            )
        raise ModelError(f"{said}it has no token axis to attribute to. Name an embedding or encoder layer.")
    return value.expand(rows, -1, -1)


def reads_ids_elsewhere(classifier: Classifier, layers: dict[str, nn.Module], input_ids: Tensor) -> bool:
    """Tell whether the model's output depends on its ids in another way than through these layers.

    It is asked about (T,) ids, the same ids turned round, and padding and masks in their place, all with
    the layers' output for the first.
    """
    special = [getattr(classifier.tokenizer, f"{name}_token_id", None) for name in ("pad", "mask")]
    others = [torch.full_like(input_ids, token) for token in special if token is not None]
    found = []
    with torch.no_grad():
        values = outputs_of(classifier, layers, input_ids.unsqueeze(0))
        for ids in (input_ids, input_ids.flip(0), *others):
            with replaced(layers, values):
                found.append(classifier.logits(ids.unsqueeze(0)))
    logits = torch.cat(found)
    noise = 1e3 * torch.finfo(logits.dtype).eps
    # What is not a number is not the same either.
    return not bool((logits - logits[:1]).abs().max() <= noise * logits.abs().max())


_WITHOUT_GRADIENTS = "`method='ism'`, 'base_mask' or 'occlusion', which need no gradient"


def slopes_of(
    f: Tensor, values: Sequence[Tensor], *, again: bool = False, scale: float = 1.0
) -> tuple[Tensor, ...]:
    """Return the gradients of (B,) outputs with respect to values that stand in for layers.

    ``again`` says that other outputs of the same pass are asked about afterwards. The pass back is made with ``scale``
    times the outputs, which keeps small numbers in the range of a narrow format.

    Raises
    ------
    ModelError
        No gradient leads back from the network's numbers, or an operation on the way has none: Reformer's reversible
        layers ask for training mode.
    """
    if not f.requires_grad:
        raise ModelError(
            "The network gives numbers without a gradient: it computes them with .detach(), torch.no_grad(), NumPy or a "
            f"step such as argmax. Take that out, or use {_WITHOUT_GRADIENTS}."
        )
    try:
        slopes = torch.autograd.grad(scale * f.sum(), list(values), retain_graph=again)
    except (AssertionError, NotImplementedError) as error:
        raise ModelError(
            f"No gradient leads back through the network: {reason(error)}. Use {_WITHOUT_GRADIENTS}."
        ) from error
    return slopes if scale == 1.0 else tuple(one / scale for one in slopes)


@contextmanager
def replaced(
    layers: dict[str, nn.Module], values: dict[str, Tensor], *, stopped: bool = False
) -> Iterator[None]:
    """Let each layer give the (B, T, D) value in place of its own output.

    ``stopped`` says that the forward pass ends early, so that runs are not counted.

    Raises
    ------
    ModelError
        A layer ran more than once in a forward pass, so that one value cannot stand for it.
    """
    runs = dict.fromkeys(layers, 0)

    def put(name: str) -> Callable[..., object]:
        def hook(_module: nn.Module, _args: object, output: Any) -> object:
            runs[name] += 1
            own = first_of(output)
            # A copy, because some models add to the embedding in place; padding of the model's own stays.
            added = own[:, values[name].shape[1] :]
            value = torch.cat([values[name], added], dim=1) if added.shape[1] else values[name].clone()
            return value if isinstance(output, torch.Tensor) else (value, *output[1:])

        return hook

    handles = [module.register_forward_hook(put(name)) for name, module in layers.items()]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()
    for name, count in runs.items():
        if count != 1 and not stopped:
            raise ModelError(
                f"Layer {name!r} ran {count} times in one forward pass; a path needs a layer that runs once."
            )
