"""The choices of one call: every default, and every check that needs no model.

``attribute()``, ``attribute_to()``, ``evaluate()``, ``variant_effect()``, the viewer and the command line all make
:class:`Options` of what they are given. What depends on a model is checked against it in
:mod:`captum_dna.pipeline.validate`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal

from captum_dna.core.checks import check_name, number_of, whole_number
from captum_dna.core.errors import UserError
from captum_dna.core.over import Over

OUTPUTS = {
    "log_odds": "target logit minus logsumexp of the others; does not saturate",
    "logit": "the target's logit",
    "probability": "the target's probability",
}
"""What each output is, in words."""

UNITS = {"log_odds": "log-odds", "logit": "logit", "probability": "probability"}
"""What scores and effects are numbers of, as a person writes it."""

LAYERS = {
    "embeddings": "output of the embedding block that enters the encoder",
    "tokens": "token embeddings alone",
    "positions": "position embeddings alone; the reference is the first position everywhere",
    "token_types": "token-type embeddings alone; the reference is type 0",
}
"""Layers that have a name in every model; any other module is named by its path in the model."""

PROJECTIONS = {
    "split": "a token's score is shared equally by its bases; the sum is kept",
    "center": "a token's score goes to its middle base, or equally to its middle two; the sum is kept",
    "mean": "a base gets the mean score of the tokens that cover it (DNABERT's convention); the sum is not kept",
    "max": "a base gets the largest score, by magnitude, of the tokens that cover it; the sum is not kept",
}
"""What each projection does, in words."""

RULES = ("gausslegendre", "riemann_trapezoid", "riemann_left", "riemann_right", "riemann_middle")
"""Captum's names of its rules."""

PRECISIONS = {
    "float32": "the model's own number format",
    "tf32": "float32 with products in TF32, on GPUs that have it",
    "bfloat16": "autocast",
    "float16": "autocast, with gradients scaled",
    "auto": "the fastest format of the hardware, and a more precise one where rounding would miss the tolerance",
}
"""Number formats, in words."""

STRANDS = {
    "forward": "the sequence as it is given",
    "both": "the mean over the sequence and its reverse complement",
}
"""Which strands are explained, in words."""

ON_INVALID = {"raise": "stop at bad input", "skip": "leave it out with a warning"}
"""What is done about bad input, in words."""

TOLERANCE = 0.01
"""The share of the scores that their error may be."""

STRETCH_SHARE = 0.25
"""The score of a base from which on it makes a stretch, as a share of the sequence's largest; the picture has it, too."""

STRETCH_BASES = 4
"""Bases that a stretch has at least; the picture, too."""

PREVIEW = "preview"
"""The tolerance that asks for a rough picture."""

ALL = "all"
"""The target that asks for every class."""

AUTO = "auto"
"""The length of windows that asks for as many bases as fit the model."""

HELP = {
    "method": "How to score.",
    "target": "Class to explain, by name or index, or 'all'. Default: the predicted class.",
    "output": "What to explain. Default: log_odds where the model has classes.",
    "baseline": "What to compare with, or a DNA sequence of the same length. Default: mask or zero, as suits the model.",
    "layer": "Layer whose output is integrated, or the name of a module.",
    "n_steps": "Fixed number of nodes. Default: adaptive.",
    "rule": "Captum's name for the rule, with a fixed number of nodes.",
    "tolerance": "Largest error of the scores, as a share of them; 'preview' is quick and rough.",
    "precision": "Number format of the computation.",
    "batch_size": "Path points per forward pass. Default: what fits into memory.",
    "projection": "How token scores become base scores.",
    "strands": "Explain the sequence as given, or average with its reverse complement.",
    "window_length": "Explain longer sequences in overlapping windows of this many bases, or 'auto' for what fits.",
    "overlap": "Bases that windows share. Default: a quarter of a window.",
    "devices": "Devices that share the work, such as cuda:0,cuda:1. Default: the model's own.",
    "seed": "Random seed.",
    "over": "Repeat the explanation with other choices, and draw the spread as error bars.",
    "on_invalid": "What to do with invalid input.",
}
"""Each option in a line, with what happens without it."""

