"""Adapters of PEFT, such as LoRA and IA3: a folder with a few weights, put onto the model that they were trained on.

By default the result is that model with the adapter merged into its weights, where its kind can be: the same numbers, and
no other kind of layer. A model that still has its adapter is saved as that adapter.
"""

from __future__ import annotations

import copy
import warnings
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from captum_dna.core.packages import needs
from captum_dna.model.checkpoint import is_model_folder, read_json
from captum_dna.model.errors import ModelError
from captum_dna.model.states import read_state
from captum_dna.model.words import READING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from torch import nn
    from transformers.configuration_utils import PretrainedConfig

    from captum_dna.model.states import State

_CONFIG = "adapter_config.json"
_BASE = "base"
"""The folder beside an adapter with a base that has no name."""
_WEIGHTS = ("adapter_model.safetensors", "adapter_model.bin")
_PREFIX = "base_model.model."
_HEADS = ("classifier.out_proj.weight", "classifier.weight", "score.weight", "out_proj.weight")
"""Last layers of Transformers' classifiers, whose rows are the classes."""
_OF_TOKENS = (
    "PROMPT_TUNING",
    "MULTITASK_PROMPT_TUNING",
    "P_TUNING",
    "ADAPTION_PROMPT",
    "CPT",
)
"""Kinds that learn tokens in place of weights; a prefix of keys and values puts none before the sequence."""


class Adapter(NamedTuple):
    """An adapter's folder: what it says of itself, and its weights by name."""

    folder: Path
    config: Mapping[str, Any]
    state: State

    @property
    def kind(self) -> str:
        """What PEFT calls it, such as LORA."""
        return str(self.config.get("peft_type", "PEFT"))

    @property
    def base(self) -> str:
        """The folder or hub id of the model that it was trained on, empty where it names none."""
        return str(self.config.get("base_model_name_or_path") or "")

    @property
    def rows(self) -> int | None:
        """How many classes the head has that was saved with it, ``None`` where none was."""
        for name, weight in self.state.items():
            if (
                name.startswith(_PREFIX)
                and name.endswith(_HEADS)
                and "lora_" not in name
                and weight.ndim == 2
            ):
                return int(weight.shape[0])
        return None

    def brings(self, weight: str) -> bool:
        """Tell whether a weight of the model was saved with the adapter."""
        return f"{_PREFIX}{weight}" in self.state


def read_adapter(source: str) -> Adapter | None:
    """Return the adapter in a folder, ``None`` where there is none.

    Raises
    ------
    ModelError
        Its files are missing or damaged, it puts tokens before the sequence, or a whole model lies beside it.
    """
    folder = Path(source)
    if not (folder / _CONFIG).is_file():
        return None
    if is_model_folder(folder):
        raise ModelError(
            f"{source} holds a whole model and an adapter ({_CONFIG}), and the adapter may be part of that "
            "model already. Move the adapter's files to another folder, or delete them if it is."
        )
    config = read_json(folder / _CONFIG)
    file = next((folder / name for name in _WEIGHTS if (folder / name).is_file()), None)
    if file is None:
        raise ModelError(
            f"{source} holds the settings of an adapter ({_CONFIG}) but not its weights "
            f"({' or '.join(_WEIGHTS)}). Copy "
            "them from where it was saved."
        )
    adapter = Adapter(folder, config, read_state(file))
    _refuse_tokens(source, adapter.kind)
    return adapter


def check_adapters(model: object) -> None:
    """Refuse a model in hand that PEFT has given learned tokens.

    Raises
    ------
    ModelError
        Names the kind.
    """
    for config in getattr(model, "peft_config", {}).values():
        _refuse_tokens(type(model).__name__, str(getattr(config.peft_type, "value", config.peft_type)))


def _refuse_tokens(who: str, kind: str) -> None:
    if kind in _OF_TOKENS:
        raise ModelError(
            f"{who} holds an adapter of the kind {kind}, which puts learned tokens before the sequence. They "
            "belong to no base, so such a model cannot be explained. Adapters of weights, such as LoRA "
            "and IA3, can."
        )


