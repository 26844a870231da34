"""The verb ``motifs`` of the command line: seqlets or matches as a table, results with a track of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from captum_dna.cli_output import TABLES

if TYPE_CHECKING:
    from pathlib import Path

    from captum_dna.attribution import Attributions


def write_motifs(
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
    from captum_dna.motifs import find_seqlets, modisco, name_seqlets, scan, with_track

    chosen = {} if threshold is None else {"threshold": threshold}
    if scanning and database is not None:
        found = scan(results, database, **chosen)
    else:
        found = find_seqlets(results, method="recursive", **chosen)
        if database is not None:
            found = name_seqlets(found, results, database)
    found.to_csv(path, sep=TABLES[path.suffix.lower()], index=False, lineterminator="\n")
    click.echo(f"Wrote {len(found)} {'matches' if scanning else 'seqlets'} to {path}", err=True)
    if track is not None:
        with_track(results, found, "motif matches, by FIMO" if scanning else "motifs, by TOMTOM").save(track)
        click.echo(f"Wrote the results with a track of them to {track}", err=True)
    if folder is not None:
        for name, count in modisco(results, folder, motifs=database).items():
            click.echo(f"{name}\t{count}")
