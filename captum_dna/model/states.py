"""The weights of a checkpoint by name: read without running anything, and what the load report says of them."""

from __future__ import annotations

import pickle
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from captum_dna.model.checkpoint import read_json
from captum_dna.model.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from torch import Tensor, nn

    State = dict[str, Tensor]

_BUFFERS = ("position_ids", "token_type_ids", "inv_freq", "masked_bias")
"""Tensors that older versions saved and newer ones compute."""
_PARTS_ASIDE = frozenset({"pooler", "contact_head"})
"""Parts of a body that only other heads read."""
_OTHER_HEADS = frozenset(
    {
        "cls",
        "lm_head",
        "mlm_head",
        "lm_predictions",
        "predictions",
        "generator_predictions",
        "generator_lm_head",
        "discriminator_predictions",
        "mask_predictions",
        "vocab_transform",
        "vocab_layer_norm",
        "vocab_projector",
        "decoder",
        "head",
        "qa_outputs",
    }
)
"""Where Transformers' models for other tasks keep their heads."""


_WEIGHT_FILES = (
    "model.safetensors",
    "model.safetensors.index.json",
    "pytorch_model.bin",
    "pytorch_model.bin.index.json",
)
"""In the order in which Transformers looks for them."""


def own_state(folder: str) -> State | None:
    """Return the weights of a folder that Transformers would not find as they lie there, ``None`` if it would.

    They may lie one level down in a training checkpoint, or under names with a wrapper's prefix.

    Raises
    ------
    ModelError
        A pickle of objects, which is not loaded, or a file that is cut off.
    """
    path = Path(folder)
    pickled = path / "pytorch_model.bin"
    if not pickled.is_file() or (path / "model.safetensors").is_file():
        return None
    found = _read_pickled(pickled)
    if _is_state(found):
        return None
    values = found.values() if isinstance(found, dict) else ()
    inner: list[State] = [value for value in values if _is_state(value)]
    if len(inner) != 1:
        raise ModelError(
            f"{pickled} holds no weights by name, and not one set of them inside a training checkpoint. Save them with "
            "model.save_pretrained(folder)."
        )
    return inner[0]


def _is_state(value: object) -> bool:
    import torch

    return (
        isinstance(value, dict)
        and value != {}
        and all(isinstance(one, torch.Tensor) for one in value.values())
    )


def _read_pickled(path: Path) -> Any:
    import torch

    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except MemoryError:
        raise
    except Exception as error:  # what stands in a damaged file decides which
        if isinstance(error, pickle.UnpicklingError) and _is_pickle(path):
            raise ModelError(unpickling_refused(path)) from error
        raise ModelError(_damaged(path)) from error


def _is_pickle(path: Path) -> bool:
    """Whether a file begins as torch.save() writes it, now (a zip archive) or long ago (a pickle)."""
    with path.open("rb") as file:
        return file.read(2)[:1] in (b"P", b"\x80")


def unpickling_refused(path: object) -> str:
    """Return what is said of a pickle that holds more than numbers."""
    return (
        f"{path} holds more than numbers, such as a whole model that was pickled, and reading that would run whatever code "
        "is in it, so captum_dna does not. Where the model was made, save its weights alone with "
        "model.save_pretrained(folder)."
    )


