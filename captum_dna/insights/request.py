"""How to explain: all choices of a request, checked, spelled out and hashed; nothing here runs a model."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from captum_dna.core.checks import check_name
from captum_dna.core.options import BASELINES, STRANDS
from captum_dna.core.projection import PROJECTIONS
from captum_dna.engine.baselines import check_baseline
from captum_dna.insights.limits import Limits, Problem
from captum_dna.methods import METHODS
from captum_dna.methods.choice import find_method
from captum_dna.model.outputs import check_output
from captum_dna.pipeline.validate import settings_of
from captum_dna.pipeline.windows import Windowing, windowing_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from captum_dna.model.classifier import Classifier

NAMES = (
    "model",
    "method",
    "target",
    "output",
    "baseline",
    "projection",
    "tolerance",
    "n_steps",
    "strands",
    "seed",
    "window_length",
    "overlap",
    "options",
)
"""Names of the choices in a request."""

PREVIEW = "deeplift"
"""The method of quick pictures: complete, near the integral, and about one pass."""

_CONTROLS = {"window_length": "Windows", "overlap": "Overlap"}
"""Captions of the page's controls, where they are not the names of the options."""

_MOST_STEPS = 1000
_LONGEST_WINDOW = 1_000_000


@dataclass(frozen=True)
class How:
    """One complete set of choices; the fields are those of :func:`captum_dna.attribute`.

    ``target`` is a label, or ``None`` for the predicted class; ``model`` is the viewer's name for it.
    """

    model: str
    method: str
    target: str | None
    output: str
    baseline: str
    projection: str
    tolerance: float | str
    n_steps: int | None
    strands: str
    seed: int
    window_length: int | Literal["auto"] | None = None
    overlap: int | None = None
    options: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return the choices as a request names them."""
        return {name: getattr(self, name) for name in NAMES} | {"options": dict(self.options)}

    @property
    def windowing(self) -> Windowing | None:
        """How sequences are cut; ``None`` where they are read whole."""
        return None if self.window_length is None else Windowing(self.window_length, self.overlap)

    def choices(self) -> dict[str, Any]:
        """Return the choices as :func:`captum_dna.attribute` takes them."""
        content = self.as_json()
        options: dict[str, Any] = content.pop("options")
        del content["model"]
        return content | options

    def preview(self) -> How | None:
        """Return the choices of a quick picture of the same, or ``None`` where this one is no integral."""
        chosen = METHODS[self.method]
        if not (chosen.on_path and chosen.complete) or self.tolerance == "preview":
            return None
        return replace(self, method=PREVIEW, n_steps=None, options={})

    def key(self, fingerprint: str) -> str:
        """Return a hash of the choices and of what is explained by them."""
        text = f"[{json.dumps(fingerprint)}, {self._content}]"
        return hashlib.sha256(text.encode()).hexdigest()[:32]

    @cached_property
    def _content(self) -> str:
        """What goes into the hash, kept because every request asks for it."""
        content = {name: value for name, value in self.as_json().items() if name != "model"}
        if self.window_length is None:  # so that results from before there were windows are found
            del content["window_length"], content["overlap"]
        return json.dumps(content, sort_keys=True)


def how_of(asked: Mapping[str, Any], models: Mapping[str, Classifier], limits: Limits) -> How:
    """Return the choices of a request, defaults filled in.

    Raises
    ------
    Problem
        An impossible choice: its sentence, and its name as the field.
    """
    unknown = [name for name in asked if name not in NAMES]
    if unknown:
        raise Problem(f"There is no choice {unknown[0]!r}; there are {', '.join(NAMES)}.", field=unknown[0])
    model = _text(asked, "model", next(iter(models)))
    if model not in models:
        raise Problem(f"There is no model {model!r} here; there is {', '.join(models)}.", field="model")
    classifier = models[model]
    options = _options(asked.get("options"), limits)
    method = _text(asked, "method", "integrated_gradients")
    chosen = _checked("method" if method not in METHODS else "options", find_method, method, options)
    tolerance = _tolerance(asked.get("tolerance"))
    n_steps = _whole(asked, "n_steps", None, 1, _MOST_STEPS)
    seed = _whole(asked, "seed", 0, 0, 2**31 - 1)
    projection = _text(asked, "projection", "split")
    strands = _text(asked, "strands", "forward")
    target = asked.get("target") or None
    if target is not None:
        target = classifier.labels[_checked("target", classifier.label_index, str(target))]
    output = _checked("output", check_output, classifier, asked.get("output") or None)
    baseline = _checked("baseline", check_baseline, classifier, asked.get("baseline") or None)
    _checked("projection", check_name, "projection", projection, PROJECTIONS)
    _checked("strands", check_name, "strands", strands, STRANDS)
    if tolerance == "preview" and not chosen.on_path:
        raise Problem(
            f"tolerance='preview' is a short integral, and the method {method!r} has none.", field="tolerance"
        )
    window_length, overlap = _windows(asked, classifier)
    settings = (classifier, output, baseline, "embeddings", n_steps, "gausslegendre", tolerance)
    _checked("method", settings_of, *settings, "float32", None, seed or 0)
    return How(
        model,
        method,
        target,
        output,
        baseline,
        projection,
        tolerance,
        n_steps,
        strands,
        seed or 0,
        window_length,
        overlap,
        options,
    )


def baselines_of(classifier: Classifier) -> list[dict[str, str]]:
    """Return the baselines that the model can have, with their words."""
    possible = []
    for name, words in BASELINES.items():
        try:
            check_baseline(classifier, name)
        except ValueError:
            continue
        possible.append({"name": name, "words": words})
    return possible


def as_control(name: str, value: str | None) -> str:
    """Return an option of a sentence as a request names it, or what to choose in the page."""
    return f"{_CONTROLS.get(name, name)} set to {value} above the picture" if value else name


def _checked(name: str, check: Any, *values: Any) -> Any:
    """Return what a check returns; its refusal is told at the choice of that name."""
    try:
        return check(*values)
    except (ValueError, TypeError) as error:
        raise Problem(str(error), field=name) from error


def _text(asked: Mapping[str, Any], name: str, default: str) -> str:
    value = asked.get(name)
    if value is None or value == "":
        return default
    if not isinstance(value, str):
        raise Problem(f"{name} is a text, not {value!r:.40}.", field=name)
    return value


def _whole(asked: Mapping[str, Any], name: str, default: int | None, least: int, most: int) -> int | None:
    value = asked.get(name)
    if value is None or value == "":
        return default
    try:
        number = int(value) if isinstance(value, str) else value
    except ValueError:
        number = None
    if not isinstance(number, int) or isinstance(number, bool) or not least <= number <= most:
        raise Problem(f"{name} is a whole number from {least} to {most}, not {value!r:.40}.", field=name)
    return number


def _tolerance(value: Any) -> float | str:
    if value in (None, ""):
        return 0.01
    if value == "preview":
        return "preview"
    try:
        share = float(value)
    except (TypeError, ValueError):
        share = 0.0
    if not 0.0001 <= share < 1:
        raise Problem(
            f"tolerance is a share from 0.0001 to 1, or 'preview', not {value!r:.40}.", field="tolerance"
        )
    return share


def _windows(
    asked: Mapping[str, Any], classifier: Classifier
) -> tuple[int | Literal["auto"] | None, int | None]:
    """Return length and overlap of the windows in which sequences are cut, if they are."""
    length: Any = asked.get("window_length")
    if length != "auto":
        try:
            length = _whole(asked, "window_length", None, 1, _LONGEST_WINDOW)
        except Problem as problem:
            raise Problem(
                problem.sentence.replace(" is ", " is 'auto', or ", 1), field=problem.field
            ) from None
    overlap = _whole(asked, "overlap", None, 0, _LONGEST_WINDOW)
    most = classifier.max_bases
    if most is not None and length not in (None, "auto") and length > most:
        raise Problem(
            f"Windows of {length} bases are too long for the model, which takes at most {most}: "
            "give a shorter length, or auto.",
            field="window_length",
        )
    name = "window_length" if overlap is None else "overlap"
    _checked(name, windowing_of, classifier, length, overlap)
    return length, overlap


def _options(value: Any, limits: Limits) -> dict[str, Any]:
    """Return a method's own options; they are numbers, texts and lists of these, and no number is huge."""
    if isinstance(value, str) and value:
        try:
            value = json.loads(value)
        except ValueError as error:
            raise Problem(f"options is a JSON object, not {value!r:.40}.", field="options") from error
    if not value:
        return {}
    if not isinstance(value, dict):
        raise Problem(f"options is a JSON object, not {value!r:.40}.", field="options")
    flat = [one for item in value.values() for one in (item if isinstance(item, list) else [item])]
    for one in flat:
        if isinstance(one, (dict, list)):
            raise Problem("The options of a method are numbers, texts and lists of these.", field="options")
        if isinstance(one, (int, float)) and not abs(one) <= limits.option:
            raise Problem(f"The options of a method go up to {limits.option}, not {one}.", field="options")
    if len(flat) > limits.option:
        raise Problem(f"The options of a method have at most {limits.option} items.", field="options")
    return {name: tuple(item) if isinstance(item, list) else item for name, item in value.items()}
