"""``browse()``: the viewer with a genome above its pictures, for a run over that genome."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from captum_dna.core.errors import UserError
from captum_dna.core.sequences import Sequence
from captum_dna.insights.genome import GenomeView
from captum_dna.insights.server import Insights
from captum_dna.io.browser_tracks import browser_track
from captum_dna.io.genome import Genome
from captum_dna.io.run_folder import RunFolder
from captum_dna.model.loading import load
from captum_dna.pipeline.run_tracks import check_genome, run_tracks
from captum_dna.pipeline.run_windows import windows_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from captum_dna.core.attribution import Attribution
    from captum_dna.core.types import ModelLike

_STRONGEST = 50
"""Windows that are listed at the start."""


def browse(
    run: str | Path,
    genome: str | Path,
    tracks: Iterable[str | Path] = (),
    *,
    model: ModelLike | None = None,
    **options: Any,
) -> Insights:
    """Return a viewer that shows a run on its genome; a click on a base opens the picture of its window.

    Parameters
    ----------
    run
        The folder of :func:`captum_dna.attribute_genome`, or of :func:`captum_dna.attribute_to` over intervals in the
        order of the genome.
    genome
        The FASTA file that was explained.
    tracks
        Genes, intervals, variants and values to show below: GFF3, GTF, BED, narrowPeak, VCF, bigBed and bigWig files.
    model
        The model that was explained; by default it is loaded by the name that the run keeps.
    **options
        As for :class:`captum_dna.Insights`.

    Raises
    ------
    ValueError
        Another genome, another model, or a file that a genome browser could not show.
    """
    with ExitStack() as opened:
        windows = windows_of(RunFolder(run))
        fasta = opened.enter_context(Genome(genome))
        check_genome(windows, fasta)
        others = [browser_track(one, fasta.sizes) for one in tracks]
        classifier = load(windows.run.model if model is None else model)
        if classifier.fingerprint != windows.run.model_fingerprint:
            raise UserError(
                f"{classifier.name} is not the model that {run} explains, {windows.run.model}: its weights differ. Give the "
                "`model` that was explained.",
                option="model",
            )
        own = run_tracks(windows, fasta.sizes, opened)
        strongest = windows.strongest(_STRONGEST)
        view = GenomeView(fasta, windows, own, others, strongest[0])
        named = {"name": "Strongest windows", "sizes": fasta.sizes} | options
        viewer = Insights(classifier, [_sequence(one) for one in strongest], browse=view, **named)
        view.keep(opened.pop_all())
    return viewer


def _sequence(one: Attribution) -> Sequence:
    return Sequence(one.name, one.sequence, interval=one.interval, origin=one.origin, tracks=one.tracks)