def read_state(file: Path) -> State:
    """Return the weights of one file by name.

    Raises
    ------
    ModelError
        It is a pickle of objects, or damaged.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    state: State
    try:
        state = load_file(file) if file.suffix == ".safetensors" else _read_pickled(file)
    except SafetensorError as error:
        raise ModelError(_damaged(file)) from error
    return state


def check_weight_files(folder: str) -> None:
    """Refuse a folder whose files of weights are missing or cut off.

    Raises
    ------
    ModelError
        The message names the file.
    """
    from safetensors import SafetensorError, safe_open

    path = Path(folder)
    if not path.is_dir():
        return
    index = next((path / name for name in _WEIGHT_FILES if (path / name).is_file()), None)
    if index is None:
        found = ", ".join(sorted(one.name for one in path.iterdir())[:5])
        raise ModelError(
            f"{path} holds no weights ({_WEIGHT_FILES[0]} or {_WEIGHT_FILES[2]}; found: {found}). Copy them from where the "
            "model was saved."
        )
    if index.suffix == ".json":
        files = read_json(index).get("weight_map")
        if not isinstance(files, dict):
            raise ModelError(f"{index} does not say which weights are where ('weight_map'). Copy it again.")
        lacking = sorted({str(file) for file in files.values() if not (path / str(file)).is_file()})
        if lacking:
            raise ModelError(
                f"{path} lacks {lacking[0]}, in which {index.name} has weights of the model. Copy it from where the model "
                "was saved."
            )
    for file in sorted(path.glob("model*.safetensors")):
        try:
            with safe_open(file, "pt"):
                pass
        except (SafetensorError, OSError) as error:
            raise ModelError(_damaged(file)) from error


def _damaged(file: Path) -> str:
    return (
        f"{file} cannot be read: it is cut off or damaged ({file.stat().st_size:,} bytes). Copy it again from where it "
        "was saved."
    )


def read_weights(folder: str) -> State:
    """Return all weights of a folder by name, as they are in its files."""
    from safetensors.torch import load_file

    state: State = {}
    path = Path(folder)
    for file in sorted(path.glob("model*.safetensors")):
        state |= load_file(file)
    if not state:
        for file in sorted(path.glob("pytorch_model*.bin")):
            state |= _read_pickled(file)
    return state


def common_prefix(missing: Iterable[str], unexpected: Iterable[str]) -> str | None:
    """Return what stands before the name of every missing weight in a checkpoint, as wrappers put it there.

    Examples
    --------
    >>> common_prefix(["bert.a", "classifier.b"], ["module.bert.a", "module.classifier.b"])
    'module.'
    """
    wanted, there = list(missing), set(unexpected)
    for prefix in _prefixes(wanted, there):
        if all(prefix + key in there for key in wanted):
            return prefix
    return None


def _prefixes(wanted: list[str], there: set[str]) -> Iterator[str]:
    first = min(wanted, default="")
    for key in sorted(there):
        if first and key != first and key.endswith(f".{first}"):
            yield key.removesuffix(first)


def lost_weights(model: nn.Module, unexpected: Iterable[str]) -> list[str]:
    """Return the weights of a checkpoint that belong to the body and have no place in the model.

    A layer more than the configuration has, a part more in a layer, another embedding. Heads of other tasks are left
    out, and what older versions saved beside the weights.
    """
    modules = {path for path, _ in model.named_modules()}
    prefix = getattr(model, "base_model_prefix", "")
    return [key for key in unexpected if not _is_innocent(key) and _is_inside(key, prefix, modules)]


def unused_weights(lost: Iterable[str], unexpected: Iterable[str]) -> list[str]:
    """Return the weights of a checkpoint that a model has no place for, and that no head of another task explains."""
    body = set(lost)
    return [
        key
        for key in unexpected
        if key not in body
        and not key.endswith(_BUFFERS)
        and key.partition(".")[0] not in _OTHER_HEADS
        and not _PARTS_ASIDE.intersection(key.split("."))
    ]


def _is_inside(key: str, prefix: str, modules: set[str]) -> bool:
    """Whether a name is that of a weight in the body, in a list of layers or beside one."""
    for name in (key, f"{prefix}.{key}"):
        numbered = re.match(r"(?P<list>.+?)\.\d+\.", name)
        if numbered is not None and numbered["list"] in modules:
            return True
        if prefix and name.startswith(f"{prefix}.") and ".".join(name.split(".")[:2]) in modules:
            return True
    return bool(prefix) and key.startswith(f"{prefix}.")


def _is_innocent(key: str) -> bool:
    return key.endswith((*_BUFFERS, "position_embeddings.weight")) or not _PARTS_ASIDE.isdisjoint(
        key.split(".")
    )
