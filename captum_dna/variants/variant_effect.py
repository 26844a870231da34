"""``variant_effect()``: what changes in a model's output, and where it reads, when bases change."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from captum_dna.core.checks import whole_number
from captum_dna.core.errors import SequenceError, TooLongError, UserError
from captum_dna.core.letters import clean, word_length
from captum_dna.core.options import Options
from captum_dna.core.problems import Problems
from captum_dna.core.progress import Progress
from captum_dna.core.sequences import Sequence
from captum_dna.core.variant import Variant
from captum_dna.io.reading import Reading
from captum_dna.model.errors import TokenizerError
from captum_dna.model.loading import load
from captum_dna.pipeline.attribute import Interrupted, explained
from captum_dna.pipeline.validate import plan_of, prepared
from captum_dna.variants.alleles import Alleles, alleles_in_genome, alleles_in_sequence
from captum_dna.variants.effects import VariantEffect, VariantEffects

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from collections.abc import Sequence as SequenceABC

    import pandas as pd

    from captum_dna.core.progress import Tell
    from captum_dna.core.types import ModelLike
    from captum_dna.model.classifier import Classifier
    from captum_dna.pipeline.plan import Plan, Prepared
    from captum_dna.variants.alleles import Letters

_TOGETHER = 128
"""Variants explained at a time; Ctrl-C loses no more than the references of these."""

_CHANGE = ("sequence", "offset", "ref", "alt")
"""The parts of a change of a sequence of one's own, and the columns that hold them."""

_COLUMNS = {
    "chromosome": ("chromosome", "chrom", "chr"),
    "position": ("position", "pos"),
    "ref": ("ref", "reference"),
    "alt": ("alt", "alternative"),
    "name": ("name", "id", "rsid"),
}
"""Columns of a data frame of variants, in any case: those of our own tables, and those of VCF."""


class VariantsInterrupted(KeyboardInterrupt):
    """Ctrl-C during :func:`variant_effect`; ``finished`` has the effects so far, in the order of the input."""

    def __init__(self, finished: VariantEffects, total: int) -> None:
        super().__init__(f"Interrupted after {len(finished)} of {total} variants; they are in .finished.")
        self.finished = finished
        self.total = total


def variant_effect(
    model: ModelLike,
    variants: str | Path | Variant | pd.DataFrame | Iterable[Variant | tuple[Sequence | str, int, str, str]],
    *,
    genome: Letters | str | Path | None = None,
    length: int | None = None,
    target: int | str | None = None,
    on_invalid: Literal["raise", "skip"] = "raise",
    progress: bool | Tell | None = None,
    **options: object,
) -> VariantEffects:
    """Compare a model's output, and what it reads, with and without each variant.

    Both alleles are given to the model as sequences of one length, tokenized again, and explained for the
    same class. Their attributions are aligned base by base. See :class:`captum_dna.variants.alleles.Alleles`.

    Parameters
    ----------
    model
        As for :func:`captum_dna.attribute`.
    variants
        The path of a VCF file, whose lines with several alternatives give one variant each; a
        :class:`Variant` or several; a data frame with the columns chromosome, position (from 1), ref and alt (or
        those of VCF), and perhaps name; or tuples ``(sequence, offset, ref, alt)`` for changes of sequences of
        one's own, ``offset`` counted from 0.
    genome
        A :class:`captum_dna.io.genome.Genome`, the path of its FASTA file, or whatever else has the letters
        of each chromosome; needed unless all variants are tuples.
    length
        Bases of both sequences, of which the variant's first is in the middle; by default what the model
        takes at most, and for a tuple no more than its sequence has.
    target
        The class explained, for all variants; by default the predicted class of each reference, which is
        explained in the alternative as well.
    on_invalid
        ``"raise"`` to stop at variants that cannot be explained before any model runs, ``"skip"`` to leave
        them out with a warning.
    progress
        As for :func:`captum_dna.attribute`, in variants.
    **options
        Other options of :func:`captum_dna.attribute`, such as ``strands="both"``: then outputs and scores
        are means over both strands, and predictions are those of the forward strand.

    Returns
    -------
    One :class:`captum_dna.variants.effects.VariantEffect` per variant, in order.

    Raises
    ------
    ValueError
        Bad variants or an impossible choice; a sentence that names the variant, before any model runs.
    VariantsInterrupted
        Ctrl-C; carries what is finished.

    Examples
    --------
    >>> from captum_dna import variant_effect
    >>> promoter = "GCGCCTATAAAAGGCGGCACGTTGCA" * 4
    >>> (effect,) = variant_effect("demo", [(promoter, 7, "T", "G")], target="TATA promoter")
    >>> effect.difference.shape
    (104,)
    """
    reading, choices = Reading.apart(options)
    if reading.chosen:
        name = next(iter(reading.chosen))
        raise UserError(
            f"`{name}` is for sequences that are read from a file or table, and variants are not. Leave it out.",
            option=name,
        )
    chosen = Options.of(target=target, on_invalid=on_invalid, **choices)
    if chosen.window_length is not None:
        raise UserError(
            "Each variant is read in one window of the model. Give `length=` instead of `window_length=`.",
            option="window_length",
        )
    if chosen.over is not None:
        raise UserError(
            "`over` repeats explanations of sequences, not of variants. Leave it out, or explain both alleles with "
            "attribute().",
            option="over",
        )
    if isinstance(chosen.target, tuple):
        raise UserError("`target` must be one class for all variants, by name or index.", option="target")
    plan = plan_of(load(model), chosen)
    classifier = plan.classifier
    explained_class = None if chosen.target is None else classifier.label_index(chosen.target)
    size = None if length is None else whole_number("length", length, 1)
    if size is not None and classifier.max_bases is not None and size > classifier.max_bases:
        raise UserError(
            f"`length` is {size} bases, but the model takes at most {classifier.max_bases}.", option="length"
        )
    with _opened(genome) as letters:
        found = _usable(plan, _alleles(classifier, variants, letters, size))
    effects: list[VariantEffect] = []
    with Progress(progress, len(found), "Variants") as bar:
        for first in range(0, len(found), _TOGETHER):
            some = found[first : first + _TOGETHER]
            try:
                _explain(plan, some, explained_class, effects)
                bar.report(len(effects))
            except KeyboardInterrupt:
                raise VariantsInterrupted(VariantEffects(effects), len(found)) from None
    return VariantEffects(effects)


