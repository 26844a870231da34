"""Captum's own layer methods, by their class: ``method=captum.attr.LayerDeepLift``.

Captum computes the scores; f(baseline) and the completeness error are computed on the path itself, because
Captum's convergence delta evaluates the baseline's ids, which is another input for many models.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from inspect import signature
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import torch

from captum_dna.core.errors import UserError
from captum_dna.core.options import LAYERS, TOLERANCE
from captum_dna.engine.answers import answer
from captum_dna.engine.baselines import Start, baseline_ids, path_ends
from captum_dna.engine.batching import Room
from captum_dna.methods.own_options import check_own_options
from captum_dna.model.errors import ModelError
from captum_dna.model.hooks import find_layers, inner_layers, replaced
from captum_dna.model.outputs import explained, objective

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray
    from torch import Tensor

    from captum_dna.engine.protocol import Answer, Method, Question, Settings
    from captum_dna.model.classifier import Classifier

CAPTUM_STEPS = 50
"""Captum's own number of path nodes, where n_steps is not given."""

_BY_IDS = ("LayerActivation", "LayerDeepLift", "LayerGradientXActivation", "LayerIntegratedGradients")
_BY_EMBEDDINGS = ("InternalInfluence", "LayerConductance")
_COMPLETE = ("LayerConductance", "LayerDeepLift", "LayerIntegratedGradients")
_INSTEAD = {
    "LayerGradientShap": "it adds noise to token ids. Use `method='gradient_shap'`",
    "LayerDeepLiftShap": "use `method='expected_gradients'`, which takes several baselines",
    "LayerGradCam": "it averages over the token axis. Use `method='input_x_gradient'`",
    "LayerFeatureAblation": "use `method='occlusion'` or 'base_mask', which hide bases",
    "LayerFeaturePermutation": "it mixes sequences with one another. Use `method='occlusion'` or 'base_mask'",
}
LRP_REFUSAL = (
    "Layer-wise relevance propagation is left out: it is patented, and free for personal and scientific use only. "
    "Use `method='integrated_gradients'`; 'deeplift' is as fast."
)
"""What is said to who asks for it."""


@dataclass(frozen=True)
class CaptumLayerMethod:
    """One of Captum's layer methods; :func:`captum_method` makes a class of it per Captum class.

    Those on a path have Captum's fixed rule only, hence ``on_path`` is False: no tolerance refines them.
    ``extras["n_steps"]`` is their number of nodes.

    Parameters
    ----------
    options
        Keyword arguments of Captum's ``attribute``, such as ``attribute_to_layer_input``.
    """

    options: dict[str, object] = field(default_factory=dict)

    captum_name: ClassVar[str] = ""
    name: ClassVar[str] = ""
    complete: ClassVar[bool] = False
    scores: ClassVar[str] = "tokens"
    signed: ClassVar[bool] = True
    on_path: ClassVar[bool] = False
    layered: ClassVar[bool] = True
    inner: ClassVar[bool] = False
    """Whether it scores no embeddings, as its path runs there: only a layer behind them."""
    cost: ClassVar[str] = (
        "as Captum's: 1 pass, 2 for DeepLIFT, n_steps (50) for those on a path; 3 more for the ends"
    )
    citation: ClassVar[str] = "Kokhlikyan et al. 2020, arXiv:2009.07896"

    @property
    def compares_with(self) -> str:
        """Whether Captum's method starts from a baseline: the complete ones do."""
        return "baseline" if self.complete else "nothing"

    def explain(
        self, classifier: Classifier, questions: Iterable[Question], settings: Settings
    ) -> Iterator[Answer]:
        """Answer each question, one sequence after the other."""
        self._check(classifier, settings)
        room = Room(classifier, settings.precision, settings.batch_size)
        with classifier.at_rest():
            for question in questions:
                yield room.fill(len(question.encoding), partial(self._answer, classifier, question, settings))

    def _check(self, classifier: Classifier, settings: Settings) -> None:
        if len(find_layers(classifier, settings.layer)) > 1:
            raise UserError(
                f"{self.captum_name} scores one layer. Name one, not {', '.join(settings.layer)}.",
                option="layer",
            )
        if self.inner and settings.layer in LAYERS:
            inner = inner_layers(classifier)
            raise UserError(
                f"{self.captum_name} scores a layer inside the model, while the path runs at its embeddings. Give "
                f"`layer=` a module, such as {(inner or ['an encoder layer'])[0]!r}.",
                option="layer",
            )
        if self.captum_name in _BY_IDS and settings.baseline in ("zero", "mean") and self.complete:
            raise UserError(
                f"{self.captum_name} needs a baseline of tokens, and {settings.baseline!r} has none. Choose 'mask' or "
                "'pad', or use `method='integrated_gradients'`.",
                option="baseline",
            )

    def _answer(self, classifier: Classifier, question: Question, settings: Settings, rows: int) -> Answer:
        """Run Captum's method on one sequence, so many rows at a time."""
        import captum.attr

        ids = torch.tensor([question.encoding.input_ids], device=classifier.device)
        with torch.no_grad():
            logits = classifier.logits(ids)
        found = logits[0].double().cpu().numpy()
        (target,) = explained([question.target], found[None])
        scalar = _Scalar(classifier, target, settings)
        (layer,) = find_layers(classifier, settings.layer).values()
        embeddings = find_layers(classifier, "embeddings")
        by_ids = self.captum_name in _BY_IDS
        beginning = Start(question.encoding, settings.baseline, settings.seed)
        (ends,) = path_ends(classifier, {"layer": layer} if by_ids else embeddings, [beginning])
        start = {name: value.unsqueeze(0) for name, value in ends.reference.items()}
        known: dict[str, Any] = {
            "n_steps": settings.n_steps or CAPTUM_STEPS,
            "method": settings.rule,
            "internal_batch_size": max(2, rows),  # conductance takes differences of neighbours
        }
        method = getattr(captum.attr, self.captum_name)
        takes = signature(method.attribute).parameters
        if by_ids:
            reference = baseline_ids(classifier, question.encoding, settings.baseline, settings.seed)
            known |= {
                "inputs": ids,
                "baselines": reference and torch.tensor([reference], device=ids.device),
            }
            with _followed(classifier):
                scores = method(scalar, layer).attribute(**self._keywords(takes, known))
        else:
            (name,) = embeddings
            real = ends.real[name].unsqueeze(0).requires_grad_()
            known |= {
                "inputs": real,
                "baselines": start[name],
                "additional_forward_args": (ids, embeddings),
            }
            scores = method(scalar, layer).attribute(**self._keywords(takes, known))
        with torch.no_grad(), replaced({"layer": layer} if by_ids else embeddings, start):
            f_baseline = float(scalar(ids)[0])
        return answer(
            question,
            target,
            found,
            float(scalar.f(logits)[0]),
            evaluations=scalar.rows + 1,
            parts={"layer": _per_token(scores, question, self.captum_name)},
            f_baseline=f_baseline if self.complete else float("nan"),
            tolerance=(settings.tolerance or TOLERANCE) if self.complete else None,
            extras={"n_steps": np.array(float(known["n_steps"]))} if "n_steps" in takes else {},
        )

    def _keywords(self, takes: Iterable[str], known: dict[str, object]) -> dict[str, object]:
        """Return what Captum's method takes of what is known, and the user's own options."""
        return {name: value for name, value in known.items() if name in takes} | self.options


