"""Files to keep: tables, tracks, everything, a report, and the Python lines that make the same scores."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import numpy as np
from flask import Blueprint, Response

from captum_dna.insights.api import route
from captum_dna.insights.filters import ExportAsked
from captum_dna.insights.inputs import how_of, selection, viewer
from captum_dna.insights.limits import Problem
from captum_dna.insights.request import track_names
from captum_dna.insights.schema.base import Choices
from captum_dna.render.exporters import downloads
from captum_dna.render.exporters import export as export_to
from captum_dna.reporting.provenance import MOST_WRITTEN, script, script_of_many
from captum_dna.reporting.report import report
from captum_dna.results import Attributions

if TYPE_CHECKING:
    from captum_dna.insights.datasets import Dataset
    from captum_dna.insights.request import How
    from captum_dna.io.exporters import Exporter

exports = Blueprint("exports", __name__, url_prefix="/api/datasets/<dataset>/export")

_OWN = {"report.html": "text/html", "reproduce.py": "text/x-python", "figure.pdf": "application/pdf"}
"""Files that no exporter writes, with their types."""


@route(exports, "GET", "/<form>", {200: "*/*"}, query=ExportAsked)
def export(dataset: str, form: str, query: ExportAsked) -> Response:
    """Return a file as an attachment, under a name that is ours."""
    offered = downloads()
    types = {name: one.media_type for name, one in offered.items()} | _OWN
    if form not in types:
        raise Problem(f"There is no export {form!r:.40}; there is {', '.join(types)}.", 404)
    here, how = viewer(), how_of(query)
    data = here.dataset(dataset)
    rows = _rows(data, how, query)
    if form == "reproduce.py":
        content = _script(data, rows, _tracks(how, query)).encode()
    elif form == "figure.pdf":
        content = _figure(data, rows, _tracks(how, query), query)
    else:
        if not rows:
            raise Problem("None of these rows is explained in this way yet. Explain some first.")
        if form == "report.html" and len(rows) > here.limits.report_sequences:
            raise Problem(
                f"A report holds at most {here.limits.report_sequences:,} sequences, but {len(rows):,} are "
                "listed. Narrow the filters."
            )
        found = [here.result(data, row, how) for row in rows]
        results = Attributions(one for one in found if one is not None)
        if not results:
            raise Problem("These results could not be read from the store. Explain the rows again.")
        content = _written(offered[form], results) if form in offered else _report(results, data.name)
    response = Response(content, mimetype=types[form])
    response.headers["Content-Disposition"] = f'attachment; filename="{form}"'
    return response


def _tracks(how: How, query: ExportAsked) -> list[How]:
    """Return the choices of all tracks."""
    try:
        return [how, *(how_of(msgspec.json.decode(text, type=Choices)) for text in query.also)]
    except msgspec.MsgspecError as error:
        raise Problem("Each of `also` must be a JSON object of choices.", field="also") from error


def _figure(data: Dataset, rows: list[int], tracks: list[How], query: ExportAsked) -> bytes:
    """Return a figure for papers of one row, a layer per track."""
    from captum_dna.render.figure.figure import figure

    if len(rows) != 1:
        raise Problem("A figure shows one sequence. Name one row that is explained.", field="row")
    [row] = rows
    layers = {}
    for how, name in zip(tracks, track_names(tracks), strict=True):
        found = viewer().result(data, row, how)
        if found is None:
            raise Problem(f"The track {name!r} is not explained yet. Explain it first.")
        layers[name if len(tracks) > 1 else ""] = found
    window = None if query.start is None or query.end is None else (query.start, query.end)
    written = io.BytesIO()
    drawn = figure(layers, width=query.width, window=window, caption=query.caption)
    drawn.savefig(written, format="pdf")
    return written.getvalue()


def _script(data: Dataset, rows: list[int], tracks: list[How]) -> str:
    """Return the Python lines that explain the same rows in the same ways."""
    chosen = rows or list(range(min(len(data), MOST_WRITTEN)))
    source = [
        f"every = list(captum_dna.read({data.name!a}))  # the name that it has in the viewer, or your own path",
        f"sequences = [every[row] for row in {chosen!r}]",
    ]
    sequences = [data.sequences[row] for row in chosen]
    if len(tracks) == 1:
        return script(_model(tracks[0]), sequences, tracks[0].choices(), source)
    ways = {name: (_model(how), how.choices()) for name, how in zip(track_names(tracks), tracks, strict=True)}
    return script_of_many(ways, sequences, source)


def _model(how: How) -> str:
    """Return what loads a track's model."""
    return viewer().models[how.model].name


def _rows(data: Dataset, how: How, query: ExportAsked) -> list[int]:
    """Return the rows asked for by number, or else those that the filters keep; explained ones only."""
    explained = viewer().scores(data, how).explained
    if not query.row:
        kept = selection(data, how, query)
        return [int(row) for row in np.flatnonzero(kept.kept & explained)]
    asked = list(dict.fromkeys(query.row))
    for row in asked:
        viewer().sequence(data, row)
    return [row for row in asked if explained[row]]


def _report(results: Attributions, name: str) -> bytes:
    with tempfile.TemporaryDirectory(prefix="captum_dna-") as folder:
        path = Path(folder) / "report.html"
        return report(results, path, title=f"What the model read in {name}").read_bytes()


def _written(exporter: Exporter, results: Attributions) -> bytes:
    """Return the content of a file; of those for a genome, without sequences that have no place in it."""
    if exporter.places:
        results = Attributions(one for one in results if one.interval is not None)
        if not results:
            raise Problem("None of these sequences has a place in a genome, so there is no track of them.")
    choices = {"sizes": viewer().sizes}
    missing = exporter.missing(choices)
    if missing is not None:
        raise Problem(f"{missing}. Start the viewer with --genome, or choose another kind of file.")
    with tempfile.TemporaryDirectory(prefix="captum_dna-") as folder:
        try:
            [path] = export_to(results, Path(folder) / exporter.download, exporter.taken(choices))
        except (ValueError, ImportError) as error:
            raise Problem(str(error)) from error
        return path.read_bytes()