@contextmanager
def _opened(genome: Letters | str | Path | None) -> Iterator[Letters | None]:
    """Open a genome that is given by its path, and close it again."""
    if isinstance(genome, str | Path):
        from captum_dna.io.genome import Genome

        with Genome(genome) as opened:
            yield opened
    else:
        yield genome


def _explain(
    plan: Plan, alleles: SequenceABC[Alleles], target: int | None, effects: list[VariantEffect]
) -> None:
    """Add the effects of some variants, those of whom both are finished; the reference's class is the alternative's."""
    read = [_both_read(plan, one) for one in alleles]
    references = explained(plan, [one for one, _ in read], [target] * len(read), progress=False)
    same = [result.target_index for result in references]
    stopped: Interrupted | None = None
    try:
        alternatives = explained(plan, [other for _, other in read], same, progress=False)
    except Interrupted as stop:
        alternatives, stopped = stop.finished, stop
    done = {alternative.name: alternative for alternative in alternatives}
    effects += [
        VariantEffect(one, reference, done[one.alternative.name])
        for one, reference in zip(alleles, references, strict=True)
        if one.alternative.name in done
    ]
    if stopped is not None:
        raise stopped


def _both_read(plan: Plan, alleles: Alleles) -> tuple[Prepared, Prepared]:
    """Return both sequences with their tokens.

    Raises
    ------
    SequenceError, TokenizerError
        The model cannot read one of them.
    """
    try:
        return prepared(plan, alleles.reference), prepared(plan, alleles.alternative)
    except TooLongError as error:
        raise error.advised("Give a smaller `length`") from None


def _alleles(
    classifier: Classifier,
    variants: str | Path | Variant | pd.DataFrame | Iterable[Variant | tuple[Sequence | str, int, str, str]],
    genome: Letters | None,
    length: int | None,
) -> Iterator[Alleles | SequenceError]:
    """Yield the two sequences of each variant, or what is wrong with it."""
    if isinstance(variants, str | Path):
        from captum_dna.io.vcf import read_vcf

        variants = read_vcf(variants)
    for number, variant in enumerate(_each(variants), start=1):
        try:
            if isinstance(variant, Variant):
                if genome is None:
                    raise UserError(
                        "Variants by position need their genome. Give `genome=`, such as a FASTA file.",
                        option="genome",
                    )
                yield alleles_in_genome(variant, genome, _length(classifier, length, None))
            else:
                sequence, offset, ref, alt = _parts(variant, number)
                if isinstance(sequence, str):
                    name = f"sequence {number}"
                    sequence = Sequence(name, clean(sequence, name), words=word_length(sequence))
                longest = _length(classifier, length, len(sequence))
                yield alleles_in_sequence(sequence, offset, ref, alt, longest)
        except SequenceError as error:
            yield error


