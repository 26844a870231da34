"""Attention rollout: how attention carries tokens to where the answer is read (Abnar and Zuidema 2020).

arXiv:2005.00928; doi:10.18653/v1/2020.acl-main.385. It looks at attention alone, not at the answer, and so
says nothing about the class, nor in which direction a token pulls.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import torch

from captum_dna.engine.answers import answer
from captum_dna.engine.perturbation import Experiments
from captum_dna.model.errors import ModelError
from captum_dna.model.outputs import explained

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor, nn

    from captum_dna.engine.protocol import Answer, Question, Settings
    from captum_dna.model.classifier import Classifier
    from captum_dna.model.encoding import Encoding

READERS = {
    "first": "the first token, as [CLS] in BERT",
    "last": "the last token, as in causal models",
    "mean": "the mean over all tokens",
}
"""From where the model's head reads its answer, by name."""


@dataclass(frozen=True)
class AttentionRollout:
    """The product over layers of half attention, averaged over heads, and half identity.

    Scores are shares of 1, not units of the output.

    Parameters
    ----------
    reads
        ``"first"``, ``"last"`` or ``"mean"``: where the head reads its answer; by default the last token
        if attention only looks back, else the first if it is a special token and the configuration
        does not pool by the mean, else the mean.
    """

    reads: str | None = None

    name: ClassVar[str] = "attention_rollout"
    complete: ClassVar[bool] = False
    scores: ClassVar[str] = "tokens"
    signed: ClassVar[bool] = False
    on_path: ClassVar[bool] = False
    compares_with: ClassVar[str] = "nothing"
    cost: ClassVar[str] = "2 forward passes"
    citation: ClassVar[str] = "Abnar and Zuidema 2020, arXiv:2005.00928"

    def __post_init__(self) -> None:
        if self.reads is not None and self.reads not in READERS:
            raise ValueError(f"There is no reader {self.reads!r}. Choose one of {', '.join(READERS)}.")

    def explain(
        self, classifier: Classifier, questions: Iterable[Question], settings: Settings
    ) -> Iterator[Answer]:
        """Answer each question; sequences of one length share a pass.

        Raises
        ------
        ModelError
            The model has no attention to look at.
        """
        experiments = Experiments(classifier, settings)
        with classifier.at_rest():
            for group in experiments.room.groups(questions):
                encodings = [question.encoding for question in group]
                logits = experiments.read([encoding.input_ids for encoding in encodings])
                rollouts = experiments.room.run(
                    encodings, len(encodings[0]), lambda batch: _rollouts(classifier, batch)
                )
                targets = explained((question.target for question in group), logits)
                for question, target, row, rollout in zip(group, targets, logits, rollouts, strict=True):
                    scores = self._read(classifier, question.encoding, rollout)
                    f = float(experiments.f(row[None], target)[0])
                    yield answer(question, target, row, f, evaluations=2, parts={"attention": scores})

    def _read(self, classifier: Classifier, encoding: Encoding, rollout: Tensor) -> NDArray[np.float64]:
        looks_back = not bool(rollout.triu(1).any())
        pools = getattr(classifier.config, "classifier_pooling", None) == "mean"
        reads = self.reads
        if reads is None:
            reads = "last" if looks_back else "first" if encoding.spans[0] is None and not pools else "mean"
        chosen = {"first": rollout[0], "last": rollout[-1], "mean": rollout.mean(0)}[reads]
        return chosen.cpu().numpy()


def _rollouts(classifier: Classifier, encodings: list[Encoding]) -> list[Tensor]:
    """Return a (T, T) matrix per sequence; row i tells from which tokens position i is made."""
    ids = torch.tensor([encoding.input_ids for encoding in encodings], device=classifier.device)
    layers = _attentions(classifier, ids)
    identity = torch.eye(ids.shape[1], dtype=torch.float64, device=ids.device)
    result = identity.expand(len(ids), -1, -1)
    for attention in layers:
        mixed = attention.double().mean(1) / 2 + identity / 2
        result = (mixed / mixed.sum(-1, keepdim=True)) @ result
    return list(result)


def _attentions(classifier: Classifier, ids: Tensor) -> tuple[Tensor, ...]:
    """Return (B, heads, T, T) attention of each layer."""
    model = classifier.model
    try:
        with torch.no_grad(), _eager_attention(model), _hooks_removed(model):
            output = model(ids, attention_mask=torch.ones_like(ids), output_attentions=True)
    except (TypeError, ValueError, AttributeError, NotImplementedError) as error:
        raise ModelError(_no_attention(classifier)) from error
    layers = tuple(getattr(output, "attentions", None) or ())
    shape = (len(ids), ids.shape[1], ids.shape[1])
    if not layers or any(a is None or a.ndim != 4 or (a.shape[0], *a.shape[2:]) != shape for a in layers):
        raise ModelError(_no_attention(classifier))
    return layers


def _no_attention(classifier: Classifier) -> str:
    return (
        f"{classifier.name} ({type(classifier.model).__name__}) gives no token-by-token attention, so there is none to "
        "roll out. That needs a transformer such as BERT, RoBERTa, ELECTRA, ESM, DistilBERT or GPT-2. "
        "Use 'integrated_gradients' or 'base_mask', which work with any model."
    )


@contextmanager
def _eager_attention(model: nn.Module) -> Iterator[None]:
    """Let the model compute attention matrices, which fused kernels never hold, and put the kernel back."""
    choose = getattr(model, "set_attn_implementation", None)
    before = getattr(getattr(model, "config", None), "_attn_implementation", None)
    if choose is None or before in (None, "eager"):
        yield
        return
    choose("eager")
    try:
        yield
    finally:
        choose(before)


@contextmanager
def _hooks_removed(model: nn.Module) -> Iterator[None]:
    """Remove the hooks that Transformers leaves on a model once it was asked for its attention."""
    mark = "_output_capturing_hooks_installed"
    before = [
        (module, set(vars(module)["_forward_hooks"]), mark in vars(module)) for module in model.modules()
    ]
    try:
        yield
    finally:
        for module, known, marked in before:
            hooks = vars(module)["_forward_hooks"]
            for key in set(hooks) - known:
                del hooks[key]
            if not marked and mark in vars(module):
                delattr(module, mark)
