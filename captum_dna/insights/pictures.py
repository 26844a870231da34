"""What the page draws of one result: JSON texts that are made once, when the result is kept.

They hold what depends on the letters and the choices alone. Name, true class and place belong to a row of a data
set, and are put beside them when somebody looks: then nothing is left to compute.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from captum_dna.core.sequences import Track
from captum_dna.insights.schema.base import Choices
from captum_dna.insights.schema.scores import Payload
from captum_dna.pipeline.validate import true_label
from captum_dna.render.payload import heading, picture, shared

if TYPE_CHECKING:
    from captum_dna.core.attribution import Attribution
    from captum_dna.core.sequences import Sequence
    from captum_dna.insights.request import How
    from captum_dna.model.classifier import Classifier

FORMAT = 3
"""Raised when :func:`picture_of` writes something else; texts of another format are made again."""


class Picture(NamedTuple):
    """The texts of one result: the tracks and the layer of its picture, and what stands beside the picture."""

    tracks: str
    layer: str
    beside: str


class _Beside(msgspec.Struct):
    shared: msgspec.Raw


def picture_of(result: Attribution) -> Picture:
    """Return the texts of a result."""
    runs = [result.run]
    drawn = picture([replace(result, tracks=())], runs)
    beside = {"shared": shared(runs, [""], [[result]])}
    return Picture(*(to_text(part).decode() for part in (drawn.get("a", []), drawn["l"][0], beside)))


def in_row(found: Picture, sequence: Sequence, classifier: Classifier, how: How, key: str) -> Payload:
    """Return a picture as a row of a data set shows it.

    Raises
    ------
    msgspec.DecodeError
        A text that is damaged.
    """
    spans = msgspec.json.decode(found.tracks, type=list[tuple[str, list[tuple[int, int, str]]]])
    tracks = [*sequence.tracks, *(Track(name, tuple(own)) for name, own in spans)]
    truth = true_label(classifier, sequence)
    row = heading(sequence.name, sequence.bases, truth, sequence.origin, sequence.interval, tracks)
    layer = msgspec.json.decode(found.layer, type=msgspec.Raw)  # copied as it is, once its syntax is checked
    beside = msgspec.json.decode(found.beside, type=_Beside)
    return Payload(
        picture=row | {"l": [layer]},
        shared=beside.shared,
        how=Choices(**how.as_json()),
        key=key,
    )


def to_text(content: object) -> bytes:
    """Return compact JSON, numbers of NumPy included; NaN becomes ``null``."""
    return msgspec.json.encode(content, enc_hook=_plain)


def _plain(value: object) -> object:
    """Return Python's number or list for one of NumPy's."""
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"A {type(value).__name__} cannot be written as JSON.")