def _each(variants: Any) -> Iterable[object]:
    """Return variants one by one: a single one, an iterable, or the rows of a data frame."""
    if isinstance(variants, Variant) or (isinstance(variants, tuple) and _is_change(variants)):
        return (variants,)
    if hasattr(variants, "iterrows") or hasattr(variants, "iter_rows"):  # pandas, polars: not imported here
        columns = {str(name).lower() for name in variants.columns}
        return _changes(variants) if columns >= set(_CHANGE) else _rows(variants)
    return variants  # type: ignore[no-any-return]  # checked above, item by item


def _is_change(variant: tuple[object, ...]) -> bool:
    """Tell one change of a sequence from several variants."""
    return len(variant) == len(_CHANGE) and all(isinstance(allele, str) for allele in variant[2:])


def _parts(variant: object, number: int) -> tuple[Sequence | str, int, str, str]:
    """Return sequence, offset, ref and alt of a change.

    Raises
    ------
    UserError
        It is no such tuple.
    """
    if not isinstance(variant, tuple | list) or not _is_change(tuple(variant)):
        raise UserError(
            f"Variant {number} is {variant!r:.60}. Give a captum_dna.Variant or a tuple (sequence, offset, ref, alt)."
        )
    sequence, offset, ref, alt = variant
    return sequence, whole_number("offset", offset, 0), ref, alt


def _changes(frame: Any) -> Iterator[tuple[Sequence | str, int, str, str]]:
    """Yield the rows of a data frame of changes of sequences."""
    called = {str(name).lower(): name for name in frame.columns}
    return zip(*(list(frame[called[name]]) for name in _CHANGE), strict=True)


def _rows(frame: Any) -> Iterator[Variant]:
    """Yield the rows of a data frame, whose columns are those of a VCF or of a table of effects.

    Raises
    ------
    UserError
        A column is missing.
    """
    called = {str(name).lower().lstrip("#"): name for name in frame.columns}
    wanted = {field: [called[one] for one in names if one in called] for field, names in _COLUMNS.items()}
    columns = {field: found[0] for field, found in wanted.items() if found}
    missing = [field for field in _COLUMNS if field not in columns and field != "name"]
    if missing:
        raise UserError(
            f"The data frame has no column for {', '.join(missing)}; its columns are {', '.join(map(str, frame.columns))}."
        )
    values = {field: list(frame[name]) for field, name in columns.items()}
    for row in zip(*values.values(), strict=True):
        named = dict(zip(values, row, strict=True))
        name = named.get("name")
        yield Variant(
            str(named["chromosome"]),
            whole_number("position", named["position"]),
            str(named["ref"]),
            str(named["alt"]),
            "" if name is None or name != name or name == "." else str(name),  # noqa: PLR0124 - NaN
        )


def _numbered(one: Alleles, number: int) -> Alleles:
    """Return a repeated variant with sequences of other names, which results are told apart by."""
    return replace(
        one,
        reference=replace(one.reference, name=f"{one.reference.name} ({number})"),
        alternative=replace(one.alternative, name=f"{one.alternative.name} ({number})"),
    )


def _length(classifier: Classifier, length: int | None, most: int | None) -> int:
    """Return the length of both sequences, at most that of the letters there are."""
    wanted = length if length is not None else classifier.max_bases if most is None else None
    if wanted is None and most is None:
        raise UserError(
            "The number of bases that the model can read depends on the sequence. Choose one with `length=`.",
            option="length",
        )
    if wanted is None:
        wanted = min(most or 0, classifier.max_bases or most or 0)
    if wanted < 1:
        raise UserError(f"`length` must be a number of bases, at least 1, not {wanted}.", option="length")
    return wanted if most is None else min(wanted, most)


def _usable(plan: Plan, found: Iterable[Alleles | SequenceError]) -> list[Alleles]:
    """Return the variants both of whose sequences the model can read, under names of their own."""
    good: list[Alleles] = []
    problems = Problems("variants", skip=plan.options.on_invalid == "skip")
    seen: dict[str, int] = {}
    for one in found:
        try:
            if isinstance(one, SequenceError):
                raise one
            _both_read(plan, one)
        except (SequenceError, TokenizerError) as error:
            problems.add(error)
        else:
            name = str(one.variant)
            seen[name] = seen.get(name, 0) + 1
            good.append(one if seen[name] == 1 else _numbered(one, seen[name]))
    if not good and not problems.count:
        raise UserError("There are no variants in the file or list.")
    problems.settle(len(good))
    return good
