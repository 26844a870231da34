"""A model as Captum Insights 0.8 takes it, made a Classifier: what it is given, and what its outputs mean."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from captum_dna.engine.baselines import Start, baseline_ids, path_ends
from captum_dna.model.classifier import Classifier
from captum_dna.model.hooks import find_layers
from captum_dna.model.loading import load

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    from captum_dna.compat.batches import Examples
    from captum_dna.compat.features import DNAFeature

    Score = Callable[[Tensor], Tensor]

_PROBED = 8
"""Examples whose outputs tell what a model's outputs are."""
_CLOSE = 1e-4


class CaptumClassifier(Classifier):
    """A classifier whose usual baseline is that of its feature, and which may have one output for two classes."""

    usual_baseline: str | None = None
    one_output = False


def classifier_of(
    model: object, feature: DNAFeature, examples: Examples, classes: list[str], score_func: Score | None
) -> Classifier:
    """Return the classifier that a model of Captum Insights is.

    Raises
    ------
    ValueError
        Classes and outputs do not fit, or a single output is not a probability.
    """
    if not isinstance(model, nn.Module):
        found: Classifier = (
            load(*model, labels=classes) if isinstance(model, tuple) else _loaded(model, classes)
        )
        if found.labels != tuple(classes):
            raise ValueError(
                f"The classes are {', '.join(classes)}, but {found.name} has {', '.join(found.labels)}. Name them alike."
            )
        return found
    network = _Network(model, feature, examples)
    probed = [examples.encoder.encode(one.bases).input_ids for one in examples.sequences[:_PROBED]]
    network.meaning = _meaning([network.outputs(torch.tensor([ids])) for ids in probed], classes, score_func)
    made = CaptumClassifier(
        network,
        feature.tokenizer,
        name=type(model).__name__,
        labels=classes,
        forward=lambda ids, _mask: network(ids),
        head=network.meaning.head,
        logits=True,
    )
    made.one_output = network.meaning.one_output
    made.usual_baseline = _usual_baseline(made, network, feature, examples)
    return made


def _loaded(model: Any, classes: list[str]) -> Classifier:
    return model if isinstance(model, Classifier) else load(model, labels=classes)


class _Entry(nn.Module):
    """A feature's input transforms as a module, so that a path can begin where they end, as Captum's does."""

    def __init__(self, transforms: list[Callable[[object], object]]) -> None:
        super().__init__()
        self._transforms = transforms

    def forward(self, ids: Tensor) -> Tensor:
        rows = []
        for row in ids:
            value = row
            for transform in self._transforms:
                value = transform(value)
            rows.append(value)
        return torch.stack(rows)


class _Network(nn.Module):
    """From ids to logits by way of a feature's transforms, a user's model and the meaning of its outputs."""

    def __init__(self, model: nn.Module, feature: DNAFeature, examples: Examples) -> None:
        super().__init__()
        self.model = model
        self.entry = _Entry(feature.input_transforms) if feature.input_transforms else None
        self.config = getattr(model, "config", None)
        self._examples = examples
        self.meaning: _Meaning | None = None

    def get_input_embeddings(self) -> nn.Module | None:
        """Return where ids become vectors; ``None`` leaves it to be found."""
        if self.entry is not None:
            return self.entry
        own = getattr(self.model, "get_input_embeddings", None)
        return own() if own is not None else None

    def outputs(self, ids: Tensor) -> Tensor:
        """Return (1, C) outputs of the user's model at rest."""
        modes = [(one, one.training) for one in self.model.modules()]
        device = next((one.device for one in self.model.parameters()), ids.device)
        try:
            self.model.eval()
            with torch.no_grad():
                return self._run(ids.to(device))
        finally:
            for one, mode in modes:
                one.training = mode

    def _run(self, ids: Tensor) -> Tensor:
        x = ids if self.entry is None else self.entry(ids)
        result = self.model(x, *self._examples.beside(ids))
        result = result if isinstance(result, torch.Tensor) else result.logits
        return result.unsqueeze(-1) if result.ndim == 1 else result

    def forward(self, ids: Tensor) -> Tensor:
        result = self._run(ids)
        return result if self.meaning is None else self.meaning.logits(result)


