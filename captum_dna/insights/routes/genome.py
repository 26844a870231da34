"""The Genome view: files by ranges, names to go to, and the window behind a base."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response, request

from captum_dna.insights.api import route
from captum_dna.insights.genome import VISITED
from captum_dna.insights.inputs import viewer
from captum_dna.insights.limits import Problem
from captum_dna.insights.routes.data import about_dataset
from captum_dna.insights.schema.base import Choices
from captum_dna.insights.schema.genome import Click, Found, GenomeFacts, Named, Opened

if TYPE_CHECKING:
    from captum_dna.core.attribution import Attribution
    from captum_dna.core.sequences import Interval
    from captum_dna.insights.datasets import Dataset
    from captum_dna.insights.genome import GenomeView

genome = Blueprint("genome", __name__, url_prefix="/api/genome")

_AT_ONCE = 64 << 20
"""Bytes of a file that one answer may hold; browsers ask for parts of larger ones."""


@route(genome, "GET", "", {200: GenomeFacts})
def facts() -> GenomeFacts:
    """Return what the Genome view begins with."""
    view = _view()
    return GenomeFacts(
        options=view.options,
        how=_how(view),
        tracks=view.own,
    )


@route(genome, "GET", "/files/<path:path>", {200: "*/*", 206: "*/*"})
def track_file(path: str) -> Response:
    """Return a file of a track, or a part of it; its name is looked up, never joined to a path."""
    file = _view().files.get(path)
    if file is None:
        raise Problem("There is no such file here.", 404)
    try:
        size = file.stat().st_size
        asked = None if request.range is None else request.range.range_for_length(size)
        if request.range is not None and asked is None:
            raise Problem(f"{file.name} has {size:,} bytes, and none of those that are asked for.", 416)
        first, last = asked or (0, size)
        if last - first > _AT_ONCE:
            raise Problem(f"{file.name} is {size >> 20} MiB. Ask for a part of it, as browsers do.", 413)
        with file.open("rb") as opened:
            opened.seek(first)
            content = opened.read(last - first)
    except OSError as error:
        raise Problem(f"{file.name} cannot be read any more: {error.strerror or error}.", 404) from error
    response = Response(content, 200 if asked is None else 206, mimetype="application/octet-stream")
    response.headers["Accept-Ranges"] = "bytes"
    if asked is not None:
        response.headers["Content-Range"] = f"bytes {first}-{last - 1}/{size}"
    return response


@route(genome, "GET", "/search", {200: Found, 404: None}, query=Named)
def search(query: Named) -> Found:
    """Return where a gene, an interval or a variant lies."""
    place = _view().place_of(query.name)
    if place is None:
        raise Problem(f"There is no {query.name!r:.60} in the annotation.", 404)
    return Found(chromosome=place.chromosome, start=place.start + 1, end=place.end)


@route(genome, "POST", "/window", {200: Opened}, body=Click)
def window(body: Click) -> Opened:
    """Return the row of the window that covers a base; it is added to the windows visited where it is not there yet."""
    here, view = viewer(), _view()
    found = view.window_at(body.chromosome, body.position)
    place = found.interval
    base = _base(place, body.position)
    for one in list(here.datasets.values()):
        row = _row(one, found)
        if row is not None:
            return Opened(dataset=about_dataset(one), row=row, base=base)
    before = next((one for one in here.datasets.values() if one.pasted and one.name == VISITED), None)
    made, _ = here.paste(f">{place}\n{found.sequence}\n", VISITED, None, before.id if before else None)
    row = _row(made, found)
    if row is None:
        raise Problem("The window could not be opened. Click again.", 409)
    replaced = before.id if before is not None and before.id != made.id else None
    return Opened(dataset=about_dataset(made), row=row, base=base, replaced=replaced)


def _base(place: Interval | None, position: int) -> int:
    """Return which of a window's bases a position of the genome is."""
    if place is None:
        return 0
    return place.end - 1 - position if place.strand == "-" else position - place.start


def _view() -> GenomeView:
    found = viewer().genome
    if found is None:
        raise Problem("This viewer was started without a genome. See captum-dna browse --help.", 404)
    return found


def _how(view: GenomeView) -> Choices:
    """Return the choices of the run, by the names that pictures have for them."""
    run = view.windows.run
    return Choices(
        model=next(iter(viewer().models)),
        method=run.method,
        target=str(view.first.same_target) if len(run.labels) > 1 else None,
        output=run.output,
        projection=run.projection,
        strands=run.strands,
    )


def _row(data: Dataset, found: Attribution) -> int | None:
    """Return the row of a data set that has the letters and the place of a window."""
    rows = (row for row, one in enumerate(data.sequences) if one.interval == found.interval)
    return next((row for row in rows if data.sequences[row].bases == found.sequence), None)
