"""What a person asks of a selected stretch, as calls of :mod:`captum_dna.experiments` and as the Python that makes them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from captum_dna import experiments
from captum_dna.core.errors import spelled
from captum_dna.core.letters import is_bases
from captum_dna.core.notices import collected
from captum_dna.experiments.dependency_map import WHOLE
from captum_dna.insights.limits import Problem
from captum_dna.insights.portions import alone
from captum_dna.insights.request import as_control
from captum_dna.insights.schema.base import finite
from captum_dna.insights.schema.experiments import Experiment
from captum_dna.reporting.provenance import letters_in_python

if TYPE_CHECKING:
    from collections.abc import Callable

    from captum_dna.core.progress import Tell
    from captum_dna.core.sequences import Sequence
    from captum_dna.experiments.result import Experiment as Found
    from captum_dna.insights.request import How
    from captum_dna.model.classifier import Classifier

_FORMAT = 2
"""Raised when an answer holds something else; kept ones are then computed again."""

_PLACES = 40
"""Positions at which a stretch is planted, about."""
_BACKGROUNDS = 50
_FEWER = 20
"""Shuffles per position: an interval needs as many."""
_FARTHEST = 30
"""Bases between a stretch and a second motif, at most."""
_AROUND = 40
"""Bases of a dependency map, at least, where the sequence has them."""
_SHUFFLE = "dinucleotide_shuffle"
_ONLY_IN_PYTHON = ("no_negatives",)
"""Remarks that ask for what the page cannot give."""


@dataclass(frozen=True)
class Stretch:
    """A stretch of a sequence, and how the sequence was explained."""

    sequence: Sequence
    start: int
    end: int
    how: How
    motif: str = ""
    """The second motif of a spacing."""

    @property
    def letters(self) -> str:
        """Its letters."""
        return self.sequence.bases[self.start : self.end]


Call = tuple[str, tuple[object, ...], dict[str, object]]
"""A verb, its positional arguments after the model, and its options; ``Stretch.sequence`` stands for itself."""


def _needed(one: Stretch) -> Call:
    return "ablate", ([one.sequence], (one.start, one.end)), {"draws": _BACKGROUNDS}


def _enough(one: Stretch) -> Call:
    choices = {"shuffle": _SHUFFLE, "count": _BACKGROUNDS, "position": one.start}
    return "marginalize", (one.letters, [one.sequence]), choices


def _where(one: Stretch) -> Call:
    length = len(one.sequence)
    step = max(1, length // _PLACES)
    places = list(range(one.start % step, length - len(one.letters) + 1, step))
    choices = {"positions": places, "shuffle": _SHUFFLE, "count": _FEWER}
    return "slide", (one.letters, [one.sequence]), choices


def _with_what(one: Stretch) -> Call:
    size = min(len(one.sequence), WHOLE, max(_AROUND, one.end - one.start))
    first = (one.start + one.end - size) // 2
    first = min(max(0, first), len(one.sequence) - size)
    return "dependencies", ([one.sequence], (first, first + size)), {}


def _spacing(one: Stretch) -> Call:
    if not is_bases(one.motif):
        raise Problem("Write the second motif in A, C, G, T and IUPAC codes, such as TATAWR.", field="motif")
    room = {"AB": len(one.sequence) - one.end - len(one.motif), "BA": one.start - len(one.motif)}
    orders = [order for order, bases in room.items() if bases >= 0]
    if not orders:
        raise Problem(
            f"A motif of {len(one.motif)} bases fits on neither side of the stretch. Name a shorter one.",
            field="motif",
        )
    farthest = min(_FARTHEST, *(room[order] for order in orders))
    choices = {"distances": list(range(0, farthest + 1, 2)), "orders": orders, "position": one.start}
    return "space", (one.letters, one.motif, [one.sequence]), choices | {"shuffle": _SHUFFLE, "count": _FEWER}


QUESTIONS: dict[str, Callable[[Stretch], Call]] = {
    "needed": _needed,
    "enough": _enough,
    "where": _where,
    "with": _with_what,
    "spacing": _spacing,
}
"""What can be asked of a stretch."""


def stretch_of(sequence: Sequence, start: int, end: int, how: How, motif: str = "") -> Stretch:
    """Return a stretch of a sequence, and the second motif that is asked about.

    Raises
    ------
    Problem
        It is not within the sequence.
    """
    if not 0 <= start < end <= len(sequence):
        raise Problem(
            f"The stretch {start} to {end} is not within '{sequence.name}', which has {len(sequence)} bases. Select "
            "bases of the sequence.",
            field="start",
        )
    return Stretch(sequence, start, end, how, motif.strip().upper())


def answer_key(question: str, one: Stretch, fingerprint: str) -> str:
    """Return the name under which the answer to a question is kept."""
    about = [
        _FORMAT,
        question,
        fingerprint,
        one.sequence.bases,
        one.sequence.origin,
        one.start,
        one.end,
        one.how.target,
        one.motif,
        one.how.output,
        one.how.seed,
    ]
    return hashlib.sha256(json.dumps(about).encode()).hexdigest()[:32]


def ask(
    question: str, one: Stretch, classifier: Classifier, tell: Tell, show: Callable[[Experiment], None]
) -> Experiment:
    """Make the experiment that answers a question, and show what it has found so far.

    Raises
    ------
    UserError
        The experiment is not possible here: its sentence.
    """
    verb, arguments, choices = QUESTIONS[question](one)
    choices |= {"target": _target(one, classifier), "output": one.how.output, "seed": one.how.seed}
    python = _script(classifier.name, verb, arguments, choices)

    def answer(found: Found) -> Experiment:
        return told(question, found, python, (one.start, one.end))

    looked_at = {"progress": tell, "partial": lambda found: show(answer(found))}
    with alone(classifier), collected():
        found = getattr(experiments, verb)(classifier, *arguments, **choices, **looked_at)
    return answer(found)


def told(question: str, found: Found, python: str, stretch: tuple[int, int]) -> Experiment:
    """Return what an experiment found as the page reads it."""
    return Experiment(
        question=question,
        verb=found.about.experiment,
        sentences=list(found.sentences),
        remarks=[
            (remark.code, remark.severity, spelled(remark.text, as_control))
            for remark in found.caveats
            if remark.code not in _ONLY_IN_PYTHON
        ],
        columns=[str(name) for name in found.table.columns],
        rows=[[_plain(value) for value in row] for row in found.table.itertuples(index=False)],
        output=found.about.output,
        target=found.about.target,
        experiments=found.about.experiments,
        start=stretch[0],
        end=stretch[1],
        python=python,
    )


def _target(one: Stretch, classifier: Classifier) -> str | int:
    """Return the class that experiments are about: the one asked for, else the one predicted."""
    if one.how.target is not None:
        return one.how.target
    return 0 if len(classifier.labels) == 1 else int(np.argmax(classifier.predict([one.sequence])[0]))


def _plain(value: object) -> str | float | bool | None:
    if isinstance(value, str | bool | np.bool_):
        return bool(value) if isinstance(value, np.bool_) else value
    return finite(float(value))  # type: ignore[arg-type]  # what is not text in these tables is a number


def _script(model: str, verb: str, arguments: tuple[object, ...], choices: dict[str, object]) -> str:
    """Return the Python lines that make an experiment again."""
    written = [
        f"    {letters_in_python(argument)}," if isinstance(argument, list) else f"    {argument!a},"
        for argument in arguments
    ]
    named = [f"    {name}={value!a}," for name, value in choices.items() if value is not None]
    return "\n".join(
        [
            "import captum_dna",
            "",
            f"model = captum_dna.load({model!a})  # or your own path to it",
            f"found = captum_dna.{verb}(",
            "    model,",
            *written,
            *named,
            ")",
            "print(found)",
            f'found.save("{verb}.tsv")',
            "",
        ]
    )
