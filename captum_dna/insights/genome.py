"""What the Genome view shows: a genome, the tracks of a run over it, and the user's own; and which window covers a base."""

from __future__ import annotations

import threading
from contextlib import ExitStack
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from captum_dna.insights.limits import Problem
from captum_dna.io.browser_files import igv_options
from captum_dna.io.gene_names import Place, places_by_name

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from captum_dna.core.attribution import Attribution
    from captum_dna.io.browser_tracks import BrowserTrack
    from captum_dna.io.genome import Genome
    from captum_dna.pipeline.run_windows import RunWindows

FILES = "api/genome/files/"
"""Where the page finds the files of its tracks."""
VISITED = "Visited windows"
"""The data set that grows by every window that is looked at."""
_AROUND = 60
"""Bases that are shown first, on either side of the strongest window's largest score; letters have room there."""


class GenomeView:
    """One genome and its tracks.

    Parameters
    ----------
    genome
        The genome, open.
    windows
        The windows of the run.
    tracks
        Those of the run.
    others
        The user's own, which are shown below.
    first
        The window that is shown first.
    """

    def __init__(
        self,
        genome: Genome,
        windows: RunWindows,
        tracks: Sequence[BrowserTrack],
        others: Sequence[BrowserTrack],
        first: Attribution,
    ) -> None:
        self.genome = genome
        self.sizes = genome.sizes
        self.windows = windows
        self.own = [one.name for one in tracks]
        self.tracks = (*tracks, *others)
        self.first = first
        self._lock = threading.Lock()
        self._opened = ExitStack()
        self._fasta = (genome.path, *genome.index_files)
        self.files = self._named()

    def _named(self) -> dict[str, Path]:
        """Return the files that the page may ask for, by names that say nothing of where they lie."""
        found: dict[str, Path] = {}
        for path in (
            *self._fasta,
            *(one for track in self.tracks for one in (track.path, track.index) if one),
        ):
            name, number = path.name, 1
            while found.get(name, path) != path:
                number += 1
                name = f"{number}-{path.name}"
            found[name] = path
        return found

    @property
    def locus(self) -> str:
        """Where to begin, counted from 1."""
        place = self.first.interval
        assert place is not None  # noqa: S101 - windows have places
        peak = int(np.nan_to_num(np.abs(self.first.base_scores)).argmax())
        middle = place.end - 1 - peak if place.strand == "-" else place.start + peak
        start, end = max(0, middle - _AROUND), min(self.sizes[place.chromosome], middle + _AROUND)
        return f"{place.chromosome}:{start + 1}-{end}"

    @cached_property
    def options(self) -> dict[str, object]:
        """What igv.js is started with."""
        named = {path: name for name, path in self.files.items()}
        options = igv_options(
            self._fasta, self.tracks, lambda path: f"{FILES}{named[path]}", locus=self.locus
        )
        return options | {"search": {"url": "api/genome/search?name=$FEATURE$", "type": "json"}}

    def window_at(self, chromosome: str, position: int) -> Attribution:
        """Return the result of the window that covers a base, counted from 0.

        Raises
        ------
        Problem
            None does.
        """
        if chromosome not in self.sizes or not 0 <= position < self.sizes[chromosome]:
            raise Problem(f"There is no base {position + 1:,} on {chromosome!r:.60} in this genome.", 404)
        found = self.windows.at(chromosome, position)
        if found is None:
            raise Problem(
                f"No window of this run covers {chromosome}:{position + 1:,}. Click where there are scores.",
                404,
            )
        return found

    def place_of(self, name: str) -> Place | None:
        """Return where something of that name lies; ``None`` where nothing has it."""
        with self._lock:
            return self._places.get(name.strip().upper())

    @cached_property
    def _places(self) -> dict[str, Place]:
        return places_by_name(self.tracks, self.sizes)

    def keep(self, opened: ExitStack) -> None:
        """Keep open what the view reads from until it is closed."""
        self._opened = opened

    def close(self) -> None:
        """Close the genome, and remove what was made for the view alone."""
        self._opened.close()
