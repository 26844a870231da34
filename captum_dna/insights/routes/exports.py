"""Files to keep: tables, tracks, everything, a report, and the Python lines that make the same scores."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from flask import Blueprint, Response

from captum_dna.insights.api import route
from captum_dna.insights.filters import ExportAsked
from captum_dna.insights.inputs import how_of, selection, viewer
from captum_dna.insights.limits import Problem
from captum_dna.render.exporters import downloads
from captum_dna.render.exporters import export as export_to
from captum_dna.reporting.provenance import MOST_WRITTEN, script
from captum_dna.reporting.report import report
from captum_dna.results import Attributions

if TYPE_CHECKING:
    from captum_dna.insights.datasets import Dataset
    from captum_dna.insights.request import How
    from captum_dna.io.exporters import Exporter

exports = Blueprint("exports", __name__, url_prefix="/api/datasets/<dataset>/export")

_OWN = {"report.html": "text/html", "reproduce.py": "text/x-python"}
"""Files that are no exporter's, with their types."""


@route(exports, "GET", "/<form>", {200: "application/octet-stream"}, query=ExportAsked)
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
        content = _script(data, rows, how).encode()
    else:
        if not rows:
            raise Problem("None of these rows is explained in this way yet: explain some first.")
        if form == "report.html" and len(rows) > here.limits.report_sequences:
            raise Problem(
                f"A report holds at most {here.limits.report_sequences:,} sequences, and these are {len(rows):,}: "
                "narrow the filters down."
            )
        found = [here.result(data, row, how) for row in rows]
        results = Attributions(one for one in found if one is not None)
        if not results:
            raise Problem("These results could not be read from the store: explain the rows again.")
        content = _written(offered[form], results) if form in offered else _report(results, data.name)
    response = Response(content, mimetype=types[form])
    response.headers["Content-Disposition"] = f'attachment; filename="{form}"'
    return response


def _script(data: Dataset, rows: list[int], how: How) -> str:
    """Return the Python lines that explain the same rows in the same way."""
    chosen = rows or list(range(min(len(data), MOST_WRITTEN)))
    source = [
        f"every = list(captum_dna.read({data.name!a}))  # the name that it has in the viewer, or your own path",
        f"sequences = [every[row] for row in {chosen!r}]",
    ]
    return script(how.model, [data.sequences[row] for row in chosen], how.choices(), source)


def _rows(data: Dataset, how: How, query: ExportAsked) -> list[int]:
    """Return the rows asked for by number, or else those that the filters keep; explained ones only."""
    explained = viewer().scores(data, how).explained
    if not query.row:
        kept = selection(data, how, query)
        return [int(row) for row in np.flatnonzero(kept.kept & explained)]
    for row in query.row:
        viewer().sequence(data, row)
    return [row for row in query.row if explained[row]]


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
        raise Problem(f"{missing}: start the viewer with --genome, or choose another kind of file.")
    with tempfile.TemporaryDirectory(prefix="captum_dna-") as folder:
        try:
            [path] = export_to(results, Path(folder) / exporter.download, exporter.taken(choices))
        except (ValueError, ImportError) as error:
            raise Problem(str(error)) from error
        return path.read_bytes()
