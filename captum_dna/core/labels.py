"""What a data set says that a sequence is: a class by name or by index, or a measured number.

The same cell means the same in every source, be it text of a CSV file or a value of a data frame.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

from captum_dna.core.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Sequence as SequenceABC

Label = str | int | float
"""A class name, a class index or a measured value."""

_WHOLE = re.compile(r"[+-]?[0-9]{1,18}(\.0*)?")
_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,4})?")
MISSING = frozenset(
    {"", "NA", "N/A", "n/a", "#N/A", "<NA>", "NaN", "nan", "-nan", "-NaN", "NULL", "null", "None", "?"}
)
"""Words for a cell without a value; pandas reads them so, too."""
UNKNOWN = -1
"""The index that benchmarks write where a class is not known."""


class LabelError(UserError):
    """A label that is none, or that the model does not have."""


def as_label(value: Any) -> Label | None:
    """Return a cell as a class name, a class index or a number; ``None`` where it is empty.

    Raises
    ------
    LabelError
        A value of another kind, or a number without an end.

    Examples
    --------
    >>> [as_label(v) for v in ("promoter", "1", 1.0, "1.0", "-0.37", True, "NA", float("nan"))]
    ['promoter', 1, 1, 1, -0.37, 'True', None, None]
    """
    value = _plain(value)
    if value is None or isinstance(value, bool):
        return None if value is None else str(value)
    if isinstance(value, str):
        return _of_text(value.strip())
    if isinstance(value, float):
        return _of_number(value)
    return int(value)


def class_index(label: Label, names: SequenceABC[str]) -> int | None:
    """Return the index of the class that a label means among a model's; ``None`` where it is unknown.

    A name counts before an index, so that classes may be called by numbers. True and False are names where
    classes are called so, and else 1 and 0.

    Raises
    ------
    LabelError
        No such class, or two of that name.

    Examples
    --------
    >>> class_index("b", ("a", "b")), class_index(1, ("a", "b")), class_index(1, ("1", "0"))
    (1, 1, 0)
    >>> class_index("True", ("no", "yes")), class_index(-1, ("no", "yes"))
    (1, None)
    """
    text = str(label)
    found = [index for index, name in enumerate(names) if name == text]
    if not found:  # cells of a table lose the blanks around them
        found = [index for index, name in enumerate(names) if name.strip() == text.strip()]
    if not found and text in _TRUTH:
        found = [index for index, name in enumerate(names) if name.lower() == text.lower()]
        label = _TRUTH[text]
    if len(found) > 1:
        raise LabelError(
            f"the label {label!r} is the name of {len(found)} classes of the model: give the index of one of them."
        )
    if found:
        return found[0]
    if label == UNKNOWN:
        return None
    if isinstance(label, int) and 0 <= label < len(names):
        return label
    raise LabelError(f"the label {label!r} is no class of the model ({', '.join(names)}).")


_TRUTH = {"True": 1, "False": 0}


def _of_text(text: str) -> Label | None:
    if text in MISSING:
        return None
    if text.lower() in ("true", "false"):
        return text.capitalize()
    if _WHOLE.fullmatch(text):
        return int(text.partition(".")[0])
    if _NUMBER.fullmatch(text) or text.lower().lstrip("+-") in ("inf", "infinity"):
        return _of_number(float(text))
    return text


def _of_number(value: float) -> int | float | None:
    if math.isnan(value):
        return None
    if math.isinf(value):
        raise _no_label(value)
    return int(value) if value.is_integer() else value


def _plain(value: Any) -> Any:
    """Return a value of another library as Python's text, number or ``None``."""
    if value is None or isinstance(value, bool | str | int | float):
        return value
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if type(value).__name__ in ("NAType", "NaTType"):  # what pandas calls missing
        return None
    try:
        if hasattr(value, "as_py"):  # Arrow's
            return _plain(value.as_py())
        if hasattr(value, "item"):  # numpy's and torch's
            return _plain(value.item())
        return float(value)
    except (TypeError, ValueError, RuntimeError):
        raise _no_label(value) from None


def _no_label(value: Any) -> LabelError:
    return LabelError(
        f"has the label {value!r:.40}, which is neither a class name, nor a class index, nor a measured number: "
        "name another column with `label_column=`."
    )
