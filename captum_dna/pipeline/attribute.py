"""``attribute()``: sequences in, checked attributions out, in the order of the input."""

from __future__ import annotations

import platform
from dataclasses import dataclass, replace
from functools import cached_property
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Literal

from captum_dna.core.attribution import Attribution, Run
from captum_dna.core.checks import check_name
from captum_dna.core.notices import tell
from captum_dna.core.options import BASELINES, STRANDS
from captum_dna.core.progress import Progress
from captum_dna.core.projection import CONSERVING, PROJECTIONS, project
from captum_dna.core.remarks import remarks_of_set
from captum_dna.engine.protocol import Question, Settings
from captum_dna.io.readers import read_as
from captum_dna.io.reading import Reading
from captum_dna.methods.choice import find_method, method_options
from captum_dna.model.loading import load
from captum_dna.pipeline.devices import explain_on
from captum_dna.pipeline.strands import both_strands
from captum_dna.pipeline.validate import settings_of, target_indices, true_label, usable
from captum_dna.pipeline.windows import Pieces, cut, windowing_of
from captum_dna.results import Attributions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from collections.abc import Sequence as SequenceABC

    from captum_dna.core.progress import Tell
    from captum_dna.core.sequences import Sequence
    from captum_dna.core.types import ModelLike, SequencesLike
    from captum_dna.engine.protocol import Answer, Method
    from captum_dna.model.classifier import Classifier
    from captum_dna.pipeline.windows import Windowing


class Interrupted(KeyboardInterrupt):
    """Ctrl-C during :func:`attribute`; nothing that was computed is lost.

    Parameters
    ----------
    finished
        The results so far, in the order of the input.
    total
        How many there would have been.
    """

    def __init__(self, finished: Attributions, total: int) -> None:
        super().__init__(f"Interrupted after {len(finished)} of {total} sequences; they are in .finished.")
        self.finished = finished
        self.total = total