class _Meaning:
    """What a model's outputs are, and the logits that say the same."""

    def __init__(self, head: str, logits: Score, *, one_output: bool = False) -> None:
        self.head, self.logits, self.one_output = head, logits, one_output


def _meaning(outputs: list[Tensor], classes: list[str], score_func: Score | None) -> _Meaning:
    """Find out by trying: what the score function makes of the outputs of a few examples."""
    raw = torch.cat(outputs)
    scores = raw if score_func is None else torch.cat([score_func(one).reshape(one.shape) for one in outputs])

    def score(z: Tensor) -> Tensor:
        return z if score_func is None else score_func(z).reshape(z.shape)

    if raw.shape[1] == 1:
        return _single(raw, scores, score, classes)
    if raw.shape[1] != len(classes):
        raise ValueError(f"There are {len(classes)} classes, but the model has {raw.shape[1]} outputs.")
    if score_func is not None and torch.allclose(scores, raw.softmax(-1), atol=_CLOSE):
        return _Meaning("single_label", _same)
    if score_func is not None and torch.allclose(scores, raw.sigmoid(), atol=_CLOSE):
        return _Meaning("multi_label", _same)
    if bool((scores >= 0).all()) and torch.allclose(
        scores.sum(-1), torch.ones_like(scores[:, 0]), atol=_CLOSE
    ):
        return _Meaning("single_label", lambda z: _log(score(z)))
    if score_func is not None:
        warnings.warn(
            "score_func gives neither the softmax nor the sigmoid of the model's outputs nor probabilities that sum to "
            "1, so it is not used: the softmax of the outputs is shown.",
            stacklevel=5,
        )
    return _Meaning("single_label", _same)


def _single(raw: Tensor, scores: Tensor, score: Score, classes: list[str]) -> _Meaning:
    """One output: a number, or the probability of the second of two classes."""
    if len(classes) == 1:
        return _Meaning("regression", score, one_output=True)
    if len(classes) != 2 or not bool(((scores >= 0) & (scores <= 1)).all()):
        raise ValueError(
            f"The model has one output for {len(classes)} classes, and it must be the probability of the second of two. "
            "Give score_func=torch.sigmoid if the output is a logit."
        )
    if score(raw) is not raw and torch.allclose(scores, raw.sigmoid(), atol=_CLOSE):
        return _Meaning(
            "single_label", lambda z: torch.cat([torch.zeros_like(z), z], dim=-1), one_output=True
        )
    return _Meaning(
        "single_label", lambda z: _log(torch.cat([1 - score(z), score(z)], dim=-1)), one_output=True
    )


def _same(z: Tensor) -> Tensor:
    return z


def _log(probabilities: Tensor) -> Tensor:
    return probabilities.clamp_min(torch.finfo(probabilities.dtype).tiny).log()


def _usual_baseline(
    classifier: Classifier, network: _Network, feature: DNAFeature, examples: Examples
) -> str | None:
    """Return the name of the baseline that the feature's transform makes, found by comparing; warn if it has none."""
    encoding = classifier.encode(examples.sequences[0])
    ids = torch.tensor([encoding.input_ids], device=classifier.device)
    covers = torch.tensor([span is not None for span in encoding.spans])
    with classifier.at_rest(), torch.no_grad():
        x = ids[0] if network.entry is None else network.entry(ids)[0]
        made = feature.baseline_transforms[0](x) if feature.baseline_transforms else torch.zeros_like(x)
        if made.shape == x.shape and network.entry is not None and not made[covers].any():
            return "zero"
        for name in ("mask", "pad", "unk"):
            if getattr(feature.tokenizer, f"{name}_token_id", None) is None:
                continue
            if network.entry is None:
                known = torch.tensor(baseline_ids(classifier, encoding, name), device=ids.device)
            else:
                (ends,) = path_ends(
                    classifier, find_layers(classifier, "embeddings"), [Start(encoding, name)]
                )
                known = ends.reference["embeddings"]
            if made.shape == known.shape and torch.allclose(made[covers], known[covers]):
                return name
    warnings.warn(
        f"The baseline_transforms of {feature.name!r} make none of the baselines that captum_dna has, so its usual one is "
        "used; the page names it, and offers the others.",
        stacklevel=5,
    )
    return None
