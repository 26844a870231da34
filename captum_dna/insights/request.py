"""How to explain: all choices of a request, checked, spelled out and hashed; nothing here runs a model."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from captum_dna.core.baselines import BASELINES
from captum_dna.core.errors import UserError, spelled
from captum_dna.core.options import NUMBERS, Options
from captum_dna.core.written import number, whole
from captum_dna.engine.baselines import check_baseline
from captum_dna.insights.limits import Limits, Problem
from captum_dna.methods import METHODS
from captum_dna.pipeline.validate import plan_of
from captum_dna.pipeline.windows import Windowing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

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
    "layer",
    "options",
)
"""Names of the choices in a request."""

PREVIEW = "deeplift"
"""The method of quick pictures: complete, near the integral, and about one pass."""

_CONTROLS = {"window_length": "Windows", "overlap": "Overlap"}
"""Captions of the page's controls, where they are not the names of the options."""

_CHOSEN = tuple(name for name in NAMES if name not in ("model", "options"))
_EMBEDDINGS = "embeddings"
_MOST = {"n_steps": 1000, "seed": 2**31 - 1, "window_length": 1_000_000, "overlap": 1_000_000}
_LEAST_TOLERANCE = 1e-4
"""What one viewer computes at most, where :class:`captum_dna.core.options.Options` has no limit."""


@dataclass(frozen=True)
class How:
    """One complete set of choices; the fields are those of :func:`captum_dna.attribute`.

    ``target`` is a label, an index where several classes have that label, or ``None`` for the predicted
    class; ``model`` is the viewer's name for it.
    """

    model: str
    method: str
    target: str | int | None
    output: str
    baseline: str
    projection: str
    tolerance: float | str
    n_steps: int | None
    strands: str
    seed: int
    window_length: int | Literal["auto"] | None
    overlap: int | None
    layer: str = _EMBEDDINGS
    options: dict[str, object] = field(default_factory=dict)

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
        options: dict[str, object] = content.pop("options")
        del content["model"]
        return content | options

    def preview(self) -> How | None:
        """Return the choices of a quick picture of the same, or ``None`` where this one is not an integral."""
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
        if self.layer == _EMBEDDINGS:  # so that results from before there were layers are found
            del content["layer"]
        return json.dumps(content, sort_keys=True)


def how_of(asked: Mapping[str, object], models: Mapping[str, Classifier], limits: Limits) -> How:
    """Return the choices of a request, defaults filled in.

    Raises
    ------
    Problem
        An impossible choice: its sentence, and its name as the field.
    """
    unknown = [name for name in asked if name not in NAMES]
    if unknown:
        raise Problem(
            f"There is no option {unknown[0]!r}. Choose one of {', '.join(NAMES)}.", field=unknown[0]
        )
    model = asked.get("model") or next(iter(models))
    if not isinstance(model, str) or model not in models:
        raise Problem(
            f"There is no model {model!r:.40} here. Choose one of {', '.join(models)}.", field="model"
        )
    own = _options(asked.get("options"), limits)
    given = {name: _read(name, asked[name]) for name in _CHOSEN if asked.get(name) not in (None, "")}
    try:
        plan = plan_of(models[model], Options(**given, own=own))
        target = _same_class(plan.classifier, plan.options.target)
    except (ValueError, TypeError) as error:
        option = getattr(error, "option", None)
        field = option if option in NAMES else "options" if own else "method"
        raise Problem(spelled(str(error), as_control), field=field) from error
    options = plan.options
    _within(options)
    return How(
        model=model,
        method=options.method,
        target=target,
        output=plan.settings.output,
        baseline=plan.settings.baseline,
        projection=options.projection,
        tolerance=options.tolerance,
        n_steps=options.n_steps,
        strands=options.strands,
        seed=options.seed,
        window_length=options.window_length,
        overlap=options.overlap,
        layer=str(options.layer),
        options=own,
    )


def track_names(tracks: Sequence[How]) -> list[str]:
    """Return names that tell tracks apart: what differs among them, and a number where nothing does."""
    differing = [name for name in NAMES if len({repr(getattr(how, name)) for how in tracks}) > 1]
    names: list[str] = []
    for how in tracks:
        values = (getattr(how, name) for name in differing)
        name = ", ".join(str(value or "default").replace("_", " ") for value in values) or how.method
        before = sum(other == name or other.startswith(f"{name} (") for other in names)
        names.append(f"{name} ({before + 1})" if before else name)
    return names


def baselines_of(classifier: Classifier) -> list[dict[str, str]]:
    """Return the baselines that the model can have, with their words."""
    possible = []
    for name, baseline in BASELINES.items():
        try:
            check_baseline(classifier, name)
        except ValueError:
            continue
        possible.append({"name": name, "words": baseline.words})
    return possible


def as_control(name: str, value: str | None) -> str:
    """Return an option of a sentence as a request names it, or what to choose in the page."""
    return f"{_CONTROLS.get(name, name)} set to {value} above the picture" if value else name


def _read(name: str, value: object) -> Any:
    """Return a choice as it was meant: an address has numbers as text."""
    if name in NUMBERS and isinstance(value, str):
        return next((found for found in (whole(value), number(value)) if found is not None), value)
    if name == "method" and not isinstance(value, str):
        raise Problem(f"method must be text, not {value!r:.40}.", field=name)
    return value


def _same_class(classifier: Classifier, target: object) -> str | int | None:
    """Return the class asked for by its name, or by its index where several have that name."""
    if target is None:
        return None
    if isinstance(target, tuple):
        raise UserError("`target` must be one class, by name or index.", option="target")
    index = classifier.label_index(target)
    label = classifier.labels[index]
    return label if classifier.labels.count(label) == 1 else index


def _within(options: Options) -> None:
    """Refuse what would keep a viewer busy for too long.

    Raises
    ------
    Problem
        The sentence names the limit.
    """
    for name, most in _MOST.items():
        value = getattr(options, name)
        if isinstance(value, int) and value > most:
            raise Problem(f"{name} goes up to {most:,} in a viewer, so it cannot be {value:,}.", field=name)
    if isinstance(options.tolerance, float) and options.tolerance < _LEAST_TOLERANCE:
        raise Problem(
            f"tolerance goes down to {_LEAST_TOLERANCE:g} in a viewer, so it cannot be {options.tolerance:g}.",
            field="tolerance",
        )


def _options(value: object, limits: Limits) -> dict[str, object]:
    """Return a method's own options; they are numbers, texts and lists of these, and no number is huge."""
    if isinstance(value, str) and value:
        try:
            value = json.loads(value)
        except ValueError as error:
            raise Problem(f"options must be a JSON object, not {value!r:.40}.", field="options") from error
    if not value:
        return {}
    if not isinstance(value, dict):
        raise Problem(f"options must be a JSON object, not {value!r:.40}.", field="options")
    flat = [one for item in value.values() for one in (item if isinstance(item, list) else [item])]
    for one in flat:
        if isinstance(one, (dict, list)):
            raise Problem("The options of a method are numbers, texts and lists of these.", field="options")
        if isinstance(one, (int, float)) and not abs(one) <= limits.option:
            raise Problem(f"The options of a method go up to {limits.option}, not {one}.", field="options")
    if len(flat) > limits.option:
        raise Problem(f"The options of a method have at most {limits.option} items.", field="options")
    return {name: tuple(item) if isinstance(item, list) else item for name, item in value.items()}
