"""DeepLIFT with a rule for every operation of a transformer (Shrikumar et al. 2017, arXiv:1704.02685).

The rules are :mod:`captum_dna.methods.deeplift`'s. Captum's own LayerDeepLift knows modules only and misses
attention, normalisation and every function called as such (github.com/meta-pytorch/captum/issues/519).
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, ClassVar, NamedTuple

import numpy as np
import torch

from captum_dna.core.checks import whole_number
from captum_dna.core.notices import tell
from captum_dna.engine.answers import answer
from captum_dna.engine.baselines import Start, path_ends
from captum_dna.engine.batching import Room
from captum_dna.engine.climbing import climb
from captum_dna.engine.fetched import Fetched, ahead
from captum_dna.engine.precision import rungs, whole
from captum_dna.methods.deeplift import PartedError, Walk, without_rule
from captum_dna.model.hooks import find_layers, reads_ids_elsewhere, replaced, slopes_of
from captum_dna.model.outputs import explained_there, objective
from captum_dna.model.transfer import sent

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from torch import Tensor

    from captum_dna.engine.baselines import Ends
    from captum_dna.engine.climbing import Step
    from captum_dna.engine.protocol import Answer, Question, Settings
    from captum_dna.methods.deeplift.trace import Trail
    from captum_dna.model.classifier import Classifier


@dataclass(frozen=True)
class DeepLift:
    """The multipliers of the difference from the baseline, times the difference.

    Parameters
    ----------
    stretches
        How many equal parts the straight path from the baseline is cut into; each has multipliers of its own. One is
        DeepLIFT as it was described. With more, the scores come closer to integrated gradients; they are complete with
        any number.
    """

    stretches: int = 1

    name: ClassVar[str] = "deeplift"
    complete: ClassVar[bool] = True
    scores: ClassVar[str] = "tokens"
    signed: ClassVar[bool] = True
    on_path: ClassVar[bool] = False
    compares_with: ClassVar[str] = "baseline"
    cost: ClassVar[str] = (
        "2 forward passes (1 where a batch shares its reference) and 1 backward pass, for each stretch"
    )
    citation: ClassVar[str] = "Shrikumar, Greenside and Kundaje 2017, arXiv:1704.02685"

    def __post_init__(self) -> None:
        whole_number("stretches", self.stretches, 1)

    def explain(
        self, classifier: Classifier, questions: Iterable[Question], settings: Settings
    ) -> Iterator[Answer]:
        """Answer each question; those of one length share batches.

        With ``precision="auto"`` half precision is left out: the rules take differences, which it has too few digits for.
        """
        with classifier.at_rest():
            tried = whole(rungs(settings.precision, classifier.device, classifier.dtype))
            for found, certificate in climb(tried, questions, partial(self._explain, classifier, settings)):
                yield replace(found, certificate=certificate)

    def _explain(
        self, classifier: Classifier, settings: Settings, precision: str, steps: Iterable[Step[Answer]]
    ) -> Iterator[Answer]:
        """Answer questions in one precision; a GPU computes one batch while the last is read."""
        room = Room(classifier, precision, settings.batch_size)
        run = _Run(classifier, settings, self.stretches)
        for group in room.groups(step.question for step in steps):
            room.run(group, len(group[0].encoding), run.begin)
            yield from run.answers(ahead=ahead(classifier.device))
        yield from run.answers(ahead=0)


@dataclass(frozen=True)
class _Compared:
    """Questions that are compared with their references, and what comes of it.

    Parameters
    ----------
    questions
        B questions.
    found
        (B, C) logits, (B,) classes explained, (B,) outputs of the input and of the reference, and (B, T) shares of
        each layer.
    """

    questions: list[Question]
    found: Fetched


class _Stretch(NamedTuple):
    """What a stretch of the path tells: see :class:`_Compared`; f at its end and where it begins."""

    logits: Tensor
    targets: Tensor
    f: Tensor
    f_r: Tensor
    shares: list[Tensor]


class _Gone(NamedTuple):
    """The way of a reference that stands for batches: its values in the layers, the trail it left, and its logits."""

    reference: dict[str, Tensor]
    trail: Trail
    logits: Tensor


class _Mixed(Exception):  # noqa: N818 - no error: such sequences are compared one at a time
    """The rows of a batch took other places than their references, so that one may stand beside another's."""


