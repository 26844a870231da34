"""``attribute_genome()``: windows over a genome, explained into a folder of shards like any other sequences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from captum_dna.core.errors import UserError
from captum_dna.core.notices import tell
from captum_dna.core.options import ALL
from captum_dna.core.words import listed
from captum_dna.io.tiles import Tiles
from captum_dna.model.loading import load
from captum_dna.pipeline.shards import attribute_to
from captum_dna.pipeline.windows import tiling_of

if TYPE_CHECKING:
    from pathlib import Path

    from captum_dna.core.types import ModelLike
    from captum_dna.model.classifier import Classifier

_LISTED = 10


def attribute_genome(
    folder: str | Path,
    model: ModelLike,
    genome: str | Path,
    regions: str | Path | None = None,
    *,
    window: int | Literal["auto"] = "auto",
    window_stride: int | None = None,
    part: tuple[int, int] | None = None,
    **options: Any,
) -> Path:
    r"""Explain a genome, or regions of it, window by window, into a folder that can be resumed, shared and merged.

    Where windows lie is the rule of :class:`captum_dna.io.tiles.Tiles`: none has a gap of the assembly in it, and what is
    skipped is said. All letters are checked before the model runs.

    Parameters
    ----------
    folder, part
        As for :func:`captum_dna.attribute_to`.
    model
        As for :func:`captum_dna.attribute`.
    genome
        FASTA file, plain or compressed with bgzip.
    regions
        BED file of the places to explain; by default all of the genome.
    window
        Bases of a window; ``"auto"`` for as many as fit the model.
    window_stride
        Bases from the start of one window to that of the next; three quarters of a window by default.
    **options
        As for :func:`captum_dna.attribute_to`. A model with several classes needs a ``target``.

    Returns
    -------
    The folder, which :func:`captum_dna.pipeline.merging.merge` makes tracks of.

    Raises
    ------
    ValueError
        What :func:`captum_dna.attribute_to` refuses, windows that do not suit the model, no target, or a genome or regions
        that cannot be used.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> work = pathlib.Path(tempfile.mkdtemp())
    >>> _ = (work / "genome.fa").write_text(">chr1\n" + "ACGTTGCATATAAAAGGCATGCCA" * 12 + "\n")
    >>> run = attribute_genome(work / "run", "demo", work / "genome.fa", window=100, method="deeplift", target="other")
    >>> import captum_dna
    >>> [str(one.interval) for one in captum_dna.Attributions.load(run)]
    ['chr1:0-100(+)', 'chr1:75-175(+)', 'chr1:150-250(+)', 'chr1:188-288(+)']
    """
    for name in ("window_length", "overlap"):
        if options.get(name) is not None:
            raise UserError(
                f"A genome is read in windows already. Give `window` and `window_stride`, not `{name}`.",
                option=name,
            )
    classifier: Classifier = load(model)
    _check_target(classifier, options.get("target"))
    size, step = tiling_of(classifier, window, window_stride)
    tiles = Tiles(genome, window=size, stride=step, regions=regions)
    if str(tiles.skipped):
        tell(f"{tiles.what}: {tiles.skipped} skipped.")
    try:
        # Its letters are all checked: the model may begin before every window was read by the tokenizer.
        return attribute_to(folder, classifier, tiles, part=part or (0, 1), **options)
    finally:
        tiles.close()


def _check_target(classifier: Classifier, target: object) -> None:
    """Refuse tracks whose windows would explain one class here and another there."""
    labels = classifier.labels
    named = target is not None and not isinstance(target, list | tuple) and (target != ALL or ALL in labels)
    if len(labels) > 1 and not named:
        raise UserError(
            f"The windows of a genome explain one class, so that their scores make one track. Give its `target`. "
            f"{classifier.name} has the classes {listed(labels, _LISTED)}.",
            option="target",
        )
