"""One pass over the pieces of a call: questions to the method, and its answers as results."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from captum_dna.core.attribution import Attribution, Run
from captum_dna.core.baselines import BASELINES
from captum_dna.core.options import AUTO
from captum_dna.core.packages import versions
from captum_dna.core.projection import CONSERVING, project
from captum_dna.engine.precision import OWN
from captum_dna.engine.protocol import Question
from captum_dna.methods.choice import method_options
from captum_dna.pipeline.devices import explain_on
from captum_dna.pipeline.side_by_side import explain_side_by_side

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from collections.abc import Sequence as SequenceABC

    from captum_dna.core.certificate import Certificate
    from captum_dna.engine.protocol import Answer, Method
    from captum_dna.pipeline.plan import Plan
    from captum_dna.pipeline.windows import Piece


@dataclass(frozen=True)
class OnePass:
    """What one pass over the pieces of a call has to do, and what all its results share."""

    plan: Plan
    pieces: list[Piece]
    truths: list[str | None]
    targets: SequenceABC[int | None]

    def run(self, finished: dict[int, Attribution], report: Callable[[], None]) -> None:
        """Fill in the results as they come; what is there is kept when the rest fails."""
        answers = self.answers()
        try:
            for answer in answers:
                finished[answer.index] = self.result(answer)
                report()
        finally:
            # What was interrupted still holds the model; a traceback would keep it from being let go.
            getattr(answers, "close", lambda: None)()

    def answers(self) -> Iterator[Answer]:
        """Ask the method, on several devices where they were asked for."""
        plan, questions = self.plan, self.questions()
        if plan.options.devices:
            return explain_on(plan.options.devices, plan.method, plan.classifier, questions, plan.settings)
        return explain_side_by_side(plan.method, plan.classifier, questions, plan.settings)

    def questions(self) -> list[Question]:
        """Return a question for each piece."""
        return [
            Question(index, piece.sequence, piece.encoding, target)
            for index, (piece, target) in enumerate(zip(self.pieces, self.targets, strict=True))
        ]

    def result(self, answer: Answer) -> Attribution:
        """Return an answer as a result, with what is known of its piece."""
        sequence, encoding = self.pieces[answer.index]
        classifier = self.plan.classifier
        labels = classifier.labels
        probabilities = classifier.probabilities(answer.logits[None])[0]
        predicted = int(probabilities.argmax())
        return Attribution(
            name=sequence.name,
            sequence=sequence.bases,
            tokens=encoding.tokens,
            spans=encoding.spans,
            token_scores=answer.token_scores,
            base_scores=project(
                answer.token_scores, encoding.spans, len(sequence), self.plan.options.projection
            )
            if answer.base_scores is None
            else answer.base_scores,
            target=labels[answer.target],
            predicted=labels[predicted],
            probability=float(probabilities[predicted]),
            probabilities=probabilities,
            true_label=self.truths[answer.index],
            certificate=self.certificate(answer.certificate),
            run=self.shared,
            parts=answer.parts,
            extras=answer.extras,
            interval=sequence.interval,
            origin=sequence.origin,
            tracks=sequence.tracks,
            target_index=answer.target,
        )

    def certificate(self, own: Certificate) -> Certificate:
        """Return a certificate that names its precision, also of a method that has no ladder to climb."""
        asked = self.plan.settings.precision
        rung = own.precision or (OWN if asked == AUTO else asked)
        of_model = str(self.plan.classifier.dtype).removeprefix("torch.")
        return replace(own, precision=of_model if rung == OWN else rung)

    @cached_property
    def shared(self) -> Run:
        """What all results share; the model is hashed once."""
        plan, settings, classifier, method = (
            self.plan,
            self.plan.settings,
            self.plan.classifier,
            self.plan.method,
        )
        steps = {"n_steps": settings.n_steps, "rule": settings.rule if settings.n_steps else "adaptive"}
        own: dict[str, object] = {}
        if method.compares_with == "baseline" and settings.baseline not in BASELINES:
            own = {"baseline_sequence": settings.baseline}
        if plan.windowing is not None:
            own |= {"window_length": plan.windowing.length, "overlap": plan.windowing.overlap}
        return Run(
            method=method.name,
            method_options=method_options(method) | (steps if method.on_path else {}) | own,
            complete=method.complete,
            signed=method.signed,
            output=settings.output,
            head=classifier.head,
            baseline=_baseline_words(method, settings.baseline),
            layer=settings.layer if isinstance(settings.layer, str) else "+".join(settings.layer),
            projection=plan.options.projection,
            conserving=plan.options.projection in CONSERVING,
            precision=settings.precision,
            tolerance=settings.tolerance,
            labels=classifier.labels,
            model=classifier.name,
            model_fingerprint=classifier.fingerprint,
            tokenizer_fingerprint=classifier.encoder.fingerprint,
            versions=dict(versions()),
            strands=plan.options.strands,
            seed=settings.seed,
        )


def _baseline_words(method: Method, baseline: str) -> str:
    """Return what f(x) was compared with, in a word or two."""
    if method.compares_with == "nothing":
        return "none"
    if method.compares_with == "own":
        choice = method_options(method)
        chosen: str | SequenceABC[str] = choice.get("reference") or choice.get("baselines") or "its own"
        return chosen if isinstance(chosen, str) else ", ".join(chosen)
    return baseline if baseline in BASELINES else "own sequence"
