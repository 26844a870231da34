"""What a request asks for: the viewer, the data set, the choices, the JSON it brings; and JSON back."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from flask import Response, current_app, request

from captum_dna.insights.filters import Selection, filters_of
from captum_dna.insights.limits import Problem
from captum_dna.insights.pictures import to_text
from captum_dna.insights.queue import FAILED
from captum_dna.insights.request import NAMES

if TYPE_CHECKING:
    from captum_dna.insights.datasets import Dataset
    from captum_dna.insights.jobs import Work
    from captum_dna.insights.request import How
    from captum_dna.insights.viewer import Viewer

_LONGEST_WAIT = 10.0


def viewer() -> Viewer:
    """Return the viewer of this application."""
    found: Viewer = current_app.extensions["captum_dna"]
    return found


def body(*known: str) -> dict[str, Any]:
    """Return the JSON object of a request, which may have these names only."""
    content = request.get_json()
    if not isinstance(content, dict):
        raise Problem("Send a JSON object.")
    unknown = [name for name in content if name not in known]
    if unknown:
        listed = f"there is {', '.join(known)}" if known else "it takes none"
        raise Problem(f"This address knows no {unknown[0]!r:.60}; {listed}.", field=str(unknown[0])[:60])
    return content


def how_in_address() -> How:
    """Return the choices among the query parameters."""
    given = request.args
    return viewer().how({name: given[name] for name in NAMES if given.get(name)})


def how_in(content: dict[str, Any]) -> How:
    """Return the choices in a body."""
    how = content.get("how") or {}
    if not isinstance(how, dict):
        raise Problem("how is an object of choices.", field="how")
    return viewer().how(how)


def selection(data: Dataset, how: How) -> Selection:
    """Return the rows that the filters among the query parameters keep."""
    here = viewer()
    filters = filters_of(request.args.to_dict(flat=False), here.models[how.model].labels)
    return Selection(data, here.predictions(data, how.model, how.windowing), here.scores(data, how), filters)


def wait_for(work: Work | None, content: dict[str, Any]) -> Work | None:
    """Wait for a job as long as the body allows; return it if it is not done by then.

    Raises
    ------
    Problem
        The job failed: its sentence.
    """
    wait = content.get("wait", 5)
    if isinstance(wait, bool) or not isinstance(wait, (int, float)) or not 0 <= wait <= _LONGEST_WAIT:
        raise Problem(f"wait is a number of seconds from 0 to {_LONGEST_WAIT:g}.", field="wait")
    if work is None or work.job is None:
        return None
    if viewer().may_wait.acquire(blocking=False):
        try:
            work.job.ended.wait(wait)
        finally:
            viewer().may_wait.release()
    if work.now == FAILED:
        raise Problem(work.job.message or "The explanation failed.")
    return None if work.job.ended.is_set() else work


def whole(name: str, default: int, least: int, most: int) -> int:
    """Return a whole number among the query parameters."""
    text = request.args.get(name) or str(default)
    try:
        number = int(text)
    except ValueError:
        number = least - 1
    if not least <= number <= most:
        raise Problem(f"{name} is a whole number from {least} to {most}, not {text!r:.40}.", field=name)
    return number


def finite(number: Any) -> float | None:
    """Return a number as JSON has it, in seven digits; ``None`` for NaN and infinity."""
    value = float(number)
    return float(f"{value:.7g}") if math.isfinite(value) else None


def answer(content: Any, status: int = 200) -> Response:
    """Return JSON."""
    return Response(to_text(content), status, mimetype="application/json")
