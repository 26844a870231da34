"""The tracks of a run, made once and kept in its folder until its shards change."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from captum_dna.core.errors import UserError
from captum_dna.io.browser_files import write_browser_files
from captum_dna.io.browser_tracks import BrowserTrack, browser_track
from captum_dna.io.genome import Genome
from captum_dna.io.run_folder import RunFolder
from captum_dna.io.writing import OutputError, check_replaceable, unfinished_folder
from captum_dna.pipeline.merging import merge
from captum_dna.pipeline.run_windows import ERROR, PREDICTION, SCORES, windows_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from captum_dna.pipeline.run_windows import RunWindows

_NAME = "tracks-"


def run_tracks(windows: RunWindows, sizes: Mapping[str, int], opened: ExitStack) -> list[BrowserTrack]:
    """Return the tracks of a run, merged where they are not there yet.

    Parameters
    ----------
    windows
        The windows of the run.
    sizes
        Bases of the chromosomes.
    opened
        Removes the tracks at its end, where the folder of the run may not be written to.
    """
    folder = windows.folder.derived(f"{_NAME}{_digest(windows.folder)}")
    paths = {name: folder / f"{name}.bw" for name in windows.tracks}
    if not all(path.is_file() for path in paths.values()):
        try:
            with unfinished_folder(folder) as part:
                merge(windows, part / f"{SCORES}.bw", sizes)
                for name in windows.tracks:
                    if name != SCORES:
                        (part / f"{SCORES}.{name}.bw").rename(part / f"{name}.bw")
            for old in folder.parent.glob(f"{_NAME}*"):
                if old != folder:
                    shutil.rmtree(old, ignore_errors=True)
        except (OutputError, PermissionError):
            kept = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="captum_dna-")))
            paths = merge(windows, kept / f"{SCORES}.bw", sizes).paths
    called = {SCORES: f"{windows.target} ({windows.run.method})", ERROR: "error of scores"}
    return [
        BrowserTrack(
            called.get(name, name), path, "scores" if name not in _PER_WINDOW else "values", "bigwig"
        )
        for name, path in paths.items()
    ]


_PER_WINDOW = (PREDICTION, ERROR)


def write_for_browsers(
    run: str | Path,
    genome: str | Path,
    tracks: Iterable[str | Path],
    folder: Path,
    *,
    assembly: str | None = None,
) -> list[Path]:
    """Write the tracks of a run, and the user's own, with files by which genome browsers open them.

    Parameters
    ----------
    run
        The folder of the run.
    genome
        The FASTA file that was explained.
    tracks
        Genes, intervals, variants and values to show below.
    folder
        Where to write.
    assembly
        What the browsers call the genome; by default the name of its file.

    Returns
    -------
    A session of igv.js, a track hub, a configuration of JBrowse, and one of pyGenomeTracks.

    Raises
    ------
    captum_dna.io.writing.OutputError
        The folder holds other files, or cannot be written.
    """
    check_replaceable(folder)
    with ExitStack() as opened:
        windows = windows_of(RunFolder(run))
        fasta = opened.enter_context(Genome(genome))
        check_genome(windows, fasta)
        others = [browser_track(one, fasta.sizes) for one in tracks]
        own = run_tracks(windows, fasta.sizes, opened)
        place = windows.strongest(1)[0].interval
        locus = "" if place is None else f"{place.chromosome}:{place.start + 1}-{place.end}"
        files = (fasta.path, *fasta.index_files)
        name = assembly or fasta.path.name.partition(".")[0]
        return write_browser_files(folder, files, [*own, *others], assembly=name, locus=locus)


def check_genome(windows: RunWindows, genome: Genome) -> None:
    """Refuse a genome that is not the one whose windows were explained.

    Raises
    ------
    UserError
        Says what differs.
    """
    for chromosome, segments in windows.chromosomes.items():
        if chromosome not in genome.sizes or max(one.end for one in segments) > genome.sizes[chromosome]:
            raise UserError(
                f"{windows.folder} has windows on {chromosome}:{segments[0].first[0]}-{segments[-1].end}, which does not "
                f"lie on {genome.path}. Give the genome that was explained.",
                option="genome",
            )
    chromosome, segments = next(iter(windows.chromosomes.items()))
    found = windows.at(chromosome, segments[0].first[0])
    place = None if found is None else found.interval
    if found is None or place is None or place.strand != "+":
        return
    if genome.bases(place.chromosome, place.start, place.end).upper() != found.sequence.upper():
        raise UserError(
            f"The letters of {place} in {genome.path} are not those that {windows.folder} explains: it is another assembly. "
            "Give the genome that was explained.",
            option="genome",
        )


def _digest(run: RunFolder) -> str:
    """Return a digest of all that tracks are made of."""
    marks = (run.mark(number) for number in run.finished())
    text = " ".join(mark.content for mark in marks if mark is not None)
    return hashlib.sha256(text.encode()).hexdigest()[:12]
