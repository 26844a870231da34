"""DeepLIFT with a rule for every operation of a transformer (Shrikumar et al. 2017, arXiv:1704.02685).

The rules are :mod:`captum_dna.methods.deeplift`'s. Captum's own LayerDeepLift knows modules only and misses
attention, normalisation and every function called as such (github.com/meta-pytorch/captum/issues/519).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import torch

from captum_dna.core.notices import tell
from captum_dna.engine.answers import answer
from captum_dna.engine.baselines import path_ends
from captum_dna.engine.batching import Room
from captum_dna.methods.deeplift import PartedError, Walk, without_rule
from captum_dna.model.hooks import find_layers, reads_ids_elsewhere, replaced, slopes_of
from captum_dna.model.outputs import explained, objective

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from torch import Tensor

    from captum_dna.engine.protocol import Answer, Question, Settings
    from captum_dna.model.classifier import Classifier


@dataclass(frozen=True)
class DeepLift:
    """The multipliers of the difference from the baseline, times the difference."""

    name: ClassVar[str] = "deeplift"
    complete: ClassVar[bool] = True
    scores: ClassVar[str] = "tokens"
    signed: ClassVar[bool] = True
    on_path: ClassVar[bool] = False
    compares_with: ClassVar[str] = "baseline"
    cost: ClassVar[str] = "2 forward passes (1 where a batch shares its reference) and 1 backward pass"
    citation: ClassVar[str] = "Shrikumar, Greenside and Kundaje 2017, arXiv:1704.02685"

    def explain(
        self, classifier: Classifier, questions: Iterable[Question], settings: Settings
    ) -> Iterator[Answer]:
        """Answer each question; those of one length share batches."""
        room = Room(classifier, settings.precision, settings.batch_size)
        run = _Run(classifier, settings)
        with classifier.at_rest():
            for group in room.groups(questions):
                yield from room.run(group, len(group[0].encoding), run.answers)


class _Run:
    """Everything that the sequences of one call share."""

    def __init__(self, classifier: Classifier, settings: Settings) -> None:
        self.classifier = classifier
        self.settings = settings
        self.layers = find_layers(classifier, settings.layer)
        self.told = False
        self.references: dict[tuple[int, ...], dict[str, Tensor]] = {}
        self.one_reference: bool | None = None
        """Whether one reference may go for a batch; ``None`` until it is asked."""

    def answers(self, questions: list[Question]) -> list[Answer]:
        """Answer questions of one token length in one pass."""
        settings = self.settings
        ends = [
            path_ends(
                self.classifier,
                self.layers,
                question.encoding,
                settings.baseline,
                settings.seed,
                self.references,
            )
            for question in questions
        ]
        x = {name: torch.stack([end.real[name] for end in ends]) for name in self.layers}
        r = {name: torch.stack([end.reference[name] for end in ends]) for name in self.layers}
        ids = torch.tensor([q.encoding.input_ids for q in questions], device=self.classifier.device)
        if self._share(r, ids):
            alone = {name: value[:1] for name, value in r.items()}
            try:
                return self._compare(questions, x, alone, ids, ids[:1])
            except PartedError:
                # Batch and heads in one axis, say: such a model wants as many references as sequences.
                self.one_reference = False
        return self._compare(questions, x, r, ids, ids)

    def _share(self, references: dict[str, Tensor], ids: Tensor) -> bool:
        """Tell whether one reference may stand for all: they are equal, and the model sees no more of them."""
        if len(ids) == 1 or any(not torch.equal(r, r[:1].expand_as(r)) for r in references.values()):
            return False
        if self.one_reference is None:
            self.one_reference = not reads_ids_elsewhere(self.classifier, self.layers, ids[0])
        return self.one_reference

    def _compare(
        self,
        questions: list[Question],
        x: dict[str, Tensor],
        r: dict[str, Tensor],
        ids: Tensor,
        ids_r: Tensor,
    ) -> list[Answer]:
        settings = self.settings
        x, r = ({name: value.detach() for name, value in values.items()} for values in (x, r))
        walk = Walk()
        with torch.enable_grad():
            for value in (*x.values(), *r.values()):
                value.requires_grad_()
            with walk.of_reference(), replaced(self.layers, r):
                logits_r = self.classifier.logits(ids_r).expand(len(ids), -1)
            with walk.of_input(), replaced(self.layers, x):
                logits = self.classifier.logits(ids)
            found = logits.detach().double().cpu().numpy()
            targets = explained((question.target for question in questions), found)
            with walk.of_reference():
                f_r = self._objective(logits_r, targets)
            with walk.of_input():
                f = self._objective(logits, targets)
            self._tell(f)
            multipliers = slopes_of(f, list(x.values()))
        shares = {
            name: ((x[name] - r[name]) * multiplier).detach().sum(-1).double().cpu().numpy()
            for name, multiplier in zip(self.layers, multipliers, strict=True)
        }
        both = zip(f.detach().double().tolist(), f_r.detach().double().tolist(), strict=True)
        return [
            answer(
                question,
                targets[row],
                found[row],
                f_input,
                evaluations=2,
                parts={name: share[row] for name, share in shares.items()},
                f_baseline=f_baseline,
                tolerance=settings.tolerance,
            )
            for row, (question, (f_input, f_baseline)) in enumerate(zip(questions, both, strict=True))
        ]

    def _objective(self, logits: Tensor, targets: list[int]) -> Tensor:
        return objective(logits, targets, self.settings.output, self.classifier.head)

    def _tell(self, f: Tensor) -> None:
        """Name, once, the operations that have no rule."""
        if self.told:
            return
        self.told = True
        names = without_rule(f)
        if names:
            tell(
                f"DeepLIFT has no rule for {', '.join(names)} in {self.classifier.name}: the plain gradient at the "
                "sequence stands in for its multiplier. Each result's delta tells how much that costs.",
            )
