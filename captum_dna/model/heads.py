"""What the outputs of a model are and what people call them; inside, a class is its index."""

from __future__ import annotations

import operator
import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import torch

from captum_dna.core.errors import UserError
from captum_dna.core.notices import tell
from captum_dna.core.words import counted
from captum_dna.core.written import digits
from captum_dna.model.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Sequence as SequenceABC

    import numpy as np
    from numpy.typing import NDArray

HEADS = ("single_label", "multi_label", "regression")
"""What logits can be: one class of several, a yes or no for each label, or numbers."""

_PLACEHOLDER = re.compile(r"LABEL_\d+")
_PROBLEMS = {
    "single_label_classification": "single_label",
    "multi_label_classification": "multi_label",
    "regression": "regression",
}


def check_head(head: str | None) -> None:
    """Refuse a head that there is not.

    Raises
    ------
    ModelError
        The message lists the heads.
    """
    if head is not None and head not in HEADS:
        raise ModelError(f"There is no head {head!r}. Choose one of {', '.join(HEADS)}.")


def head_of_config(config: object) -> str | None:
    """Return the head that a configuration names, ``None`` where it leaves that open.

    Raises
    ------
    ModelError
        It names one that Transformers does not have.
    """
    problem = getattr(config, "problem_type", None)
    if not problem:
        return None
    if problem not in _PROBLEMS:
        raise ModelError(
            f"The configuration names the problem_type {problem!r:.40}, which is none of {', '.join(_PROBLEMS)}. Say what "
            f"the outputs are with `head=`: {', '.join(HEADS)}.",
            option="head",
        )
    return _PROBLEMS[problem]


def given_labels(labels: Iterable[object] | Mapping[object, object] | None) -> tuple[str, ...] | None:
    """Return the names that a user gave: a list, an array, a column, or a mapping from indices.

    Raises
    ------
    ModelError
        One string in place of several names, or a mapping that skips an index.
    """
    if labels is None:
        return None
    if isinstance(labels, str):
        raise ModelError(f"labels must be a list of names, one for each class, not the string {labels!r}.")
    if not isinstance(labels, Mapping):
        if not isinstance(labels, Iterable):
            raise ModelError(f"labels must be a list of names, one for each class, not {labels!r:.40}.")
        return tuple(map(str, labels))
    names = _in_order(labels, len(labels))
    if names is None:
        raise ModelError(
            f"labels maps the indices 0 to {len(labels) - 1} to names, but its keys are {', '.join(map(repr, labels))}."
        )
    return names


def config_labels(config: object, count: int) -> tuple[str, ...]:
    """Return the names of so many classes as a configuration has them, ``LABEL_0`` and so on where it has none."""
    placeholders = tuple(f"LABEL_{i}" for i in range(count))
    named = getattr(config, "id2label", None) or {}
    if not isinstance(named, Mapping):
        named = dict(enumerate(named))
    turned = {index: name for name, index in (getattr(config, "label2id", None) or {}).items()}
    for one in (named, turned):
        names = _in_order(one, count) if len(one) == count else None
        if names is not None and not all(map(_PLACEHOLDER.fullmatch, names)):
            return names
    return placeholders


def check_outputs(name: str, count: int, head: str, labels: SequenceABC[str] | None, config: object) -> None:
    """Refuse a head or labels that do not fit the outputs of a model, and say where names of a configuration do not.

    Parameters
    ----------
    name, count
        What the model is called, and how many outputs it has.
    head, labels, config
        What its logits are, the names that were given, and its configuration.

    Raises
    ------
    ModelError
        One class to choose from, or another number of labels.
    """
    if labels is None and _names_do_not_fit(config, count):
        named = ", ".join(map(str, getattr(config, "id2label", ())))
        tell(
            f"{name}: the class names of the configuration ({named}) do not match the {count} outputs, so they are not "
            "used. Name the outputs with `labels=`.",
        )
    if head == "single_label" and count == 1:
        raise ModelError(
            f"{name} has one output and is configured to choose one of several classes, so its probability would "
            'always be 1. Say what the output is: head="multi_label" for a yes or no, head="regression" for a number.',
            option="head",
        )
    if labels is not None and len(labels) != count:
        raise ModelError(miscounted(len(labels), "the model", count))


def miscounted(labels: int, who: str, outputs: int) -> str:
    """Return the sentence for another number of labels than the model has outputs.

    Examples
    --------
    >>> miscounted(1, "the model", 2)
    '1 label was given, but the model has 2 outputs.'
    """
    were = "was" if labels == 1 else "were"
    return f"{counted(labels, 'label')} {were} given, but {who} has {counted(outputs, 'output')}."


def _names_do_not_fit(config: object, count: int) -> bool:
    """Tell whether a configuration names classes, but not the indices 0 to count - 1."""
    named = getattr(config, "id2label", None) or {}
    if not isinstance(named, Mapping) or len(named) != count:
        return False
    own = any(not _PLACEHOLDER.fullmatch(str(name)) for name in named.values())
    return own and config_labels(config, count) == tuple(f"LABEL_{i}" for i in range(count))


def _in_order(names: Mapping[object, object], count: int) -> tuple[str, ...] | None:
    """Return the names of the indices 0 to count - 1, whose keys may be strings, as JSON has them."""
    by_index = {str(key): str(name) for key, name in names.items()}
    found = [by_index.get(str(i)) for i in range(count)]
    return None if None in found else tuple(map(str, found))


def label_index(labels: SequenceABC[str], target: object) -> int:
    """Return the position of a class, given by its index or by a name that is its alone.

    Parameters
    ----------
    labels
        Names of the C classes.
    target
        An index (a number of Python, NumPy or PyTorch) or a name. Digits are a name where names are numbers,
        and an index otherwise.

    Raises
    ------
    UserError
        No such class, or several of that name; the message lists the classes.
    """
    classes = ", ".join(f"{i} ({label})" for i, label in enumerate(labels))
    if isinstance(target, str):
        found = [i for i, label in enumerate(labels) if label == target]
        if len(found) > 1:
            raise UserError(
                f"{len(found)} classes of the model are called {target!r}; its classes are {classes}. Name the class by "
                f"its index, such as {found[0]}, or give the classes names of their own with `labels=`.",
                option="target",
            )
        if found:
            return found[0]
    index = _index(target, names_are_numbers=any(label.strip().isdecimal() for label in labels))
    if index is None or not 0 <= index < len(labels):
        raise UserError(f"The model has no class {target!r}; its classes are {classes}.", option="target")
    return index


def _index(target: Any, *, names_are_numbers: bool) -> int | None:
    """Return what is meant as an index, ``None`` for anything else."""
    if isinstance(target, str):
        return None if names_are_numbers else digits(target)
    is_truth = isinstance(target, bool) or str(getattr(target, "dtype", "")).endswith("bool")
    if is_truth or (isinstance(target, torch.Tensor) and target.ndim):
        return None
    try:
        return operator.index(target)
    except TypeError:
        return None


def probabilities_of(logits: NDArray[np.float64], head: str) -> NDArray[np.float64]:
    """Return probabilities of (N, C) logits, or the logits themselves for a regression head."""
    tensor = torch.from_numpy(logits)
    if head == "single_label":
        tensor = tensor.softmax(-1)
    elif head == "multi_label":
        tensor = tensor.sigmoid()
    return tensor.numpy()
