"""What the page draws of one result: JSON texts that are made once, when the result is kept.

They hold what depends on the letters and the choices alone. Name, true class and place belong to a row of a data
set, and are put before them when somebody looks: then nothing is left to compute.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from captum_dna.core.sequences import Track
from captum_dna.pipeline.validate import true_label
from captum_dna.render.payload import heading, picture, shared

if TYPE_CHECKING:
    from captum_dna.core.attribution import Attribution
    from captum_dna.core.sequences import Sequence
    from captum_dna.model.classifier import Classifier

FORMAT = 1
"""Raised when :func:`picture_of` writes something else; texts of another format are made anew."""


class Picture(NamedTuple):
    """The texts of one result: the tracks and the layer of its picture, and what stands beside the picture."""

    tracks: str
    layer: str
    beside: str


def picture_of(result: Attribution) -> Picture:
    """Return the texts of a result."""
    runs = [result.run]
    drawn = picture([replace(result, tracks=())], runs)
    beside = {"shared": shared(runs, [""], [[result]]), "remarks": result.remarks}
    return Picture(to_text(drawn.get("a", [])), to_text(drawn["l"][0]), to_text(beside))


def in_row(found: Picture, sequence: Sequence, classifier: Classifier, more: dict[str, Any]) -> str:
    """Return the JSON object of an answer: the picture as a row of a data set shows it, and ``more``."""
    tracks = [*sequence.tracks, *(Track(name, spans) for name, spans in orjson.loads(found.tracks))]
    truth = true_label(classifier, sequence)
    row = heading(sequence.name, sequence.bases, truth, sequence.origin, sequence.interval, tracks)
    return (
        f'{{"picture":{to_text(row)[:-1]},"l":[{found.layer}]}},{found.beside[1:-1]},{to_text(more)[1:-1]}}}'
    )


def to_text(content: Any) -> str:
    """Return compact JSON, numbers of NumPy included; NaN becomes ``null``."""
    return orjson.dumps(content, option=orjson.OPT_NON_STR_KEYS | orjson.OPT_SERIALIZE_NUMPY).decode()