class _Run:
    """Everything that the sequences of one call share."""

    def __init__(self, classifier: Classifier, settings: Settings, stretches: int) -> None:
        self.classifier = classifier
        self.settings = settings
        self.stretches = stretches
        self.layers = find_layers(classifier, settings.layer)
        self.told = False
        self.references: dict[tuple[int, ...], dict[str, Tensor]] = {}
        self.one_reference: bool | None = None
        """Whether one reference may go for a batch; ``None`` until it is asked."""
        self.gone: _Gone | None = None
        """The last that did; many batches have the same."""
        self._under_way: deque[_Compared] = deque()

    def begin(self, questions: list[Question]) -> list[Question]:
        """Begin to compare questions of one token length with their references, in one pass; return them."""
        settings = self.settings
        starts = [Start(question.encoding, settings.baseline, settings.seed) for question in questions]
        ends = path_ends(self.classifier, self.layers, starts, self.references)
        x = {name: torch.stack([end.real[name] for end in ends]) for name in self.layers}
        ids = sent([q.encoding.input_ids for q in questions], self.classifier.device)
        compared = None
        if self._share(ends, ids):
            compared = self._with_one_reference(questions, x, ends[0].reference, ids)
        if compared is not None:
            self._under_way.append(compared)
            return questions
        r = {name: torch.stack([end.reference[name] for end in ends]) for name in self.layers}
        try:
            self._under_way.append(self._compare(questions, x, r, ids, ids))
        except _Mixed:
            for row, question in enumerate(questions):
                own = slice(row, row + 1)
                x_own, r_own = ({name: value[own] for name, value in values.items()} for values in (x, r))
                self._under_way.append(self._compare([question], x_own, r_own, ids[own], ids[own]))
        return questions

    def answers(self, ahead: int) -> Iterator[Answer]:
        """Yield the answers to all questions but those of so many of the last batches."""
        while len(self._under_way) > ahead:
            done = self._under_way.popleft()
            logits, targets, f, f_r, *shares = map(np.asarray, done.found.arrays())
            for row, question in enumerate(done.questions):
                yield answer(
                    question,
                    int(targets[row]),
                    logits[row],
                    float(f[row]),
                    evaluations=2 * self.stretches,
                    parts={name: share[row] for name, share in zip(self.layers, shares, strict=True)},
                    f_baseline=float(f_r[row]),
                    tolerance=self.settings.tolerance,
                )

    def _with_one_reference(
        self, questions: list[Question], x: dict[str, Tensor], reference: dict[str, Tensor], ids: Tensor
    ) -> _Compared | None:
        """Compare questions with one reference for all, which goes through the model once; ``None`` where it cannot."""
        alone = {name: reference[name].unsqueeze(0) for name in self.layers}
        try:
            return self._compare(questions, x, alone, ids, ids[:1])
        except (PartedError, _Mixed):
            # Batch and heads in one axis, say: such a model wants as many references as sequences.
            self.one_reference, self.gone = False, None
            return None

    def _share(self, ends: list[Ends], ids: Tensor) -> bool:
        """Tell whether one reference may stand for all: they are equal, and the model sees no more of them."""
        first = ends[0].reference
        if len(ids) == 1 or not all(
            _same(end.reference[name], first[name]) for end in ends for name in first
        ):
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
    ) -> _Compared:
        # The last stretch first: its end tells the class.
        points = [r, *(_between(r, x, k / self.stretches) for k in range(1, self.stretches)), x]
        asked = [question.target for question in questions]
        last = self._stretch(points[-1], points[-2], ids, ids_r if self.stretches == 1 else ids, asked)
        f_r, shares = last.f_r, last.shares
        for k in range(self.stretches - 1, 0, -1):
            one = self._stretch(points[k], points[k - 1], ids, ids_r if k == 1 else ids, last.targets)
            f_r, shares = one.f_r, [sum_ + own for sum_, own in zip(shares, one.shares, strict=True)]
        return _Compared(questions, Fetched(last.logits, last.targets, last.f, f_r, *shares))

    def _stretch(
        self,
        x: dict[str, Tensor],
        r: dict[str, Tensor],
        ids: Tensor,
        ids_r: Tensor,
        targets: list[int | None] | Tensor,
    ) -> _Stretch:
        """Compare values of the layers with those where the stretch begins."""
        x, r = ({name: value.detach() for name, value in values.items()} for values in (x, r))
        with torch.enable_grad():
            for value in (*x.values(), *r.values()):
                value.requires_grad_()
            walk, logits_r = self._walk(r, ids_r, rows=len(ids))
            logits_r = logits_r.expand(len(ids), -1)
            with walk.of_input(), replaced(self.layers, x):
                logits = self.classifier.logits(ids)
            if not isinstance(targets, torch.Tensor):
                targets = explained_there(targets, logits)
            with walk.of_reference():
                f_r = self._objective(logits_r, targets)
            with walk.of_input():
                f = self._objective(logits, targets)
            if len(ids) > 1 and not walk.went_alike():
                raise _Mixed
            self._tell(f)
            multipliers = slopes_of(f, list(x.values()))
        shares = [
            ((x[name] - r[name]) * multiplier).detach().sum(-1)
            for name, multiplier in zip(self.layers, multipliers, strict=True)
        ]
        return _Stretch(logits.detach(), targets, f.detach(), f_r.detach(), shares)

    def _walk(self, r: dict[str, Tensor], ids_r: Tensor, rows: int) -> tuple[Walk, Tensor]:
        """Return a walk that the reference has gone, and its logits; one that stands for rows goes once for all batches."""
        gone = self.gone
        if gone and len(ids_r) == 1 and all(_same(value, gone.reference[name]) for name, value in r.items()):
            return Walk(gone.trail), gone.logits
        walk = Walk()
        with walk.of_reference(), replaced(self.layers, r):
            logits = self.classifier.logits(ids_r)
        if len(ids_r) < rows:
            self.gone = _Gone(r, walk.trail, logits)
        return walk, logits

    def _objective(self, logits: Tensor, targets: Tensor) -> Tensor:
        return objective(logits, targets, self.settings.output, self.classifier.head)

    def _tell(self, f: Tensor) -> None:
        """Name, once, the operations that have no rule."""
        if self.told:
            return
        self.told = True
        names = without_rule(f)
        if names:
            tell(
                f"DeepLIFT has no rule for {', '.join(names)} in {self.classifier.name}: the plain "
                "gradient at the sequence is used instead. The delta of each result shows the error.",
            )


def _between(r: dict[str, Tensor], x: dict[str, Tensor], share: float) -> dict[str, Tensor]:
    """Return the values a share of the way from the reference to the sequence."""
    return {name: torch.lerp(r[name].expand_as(value), value, share) for name, value in x.items()}


def _same(one: Tensor, other: Tensor) -> bool:
    """Tell whether two references are equal; most lie in one place, so that the device need not be asked."""
    return one.is_set_to(other) or torch.equal(one, other)
