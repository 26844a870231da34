"""What results can be written as: each kind of file with its suffixes, and what it asks for.

An exporter is an :class:`Exporter` in the file of its format; those for pictures stand in
:mod:`captum_dna.render`, and all of them in :data:`captum_dna.render.exporters.EXPORTERS`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

SEPARATORS = {".tsv": "\t", ".csv": ","}
"""Suffixes of tables in text, with what parts their cells."""

OWN = {
    "parquet": "captum_dna.io.parquet:PARQUET",
    "table": "captum_dna.io.frames:TABLE",
    "bigwig": "captum_dna.io.bigwig:BIGWIG",
    "bedgraph": "captum_dna.io.bedgraph:BEDGRAPH",
    "bed": "captum_dna.io.stretches:STRETCHES",
    "npz": "captum_dna.io.arrays:NPZ",
    "modisco": "captum_dna.io.arrays:MODISCO",
}
"""Where ours are that hold results, the one that keeps everything first."""


@dataclass(frozen=True, slots=True)
class Exporter:
    """A kind of file.

    Parameters
    ----------
    name, title, words
        Its name among the exporters, what it is called in sentences, and what it holds.
    suffixes
        Suffixes in lower case that ask for it, the usual one first.
    write
        Takes the results, the path and those of ``options`` that are given; returns the path, or all
        paths, written.
    options
        What ``write`` takes by name.
    needs
        Of these, what it cannot do without, each with the reason.
    check
        Takes the results, or the sequences that are to be explained, and those of ``options`` that are
        given; says why they could not be written, before any model runs for them.
    kind
        ``"results"`` for numbers, ``"page"`` or ``"figure"`` for pictures.
    gzips
        It is text, and is compressed where its name ends in ``.gz`` as well.
    folder
        It is a folder of files, not a file.
    places
        Only results that know where they lie in a genome can be written.
    download, media_type
        Name and type under which the viewer offers it; no name where it does not.
    """

    name: str
    title: str
    words: str
    suffixes: tuple[str, ...]
    write: Callable[..., Path | tuple[Path, ...]]
    options: tuple[str, ...] = ()
    needs: Mapping[str, str] = field(default_factory=dict)
    check: Callable[..., None] | None = None
    kind: Literal["results", "page", "figure"] = "results"
    gzips: bool = False
    folder: bool = False
    places: bool = False
    download: str = ""
    media_type: str = "application/octet-stream"

    def taken(self, choices: Mapping[str, object]) -> dict[str, object]:
        """Return those of many choices that are given and that it takes."""
        return {name: choices[name] for name in self.options if choices.get(name) is not None}

    def missing(self, choices: Mapping[str, object]) -> str | None:
        """Return the reason why something that is not given is needed, or ``None``."""
        return next((why for name, why in self.needs.items() if choices.get(name) is None), None)
