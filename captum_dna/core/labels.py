"""What a data set says that a sequence is: a class by name or by index, several of them, or a measured number.

The same cell means the same in every source, be it text of a CSV file or a value of a data frame.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

from captum_dna.core.errors import UserError
from captum_dna.core.written import number

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
BETWEEN = ";"
"""What stands between the labels of one sequence, in text."""
NONE = "-"
"""What says in text that a sequence has none of the labels."""
UNKNOWN = -1
"""The index that benchmarks write where a class is not known."""


class LabelError(UserError):
    """A label that is none, or that the model does not have."""


def as_label(value: object) -> Label | None:
    """Return a cell as a class name, a class index or a number; ``None`` where it is empty.

    A list of labels becomes text. See :func:`label_indices`.

    Raises
    ------
    LabelError
        A value of another kind, or a number without an end.

    Examples
    --------
    >>> [as_label(v) for v in ("promoter", "1", 1.0, "1.0", "-0.37", True, "NA", float("nan"))]
    ['promoter', 1, 1, 1, -0.37, 'True', None, None]
    >>> [as_label(v) for v in ([1, 0, 1.0], ["enhancer", "silencer"], [], ["enhancer"])]
    ['1;0;1', 'enhancer;silencer', '-', 'enhancer']
    """
    several = _several(value)
    if several is not None:
        cells = [as_label(cell) for cell in several]
        if None in cells:
            raise _no_label(value)
        return cells[0] if len(cells) == 1 else BETWEEN.join(map(str, cells)) or NONE
    value = _plain(value)
    if value is None or isinstance(value, bool):
        return None if value is None else str(value)
    if isinstance(value, str):
        return _of_text(value.strip())
    if isinstance(value, float):
        return _of_number(value)
    return int(value)


def measured_value(label: Label) -> float | None:
    """Return the finite number that a label is, such as an expression value; ``None`` for any other label.

    Examples
    --------
    >>> [measured_value(label) for label in (3, "-0.5", "1_0", "promoter", "1e999")]
    [3.0, -0.5, None, None, None]
    """
    value = number(str(label))
    return None if value is None or math.isinf(value) else value


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
            f"the label {label!r} is the name of {len(found)} classes of the model. Give the index of one of them."
        )
    if found:
        return found[0]
    if label == UNKNOWN:
        return None
    if isinstance(label, int) and 0 <= label < len(names):
        return label
    raise LabelError(f"the label {label!r} is not a class of the model ({', '.join(names)}).")


def label_indices(label: Label, names: SequenceABC[str]) -> tuple[int, ...] | None:
    """Return the indices of the labels that a sequence has, of a model that says yes or no to each.

    Parameters
    ----------
    label
        One label, or text with several: names or indices ("a;c", "0,2"), or a yes or no for each ("1;0;1",
        "[1, 0, 1]"); "-" for none of them. With one name, 0 and 1 are no and yes.
    names
        Names of the labels.

    Returns
    -------
    Indices in their order; ``None`` where the label is unknown (-1).

    Raises
    ------
    LabelError
        No such label, or text that means one thing as names and another as yes and no.

    Examples
    --------
    >>> [label_indices(text, ("a", "b", "c")) for text in ("a;c", "1;0;1", "[1, 0, 1]", "0,2", "b", 1, "-")]
    [(0, 2), (0, 2), (0, 2), (0, 2), (1,), (1,), ()]
    """
    if len(names) == 1 and str(label) in _YES | _NO and str(label) not in names:
        return (0,) if str(label) in _YES else ()
    if not isinstance(label, str) or label in names:
        index = class_index(label, names)
        return None if index is None else (index,)
    cells = label_cells(label)
    if is_vector(cells) and len(cells) == len(names):
        if set(cells) <= set(names) and len(set(cells)) == len(cells):
            raise LabelError(
                f"the label {label!r} can be read as names of classes ({', '.join(names)}) and as a yes or "
                "no for each. Give the classes other names with `labels=`."
            )
        return tuple(i for i, cell in enumerate(cells) if cell in _YES)
    found = [class_index(cell if cell in names else _of_text(cell) or 0, names) for cell in cells]
    if len(set(found)) < len(found) or None in found or is_vector(cells):
        raise LabelError(
            f"the label {label!r} is neither a yes or no for each of the {len(names)} classes of the model "
            f"({', '.join(names)}), nor a list of them."
        )
    return tuple(sorted(index for index in found if index is not None))


def label_cells(text: str) -> list[str]:
    """Return the labels in text that holds several, separated by semicolons or commas, or by blanks in brackets.

    Examples
    --------
    >>> label_cells("a;b"), label_cells("[1 0 1]"), label_cells("['a', 'b']"), label_cells("-")
    (['a', 'b'], ['1', '0', '1'], ['a', 'b'], [])
    """
    inner = text.strip()
    is_list = inner[:1] in tuple("[({") and inner[-1:] in tuple("])}")
    inner = inner[1:-1].strip() if is_list else inner
    if inner in ("", NONE):
        return []
    between = next((sign for sign in (BETWEEN, ",") if sign in inner), None)
    cells = inner.split(between) if between or is_list else [inner]
    stripped = (cell.strip().strip("'\"") for cell in cells)
    return [_WHOLE_ZEROS.sub("", cell) for cell in stripped if cell]


def is_vector(cells: SequenceABC[str]) -> bool:
    """Tell whether labels are a yes or no for each class."""
    return len(cells) > 1 and set(cells) <= _YES | _NO


_YES = frozenset({"1", "True", "true"})
_NO = frozenset({"0", "False", "false"})
_WHOLE_ZEROS = re.compile(r"(?<=^[01])\.0*$")
_TRUTH = {"True": 1, "False": 0}


def _several(value: object) -> list[object] | None:
    """Return the cells of a list or an array, ``None`` for a single value."""
    if isinstance(value, str | bytes) or value is None:
        return None
    if isinstance(value, list | tuple | set | frozenset):
        return sorted(value, key=str) if isinstance(value, set | frozenset) else list(value)
    if hasattr(value, "as_py"):
        return _several(value.as_py())
    cells = value.tolist() if hasattr(value, "tolist") else None
    return cells if isinstance(cells, list) else None


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


def _plain(value: Any) -> Label | None:
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


def _no_label(value: object) -> LabelError:
    return LabelError(
        f"has the label {value!r:.40}, which is neither a class name, nor a class index, nor a measured number. "
        "Name another column with `label_column=`."
    )
