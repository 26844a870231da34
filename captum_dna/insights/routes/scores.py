"""Explanations of single sequences, as they are and with bases changed."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import orjson
from flask import Blueprint, Response

from captum_dna.core.sequences import IUPAC, Sequence
from captum_dna.insights.datasets import letters_key
from captum_dna.insights.limits import Problem
from captum_dna.insights.pictures import in_row
from captum_dna.insights.routes.inputs import answer, body, finite, how_in, how_in_address, viewer, wait_for
from captum_dna.render.payload import quantise

if TYPE_CHECKING:
    from captum_dna.insights.jobs import Work
    from captum_dna.insights.request import How

scores = Blueprint("scores", __name__, url_prefix="/api/datasets/<dataset>/rows/<int:row>")


@scores.get("/attribution")
def attribution(dataset: str, row: int) -> Response:
    """Return a stored explanation."""
    here, how = viewer(), how_in_address()
    data = here.dataset(dataset)
    shown = _shown(here.sequence(data, row), how)
    if shown is None:
        raise Problem("This sequence is not explained in this way yet.", 404)
    return _json(shown)


@scores.post("/attribution")
def explain(dataset: str, row: int) -> Response:
    """Explain a sequence now, unless it is stored; a preview comes before an integral, for who asks for it."""
    here, content = viewer(), body("how", "wait", "preview")
    data, how = here.dataset(dataset), how_in(content)
    sequence = here.sequence(data, row)
    here.jobs.predict_in_windows(data, how)
    if content.get("preview") and not here.store.has(here.key(how), data.letters[row]):
        quick = _preview(here.jobs.preview(sequence, how), content)
        early = None if quick is None else _shown(sequence, quick, preview=True)
        if early is not None:
            return _json(early)
    work = wait_for(here.jobs.look([sequence], how), content)
    if work is not None:
        return answer(work.as_json(), 202)
    return _json(_computed(sequence, how))


@scores.post("/mutation")
def mutate(dataset: str, row: int) -> Response:
    """Change bases, and explain the same class before and after."""
    here, content = viewer(), body("edits", "how", "wait")
    data, how = here.dataset(dataset), how_in(content)
    sequence = here.sequence(data, row)
    mutated, edits = _mutated(sequence, content.get("edits"))
    # The class is fixed by the sequence as it was, so both ends answer the same question.
    work = wait_for(here.jobs.look([sequence], how), content)
    before = here.result(data, row, how)
    if work is not None or before is None:
        return answer((work or _lost()).as_json(), 202)
    fixed = replace(how, target=before.target)
    work = wait_for(here.jobs.look([mutated], fixed), content)
    key, model = here.key(fixed), here.models[how.model]
    after = here.store.get(key, letters_key(mutated.bases), mutated, model)
    if work is not None or after is None:
        return answer((work or _lost()).as_json(), 202)
    chances = zip(after.run.labels, before.probabilities, after.probabilities, strict=True)
    return answer(
        {
            "letters": mutated.bases,
            "edits": edits,
            "target": before.target,
            "predictions": [
                {"label": label, "before": finite(old), "after": finite(new)} for label, old, new in chances
            ],
            "f": {"before": finite(before.f_input), "after": finite(after.f_input)},
            "before": orjson.loads(_computed(sequence, how)),
            "after": orjson.loads(_computed(mutated, fixed)),
            "difference": quantise(after.base_scores - before.base_scores),
        }
    )


def _preview(begun: tuple[How, Work | None] | None, content: dict[str, Any]) -> How | None:
    """Wait for a preview; return how it was made, or nothing where there is none: the integral comes anyway."""
    if begun is None:
        return None
    how, work = begun
    try:
        return None if wait_for(work, content) is not None else how
    except Problem as problem:
        logging.getLogger(__name__).info("There is no preview: %s", problem.sentence)
        return None


def _shown(sequence: Sequence, how: How, **more: bool) -> str | None:
    """Return the JSON of a stored explanation and how it was made, or ``None``."""
    here, letters = viewer(), letters_key(sequence.bases)
    key, model = here.key(how), here.models[how.model]
    found = here.store.picture(key, letters, sequence, model)
    if found is None:
        return None
    return in_row(found, sequence, model, {"how": how.as_json(), "key": f"{key}-{letters}", **more})


def _computed(sequence: Sequence, how: How) -> str:
    """Return the JSON of an explanation that was just computed."""
    shown = _shown(sequence, how)
    if shown is None:
        raise Problem("The explanation was computed but is gone: ask again.", 404)
    return shown


def _json(text: str) -> Response:
    return Response(text, mimetype="application/json")


def _lost() -> Work:
    raise Problem("The explanation was cancelled: ask again.", 404)


def _mutated(sequence: Sequence, edits: Any) -> tuple[Sequence, list[dict[str, Any]]]:
    """Return the sequence with bases changed, and what was changed."""
    most = viewer().limits.edits
    if not isinstance(edits, list) or not 1 <= len(edits) <= most:
        raise Problem(f"edits is a list of 1 to {most} changes.", field="edits")
    letters, told = list(sequence.bases), []
    for edit in edits:
        position = edit.get("position") if isinstance(edit, dict) else None
        base = edit.get("base") if isinstance(edit, dict) else None
        if type(position) is not int or not 0 <= position < len(letters):
            raise Problem(
                f"The position of an edit is a whole number from 0 to {len(letters) - 1}.", field="edits"
            )
        if not isinstance(base, str) or base.upper() not in IUPAC or len(base) != 1:
            raise Problem("The base of an edit is A, C, G, T or another IUPAC code.", field="edits")
        told.append({"position": position, "from": letters[position], "to": base})
        letters[position] = base
    changed = replace(sequence, name=f"{sequence.name} (mutated)", bases="".join(letters))
    return changed, told
