"""Labelled sequences to learn from and to measure on: who has a label, which classes there are, what is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from captum_dna.io.readers import read_as
from captum_dna.io.tables import LABEL_COLUMNS
from captum_dna.training.folder import TrainingError
from captum_dna.training.loop import Example
from captum_dna.training.splits import split as split_by_kin

if TYPE_CHECKING:
    from captum_dna.core.sequences import Sequence
    from captum_dna.io.reading import Reading
    from captum_dna.model.classifier import Classifier


def parts(data: Any, validation: Any, reading: Reading) -> tuple[list[Sequence], list[Sequence]]:
    """Return the sequences to learn from and those to measure on, each with a label."""
    sequences = _labelled(data, "training", reading)
    if validation is None:
        return sequences, []
    if not isinstance(validation, int | float):
        return sequences, _labelled(validation, "validation", reading)
    if not 0 < validation < 1:
        raise TrainingError(
            f"validation={validation} is no share of the data: give a number from 0 to 1, a source, or None."
        )
    held_out, rest = split_by_kin(sequences, (validation, 1 - validation))
    for part, called in ((held_out, "validate on"), (rest, "learn from")):
        lacking = {s.label for s in sequences} - {s.label for s in part}
        if lacking:
            raise TrainingError(
                f"Of class {min(map(str, lacking))!r} there are too few unrelated sequences: a share of "
                f"{validation} leaves none to {called}. Give more, another validation= share, validation data "
                "of their own, or validation=None."
            )
    return rest, held_out


def _labelled(data: Any, part: str, reading: Reading) -> list[Sequence]:
    """Return checked sequences that all have a label."""
    if isinstance(data, Mapping):
        own = replace(reading, label_column=None)
        sequences = [
            replace(s, label=str(name)) for name, source in data.items() for s in read_as(source, own)
        ]
        if not sequences:
            raise TrainingError(f"The {part} data are empty: give a source of sequences per class.")
    else:
        sequences = list(read_as(data, reading))
    unlabelled = [s for s in sequences if s.label is None]
    if len(unlabelled) == len(sequences) and reading.label_column is None:
        read_as(
            data, replace(reading, label_column=LABEL_COLUMNS[0])
        )  # a table names its columns in the error
        raise TrainingError(
            f"The {part} sequences have no labels: give {{class name: source}}, a table with a column "
            "called label, or Sequence objects with a label."
        )
    if unlabelled:
        raise TrainingError(
            f"{len(unlabelled)} of {len(sequences)} {part} sequences have no label, the first being "
            f"'{unlabelled[0].name}': give it one or leave it out."
        )
    return sequences


def classes_of(data: Any, sequences: list[Sequence]) -> tuple[str, ...]:
    """Return class names: those of a mapping in its order, or else sorted; indices count from 0."""
    found = {s.label for s in sequences}
    if isinstance(data, Mapping):
        names = tuple(map(str, data))
    elif all(isinstance(label, int) for label in found):
        names = tuple(map(str, range(max(label for label in found if isinstance(label, int)) + 1)))
    else:
        names = tuple(sorted(map(str, found)))
    if len(found) < 2:
        raise TrainingError(
            f"All training sequences are of class {names[-1]!r}: a classifier needs at least two classes."
        )
    return names


def examples(classifier: Classifier, sequences: list[Sequence], part: str) -> list[Example]:
    """Return what the model reads, or say which labels it does not know."""
    index: dict[str | int | None, int] = {}
    unknown = []
    for label in dict.fromkeys(s.label for s in sequences):
        found = _position(label, classifier.labels)
        if found is None:
            unknown.append(repr(label))
        else:
            index[label] = found
    if unknown:
        raise TrainingError(
            f"{classifier.name} has no class {', '.join(unknown)} of the {part} data; its classes are "
            f"{', '.join(map(repr, classifier.labels))}. Rename the labels, or name the classes with labels=."
        )
    return [Example(classifier.encode(s), index[s.label]) for s in sequences]


def _position(label: str | int | None, names: tuple[str, ...]) -> int | None:
    """Return the index of a class given by name or index, ``None`` where there is none."""
    if str(label) in names:
        return names.index(str(label))
    return label if isinstance(label, int) and 0 <= label < len(names) else None
