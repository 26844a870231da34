"""``attribute()``: sequences in, checked attributions out, in the order of the input."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from captum_dna.core.notices import tell
from captum_dna.core.options import ALL, TOLERANCE, Options
from captum_dna.core.progress import Progress
from captum_dna.core.remarks import remarks_of_set
from captum_dna.io.readers import read_once
from captum_dna.io.reading import Reading
from captum_dna.model.loading import load
from captum_dna.pipeline.one_pass import OnePass
from captum_dna.pipeline.repeats import with_repeats
from captum_dna.pipeline.strands import both_strands
from captum_dna.pipeline.validate import plan_of, targets_of, tell_of_no_effect, usable
from captum_dna.pipeline.windows import Pieces
from captum_dna.results import Attributions

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Sequence as SequenceABC

    from captum_dna.core.attribution import Attribution
    from captum_dna.core.over import Over
    from captum_dna.core.progress import Tell
    from captum_dna.core.types import ModelLike, SequencesLike
    from captum_dna.engine.protocol import Method
    from captum_dna.pipeline.plan import Plan, Prepared


_TOGETHER = 32
"""Sequences that are repeated together: what Ctrl-C leaves unfinished is no more than these."""


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
    tolerance: float | Literal["preview"] = TOLERANCE,
    precision: str = "auto",
    batch_size: int | None = None,
    projection: str = "split",
    strands: Literal["forward", "both"] = "forward",
    window_length: int | Literal["auto"] | None = None,
    overlap: int | None = None,
    devices: SequenceABC[str] | None = None,
    seed: int = 0,
    over: Mapping[str, object] | Over | None = None,
    on_invalid: Literal["raise", "skip"] = "raise",
    progress: bool | Tell | None = None,
    **options: object,
) -> Attributions:
    """Score every nucleotide by what it did for the model's output.

    Parameters
    ----------
    model
        A :class:`captum_dna.Classifier`, or anything that :func:`captum_dna.load` takes by name.
    sequences
        Anything that :func:`captum_dna.read` takes: letters, a list, a file, a data set.
    method
        Name of the method, or a method object. See ``captum_dna.methods``.
    target
        The class to explain, by index or name, for all sequences or one each; by default the
        predicted class of each unmodified sequence. It stays the same along the path. ``"all"`` explains every class:
        there are as many results of each sequence, in the order of the classes, and what the model reads is read
        once for all of them by methods that follow a path or do experiments.
    output
        ``"log_odds"`` (default), ``"logit"`` or ``"probability"``; a single-output head has ``"logit"`` only.
    baseline
        A name of :data:`captum_dna.core.baselines.BASELINES` (``"mask"``, ``"zero"``, ``"dinucleotide_shuffle"``
        and others), or a DNA sequence of the same length; by default what is safe for the model.
    layer
        ``"embeddings"`` (the block that enters the encoder), ``"tokens"``, ``"positions"``,
        ``"token_types"``, the path of a module, or several that move together and are scored apart.
    n_steps, rule
        A fixed rule instead of the adaptive one: number of nodes, and Captum's name for the rule.
    tolerance
        Error of the scores to reach, as a share of them; ``"preview"`` for a rough
        picture from five evaluations, which says that it is one.
    precision
        ``"auto"``: on a GPU the cheapest arithmetic first (float16, TF32), and again in the next what then misses the
        tolerance; on a processor the model's own number format. ``"float32"`` is that everywhere; ``"tf32"``,
        ``"float16"`` and ``"bfloat16"`` are what they say. :attr:`captum_dna.Attribution.precision` tells which it was.
    batch_size
        Path points per forward pass; by default chosen from the length, and halved if memory runs out.
    projection
        How token scores become base scores. See :func:`captum_dna.core.projection.project`.
    strands
        ``"both"`` explains the reverse complement too, for the same class, and averages base by base;
        the agreement of the strands is kept in ``extras``.
    window_length
        Bases of the overlapping windows in which a longer sequence is explained and then joined; ``"auto"``
        for as many as fit the model. By default no sequence is cut, and one that is too long is refused.
        The class explained is the same in all windows: by default the one with the largest mean
        log-probability over them. See :func:`captum_dna.pipeline.joining.join` for the rule of the joined scores.
    overlap
        Bases that neighbouring windows share at least; a quarter of the window by default.
    devices
        Devices to share the work, such as ``["cuda:0", "cuda:1"]``: a copy of the model on each. By default
        the model's own device alone. On a processor, paths of four sequences or more are shared by two sets of
        modules around the same weights, each with half of PyTorch's threads; ``["cpu"]`` has one.
    seed
        Seed of whatever is random in the method; kept with the results.
    over
        What could have been otherwise: the explanation is repeated with one choice changed at a time, and the letters get
        error bars. A mapping with any of ``"baseline"`` (names, those that are drawn as often as they stand there or as
        ``"dinucleotide_shuffle*5"`` says), ``"strand"`` (``True``), ``"phase"`` (bases by which the window is
        shifted, 1 to k - 1; for a BPE tokenizer, numbers of sampled segmentations), ``"model"`` (replicas:
        classifiers or folders, or the folder of ``finetune(replicas=)``) and ``"method"`` (names). The scores
        stay those of the explanation itself; :attr:`captum_dna.Attribution.spread` says how they vary.
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
    One :class:`captum_dna.Attribution` per sequence, in order; one per sequence and class with ``target="all"``.

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
    reading, own = Reading.apart(options)
    chosen = Options.of(
        method=method,
        target=target,
        output=output,
        baseline=baseline,
        layer=layer,
        n_steps=n_steps,
        rule=rule,
        tolerance=tolerance,
        precision=precision,
        batch_size=batch_size,
        projection=projection,
        strands=strands,
        window_length=window_length,
        overlap=overlap,
        devices=devices,
        seed=seed,
        over=over,
        on_invalid=on_invalid,
        **own,
    )
    plan = plan_of(load(model), chosen)
    tell_of_no_effect(plan)
    kept = usable(plan, read_once(sequences, reading, on_invalid))
    labels = plan.classifier.labels
    if chosen.target == ALL and ALL not in labels:
        targets: list[int | None] = [*range(len(labels))] * len(kept)
        kept = [one for one in kept for _ in labels]
    else:
        targets = targets_of(plan.classifier, chosen.target, len(kept))
    return explained(plan, kept, targets, progress)