def attribute(
    model: ModelLike,
    sequences: SequencesLike,
    *,
    method: str | Method = "integrated_gradients",
    target: int | str | SequenceABC[int | str] | None = None,
    output: str | None = None,
    baseline: str | None = None,
    layer: str | SequenceABC[str] = "embeddings",
    n_steps: int | None = None,
    rule: str = "gausslegendre",
    tolerance: float | Literal["preview"] = 0.01,
    precision: str = "float32",
    batch_size: int | None = None,
    projection: str = "split",
    strands: Literal["forward", "both"] = "forward",
    window_length: int | Literal["auto"] | None = None,
    overlap: int | None = None,
    devices: SequenceABC[str] | None = None,
    seed: int = 0,
    on_invalid: Literal["raise", "skip"] = "raise",
    progress: bool | Tell | None = None,
    **options: Any,
) -> Attributions:
    """Score every nucleotide by what it did for the model's answer.

    Parameters
    ----------
    model
        A :class:`captum_dna.Classifier`, or anything that :func:`captum_dna.load` takes by name.
    sequences
        Anything that :func:`captum_dna.read` takes: letters, a list, a file, a data set.
    method
        Name of the method, or a method object; see ``captum_dna.methods``.
    target
        The class to explain, by index or name, for all sequences or one each; by default the
        predicted class of each unmodified sequence. It stays the same along the path.
    output
        ``"log_odds"`` (default), ``"logit"`` or ``"probability"``; a single-output head has ``"logit"`` only.
    baseline
        A name of :data:`captum_dna.core.options.BASELINES` (``"mask"``, ``"zero"``, ``"dinucleotide_shuffle"``
        and others), or a DNA sequence of the same length; by default what is safe for the model.
    layer
        ``"embeddings"`` (the block that enters the encoder), ``"tokens"``, ``"positions"``,
        ``"token_types"``, the path of a module, or several that move together and are scored apart.
    n_steps, rule
        A fixed rule instead of the adaptive one: number of nodes, and Captum's name for the rule.
    tolerance
        Completeness error to reach, as a share of ``|f(x) - f(baseline)|``; ``"preview"`` for a rough
        picture from five evaluations, which says that it is one.
    precision
        ``"float32"`` (the model's own number format), ``"bfloat16"`` (autocast), or ``"auto"``: bfloat16
        where the hardware is fast at it, and again in float32 what then misses the tolerance.
    batch_size
        Path points per forward pass; by default chosen from the length, and halved if memory runs out.
    projection
        How token scores become base scores; see :func:`captum_dna.core.projection.project`.
    strands
        ``"both"`` explains the reverse complement too, for the same class, and averages base by base;
        the agreement of the strands is kept in ``extras``.
    window_length
        Bases of the overlapping windows in which a longer sequence is explained and then joined; ``"auto"``
        for as many as fit the model. By default no sequence is cut, and one that is too long is refused.
        The class explained is the same in all windows: by default the one with the largest mean
        log-probability over them. See :func:`captum_dna.pipeline.windows.join` for the rule of the joined scores.
    overlap
        Bases that neighbouring windows share at least; a quarter of the window by default.
    devices
        Devices to share the work, such as ``["cuda:0", "cuda:1"]``: a copy of the model on each. By default
        the model's own device alone.
    seed
        Seed of whatever is random in the method; kept with the results.
    on_invalid
        ``"raise"`` to stop at bad sequences before any model runs, ``"skip"`` to leave them out with a warning.
    progress
        ``True`` for a progress bar, or a function called with (done, total); by default a bar if
        standard error is a terminal and there is more than one sequence.
    **options
        Options of the method itself, such as ``window=`` of occlusion; and those of :func:`captum_dna.read`
        that say how to read ``sequences``, such as ``column=``, ``split=`` or ``genome=``.

    Returns
    -------
    One :class:`captum_dna.Attribution` per sequence, in order.

    Raises
    ------
    ValueError
        Bad input or an impossible choice; a sentence that names it, before any model runs.
    Interrupted
        Ctrl-C; carries what is finished.

    Examples
    --------
    >>> import captum_dna
    >>> result = captum_dna.attribute("demo", "ACGTTGCATATAAAAGGCATGCCA" * 4, target="TATA promoter")
    >>> result[0].base_scores.shape
    (96,)
    >>> bool(abs(result[0].delta) < 0.01 * abs(result[0].f_input - result[0].f_baseline))
    True
    """
    classifier = load(model)
    reading, options = Reading.apart(options)
    chosen = find_method(method, options)
    settings = settings_of(
        classifier, output, baseline, layer, n_steps, rule, tolerance, precision, batch_size, seed
    )
    if tolerance == "preview" and not chosen.on_path:
        raise ValueError(
            f"`tolerance='preview'` is a short integral, and the method {chosen.name!r} has none."
        )
    check_name("projection", projection, PROJECTIONS)
    check_name("strands", strands, STRANDS)
    windowing = windowing_of(classifier, window_length, overlap)
    given_in = list(read_as(sequences, reading, on_invalid))
    kept = usable(classifier, given_in, settings, on_invalid, windowing)
    targets = target_indices(classifier, target, len(kept))
    pieces = Pieces(classifier, kept, [cut(classifier, sequence, windowing) for sequence in kept])
    given = pieces.in_order
    both = strands == "both"
    forward: dict[int, Attribution] = {}
    reverse: dict[int, Attribution] = {}

    def finished() -> Attributions:
        if not both:
            return Attributions(pieces.joined(forward))
        return Attributions(pieces.joined({i: both_strands(forward[i], reverse[i]) for i in reverse}))

    with Progress(progress, len(given) * (1 + both)) as bar:
        try:
            same = pieces.targets(targets, batch_size)
            work = _Work(classifier, chosen, settings, projection, strands, devices, given, same, windowing)
            work.run(forward, lambda: bar.report(len(forward)))
            if both:
                turned = [sequence.reverse_complement() for sequence in given]
                same = [classifier.label_index(forward[i].target) for i in range(len(given))]
                work = replace(work, sequences=turned, targets=same)
                work.run(reverse, lambda: bar.report(len(given) + len(reverse)))
        except KeyboardInterrupt:
            raise Interrupted(finished(), len(kept)) from None
    results = finished()
    _warn_of(results)
    return results


