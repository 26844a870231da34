"""Labelled sequences to learn from, to choose by and to measure on, and the classes there are."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeGuard

import numpy as np

from captum_dna.core.labels import measured_value
from captum_dna.core.numbers import percent
from captum_dna.io.readers import class_order, read_as, split_names
from captum_dna.io.reading import NoColumnsError
from captum_dna.io.tables import LABEL_COLUMNS
from captum_dna.training.folder import TrainingError
from captum_dna.training.loop import Example
from captum_dna.training.relatives import families
from captum_dna.training.splits import large_family, part, related_share

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from captum_dna.core.sequences import Sequence
    from captum_dna.core.types import SequencesLike
    from captum_dna.io.reading import Reading
    from captum_dna.model.classifier import Classifier
    from captum_dna.training.tasks import Target, Task


class UnlabelledError(TrainingError):
    """Sequences to learn from without labels; whoever takes them in another form says how to give those.

    Parameters
    ----------
    fact
        Which have none.
    """

    def __init__(self, fact: str) -> None:
        super().__init__()
        self.args = (fact,)

    @property
    def fact(self) -> str:
        """Which have none."""
        return str(self.args[0])

    def __str__(self) -> str:
        return (
            f"{self.fact}. Give {{class name: source}}, a table with a column called label, or Sequence objects with a "
            "label."
        )


OWN = "own"
"""Take the splits that a data set has; without any, keep a share aside to validate on."""
SHARE = 0.15
"""The share of the data that is kept aside."""
_SHOWN = 5
_MEASURED = 'If the labels are measured values, learn them with `task="regression"`.'
"""How many labels one error lists."""
SPLITS = {
    "training": ("train", "training"),
    "validation": ("validation", "valid", "val", "dev"),
    "test": ("test", "testing"),
}
"""What the splits of a data set are called."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """Labelled sequences in their parts.

    Parameters
    ----------
    parts
        The sequences to learn from, to choose by and to measure on: ``training``, ``validation``, ``test``.
    classes
        Names of the classes in the order of the data; empty where it has none, and labels are sorted.
    related
        For validation and test, the share of sequences with relatives among the others.
    origin
        In words, where the parts come from.
    families
        The (N,) family of relatives of each sequence of a part.
    notices
        What is to be known of the parts.
    """

    parts: dict[str, list[Sequence]]
    classes: tuple[str, ...]
    related: dict[str, float]
    origin: str
    families: dict[str, NDArray[np.int64]]
    notices: list[str]


def labelled(
    data: SequencesLike,
    validation: SequencesLike | float | None,
    test: SequencesLike | float | None,
    reading: Reading,
    *,
    by_class: bool,
) -> Labelled:
    """Return the parts of the data, each sequence with a label.

    Parameters
    ----------
    data
        As :func:`captum_dna.finetune` takes it.
    validation, test
        A share, a source, ``None``, or ``"own"``.
    reading
        How to read them.
    by_class
        Whether labels are classes, each of which every part needs.
    """
    splits = _splits_of(data) if reading.split is None else {}
    main = replace(reading, split=splits.get("training", reading.split))
    given: dict[str, list[Sequence]] = {}
    shares: dict[str, float] = {}
    for name, asked in (("validation", validation), ("test", test)):
        if isinstance(asked, str) and asked == OWN:
            if name in splits:
                given[name] = _read(data, name, replace(reading, split=splits[name]))
            elif name == "validation":
                shares[name] = SHARE
        elif isinstance(asked, int | float) and not isinstance(asked, bool):
            shares[name] = _share(name, asked)
        elif asked is not None:
            given[name] = _read(asked, name, replace(reading, split=None if splits else reading.split))
    if sum(shares.values()) >= 1:
        raise TrainingError(f"Shares of {' and '.join(map(str, shares.values()))} leave no training data.")
    sequences = _read(data, "training", main)
    classes = tuple(map(str, data)) if _is_mapping(data) else class_order(data, main)
    drawn, notices = _drawn(sequences, shares, by_class=by_class)
    parts = {"training": drawn["training"]}
    parts |= {name: given.get(name, drawn.get(name, [])) for name in ("validation", "test")}
    family, related, told = _related(parts, given=tuple(given), drawn=bool(notices))
    origin = "; ".join(
        f"{name}: {f'split {splits[name]!r}' if name in splits and name in given else 'data of its own'}"
        if name in given
        else f"{name}: a share of {shares[name]:g}, relatives kept together"
        for name in (*given, *shares)
    )
    return Labelled(parts, classes, related, origin, family, notices + told)


def _splits_of(data: object) -> dict[str, str]:
    """Return the splits of a data set that has several, by what they are for."""
    names = split_names(data)
    if len(names) < 2:
        return {}
    found = {part: next((n for n in known if n in names), None) for part, known in SPLITS.items()}
    if found["training"] is None:
        raise TrainingError(
            f"The data set has the splits {', '.join(names)}, and none is called "
            f"{' or '.join(SPLITS['training'])}. Choose one to learn from with `split=`."
        )
    return {part: name for part, name in found.items() if name is not None}


def _share(name: str, asked: float) -> float:
    if not 0 < asked < 1:
        raise TrainingError(
            f"`{name}={asked}` is not a share of the data. Give a number from 0 to 1, a source, or `{name}=None`."
        )
    return float(asked)


def _drawn(
    sequences: list[Sequence], shares: dict[str, float], *, by_class: bool
) -> tuple[dict[str, list[Sequence]], list[str]]:
    """Return the parts that are drawn from the data, with what is to be known of them."""
    if not shares:
        return {"training": sequences}, []
    names = ["training", *shares]
    grouped = sequences if by_class else [replace(s, label=None) for s in sequences]
    parted = part(grouped, [1 - sum(shares.values()), *shares.values()])
    if not by_class:
        labels = {s.name: s.label for s in sequences}
        parted.parts[:] = [[replace(s, label=labels[s.name]) for s in p] for p in parted.parts]
    for name, share, some in zip(names, [1.0, *shares.values()], parted.parts, strict=True):
        lacking = {s.label for s in sequences} - {s.label for s in some} if by_class else set()
        if lacking or not some:
            of = f"Of class {min(map(str, lacking))!r} there" if lacking else "There"
            use = "to learn from" if name == "training" else f"for {name}: a share of {share:g} leaves none"
            measured = [label for label in lacking if _is_measured(label)]
            raise TrainingError(
                f"{of} are too few unrelated sequences {use}. Give more, another `{_option(name)}` share, "
                f"{_option(name)} data of their own, or `{_option(name)}=None`."
                + (f" {_MEASURED}" if measured else "")
            )
    return dict(zip(names, parted.parts, strict=True)), parted.notices


def _option(part: str) -> str:
    return part if part in ("validation", "test") else "validation"


def _related(
    parts: dict[str, list[Sequence]], *, given: tuple[str, ...], drawn: bool
) -> tuple[dict[str, NDArray[np.int64]], dict[str, float], list[str]]:
    """Return the families, the share of sequences with relatives elsewhere, and a sentence where it matters."""
    if not parts["validation"] and not parts["test"]:
        return {}, {}, []
    family = families([s for some in parts.values() for s in some])
    owner = [name for name, some in parts.items() for _ in some]
    of = {name: family[np.array([o == name for o in owner])] for name in parts}
    related: dict[str, float] = {}
    told: list[str] = []
    for name, before in (("validation", ("training",)), ("test", ("training", "validation"))):
        if not parts[name]:
            continue
        related[name] = related_share(of[name], np.concatenate([of[other] for other in before]))
        if related[name] and (name in given or not drawn):
            told.append(
                f"{percent(related[name])} of the {len(parts[name]):,} {name} sequences have relatives in other parts, "
                "directly or through others (they overlap, or share long stretches): metrics on them are better "
                "than on new sequences."
            )
    if given and not drawn:
        told += large_family([s for some in parts.values() for s in some], family)
    return of, related, told


def _read(data: object, name: str, reading: Reading) -> list[Sequence]:
    """Return checked sequences that all have a label."""
    if _is_mapping(data):
        if reading.label_column is not None:
            raise TrainingError(
                "A source per class has no column of labels. Leave `label_column=` out, or give one source."
            )
        sequences = [
            replace(s, label=str(label)) for label, source in data.items() for s in read_as(source, reading)
        ]
        if not sequences:
            raise TrainingError(f"The {name} data are empty. Give a source of sequences per class.")
        return sequences
    sequences = list(read_as(data, reading))
    unlabelled = [s for s in sequences if s.label is None]
    if len(unlabelled) == len(sequences) and reading.label_column is None:
        with suppress(NoColumnsError):  # a table names its columns in the error
            read_as(data, replace(reading, label_column=LABEL_COLUMNS[0]))
        raise UnlabelledError(f"The {name} sequences have no labels")
    if unlabelled:
        raise TrainingError(
            f"{len(unlabelled)} of {len(sequences)} {name} sequences have no label, the first being "
            f"'{unlabelled[0].name}'. Give it one or leave it out."
        )
    return sequences


def _is_mapping(data: object) -> TypeGuard[Mapping[object, object]]:
    """Whether data are sources by class; the splits of a data set are not classes."""
    return isinstance(data, Mapping) and not split_names(data)


def names_of(task: type[Task], data: Labelled) -> tuple[str, ...]:
    """Return class names: those of the data in their order, or else sorted; indices count from 0."""
    found = {label for s in data.parts["training"] for label in task.labels_of(s)}
    if task.head == "regression":
        return ()
    numbers = [label for label in found if isinstance(label, int)]
    if data.classes:
        names = data.classes
    elif len(numbers) == len(found):
        names = tuple(map(str, range(max(numbers, default=-1) + 1)))
    else:
        names = tuple(sorted(map(str, found)))
    if task.head == "single_label" and len(found) < 2:
        raise TrainingError(
            f"All training sequences are of class {next(iter(found))!r}: a classifier needs at least two classes."
        )
    return names


def examples(classifier: Classifier, task: Task, sequences: list[Sequence], part: str) -> list[Example]:
    """Return what the model reads and is to say, or tell which labels it does not know."""
    targets: dict[str | int | float | None, Target] = {}
    unknown = []
    for sequence in {s.label: s for s in reversed(sequences)}.values():
        found = task.target(sequence)
        if found is None:
            unknown.append(sequence)
        else:
            targets[sequence.label] = found
    if unknown:
        raise TrainingError(_unknown_labels(classifier, task, unknown[::-1], part))
    return [Example(classifier.encode(s), targets[s.label]) for s in sequences]


def _unknown_labels(classifier: Classifier, task: Task, unknown: list[Sequence], part: str) -> str:
    shown = ", ".join(repr(s.label) for s in unknown[:_SHOWN]) + (", ..." if len(unknown) > _SHOWN else "")
    if task.head == "regression":
        return (
            f"Sequence '{unknown[0].name}' of the {part} data has the label {unknown[0].label!r}, which is not a number: "
            "a regression learns numbers."
        )
    measured = [
        s for s in unknown if isinstance(s.label, str | float) and measured_value(s.label) is not None
    ]
    hint = (
        _MEASURED
        if len(measured) == len(unknown)
        else "Rename the labels, leave these sequences out, or name the classes with `labels=`."
    )
    return (
        f"{classifier.name} has no class {shown} of the {part} data; its classes are "
        f"{', '.join(map(repr, classifier.labels))}. {hint}"
    )


def _is_measured(label: str | float | None) -> bool:
    """Tell a number with a fraction, which no class is called by."""
    value = None if label is None else measured_value(label)
    return value is not None and not value.is_integer()
