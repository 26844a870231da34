"""``attribute()``: sequences in, checked attributions out, in the order of the input."""

from __future__ import annotations

import platform
import sys
import warnings
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Literal

from captum_dna.attribution import Attribution, Attributions, Run
from captum_dna.baselines import BASELINES, baseline_ids, check_baseline
from captum_dna.encoding import TokenizerError
from captum_dna.io.readers import read
from captum_dna.layers import find_layers
from captum_dna.loading import load
from captum_dna.methods import find_method, method_options
from captum_dna.methods.base import Question, Settings
from captum_dna.objective import check_output
from captum_dna.projection import CONSERVING, PROJECTIONS, project
from captum_dna.quadrature import FIXED_RULES
from captum_dna.sequences import Sequence, SequenceError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from collections.abc import Sequence as SequenceABC

    from captum_dna.classifier import Classifier
    from captum_dna.methods.base import Answer, Method

    Progress = Callable[[int, int], None]

PRECISIONS = ("float32", "bfloat16")
_TOLD = 5
"""How many bad sequences one error lists."""


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
    model: Any,
    sequences: Any,
    *,
    method: str | Method = "integrated_gradients",
    target: int | str | SequenceABC[int | str] | None = None,
    output: str | None = None,
    baseline: str | None = None,
    layer: str | SequenceABC[str] = "embeddings",
    n_steps: int | None = None,
    rule: str = "gausslegendre",
    tolerance: float = 0.01,
    precision: str = "float32",
    batch_size: int | None = None,
    projection: str = "split",
    seed: int = 0,
    on_invalid: Literal["raise", "skip"] = "raise",
    progress: bool | Progress | None = None,
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
        A name of :data:`captum_dna.baselines.BASELINES` (``"mask"``, ``"zero"``, ``"dinucleotide_shuffle"``
        and others), or a DNA sequence of the same length; by default what is safe for the model.
    layer
        ``"embeddings"`` (the block that enters the encoder), ``"tokens"``, ``"positions"``,
        ``"token_types"``, the path of a module, or several that move together and are scored apart.
    n_steps, rule
        A fixed rule instead of the adaptive one: number of nodes, and Captum's name for the rule.
    tolerance
        Completeness error to reach, as a share of ``|f(x) - f(baseline)|``.
    precision
        ``"float32"`` (the model's own number format) or ``"bfloat16"`` (autocast).
    batch_size
        Path points per forward pass; by default chosen from the length, and halved if memory runs out.
    projection
        How token scores become base scores; see :func:`captum_dna.projection.project`.
    seed
        Seed of whatever is random in the method; kept with the results.
    on_invalid
        ``"raise"`` to stop at bad sequences before any model runs, ``"skip"`` to leave them out with a warning.
    progress
        ``True`` for a progress bar, or a function called with (done, total); by default a bar if
        standard error is a terminal and there is more than one sequence.
    **options
        Options of the method itself, such as ``window=`` of occlusion.

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
    chosen = find_method(method, options)
    settings = _settings(
        classifier, output, baseline, layer, n_steps, rule, tolerance, precision, batch_size, seed, projection
    )
    kept = _checked(classifier, list(read(sequences, on_invalid=on_invalid)), settings, on_invalid)
    targets = _targets(classifier, target, len(kept))
    work = _Work(classifier, chosen, settings, projection, kept)
    total = len(kept)
    finished: dict[int, Attribution] = {}
    with _reporter(progress, total) as report:
        try:
            for answer in chosen.explain(classifier, work.questions(targets), settings):
                finished[answer.index] = work.result(answer)
                report(len(finished), total)
        except KeyboardInterrupt:
            raise Interrupted(Attributions(finished[i] for i in sorted(finished)), total) from None
    return Attributions(finished[i] for i in range(total))


@dataclass(frozen=True)
class _Work:
    """The sequences of one call and what all its results share."""

    classifier: Classifier
    method: Method
    settings: Settings
    projection: str
    sequences: list[Sequence]

    def questions(self, targets: list[int | None]) -> Iterator[Question]:
        for index, (sequence, target) in enumerate(zip(self.sequences, targets, strict=True)):
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
            true_label=_true_label(self.classifier, sequence),
            f_input=answer.f_input,
            f_baseline=answer.f_baseline,
            delta=answer.delta,
            error=answer.error,
            converged=answer.converged,
            evaluations=answer.evaluations,
            run=self.run,
            parts=answer.parts,
            extras=answer.extras,
            interval=sequence.interval,
            origin=sequence.origin,
            tracks=sequence.tracks,
        )

    @cached_property
    def run(self) -> Run:
        """What all results share; the model is hashed once."""
        settings, classifier, method = self.settings, self.classifier, self.method
        steps = {"n_steps": settings.n_steps, "rule": settings.rule if settings.n_steps else "adaptive"}
        own = {} if settings.baseline in BASELINES else {"baseline_sequence": settings.baseline}
        return Run(
            method=method.name,
            method_options=method_options(method) | (steps if method.on_path else {}) | own,
            complete=method.complete,
            signed=method.signed,
            output=settings.output,
            baseline=settings.baseline if settings.baseline in BASELINES else "own sequence",
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
            seed=settings.seed,
        )


