"""From the files of a model to Transformers' classifier, with the report on its weights read."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict

from captum_dna.core.checks import whole_number
from captum_dna.core.notices import tell
from captum_dna.model.checkpoint import read_json
from captum_dna.model.errors import ModelError, cured, reason
from captum_dna.model.states import (
    check_weight_files,
    common_prefix,
    lost_weights,
    own_state,
    read_weights,
    unpickling_refused,
    unused_weights,
)
from captum_dna.model.tokenizer_loading import UNASKED, asks_to_run_code

if TYPE_CHECKING:
    from collections.abc import Collection

    import torch
    from torch import nn
    from transformers.modeling_utils import PreTrainedModel

    from captum_dna.model.states import State

_HEADS = (
    "classifier",
    "score",
    "pooler",
    "head",
    "classification_head",
    "pre_classifier",
    "sequence_summary",
)


class _Report(TypedDict):
    """What Transformers says of the weights that it loaded; of those of another shape, their shapes as well."""

    missing_keys: Collection[str]
    unexpected_keys: Collection[str]
    mismatched_keys: Collection[str | tuple[str, object, object]]


def load_weights(
    source: str, num_labels: int | None, dtype: torch.dtype | None, options: dict[str, Any]
) -> tuple[nn.Module, tuple[str, ...]]:
    """Return a sequence classifier from its files, and the names of its untrained weights.

    Raises
    ------
    ModelError
        There is no classifier of the architecture, the weights are another's, or files are missing or damaged.
    """
    import torch

    if num_labels is not None:
        num_labels = whole_number("num_labels", num_labels, 1)
    check_weight_files(source)
    options = options | {"dtype": dtype or torch.float32, "ignore_mismatched_sizes": True}
    if num_labels is not None and "config" in options:
        options["config"].num_labels = num_labels
    elif num_labels is not None:
        options["num_labels"] = num_labels
    state = own_state(source)
    try:
        model, report = _from_pretrained(source, state, options)
        prefix = common_prefix(report["missing_keys"], report["unexpected_keys"])
        if prefix is not None and Path(source).is_dir():
            state = state or read_weights(source)
            state = {name.removeprefix(prefix): weight for name, weight in state.items()}
            model, report = _from_pretrained(source, state, options)
    except pickle.UnpicklingError as error:
        raise ModelError(unpickling_refused(f"A file of {source}")) from error
    except (ModelError, MemoryError):
        raise
    except Exception as error:  # Transformers takes much of config.json unseen
        if asks_to_run_code(error):
            raise ModelError(UNASKED.format(source)) from error
        if "Unrecognized configuration class" in str(error):
            kind = read_json(Path(source, "config.json"))["model_type"] if Path(source).is_dir() else "its"
            raise ModelError(
                f"{source}: Transformers has no sequence classifier for the architecture {kind!r}. Load the model "
                "yourself and pass it with its tokenizer and `forward=`."
            ) from error
        way_out = "Compare its config.json with the one that was saved with the model."
        way_out = way_out if Path(source).is_dir() else "Check its name, or give a folder."
        raise ModelError(
            f"No model could be loaded from {source}: {reason(error)}. {cured(error, way_out)}"
        ) from error
    return model, _read_report(source, model, report, is_new_head=num_labels is not None)


def _from_pretrained(
    source: str, state: State | None, options: dict[str, object]
) -> tuple[PreTrainedModel, _Report]:
    """Return a sequence classifier and the report on its weights, of a folder's files or of a state in hand."""
    from transformers import AutoConfig, AutoModelForSequenceClassification

    loaded: tuple[PreTrainedModel, _Report]
    if state is None:
        loaded = AutoModelForSequenceClassification.from_pretrained(
            source, output_loading_info=True, **options
        )
        return loaded
    rest = {name: value for name, value in options.items() if name not in ("revision", "code_revision")}
    labels = {name: rest.pop(name) for name in ("num_labels",) if name in rest}
    config = rest.pop("config", None) or AutoConfig.from_pretrained(
        source, trust_remote_code=options["trust_remote_code"], **labels
    )
    kind = AutoModelForSequenceClassification._model_mapping[type(config)]  # noqa: SLF001 - no other way to ask
    loaded = kind.from_pretrained(
        None,
        config=config,
        state_dict=state,
        output_loading_info=True,
        dtype=options["dtype"],
        ignore_mismatched_sizes=True,
    )
    return loaded


def _read_report(
    source: str, model: PreTrainedModel, report: _Report, *, is_new_head: bool
) -> tuple[str, ...]:
    """Return the weights of an untrained head; those of another architecture are an error."""
    mismatched = [key if isinstance(key, str) else key[0] for key in report.get("mismatched_keys", ())]
    missing = sorted(set(report.get("missing_keys", ())) | set(mismatched))
    if mismatched and not is_new_head:
        raise ModelError(
            f"{source}: {len(mismatched)} weights of the checkpoint have another shape than config.json describes (such as "
            f"{mismatched[0]}). Is config.json the one that was saved with these weights? For a new head, pass num_labels=."
        )
    body = [key for key in missing if not _in_head(key, getattr(model, "base_model_prefix", ""))]
    if body:
        raise ModelError(
            f"{source}: weights of {type(model).__name__} are not in the checkpoint ({len(body)}, such as {body[0]}), "
            "so it was made for another architecture. If it comes with its own code, pass `trust_remote_code=True`."
        )
    unexpected = sorted(report.get("unexpected_keys", ()))
    lost = lost_weights(model, unexpected)
    if lost:
        raise ModelError(
            f"{source}: {len(lost)} weights of the checkpoint have no place in the model that its config.json describes "
            f"(such as {lost[0]}): it has layers, or parts of layers, that the configuration does not know. Is config.json "
            "the one that was saved with these weights?"
        )
    unused = unused_weights(lost, unexpected)
    if unused:
        tell(
            f"{source}: weights of the checkpoint are not used ({len(unused)}, such as {unused[0]}), because "
            f"{type(model).__name__} has no such parts. If the model had them in training, its predictions were others."
        )
    return tuple(missing)


def _in_head(key: str, base: str) -> bool:
    parts = key.split(".")
    return parts[0] in _HEADS or parts[:2] == [base, "pooler"]
