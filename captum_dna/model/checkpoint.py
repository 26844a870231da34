"""A folder with a checkpoint, looked at before anything is loaded from it, and what the load report then says.

Folders come as training, cloning and copying leave them. What is missing or belongs to something else gets a sentence
that names the file; nothing here runs code that a file may hold.
"""

from __future__ import annotations

import json
import pickle
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from captum_dna.model.architectures import has_a_head_of_its_own, words_for
from captum_dna.model.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from torch import nn

    State = dict[str, Any]

_POINTER = b"version https://git-lfs.github.com/spec/"
_TOKENIZER_FILES = (
    "tokenizer.json",
    "tokenizer_config.json",
    "vocab.txt",
    "vocab.json",
    "tokenizer.model",
    "spiece.model",
)
_WEIGHTS = ("*.safetensors", "*.bin", "*.pt", "*.pth", "*.ckpt")
_BUFFERS = ("position_ids", "token_type_ids", "inv_freq", "masked_bias")
"""Tensors that older versions saved and newer ones compute."""


def check_folder(source: str) -> None:
    """Refuse a place that holds no model, or only what stands for one.

    Raises
    ------
    ModelError
        A file, no folder, files that Git LFS has not fetched, or a configuration that is cut off.
    """
    path = Path(source)
    if path.is_file():
        raise ModelError(f"{source} is a file; a model is a folder with config.json, weights and vocabulary.")
    if not path.is_dir():
        if source.startswith((".", "/", "~")) or source.count("/") > 1:
            raise ModelError(f"There is no folder {source}.")
        return
    check_pointers(path)
    if not (path / "config.json").is_file():
        found = ", ".join(sorted(p.name for p in path.iterdir())[:5]) or "nothing"
        raise ModelError(f"{source} is not a model: it has no config.json (found: {found}).")
    config = read_json(path / "config.json")
    architecture = next(iter(config.get("architectures") or ()), "")
    if has_a_head_of_its_own(architecture):
        raise ModelError(
            f"{source} holds {words_for(architecture)} (config.json names it under architectures), not a classifier "
            "of sequences. Load it with its own class and pass it with `forward=`, a function of ids and mask that "
            "returns one row of numbers per sequence, such as forward=lambda ids, mask: model(ids, mask)[0].mean(1)."
        )


def is_model_folder(folder: Path) -> bool:
    """Tell whether a folder holds the weights of a whole model, beside what a trainer or an adapter keeps there."""
    others = ("adapter_", "optimizer", "scheduler", "scaler", "rng_state", "training_args")
    files = (file for pattern in _WEIGHTS for file in folder.glob(pattern))
    return any(not file.name.startswith(others) for file in files)


def check_pointers(folder: Path) -> None:
    """Refuse a folder in which Git LFS has left pointers in the place of files.

    Raises
    ------
    ModelError
        The message names the first such file.
    """
    for file in sorted(folder.iterdir()):
        if file.is_file() and file.stat().st_size < 1024:
            with file.open("rb") as opened:
                is_pointer = opened.read(len(_POINTER)) == _POINTER
            if is_pointer:
                raise ModelError(
                    f"{file} is a pointer of Git LFS, not the file itself: the repository was cloned without its large "
                    f"files. Fetch them with 'git lfs pull' in {folder}, or download the file again."
                )


def has_tokenizer(source: str) -> bool:
    """Tell whether a folder holds a file that a tokenizer is saved in."""
    return any((Path(source) / name).is_file() for name in _TOKENIZER_FILES)


def check_tokenizer_folder(source: str) -> None:
    """Refuse a folder without a tokenizer, as trainers leave it.

    Raises
    ------
    ModelError
        It holds none of the files that a tokenizer is saved in.
    """
    folder = Path(source)
    if not folder.is_dir():
        return
    check_pointers(folder)
    if has_tokenizer(source):
        return
    raise ModelError(
        f"{source} holds no tokenizer (no {', '.join(_TOKENIZER_FILES[:3])} or the like), only a model. Name the folder or "
        "hub id of the model that it was trained from: `tokenizer=`."
    )


def read_json(path: Path) -> dict[str, Any]:
    """Return the content of a JSON file with one object.

    Raises
    ------
    ModelError
        It is empty, cut off or something else; the message names file and line.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        where = f"line {error.lineno}: {error.msg}" if isinstance(error, json.JSONDecodeError) else "no text"
        raise ModelError(
            f"{path} cannot be read as JSON ({where}): it is empty, cut off or damaged. Copy it again from where the model "
            "was saved."
        ) from error
    if not isinstance(content, dict):
        raise ModelError(f"{path} holds a {type(content).__name__} in place of a JSON object: copy it again.")
    return content


def own_config(folder: str) -> Any:
    """Return the configuration of a folder whose ``model_type`` is missing or unknown, ``None`` where it is known.

    DNABERT's own code writes none, or "dna"; the architecture that it names tells the type.

    Raises
    ------
    ModelError
        The architecture does not tell it either.
    """
    from transformers import CONFIG_MAPPING
    from transformers.models.auto import modeling_auto

    path = Path(folder) / "config.json"
    if not path.is_file():
        return None
    config = read_json(path)
    kind, architectures = config.get("model_type"), config.get("architectures") or []
    if kind in CONFIG_MAPPING or config.get("auto_map"):
        return None
    known = {
        name: model_type
        for task in ("SEQUENCE_CLASSIFICATION", "MASKED_LM")
        for model_type, name in getattr(modeling_auto, f"MODEL_FOR_{task}_MAPPING_NAMES").items()
    } | {
        name: model_type
        for model_type, name in modeling_auto.MODEL_MAPPING_NAMES.items()
        if isinstance(name, str)
    }
    found = next((known[name] for name in architectures if name in known), None)
    if found is None:
        says = (
            f"names the model_type {kind!r}, which Transformers does not know,"
            if kind
            else "names no model_type"
        )
        raise ModelError(
            f"{path} {says} and no architecture that would tell it (architectures: {', '.join(architectures) or 'none'}). "
            'Add the one that the model was made with, such as "model_type": "bert" for DNABERT.'
        )
    return CONFIG_MAPPING[found].from_dict({**config, "model_type": found})


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
    except pickle.UnpicklingError as error:
        raise ModelError(unpickling_refused(path)) from error
    except (RuntimeError, EOFError, OSError) as error:
        raise ModelError(_damaged(path)) from error


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

    A layer more than the configuration has, or a part more in a layer. Heads of other tasks are left out, and what
    older versions saved beside the weights.
    """
    modules = {path for path, _ in model.named_modules()}
    prefix = getattr(model, "base_model_prefix", "")
    found = []
    for key in unexpected:
        if key.rpartition(".")[2] in _BUFFERS:
            continue
        for name in (key, f"{prefix}.{key}"):
            numbered = re.match(r"(?P<list>.+?)\.\d+\.", name)
            if numbered is not None and numbered["list"] in modules:
                found.append(key)
                break
    return found
