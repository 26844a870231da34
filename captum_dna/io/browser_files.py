"""Scores and annotation as genome browsers open them: igv.js, the UCSC browser, JBrowse 2 and pyGenomeTracks.

A folder with the tracks, and beside them a session of igv.js, a track hub, a configuration of JBrowse and an
``.ini`` of pyGenomeTracks that name the tracks by where they lie in it.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from typing import TYPE_CHECKING

from captum_dna.core.colours import AWAY, TOWARDS, rgb
from captum_dna.io.writing import unfinished_folder, write_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from captum_dna.io.browser_tracks import BrowserTrack


_COLOURS = {"prediction": "rgb(90,90,150)", "error of scores": "rgb(130,130,130)"}
_OTHER = "rgb(60,110,90)"
SESSION, HUB, JBROWSE, PYGENOMETRACKS = "igv_session.json", "hub.txt", "config.json", "tracks.ini"


def igv_options(
    genome: Sequence[Path], tracks: Sequence[BrowserTrack], address: Callable[[Path], str], *, locus: str
) -> dict[str, object]:
    """Return what ``igv.createBrowser`` takes, and what a session file of igv.js holds.

    Parameters
    ----------
    genome
        The FASTA file and its index files.
    tracks
        What to show, from top to bottom.
    address
        Returns the address of a file.
    locus
        What to show first, counted from 1.
    """
    return {
        "reference": reference(genome, address),
        "loadDefaultGenomes": False,
        "locus": locus,
        "tracks": [_igv_track(one, address) for one in tracks],
    }


def _rgb(colour: str) -> str:
    return f"rgb({','.join(map(str, rgb(colour)))})"


def reference(genome: Sequence[Path], address: Callable[[Path], str]) -> dict[str, str]:
    """Return a genome as igv.js takes it."""
    fasta, *indexes = genome
    kinds = {".fai": "indexURL", ".gzi": "compressedIndexURL"}
    return {"id": fasta.name, "name": fasta.name, "fastaURL": address(fasta)} | {
        kinds[one.suffix]: address(one) for one in indexes
    }


def _igv_track(track: BrowserTrack, address: Callable[[Path], str]) -> dict[str, object]:
    known: dict[str, object] = {"name": track.name, "url": address(track.path), "format": track.format}
    if track.index is not None:
        known["indexURL"] = address(track.index)
    elif track.kind in ("annotation", "variants") and track.format != "bigbed":
        known["indexed"] = False
    if track.kind == "scores":
        colours = {"color": _rgb(TOWARDS), "altColor": _rgb(AWAY)}
        return known | {"type": "wig", "graphType": "dynseq", "height": 100, "autoscale": True} | colours
    if track.kind == "values":
        return known | {
            "type": "wig",
            "height": 34,
            "autoscale": True,
            "color": _COLOURS.get(track.name, _OTHER),
        }
    if track.kind == "variants":
        return known | {"type": "variant", "height": 60}
    return known | {"type": "annotation", "height": 70, "displayMode": "EXPANDED"}


def write_browser_files(
    folder: Path, genome: Sequence[Path], tracks: Sequence[BrowserTrack], *, assembly: str, locus: str
) -> list[Path]:
    """Write a folder that genome browsers open; the files in it are links where the disk has them, else copies.

    Parameters
    ----------
    folder
        The folder, whole or not at all.
    genome, tracks, locus
        As for :func:`igv_options`.
    assembly
        The name of the genome in the browsers, such as hg38.

    Returns
    -------
    The session, the hub, the configuration of JBrowse and that of pyGenomeTracks.

    Raises
    ------
    captum_dna.io.writing.OutputError
        It cannot be written.
    """
    with unfinished_folder(folder) as part:
        named = _brought(part, genome, tracks)

        def address(path: Path) -> str:
            return named[path]

        session = igv_options(genome, tracks, address, locus=locus)
        write_text(part / SESSION, _json(session))
        write_text(part / HUB, _hub(tracks, address, assembly))
        write_text(part / JBROWSE, _json(_jbrowse(genome, tracks, address, assembly)))
        write_text(part / PYGENOMETRACKS, _pygenometracks(tracks, address))
    return [folder / name for name in (SESSION, HUB, JBROWSE, PYGENOMETRACKS)]


def _brought(folder: Path, genome: Sequence[Path], tracks: Sequence[BrowserTrack]) -> dict[Path, str]:
    """Put all files into a folder, each under a name of its own; return the names."""
    named: dict[Path, str] = {}
    wanted = [*genome]
    for track in tracks:
        wanted += [track.path, *([track.index] if track.index is not None else [])]
    for path in dict.fromkeys(wanted):
        name, number = path.name, 1
        while name in named.values():
            number += 1
            name = f"{number}-{path.name}"
        try:
            os.link(path.resolve(), folder / name)
        except OSError:  # another disk, or one without links
            shutil.copyfile(path, folder / name)
        named[path] = name
    return named


def _json(value: Mapping[str, object]) -> str:
    return json.dumps(value, indent=2) + "\n"


def _word(text: str) -> str:
    """Return a name with letters, digits and _ alone, as identifiers of browsers have them."""
    return re.sub(r"\W+", "_", text, flags=re.ASCII).strip("_") or "track"


# --- UCSC ----------------------------------------------------------------------------------------


_HUB = """hub captum_dna
shortLabel captum_dna
longLabel Nucleotides that the model read
useOneFile on
email you@example.org
"""


def _hub(tracks: Sequence[BrowserTrack], address: Callable[[Path], str], assembly: str) -> str:
    """Return a hub in one file: bigWig and bigBed, which are what hubs have."""
    stanzas = [
        _HUB,
        f"genome {assembly}\n",
    ]
    for number, track in enumerate(tracks, start=1):
        if track.format not in ("bigwig", "bigbed"):
            continue
        kind = "bigWig" if track.format == "bigwig" else "bigBed"
        lines = [
            f"track {_word(track.name)}_{number}",
            f"bigDataUrl {address(track.path)}",
            f"shortLabel {track.name[:17]}",
            f"longLabel {track.name}",
            f"type {kind}",
            "visibility full",
        ]
        if kind == "bigWig":
            lines += ["autoScale on", "maxHeightPixels 100:60:16"]
        if track.kind == "scores":
            lines += ["logo on"]  # letters as tall as the scores, where one zooms in
        stanzas.append("\n".join(lines) + "\n")
    return "\n".join(stanzas)


# --- JBrowse 2 -----------------------------------------------------------------------------------


def _jbrowse(
    genome: Sequence[Path], tracks: Sequence[BrowserTrack], address: Callable[[Path], str], assembly: str
) -> dict[str, object]:
    def location(path: Path) -> dict[str, str]:
        return {"uri": address(path), "locationType": "UriLocation"}

    fasta, *indexes = genome
    kinds = {".fai": "faiLocation", ".gzi": "gziLocation"}
    adapter: dict[str, object] = {
        "type": "BgzipFastaAdapter" if len(indexes) > 1 else "IndexedFastaAdapter",
        "fastaLocation": location(fasta),
    }
    adapter |= {kinds[one.suffix]: location(one) for one in indexes}
    return {
        "assemblies": [
            {
                "name": assembly,
                "sequence": {
                    "type": "ReferenceSequenceTrack",
                    "trackId": f"{_word(assembly)}_sequence",
                    "adapter": adapter,
                },
            }
        ],
        "tracks": [
            {
                "type": "QuantitativeTrack"
                if track.format == "bigwig"
                else "VariantTrack"
                if track.kind == "variants"
                else "FeatureTrack",
                "trackId": f"{_word(track.name)}_{number}",
                "name": track.name,
                "assemblyNames": [assembly],
                "adapter": _jbrowse_adapter(track, location),
            }
            for number, track in enumerate(tracks, start=1)
        ],
    }


_JBROWSE = {
    "bigwig": ("BigWigAdapter", "bigWigLocation"),
    "bigbed": ("BigBedAdapter", "bigBedLocation"),
    "gff3": ("Gff3Adapter", "gffLocation"),
    "gtf": ("GtfAdapter", "gtfLocation"),
    "vcf": ("VcfAdapter", "vcfLocation"),
}
_JBROWSE_INDEXED = {
    "gff3": ("Gff3TabixAdapter", "gffGzLocation"),
    "vcf": ("VcfTabixAdapter", "vcfGzLocation"),
}


def _jbrowse_adapter(track: BrowserTrack, location: Callable[[Path], dict[str, str]]) -> dict[str, object]:
    """Return the reader of a track."""
    if track.index is not None:
        name, key = _JBROWSE_INDEXED.get(track.format, ("BedTabixAdapter", "bedGzLocation"))
        return {"type": name, key: location(track.path), "index": {"location": location(track.index)}}
    name, key = _JBROWSE.get(track.format, ("BedAdapter", "bedLocation"))
    return {"type": name, key: location(track.path)}


# --- pyGenomeTracks ------------------------------------------------------------------------------

_PYGENOMETRACKS = {
    "bigwig": "bigwig",
    "bed": "bed",
    "narrowPeak": "narrow_peak",
    "gtf": "gtf",
}


def _pygenometracks(tracks: Sequence[BrowserTrack], address: Callable[[Path], str]) -> str:
    """Return an ``.ini`` of the tracks that pyGenomeTracks reads."""
    parts = ["[x-axis]\nfontsize = 8\n"]
    left_out = []
    for number, track in enumerate(tracks, start=1):
        kind = _PYGENOMETRACKS.get(track.format)
        if kind is None:
            left_out.append(
                f"# {address(track.path)} is {track.format}, which pyGenomeTracks does not read.\n"
            )
            continue
        title = track.name.replace("%", "%%")
        lines = [f"[{number} {_word(track.name)}]", f"file = {address(track.path)}", f"title = {title}"]
        lines += [f"file_type = {kind}", f"height = {3 if track.kind == 'scores' else 1.5}"]
        if track.kind == "scores":
            lines += [f"color = {TOWARDS}", f"negative_color = {AWAY}"]
        parts.append("\n".join(lines) + "\n")
    return "\n".join([*parts, *left_out])