def base_of(adapter: Adapter, given: str | Path | None) -> str:
    """Return the folder or hub id of the model that an adapter belongs to.

    Raises
    ------
    ModelError
        It names none, or a folder that is not there.
    """
    if given is not None:
        return str(given)
    named = adapter.base
    who = f"{adapter.folder} holds an adapter ({adapter.kind}, in {_CONFIG})"
    way_out = "Name the folder or hub id of that model with `base=`."
    if not named:
        raise ModelError(f"{who} that does not name the model that it was trained on. {way_out}")
    for place in (Path(named), adapter.folder / named):
        if place.is_dir():
            return str(place)
    if Path(named).is_absolute() or named.startswith(".") or named.count("/") > 1:
        raise ModelError(f"{who} of the model {named!r}, but there is no such folder here. {way_out}")
    return str(named)


@contextmanager
def loading_base(adapter: Adapter | None) -> Iterator[None]:
    """Say, where the base of an adapter cannot be loaded, that it is one, and that it may lie elsewhere."""
    try:
        yield
    except ModelError as error:
        if adapter is None or "`base=`" in str(error):
            raise
        raise ModelError(
            f"{adapter.folder} holds an adapter ({adapter.kind}) of another model. {error} That model may be named by its "
            "folder: `base=`."
        ) from error


def adapted(base: nn.Module, adapter: Adapter, what: str, *, merge: bool) -> nn.Module:
    """Return a model with an adapter put onto it, and merged into its weights where that is asked for.

    Raises
    ------
    ModelError
        The adapter does not fit the model, or cannot be merged.
    ImportError
        PEFT is not installed.
    """
    peft = needs("peft", "adapters", f"The adapter in {adapter.folder}")
    misfit = (
        f"The adapter in {adapter.folder} ({adapter.kind}) does not fit the model {what} ({type(base).__name__}): {{}}. "
        "Name the model that it was trained on with `base=`."
    )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what they say of missing weights is told below
            model = peft.PeftModel.from_pretrained(base, str(adapter.folder))
            wanted = set(peft.get_peft_model_state_dict(model))
            lost = sorted(name for name in set(adapter.state) - wanted if ".base_layer." not in name)
            missing = sorted(wanted - set(adapter.state))
    except (ValueError, RuntimeError, KeyError, TypeError, AttributeError) as error:
        reason = " ".join(str(error).split())[:300].rstrip(".")
        raise ModelError(misfit.format(reason)) from error
    if lost:
        raise ModelError(misfit.format(f"{len(lost)} of its weights have no place there, such as {lost[0]}"))
    if missing:
        raise ModelError(misfit.format(f"it lacks {len(missing)} weights, such as {missing[0]}"))
    place = Path(what)
    inside = place.is_dir() and place.resolve().is_relative_to(adapter.folder.resolve())
    own = model.peft_config[model.active_adapter]
    own.base_model_name_or_path = None if inside else str(place.resolve()) if place.is_dir() else what
    if not merge or not hasattr(model, "merge_and_unload"):  # a prefix has no weights to be merged into
        kept: nn.Module = model
        return kept
    whole: nn.Module = model.merge_and_unload()
    vars(whole).pop("peft_config", None)  # which older PEFT leaves there, though there is no adapter any more
    return whole.requires_grad_()  # PEFT froze it


def take_description(config: PretrainedConfig, adapter: Adapter) -> None:
    """Set in a model's configuration what one that lies beside the adapter says of the outputs."""
    if not (adapter.folder / "config.json").is_file():
        return
    own = read_json(adapter.folder / "config.json")
    names = own.get("id2label") or {}
    if len(names) == config.num_labels:
        config.id2label = {int(index): str(name) for index, name in names.items()}
        config.label2id = {name: index for index, name in config.id2label.items()}
        config.problem_type = own.get("problem_type", config.problem_type)
    if READING in own:
        setattr(config, READING, own[READING])


def save_adapter(model: Any, folder: Path) -> None:
    """Write the adapter of a model, and what its configuration says of the outputs.

    The base is written beside it where the adapter does not name it.
    """
    named = model.peft_config[model.active_adapter]
    if not named.base_model_name_or_path:
        copy.deepcopy(model).unload().save_pretrained(folder / _BASE)
        named.base_model_name_or_path = _BASE
    model.save_pretrained(folder)
    model.get_base_model().config.save_pretrained(folder)