def _settings(
    classifier: Classifier,
    output: str | None,
    baseline: str | None,
    layer: str | SequenceABC[str],
    n_steps: int | None,
    rule: str,
    tolerance: float,
    precision: str,
    batch_size: int | None,
    seed: int,
    projection: str,
) -> Settings:
    """Check all choices that do not depend on the sequences."""
    if projection not in PROJECTIONS:
        raise ValueError(f"There is no projection {projection!r}; choose one of {', '.join(PROJECTIONS)}.")
    if rule not in FIXED_RULES:
        raise ValueError(f"There is no rule {rule!r}; choose one of {', '.join(FIXED_RULES)}.")
    if n_steps is not None and n_steps < 1:
        raise ValueError(f"n_steps is the number of path points, at least 1, not {n_steps}.")
    if not 0 < tolerance < 1:
        raise ValueError(f"tolerance is a share of |f(x) - f(baseline)| between 0 and 1, not {tolerance}.")
    if precision not in PRECISIONS:
        raise ValueError(f"There is no precision {precision!r}; choose one of {', '.join(PRECISIONS)}.")
    if batch_size is not None and batch_size < 1:
        raise ValueError(f"batch_size is at least 1, not {batch_size}.")
    find_layers(classifier, layer)
    return Settings(
        output=check_output(classifier, output),
        baseline=check_baseline(classifier, baseline),
        layer=layer if isinstance(layer, str) else tuple(layer),
        n_steps=n_steps,
        rule=rule,
        tolerance=tolerance,
        precision=precision,
        batch_size=batch_size,
        seed=seed,
    )


def _checked(
    classifier: Classifier, sequences: list[Sequence], settings: Settings, on_invalid: str
) -> list[Sequence]:
    """Return the sequences that the model can read and whose labels it knows; tell of the others."""
    good, problems = [], []
    for sequence in sequences:
        try:
            baseline_ids(classifier, classifier.encode(sequence), settings.baseline, settings.seed)
            _true_label(classifier, sequence)
        except (SequenceError, TokenizerError) as error:
            problems.append(str(error))
        else:
            good.append(sequence)
    if problems and (on_invalid == "raise" or not good):
        listed = "\n  ".join(problems[:_TOLD])
        rest = f"\n  and {len(problems) - _TOLD} more." if len(problems) > _TOLD else ""
        head = (
            f"{len(problems)} of {len(sequences)} sequences cannot be explained:\n  "
            if len(sequences) > 1
            else ""
        )
        raise SequenceError(f"{head}{listed}{rest}")
    if problems:
        listed = "\n  ".join(problems)
        warnings.warn(
            f"{len(problems)} of {len(sequences)} sequences are left out:\n  {listed}", stacklevel=3
        )
    return good


def _true_label(classifier: Classifier, sequence: Sequence) -> str | None:
    """Return the name of the true class, ``None`` if it is unknown."""
    if sequence.label is None:
        return None
    if classifier.head == "regression":
        return str(sequence.label)
    try:
        return classifier.labels[classifier.label_index(sequence.label)]
    except ValueError as error:
        raise SequenceError(
            f"Sequence '{sequence.name}' has the label {sequence.label!r}, which is no class of the model "
            f"({', '.join(classifier.labels)}). Correct it, or leave the labels out if they mean something else."
        ) from error


def _targets(
    classifier: Classifier, target: int | str | SequenceABC[int | str] | None, count: int
) -> list[int | None]:
    """Return one class index per sequence, ``None`` for the predicted class."""
    if target is None:
        return [None] * count
    if isinstance(target, (str, int)):
        return [classifier.label_index(target)] * count
    if len(target) != count:
        raise ValueError(f"There are {len(target)} targets for {count} sequences; give one, or one each.")
    return [classifier.label_index(one) for one in target]


class _reporter:  # noqa: N801 - reads as a verb where it is used
    """Tells progress: by a bar, by the user's function, or not at all."""

    def __init__(self, progress: bool | Progress | None, total: int) -> None:
        self._tell: Progress | None = progress if callable(progress) else None
        shown = progress is True or (progress is None and total > 1 and sys.stderr.isatty())
        self._bar: Any = None
        if shown:
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

            columns = (TextColumn("Attributing"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
            self._bar = Progress(*columns, console=Console(stderr=True), transient=True)
            self._task = self._bar.add_task("", total=total)

    def __enter__(self) -> Progress:
        if self._bar is not None:
            self._bar.start()
        return self._report

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def _report(self, done: int, total: int) -> None:
        if self._bar is not None:
            self._bar.update(self._task, completed=done)
        if self._tell is not None:
            self._tell(done, total)