def explained(
    plan: Plan,
    sequences: list[Prepared],
    targets: SequenceABC[int | None],
    progress: bool | Tell | None = None,
) -> Attributions:
    """Return the results of sequences that are prepared, in their order.

    Parameters
    ----------
    plan
        The choices and the model.
    sequences
        What :func:`captum_dna.pipeline.validate.prepared` made of them, with the same plan.
    targets
        Index of the class explained of each; ``None`` for the predicted class.
    progress
        As for :func:`attribute`.

    Raises
    ------
    Interrupted
        Ctrl-C; carries what is finished.
    """
    together = _TOGETHER if plan.repeats else max(1, len(sequences))
    results: list[Attribution] = []
    with Progress(progress, sum(one.work for one in sequences)) as bar:
        count = _Count(bar)
        for first in range(0, len(sequences), together):
            some = sequences[first : first + together]
            try:
                own = _explained(plan, some, targets[first : first + together], count)
                results += _repeated(plan, some, own, count) if plan.repeats else own
            except Interrupted as stop:
                # what was not repeated to the end would not be known from what has no error bars
                kept = results if plan.repeats else stop.finished
                raise Interrupted(Attributions(kept), len(sequences)) from None
    found = Attributions(results)
    _warn_of(found)
    return found


class _Count:
    """How many pieces are explained so far, over all passes of a call."""

    def __init__(self, bar: Progress) -> None:
        self._bar, self._done = bar, 0

    def add(self) -> None:
        self._done += 1
        self._bar.report(self._done)


def _repeated(
    plan: Plan, sequences: list[Prepared], results: list[Attribution], count: _Count
) -> list[Attribution]:
    """Repeat the explanation of each sequence, for the class that was explained."""
    same = [one.target_index for one in results]
    found = [
        _explained(repeat.plan, [one.repeats[place] for one in sequences], same, count)
        for place, repeat in enumerate(plan.repeats)
    ]
    return with_repeats(results, plan.repeats, found)


def _explained(
    plan: Plan, sequences: list[Prepared], targets: SequenceABC[int | None], count: _Count
) -> list[Attribution]:
    """Explain sequences once, whatever the plan is to be repeated over."""
    parts = Pieces(plan.classifier, [one.sequence for one in sequences], [one.pieces for one in sequences])
    turned = [piece for one in sequences for piece in one.turned]
    truths = [one.truth for one in sequences for _ in one.pieces]
    forward: dict[int, Attribution] = {}
    reverse: dict[int, Attribution] = {}

    def finished() -> list[Attribution]:
        if not plan.both:
            return parts.joined(forward)
        return parts.joined({i: both_strands(forward[i], reverse[i]) for i in reverse})

    pieces = parts.in_order
    try:
        same = parts.targets(targets, plan.options.batch_size)
        work = OnePass(plan, pieces, truths, same)
        work.run(forward, count.add)
        if turned:
            same = [forward[i].target_index for i in range(len(pieces))]
            work = replace(work, plan=plan.turned, pieces=turned, targets=same)
            work.run(reverse, count.add)
    except KeyboardInterrupt:
        raise Interrupted(Attributions(finished()), len(sequences)) from None
    return finished()


def _warn_of(results: Attributions) -> None:
    """Say once, for all sequences together, what must not be overlooked."""
    for remark in remarks_of_set(results):
        if remark.severity == "warning":
            tell(remark.text)