class LayerConductance(CaptumLayerMethod):
    """What flows through each position of an inner layer along the path (Dhamdhere et al. 2018).

    arXiv:1805.12233. The path runs at the embeddings and the scores belong to the layer named by
    ``layer=``: to its positions, which later layers no longer tell apart by token alone.
    """

    captum_name = "LayerConductance"
    name = "layer_conductance"
    complete = True
    inner = True
    cost = "n_steps (50) + 3 passes"
    scores = "positions of a layer"
    citation = "Dhamdhere, Sundararajan and Yan 2018, arXiv:1805.12233"


def captum_method(method: type, options: dict[str, object]) -> Method:
    """Return the method object for one of Captum's classes.

    Raises
    ------
    ValueError
        Not a layer method, one that has no token axis, or an option that it does not have.
    """
    name = method.__name__
    if "LRP" in name:
        raise ValueError(LRP_REFUSAL)
    if name in _INSTEAD:
        raise ValueError(f"captum's {name} cannot score tokens here: {_INSTEAD[name]}.")
    if name not in (*_BY_IDS, *_BY_EMBEDDINGS):
        raise ValueError(
            f"{name} is none of Captum's layer methods for tokens. Choose one of "
            f"{', '.join((*_BY_IDS, *_BY_EMBEDDINGS))}, or a name such as 'integrated_gradients'."
        )
    takes = list(signature(method.attribute).parameters)  # type: ignore[attr-defined]  # any of Captum's layer methods has it
    own = [option for option in takes if option in ("attribute_to_layer_input", "custom_attribution_func")]
    check_own_options(f"captum's {name}", options, own)
    facts = {
        "captum_name": name,
        "name": f"captum.{name}",
        "complete": name in _COMPLETE,
        "inner": name in _BY_EMBEDDINGS,
    }
    made: Any = type(name, (CaptumLayerMethod,), facts)
    return made(options)  # type: ignore[no-any-return]  # made here, of a class that mypy does not know


class _Scalar(torch.nn.Module):
    """The output explained as a module over ids, as Captum wants it; counts the rows it was given."""

    def __init__(self, classifier: Classifier, target: int, settings: Settings) -> None:
        super().__init__()
        self.model = classifier.model
        self._classifier = [classifier]
        self._target, self._output = target, settings.output
        self.rows = 0

    def forward(self, values: Tensor, ids: Tensor | None = None, layers: Any = None) -> Tensor:
        """Return (B,) f of (B, T) ids, or of (B, T, D) embeddings beside their ids."""
        self.rows += len(values)
        if ids is None:
            return self.f(self._classifier[0].logits(values))
        with replaced(layers, dict.fromkeys(layers, values)):
            return self.f(self._classifier[0].logits(ids))

    def f(self, logits: Tensor) -> Tensor:
        """Return (B,) f of (B, C) logits."""
        return objective(logits, [self._target] * len(logits), self._output, self._classifier[0].head)


@contextmanager
def _followed(classifier: Classifier) -> Iterator[None]:
    """Let gradients flow from the token embeddings on, although all weights are frozen."""

    def hook(_module: object, _args: object, output: Tensor) -> Tensor:
        return output if output.requires_grad else output.detach().clone().requires_grad_()

    handle = find_layers(classifier, "tokens")["tokens"].register_forward_hook(hook)
    try:
        yield
    finally:
        handle.remove()


def _per_token(scores: object, question: Question, name: str) -> NDArray[np.float64]:
    """Return (T,) sums over the features of Captum's result."""
    value = scores[0] if isinstance(scores, tuple) else scores
    length = len(question.encoding)
    if not isinstance(value, torch.Tensor) or value.ndim != 3 or value.shape[:2] != (1, length):
        shape = tuple(value.shape) if isinstance(value, torch.Tensor) else type(value).__name__
        raise ModelError(
            f"captum's {name} returned {shape} for {length} tokens: that layer has no token axis. Name an "
            "embedding or encoder layer."
        )
    return value.detach().sum(-1)[0].double().cpu().numpy()
