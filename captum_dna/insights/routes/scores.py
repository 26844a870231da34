"""Explanations of single sequences, as they are and with bases changed."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec
from flask import Blueprint

from captum_dna.core.difference import difference
from captum_dna.core.letters import substitute
from captum_dna.insights.api import route
from captum_dna.insights.datasets import letters_key
from captum_dna.insights.inputs import how_of, viewer
from captum_dna.insights.limits import Problem
from captum_dna.insights.pictures import in_row, picture_of
from captum_dna.insights.schema.base import Choices, finite
from captum_dna.insights.schema.jobs import Job
from captum_dna.insights.schema.scores import (
    Between,
    Change,
    Compare,
    Edit,
    Edited,
    Explain,
    LabelChange,
    Mutate,
    Mutation,
    Payload,
)
from captum_dna.render.payload import between

if TYPE_CHECKING:
    from captum_dna.core.sequences import Sequence
    from captum_dna.insights import job
    from captum_dna.insights.request import How

scores = Blueprint("scores", __name__, url_prefix="/api/datasets/<dataset>/rows/<int:row>")


@route(scores, "GET", "/attribution", {200: Payload}, query=Choices)
def attribution(dataset: str, row: int, query: Choices) -> Payload:
    """Return a stored explanation, as the picture reads it."""
    here, how = viewer(), how_of(query)
    shown = _shown(here.sequence(here.dataset(dataset), row), how)
    if shown is None:
        raise Problem("This sequence is not explained in this way yet.", 404)
    return shown


@route(scores, "POST", "/attribution", {200: Payload, 202: Job}, body=Explain)
def explain(dataset: str, row: int, body: Explain) -> Payload | tuple[Job, int]:
    """Explain a sequence now, ahead of all jobs, unless it is stored; a preview first for who asks for it."""
    here = viewer()
    data, how = here.dataset(dataset), how_of(body.how)
    sequence = here.sequence(data, row)
    if body.preview and not here.store.has(here.key(how), data.letters[row]):
        early = _preview(sequence, how, body.wait)
        if early is not None:
            here.jobs.predict_in_windows(data, how)
            return early
    asked = here.jobs.look([sequence], how)
    here.jobs.predict_in_windows(data, how)
    work = here.jobs.wait_for(asked, body.wait)
    return _computed(sequence, how) if work is None else (work.told(), 202)


@route(scores, "POST", "/mutation", {200: Mutation, 202: Job}, body=Mutate)
def mutate(dataset: str, row: int, body: Mutate) -> Mutation | tuple[Job, int]:
    """Change bases, tokenise again, and explain the same class before and after."""
    here = viewer()
    data, how = here.dataset(dataset), how_of(body.how)
    sequence = here.sequence(data, row)
    changed, edits = mutated(sequence, body.edits)
    # The class is fixed by the sequence as it was, so both ends answer the same question.
    work = here.jobs.wait_for(here.jobs.look([sequence], how), body.wait)
    before = here.result(data, row, how)
    if work is not None or before is None:
        return (work or _lost()).told(), 202
    fixed = replace(how, target=before.same_target)
    work = here.jobs.wait_for(here.jobs.look([changed], fixed), body.wait)
    key, model = here.key(fixed), here.models[how.model]
    letters = letters_key(changed)
    after = here.store.get(key, letters, changed, model)
    if work is not None or after is None:
        return (work or _lost()).told(), 202
    change = difference(before, after)
    chances = zip(after.run.labels, before.probabilities, after.probabilities, strict=True)
    return Mutation(
        letters=changed.bases,
        edits=edits,
        target=before.target,
        predictions=[
            LabelChange(label=label, before=finite(old), after=finite(new)) for label, old, new in chances
        ],
        f=Change(before=finite(before.f_input), after=finite(after.f_input)),
        before=_computed(sequence, how),
        after=_computed(changed, fixed),
        difference=in_row(picture_of(change), changed, model, fixed, f"{key}-{letters}-difference"),
        between=Between(**between({"before": before, "after": after, "after \N{MINUS SIGN} before": change})),
    )


@route(scores, "POST", "/comparison", {200: Between}, body=Compare)
def compare(dataset: str, row: int, body: Compare) -> Between:
    """Return what holds between explanations of one sequence, or of others beside it, that are stored."""
    here = viewer()
    data = here.dataset(dataset)
    tracks = {}
    for track in body.tracks:
        at = row if track.row is None else track.row
        here.sequence(data, at)
        found = here.result(data, at, how_of(track.how))
        if found is None:
            raise Problem("One of these tracks is not explained yet. Explain it first.", 404)
        tracks[track.name] = found
    return Between(**between(tracks))


def _preview(sequence: Sequence, how: How, wait: float) -> Payload | tuple[Job, int] | None:
    """Return a quick picture, or, until there is one, the job of the integral behind it.

    ``None`` where no picture is quicker, or where it failed: the integral comes anyway.
    """
    jobs, quick = viewer().jobs, how.preview()
    if quick is None:
        return None
    work, integral = jobs.preview(sequence, quick, how)
    try:
        on_its_way = jobs.wait_for(work, wait) is not None
    except Problem as problem:
        logging.getLogger(__name__).info("There is no preview: %s", problem.sentence)
        return None
    if on_its_way:
        return None if integral is None else (msgspec.structs.replace(integral.told(), preview=True), 202)
    shown = _shown(sequence, quick)
    return None if shown is None else msgspec.structs.replace(shown, preview=True)


def _shown(sequence: Sequence, how: How) -> Payload | None:
    """Return a stored explanation and how it was made, or ``None``."""
    here, letters = viewer(), letters_key(sequence)
    return here.store.payload(how, here.key(how), letters, sequence, here.models[how.model])


def _computed(sequence: Sequence, how: How) -> Payload:
    """Return an explanation that was just computed."""
    shown = _shown(sequence, how)
    if shown is None:
        raise Problem("The explanation was computed but is gone. Ask again.", 404)
    return shown


def _lost() -> job.Job:
    raise Problem("The explanation was cancelled. Ask again.", 404)


def mutated(sequence: Sequence, edits: list[Edit]) -> tuple[Sequence, list[Edited]]:
    """Return the sequence with bases changed, and what was changed."""
    most = viewer().limits.edits
    if len(edits) > most:
        raise Problem(f"At most {most} bases are changed at a time. Undo some.", field="edits")
    letters, told = sequence.bases, []
    for edit in edits:
        if edit.position >= len(letters):
            raise Problem(
                f"There is no position {edit.position}: '{sequence.name}' has the positions 0 to {len(letters) - 1}.",
                field="edits",
            )
        before, letters = letters[edit.position], substitute(letters, edit.position, edit.base)
        told.append(Edited(position=edit.position, before=before, after=letters[edit.position]))
    changed = replace(sequence, name=f"{sequence.name} (mutated)", bases=letters, drawn_from=sequence.bases)
    return changed, told
