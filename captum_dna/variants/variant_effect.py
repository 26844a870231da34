"""``variant_effect()``: what changes in a model's answer, and where it reads, when bases change."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from captum_dna.core.notices import tell
from captum_dna.core.progress import Progress
from captum_dna.core.sequences import Sequence, SequenceError, clean
from captum_dna.core.variant import Variant
from captum_dna.model.loading import load
from captum_dna.model.tokenization import TokenizerError
from captum_dna.pipeline.attribute import Interrupted, attribute
from captum_dna.pipeline.validate import check_sequence, settings_from
from captum_dna.variants.alleles import Alleles, alleles_in_genome, alleles_in_sequence
from captum_dna.variants.effects import VariantEffect, VariantEffects

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from collections.abc import Sequence as SequenceABC

    from captum_dna.core.progress import Tell
    from captum_dna.core.types import ModelLike
    from captum_dna.engine.protocol import Settings
    from captum_dna.model.classifier import Classifier
    from captum_dna.variants.alleles import Letters

_TOGETHER = 128
"""Variants explained at a time; Ctrl-C loses no more than these."""
_TOLD = 5


class VariantsInterrupted(KeyboardInterrupt):
    """Ctrl-C during :func:`variant_effect`; ``finished`` has the effects so far, in the order of the input."""

    def __init__(self, finished: VariantEffects, total: int) -> None:
        super().__init__(f"Interrupted after {len(finished)} of {total} variants; they are in .finished.")
        self.finished = finished
        self.total = total


def variant_effect(
    model: ModelLike,
    variants: str | Path | Variant | Iterable[Variant | tuple[Sequence | str, int, str, str]],
    *,
    genome: Letters | str | Path | None = None,
    length: int | None = None,
    target: int | str | None = None,
    on_invalid: Literal["raise", "skip"] = "raise",
    progress: bool | Tell | None = None,
    **options: Any,
) -> VariantEffects:
    """Compare a model's answer, and what it reads, with and without each variant.

    Both alleles are given to the model as sequences of one length, tokenized anew, and explained for the
    same class. Their attributions are aligned base by base; see :class:`captum_dna.variants.alleles.Alleles`.

    Parameters
    ----------
    model
        As for :func:`captum_dna.attribute`.
    variants
        The path of a VCF file, whose lines with several alternatives give one variant each; a
        :class:`Variant` or several; or tuples ``(sequence, offset, ref, alt)`` for changes of sequences of
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
    if options.get("window_length") is not None:
        raise ValueError(
            "Each variant is read in one window of the model: give `length=` instead of `window_length=`."
        )
    classifier = load(model)
    settings = settings_from(classifier, options)
    explained = None if target is None else classifier.label_index(target)
    if length is not None and classifier.max_bases is not None and length > classifier.max_bases:
        raise ValueError(f"`length` is {length} bases, but the model takes at most {classifier.max_bases}.")
    with _opened(genome) as letters:
        found = _usable(classifier, _alleles(classifier, variants, letters, length), settings, on_invalid)
    effects: list[VariantEffect] = []
    with Progress(progress, len(found), "Variants") as bar:
        for first in range(0, len(found), _TOGETHER):
            some = found[first : first + _TOGETHER]
            try:
                effects += _explain(classifier, some, explained, options)
            except Interrupted:
                raise VariantsInterrupted(VariantEffects(effects), len(found)) from None
            bar.report(len(effects))
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
    classifier: Classifier, alleles: SequenceABC[Alleles], target: int | None, options: dict[str, Any]
) -> list[VariantEffect]:
    """Return the effects of some variants; the class of the reference is that of the alternative."""
    quietly: dict[str, Any] = options | {"progress": False}
    references = attribute(classifier, _named(alleles, "reference"), target=target, **quietly)
    same = [result.target for result in references]
    alternatives = attribute(classifier, _named(alleles, "alternative"), target=same, **quietly)
    return [
        VariantEffect(one, reference, alternative)
        for one, reference, alternative in zip(alleles, references, alternatives, strict=True)
    ]


def _named(alleles: SequenceABC[Alleles], which: Literal["reference", "alternative"]) -> list[Sequence]:
    return [one.reference if which == "reference" else one.alternative for one in alleles]


def _alleles(
    classifier: Classifier,
    variants: str | Path | Variant | Iterable[Variant | tuple[Sequence | str, int, str, str]],
    genome: Letters | None,
    length: int | None,
) -> Iterator[Alleles | SequenceError]:
    """Yield the two sequences of each variant, or what is wrong with it."""
    if isinstance(variants, str | Path):
        from captum_dna.io.vcf import read_vcf

        variants = read_vcf(variants)
    for number, variant in enumerate([variants] if isinstance(variants, Variant) else variants, start=1):
        try:
            if isinstance(variant, Variant):
                if genome is None:
                    raise ValueError(
                        "Variants by position need their genome: give `genome=`, such as a FASTA file."
                    )
                yield alleles_in_genome(variant, genome, _length(classifier, length, None))
            else:
                sequence, offset, ref, alt = variant
                if isinstance(sequence, str):
                    name = f"sequence {number}"
                    sequence = Sequence(name, clean(sequence, name))
                longest = _length(classifier, length, len(sequence))
                yield alleles_in_sequence(sequence, offset, ref, alt, longest)
        except SequenceError as error:
            yield error


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
        raise ValueError(
            "How many bases the model takes depends on the sequence: say with `length=` how many to give it."
        )
    if wanted is None:
        wanted = min(most or 0, classifier.max_bases or most or 0)
    if wanted < 1:
        raise ValueError(f"`length` is a number of bases, at least 1, not {wanted}.")
    return wanted if most is None else min(wanted, most)


def _usable(
    classifier: Classifier, found: Iterable[Alleles | SequenceError], settings: Settings, on_invalid: str
) -> list[Alleles]:
    """Return the variants both of whose sequences the model can read, under names of their own."""
    good: list[Alleles] = []
    problems: list[str] = []
    seen: dict[str, int] = {}
    for one in found:
        try:
            if isinstance(one, SequenceError):
                raise one
            for sequence in (one.reference, one.alternative):
                check_sequence(classifier, sequence, settings)
        except (SequenceError, TokenizerError) as error:
            problems.append(str(error))
        else:
            name = str(one.variant)
            seen[name] = seen.get(name, 0) + 1
            good.append(one if seen[name] == 1 else _numbered(one, seen[name]))
    count = len(good) + len(problems)
    if not count:
        raise ValueError("There are no variants.")
    if problems and (on_invalid == "raise" or not good):
        listed = "\n  ".join(problems[:_TOLD])
        rest = f"\n  and {len(problems) - _TOLD} more." if len(problems) > _TOLD else ""
        head = f"{len(problems)} of {count} variants cannot be explained:\n  " if count > 1 else ""
        raise SequenceError(f"{head}{listed}{rest}")
    if problems:
        listed = "\n  ".join(problems)
        tell(f"{len(problems)} of {count} variants are left out:\n  {listed}", stacklevel=3)
    return good