def _warn_of(results: Attributions) -> None:
    """Say once, for all sequences together, what must not be overlooked."""
    for remark in remarks_of_set(results):
        if remark.severity == "warning":
            tell(remark.text, stacklevel=3)


def _baseline_words(method: Method, baseline: str) -> str:
    """Return what f(x) was compared with, in a word or two."""
    if method.compares_with == "nothing":
        return "none"
    if method.compares_with == "own":
        choice = method_options(method)
        chosen: str | SequenceABC[str] = choice.get("reference") or choice["baselines"]
        return chosen if isinstance(chosen, str) else ", ".join(chosen)
    return baseline if baseline in BASELINES else "own sequence"


@dataclass(frozen=True)
class _Work:
    """The sequences of one call and what all its results share."""

    classifier: Classifier
    method: Method
    settings: Settings
    projection: str
    strands: str
    devices: SequenceABC[str] | None
    sequences: list[Sequence]
    targets: SequenceABC[int | None]
    windowing: Windowing | None = None

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
        if self.devices:
            return explain_on(self.devices, self.method, self.classifier, self.questions(), self.settings)
        return self.method.explain(self.classifier, self.questions(), self.settings)

    def questions(self) -> Iterator[Question]:
        for index, (sequence, target) in enumerate(zip(self.sequences, self.targets, strict=True)):
            yield Question(index, sequence, self.classifier.encode(sequence), target)

    def result(self, answer: Answer) -> Attribution:
        sequence = self.sequences[answer.index]
        encoding = self.classifier.encode(sequence)
        labels = self.classifier.labels
        probabilities = self.classifier.probabilities(answer.logits[None])[0]
        predicted = int(probabilities.argmax())
        return Attribution(
            name=sequence.name,
            sequence=sequence.bases,
            tokens=encoding.tokens,
            spans=encoding.spans,
            token_scores=answer.token_scores,
            base_scores=project(answer.token_scores, encoding.spans, len(sequence), self.projection)
            if answer.base_scores is None
            else answer.base_scores,
            target=labels[answer.target],
            predicted=labels[predicted],
            probability=float(probabilities[predicted]),
            probabilities=probabilities,
            true_label=true_label(self.classifier, sequence),
            certificate=answer.certificate,
            run=self.shared,
            parts=answer.parts,
            extras=answer.extras,
            interval=sequence.interval,
            origin=sequence.origin,
            tracks=sequence.tracks,
        )

    @cached_property
    def shared(self) -> Run:
        """What all results share; the model is hashed once."""
        settings, classifier, method = self.settings, self.classifier, self.method
        steps = {"n_steps": settings.n_steps, "rule": settings.rule if settings.n_steps else "adaptive"}
        own: dict[str, Any] = {}
        if method.compares_with == "baseline" and settings.baseline not in BASELINES:
            own = {"baseline_sequence": settings.baseline}
        if self.windowing is not None:
            own |= {"window_length": self.windowing.length, "overlap": self.windowing.overlap}
        return Run(
            method=method.name,
            method_options=method_options(method) | (steps if method.on_path else {}) | own,
            complete=method.complete,
            signed=method.signed,
            output=settings.output,
            head=classifier.head,
            baseline=_baseline_words(method, settings.baseline),
            layer=settings.layer if isinstance(settings.layer, str) else "+".join(settings.layer),
            projection=self.projection,
            conserving=self.projection in CONSERVING,
            precision=settings.precision,
            tolerance=settings.tolerance,
            labels=classifier.labels,
            model=classifier.name,
            model_fingerprint=classifier.fingerprint,
            tokenizer_fingerprint=classifier.encoder.fingerprint,
            versions={
                "python": platform.python_version(),
                **{
                    package: version(package) for package in ("captum_dna", "captum", "torch", "transformers")
                },
            },
            strands=self.strands,
            seed=settings.seed,
        )