MOST_NODES = 10_000
"""Nodes of a path beyond which their places alone take minutes to compute."""
EXPERIMENT_CHOICES = ("target", "output", "precision", "batch_size", "seed")
"""The choices of a call that experiments have, too."""

NUMBERS = ("n_steps", "tolerance", "batch_size", "window_length", "overlap", "seed")
"""Options that are numbers, if not a word; an address or a command line has them as text."""

Check = Callable[[str, Any], object]
"""Takes the name of an option and what was given, and returns the value to use."""

Target = int | str | tuple[int | str, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The choices of one call; :func:`captum_dna.attribute` says what each means.

    Numbers of NumPy and torch are numbers here, and lists become tuples.

    Parameters
    ----------
    own
        The method's own options, by name.

    Raises
    ------
    UserError
        A choice that no model could follow; ``error.option`` names it.

    Examples
    --------
    >>> Options().tolerance
    0.01
    >>> Options(n_steps=0)
    Traceback (most recent call last):
        ...
    captum_dna.core.errors.UserError: `n_steps` must be a whole number, at least 1, not 0.
    """

    method: Any = "integrated_gradients"
    target: Target = None
    output: str | None = None
    baseline: str | None = None
    layer: str | tuple[str, ...] = "embeddings"
    n_steps: int | None = None
    rule: str = "gausslegendre"
    tolerance: float | Literal["preview"] = TOLERANCE
    precision: str = "auto"
    batch_size: int | None = None
    projection: str = "split"
    strands: str = "forward"
    window_length: int | Literal["auto"] | None = None
    overlap: int | None = None
    devices: tuple[str, ...] | None = None
    seed: int = 0
    over: Over | None = None
    on_invalid: str = "raise"
    own: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, check in _CHECKS.items():
            object.__setattr__(self, name, check(name, getattr(self, name)))
        if self.overlap is not None and self.window_length is None:
            raise UserError(
                "`overlap` needs windows. Give `window_length=` as well, such as `window_length='auto'`.",
                option="overlap",
            )
        if self.window_length not in (None, AUTO) and (self.overlap or 0) >= self.window_length:  # type: ignore[operator]  # a number, as checked above
            raise UserError(
                f"Windows of {self.window_length} bases are not longer than their overlap of {self.overlap} bases. "
                "Give a longer `window_length` or a shorter `overlap`.",
                option="overlap",
            )
        if self.over is not None and self.over.strand and self.strands == "both":
            raise UserError(
                "`strands='both'` already averages the strands. Leave it out to repeat the explanation "
                "over 'strand'.",
                option="over",
            )

    @classmethod
    def of(cls, **choices: Any) -> Options:
        """Return the options of keyword arguments, of which those with other names are the method's own."""
        names = set(defaults())
        return cls(
            **{name: value for name, value in choices.items() if name in names},
            own={name: value for name, value in choices.items() if name not in names},
        )


def defaults() -> dict[str, object]:
    """Return the default of every option by name, the method's own left out."""
    return {one.name: one.default for one in fields(Options) if one.name != "own"}


def check_option(name: str, value: object) -> object:
    """Return the value of one option as :class:`Options` has it; what depends on other options is not checked.

    Raises
    ------
    UserError
        No model could follow it.
    """
    return _CHECKS[name](name, value)


# --- checks ---


def _one_of(known: Iterable[str]) -> Check:
    def check(name: str, value: object) -> str:
        check_name(name, value, known, option=name)
        return str(value)

    return check


def _perhaps(check: Check) -> Check:
    return lambda name, value: None if value is None else check(name, value)


def _whole(least: int) -> Check:
    return lambda name, value: whole_number(name, value, least)


def _nodes(name: str, value: object) -> int:
    number = whole_number(name, value, 1)
    if number > MOST_NODES:
        raise UserError(
            f"`{name}` is {number:,}, but a path can have {MOST_NODES:,} nodes at most. 500 are more than "
            "any path needs.",
            option=name,
        )
    return number


def _text(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise UserError(f"`{name}` must be text, not {value!r:.60}.", option=name)
    return str(value)


def _texts(name: str, value: object) -> str | tuple[str, ...]:
    if isinstance(value, str):
        return str(value)
    if isinstance(value, Iterable):
        items = tuple(value)
        if items and all(isinstance(item, str) for item in items):
            return tuple(str(item) for item in items)
    raise UserError(f"`{name}` must be a name or a list of names, not {value!r:.60}.", option=name)


def _devices(name: str, value: object) -> tuple[str, ...] | None:
    """Return names of devices; a single one, and torch's own objects, are taken too."""
    items = (value,) if isinstance(value, str) or not isinstance(value, Iterable) else tuple(value)
    if not items:
        return None
    words = tuple(str(item) for item in items)
    if not all(word and not word.isdecimal() and " " not in word for word in words):
        raise UserError(
            f"`{name}` must be names of devices, such as 'cuda:0', not {value!r:.60}.", option=name
        )
    return words


def _method(name: str, value: object) -> object:
    if value is None or value == "" or isinstance(value, int | float):
        raise UserError(
            f"`{name}` must be the name of a method or a method object, not {value!r}.", option=name
        )
    return value


def _tolerance(name: str, value: object) -> float | str:
    if isinstance(value, str) and value == PREVIEW:
        return PREVIEW
    share = number_of(value)
    if share is None or not 0 < share < 1:
        raise UserError(
            f"`{name}` must be a share of the scores between 0 and 1, or 'preview', not {value!r:.60}.",
            option=name,
        )
    return share


def _window_length(name: str, value: object) -> int | str:
    if isinstance(value, str) and value == AUTO:
        return AUTO
    try:
        return whole_number(name, value, 1)
    except UserError:
        raise UserError(
            f"`{name}` must be a number of bases, at least 1, or 'auto', not {value!r:.60}.", option=name
        ) from None


def _overlap(name: str, value: object) -> int:
    try:
        return whole_number(name, value, 0)
    except UserError:
        raise UserError(
            f"`{name}` must be a number of bases, at least 0, not {value!r:.60}.", option=name
        ) from None


def _target(name: str, value: object) -> Target:
    """Return a class, or one for each sequence, in Python's own numbers and texts."""
    if isinstance(value, str):
        return str(value)
    if hasattr(value, "tolist"):  # arrays and tensors
        value = value.tolist()
    if isinstance(value, Iterable) and not isinstance(value, Mapping):
        return tuple(_class(name, one) for one in value)
    return _class(name, value)


def _class(name: str, value: object) -> int | str:
    if isinstance(value, str):
        return str(value)
    try:
        return whole_number(name, value)
    except UserError:
        raise UserError(
            f"`{name}` must be a class by name or index, or one for each sequence, not {value!r:.60}.",
            option=name,
        ) from None


def _over(name: str, value: object) -> Over:
    del name
    return Over.of(value)


def _own(name: str, value: Mapping[str, object]) -> dict[str, object]:
    """Return a method's own options with Python's numbers in them, as files and hashes need them."""
    del name
    return {str(key): _plain(item) for key, item in value.items()}


def _plain(value: object) -> object:
    if isinstance(value, list | tuple):
        return type(value)(_plain(item) for item in value) if type(value) in (list, tuple) else value
    if hasattr(value, "item") and getattr(value, "ndim", None) == 0:
        return value.item()
    return value


_CHECKS: dict[str, Check] = {
    "method": _method,
    "target": _perhaps(_target),
    "output": _perhaps(_one_of(OUTPUTS)),
    "baseline": _perhaps(_text),
    "layer": _texts,
    "n_steps": _perhaps(_nodes),
    "rule": _one_of(RULES),
    "tolerance": _tolerance,
    "precision": _one_of(PRECISIONS),
    "batch_size": _perhaps(_whole(1)),
    "projection": _one_of(PROJECTIONS),
    "strands": _one_of(STRANDS),
    "window_length": _perhaps(_window_length),
    "overlap": _perhaps(_overlap),
    "devices": _perhaps(_devices),
    "seed": _whole(0),
    "over": _perhaps(_over),
    "on_invalid": _one_of(ON_INVALID),
    "own": _own,
}
