"""A folder with a checkpoint, looked at before anything is loaded from it.

Folders come as training, cloning and copying leave them. What is missing or belongs to something else gets a sentence
that names the file; nothing here runs code that a file may hold.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from captum_dna.core.json_text import from_json
from captum_dna.model.architectures import has_a_head_of_its_own, words_for
from captum_dna.model.errors import ModelError

if TYPE_CHECKING:
    from transformers.configuration_utils import PretrainedConfig

_POINTER = b"version https://git-lfs.github.com/spec/"
_TOKENIZER_FILES = (
    "tokenizer.json",
    "tokenizer_config.json",
    "vocab.txt",
    "vocab.json",
    "tokenizer.model",
    "spiece.model",
)
_OF_TOKENIZERS = (
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab.json",
)
_WEIGHTS = ("*.safetensors", "*.bin", "*.pt", "*.pth", "*.ckpt")
_KINDS: dict[str, tuple[type, str]] = {
    "architectures": (list, "a list of names"),
    "model_type": (str, "a name"),
    "auto_map": (dict, "an object"),
    "id2label": (dict, "an object of indices and names"),
    "label2id": (dict, "an object of names and indices"),
    "captum_dna": (dict, "an object"),
}
"""What keys of config.json hold that are read before Transformers checks them, or that it does not check."""


def check_folder(source: str) -> None:
    """Refuse a place that holds no model, or only what stands for one.

    Raises
    ------
    ModelError
        A file, no folder, files that Git LFS has not fetched, or a configuration that is cut off or holds something
        else than configurations do.
    """
    if not source.strip():
        raise ModelError("The name of the model is empty. Give a folder, or a hub id.")
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
    config = _read_config(path / "config.json")
    architecture = next(iter(config.get("architectures") or ()), "")
    if has_a_head_of_its_own(architecture):
        raise ModelError(
            f"{source} holds {words_for(architecture)} (config.json names it under architectures), not a classifier "
            "of sequences. Load it with its own class and pass it with `forward=`, a function of ids and mask that "
            "returns one row of numbers per sequence, such as forward=lambda ids, mask: model(ids, mask)[0].mean(1)."
        )


def _read_config(path: Path) -> dict[str, Any]:
    """Return the content of config.json, once it is known that what is read of it is what it should be."""
    config = read_json(path)
    for key, (kind, words) in _KINDS.items():
        value = config.get(key)
        if value is not None and not isinstance(value, kind):
            raise ModelError(
                f"{path}: {key!r} is {value!r:.60}, where {words} is expected. Copy the file again from where the model "
                "was saved, or correct it."
            )
    if not all(isinstance(name, str) for name in config.get("architectures") or ()):
        raise ModelError(f"{path}: 'architectures' must hold names of classes. Correct it.")
    return config


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
        It holds none of the files that a tokenizer is saved in, or one that is damaged.
    """
    folder = Path(source)
    if not folder.is_dir():
        return
    check_pointers(folder)
    for name in _OF_TOKENIZERS:
        if (folder / name).is_file():
            read_json(folder / name)
    _check_words(folder / "vocab.txt")
    if has_tokenizer(source):
        return
    raise ModelError(
        f"{source} holds no tokenizer (no {', '.join(_TOKENIZER_FILES[:3])} or the like), only a model. Name the folder or "
        "hub id of the model that it was trained from with `tokenizer=`."
    )


def _check_words(path: Path) -> None:
    """Refuse a list of words that is not text."""
    if not path.is_file():
        return
    content = path.read_bytes()
    try:
        is_text = b"\0" not in content and content.decode() is not None
    except UnicodeDecodeError:
        is_text = False
    if not is_text:
        raise ModelError(
            f"{path} is not UTF-8 text with one word per line. It is damaged, or the wrong file. Copy it "
            "again from where the "
            "model was saved."
        )
    if content.startswith(b"\xef\xbb\xbf"):
        raise ModelError(
            f"{path} begins with a byte-order mark, which would be part of its first word. Save it as UTF-8 without one."
        )


def read_json(path: Path) -> dict[str, Any]:
    """Return the content of a JSON file with one object.

    Raises
    ------
    ModelError
        It is empty, cut off or something else; the message names file and line.
    """
    try:
        content = from_json(path.read_text(encoding="utf-8"))
    except ValueError as error:
        where = (
            f"line {error.lineno}: {error.msg}" if isinstance(error, json.JSONDecodeError) else "no such text"
        )
        raise ModelError(
            f"{path} cannot be read as JSON ({where}): it is empty, cut off or damaged. Copy it again from where the model "
            "was saved."
        ) from error
    if not isinstance(content, dict):
        raise ModelError(
            f"{path} holds {content!r:.40} in place of a JSON object. Copy it again from where the model was saved."
        )
    return content


def own_config(folder: str) -> PretrainedConfig | None:
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
            f"{path} {says} and no architecture that determines it (architectures: "
            f"{', '.join(architectures) or 'none'}). "
            'Add the one that the model was made with, such as "model_type": "bert" for DNABERT.'
        )
    return CONFIG_MAPPING[found].from_dict({**config, "model_type": found})
