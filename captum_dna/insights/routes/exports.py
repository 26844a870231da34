"""Files to keep: tables, tracks, everything, a report, and the Python lines that make the same scores."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from flask import Blueprint, Response

from captum_dna.insights.api import route
from captum_dna.insights.inputs import how_of, selection, viewer
from captum_dna.insights.limits import Problem
from captum_dna.insights.recipe import recipe
from captum_dna.insights.schema import ExportAsked
from captum_dna.io.frames import base_frame
from captum_dna.reporting.report import report
from captum_dna.results import Attributions

if TYPE_CHECKING:
    from captum_dna.insights.datasets import Dataset
    from captum_dna.insights.request import How

exports = Blueprint("exports", __name__, url_prefix="/api/datasets/<dataset>/export")

_KINDS = {
    "bases.tsv": "text/tab-separated-values",
    "scores.bedgraph": "text/plain",
    "scores.bw": "application/octet-stream",
    "stretches.bed": "text/plain",
    "results.parquet": "application/vnd.apache.parquet",
    "report.html": "text/html",
    "reproduce.py": "text/x-python",
}
_TRACKS = ("scores.bedgraph", "scores.bw", "stretches.bed")


@route(exports, "GET", "/<form>", {200: "application/octet-stream"}, query=ExportAsked)
def export(dataset: str, form: str, query: ExportAsked) -> Response:
    """Return a file as an attachment, under a name that is ours."""
    if form not in _KINDS:
        raise Problem(f"There is no export {form!r:.40}; there is {', '.join(_KINDS)}.", 404)
    here, how = viewer(), how_of(query)
    data = here.dataset(dataset)
    rows = _rows(data, how, query)
    if form == "reproduce.py":
        content = recipe(data, rows, how).encode()
    else:
        if not rows:
            raise Problem("None of these rows is explained in this way yet: explain some first.")
        if form == "report.html" and len(rows) > here.limits.report_sequences:
            raise Problem(
                f"A report holds at most {here.limits.report_sequences:,} sequences, and these are {len(rows):,}: "
                "narrow the filters down."
            )
        found = [here.result(data, row, how) for row in rows]
        content = _written(form, Attributions(one for one in found if one is not None), data.name)
    response = Response(content, mimetype=_KINDS[form])
    response.headers["Content-Disposition"] = f'attachment; filename="{form}"'
    return response


def _rows(data: Dataset, how: How, query: ExportAsked) -> list[int]:
    """Return the rows asked for by number, or else those that the filters keep; explained ones only."""
    explained = viewer().scores(data, how).explained
    if not query.row:
        kept = selection(data, how, query)
        return [int(row) for row in np.flatnonzero(kept.kept & explained)]
    for row in query.row:
        viewer().sequence(data, row)
    return [row for row in query.row if explained[row]]


def _written(form: str, results: Attributions, name: str) -> bytes:
    if form == "bases.tsv":
        text: str = base_frame(results).to_csv(sep="\t", index=False, lineterminator="\n")
        return text.encode()
    if form in _TRACKS:
        return _track(form, results)
    with tempfile.TemporaryDirectory(prefix="captum_dna-") as folder:
        path = Path(folder) / form
        if form == "report.html":
            return report(results, path, title=f"What the model read in {name}").read_bytes()
        return results.save(path).read_bytes()


def _track(form: str, results: Attributions) -> bytes:
    """Return a file for genome browsers; sequences without a place in a genome are left out."""
    placed = Attributions(one for one in results if one.interval is not None)
    if not placed:
        raise Problem("None of these sequences has a place in a genome, so there is no track of them.")
    sizes = viewer().sizes
    if form == "scores.bw" and sizes is None:
        raise Problem(
            "A bigWig needs the sizes of the chromosomes: start the viewer with --genome, or export bedGraph."
        )
    with tempfile.TemporaryDirectory(prefix="captum_dna-") as folder:
        path = Path(folder) / form
        try:
            if form == "scores.bedgraph":
                placed.to_bedgraph(path)
            elif form == "stretches.bed":
                placed.to_bed(path)
            elif sizes is not None:
                placed.to_bigwig(path, sizes)
        except (ValueError, ImportError) as error:
            raise Problem(str(error)) from error
        return path.read_bytes()
