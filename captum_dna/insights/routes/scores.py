"""Explanations of single sequences, as they are and with bases changed."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response

from captum_dna.insights.dataset import letters_key
from captum_dna.insights.limits import Problem
from captum_dna.insights.routes.asked import answer, body, finite, how_in, how_in_address, viewer, wait_for
from captum_dna.render.payload import picture, quantise, shared
from captum_dna.sequences import IUPAC, Sequence

if TYPE_CHECKING:
    from captum_dna.attribution import Attribution
    from captum_dna.insights.how import How
    from captum_dna.insights.jobs import Work

scores = Blueprint("scores", __name__, url_prefix="/api/datasets/<dataset>/rows/<int:row>")


@scores.get("/attribution")
def attribution(dataset: str, row: int) -> Response:
    """Return a stored explanation."""
    here, how = viewer(), how_in_address()
    data = here.dataset(dataset)
    here.sequence(data, row)
    found = here.result(data, row, how)
    if found is None:
        raise Problem("This sequence is not explained in this way yet.", 404)
    return answer(_payload(found, how))


@scores.post("/attribution")
def explain(dataset: str, row: int) -> Response:
    """Explain a sequence now, unless it is stored; a preview comes before an integral, for who asks for it."""
    here, content = viewer(), body("how", "wait", "preview")
    data, how = here.dataset(dataset), how_in(content)
    sequence = here.sequence(data, row)
    here.jobs.predict_in_windows(data, how)
    if content.get("preview") and here.result(data, row, how) is None:
        shown = _preview(here.jobs.preview(sequence, how), content)
        if shown is not None:
            early = here.store.get(here.key(shown), data.letters[row], sequence, here.models[how.model])
            if early is not None:
                return answer(_payload(early, shown) | {"preview": True})
    work = wait_for(here.jobs.look([sequence], how), content)
    if work is not None:
        return answer(work.as_json(), 202)
    found = here.result(data, row, how)
    if found is None:
        raise Problem("The explanation was computed but is gone: ask again.", 404)
    return answer(_payload(found, how))


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
            "before": _payload(before, how),
            "after": _payload(after, fixed),
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


def _payload(found: Attribution, how: How) -> dict[str, Any]:
    runs = [found.run]
    return {
        "picture": picture([found], runs),
        "shared": shared(runs, [""], [[found]]),
        "remarks": found.remarks,
        "how": how.as_json(),
        "key": f"{viewer().key(how)}-{letters_key(found.sequence)}",
    }


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
