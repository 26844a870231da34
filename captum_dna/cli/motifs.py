"""The verb ``motifs``: seqlets or matches as a table, results with a track of them."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import click

from captum_dna.cli.inputs import checked_path
from captum_dna.cli.numbers import Number
from captum_dna.cli.options import debug_option
from captum_dna.cli.output import as_json, put, put_json, rows_of, say
from captum_dna.cli.program import main
from captum_dna.core.paths import at_home
from captum_dna.core.words import counted
from captum_dna.io.exporters import SEPARATORS

if TYPE_CHECKING:
    from pathlib import Path

    from captum_dna.results import Attributions


@main.command(
    short_help="Find stretches that stand out, and name them by known motifs.",
    epilog=(
        "captum-dna motifs run.parquet --database motifs.meme --out seqlets.tsv --track named.parquet\n"
        "captum-dna motifs run.parquet --database motifs.meme --scan --out matches.tsv\n"
        "captum-dna motifs run.parquet --database motifs.meme --out seqlets.tsv --modisco discovered"
    ),
)
@click.argument("source")
@click.option("--out", required=True, help="A .tsv or .csv table.")
@click.option("--database", metavar="FILE", help="Known motifs in MEME format, to name what is found.")
@click.option("--scan", "scanning", is_flag=True, help="Look for the motifs by their letters (FIMO) instead.")
@click.option(
    "--threshold",
    type=Number(0, 1, min_open=True),
    help="Largest p-value; 0.01 for seqlets, 0.0001 with --scan.",
)
@click.option(
    "--track", metavar="FILE", help="Write the results with a track of what was found, as .parquet."
)
@click.option("--modisco", "folder", metavar="FOLDER", help="Discover motifs with TF-MoDISco as well.")
@debug_option
def motifs(
    source: str,
    out: str,
    database: str | None,
    scanning: bool,
    threshold: float | None,
    track: str | None,
    folder: str | None,
) -> None:
    """Find the stretches of SOURCE, a file or folder of results, whose scores stand out."""
    if scanning and database is None:
        raise click.UsageError("--scan looks for known motifs, so give a file of them with --database.")
    path = checked_path(out, SEPARATORS)
    tracked = None if track is None else checked_path(track, (".parquet",), "--track")
    from captum_dna import Attributions

    _write_motifs(
        Attributions.load(source),
        path,
        database,
        scanning=scanning,
        threshold=threshold,
        track=tracked,
        folder=folder,
    )


def _write_motifs(
    results: Attributions,
    path: Path,
    database: str | None,
    *,
    scanning: bool,
    threshold: float | None,
    track: Path | None,
    folder: str | None,
) -> None:
    """Find seqlets, or matches of known motifs, and write what was asked for."""
    from captum_dna.io.frames import write_frame
    from captum_dna.motifs import find_seqlets, modisco, name_seqlets, scan, with_track
    from captum_dna.motifs.discovery import checked_folder
    from captum_dna.motifs.meme import read_motifs

    if database is not None:
        read_motifs(database)  # what is wrong with it is said before the scores are searched
    if folder is not None:
        checked_folder(folder)
    chosen = {} if threshold is None else {"threshold": threshold}
    if scanning and database is not None:
        found, what = scan(results, database, **chosen), "motif matches, by FIMO"
    else:
        found, what = find_seqlets(results, method="recursive", **chosen), "seqlets"
        if database is not None:
            found, what = name_seqlets(found, results, database), "motifs, by TOMTOM"
    write_frame(found, path)
    written, discovered = [path], None
    say(
        f"Wrote {counted(len(found), 'match', 'matches') if scanning else counted(len(found), 'seqlet')} to {path}"
    )
    if track is not None:
        with_track(results, found, what).save(track)
        written.append(track)
        say(f"Wrote the results with a track of them to {track}")
    if folder is not None:
        with warnings.catch_warnings():
            if database is not None and not scanning:  # it was said with the seqlets
                warnings.filterwarnings("ignore", message=".*: TOMTOM compares")
            discovered = modisco(results, folder, motifs=database)
        written.append(at_home(folder))
        say(f"Wrote the motifs of TF-MoDISco and their report to {folder}")
    if as_json():
        named = None if discovered is None else rows_of(discovered)
        put_json({"files": [str(one) for one in written], "table": rows_of(found), "discovered": named})
    elif discovered is not None:
        put(discovered.to_csv(sep="\t", index=False, float_format="%.3g", lineterminator="\n"), end="")
