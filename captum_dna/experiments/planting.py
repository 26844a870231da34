"""Motifs planted into backgrounds: constructs are made, read and turned into changes of the output."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from captum_dna.core.checks import check_name
from captum_dna.core.errors import SequenceError
from captum_dna.core.letters import plant, reverse_complement
from captum_dna.engine.baselines import generator
from captum_dna.experiments import caveats
from captum_dna.experiments.readout import most_predicted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from numpy.typing import NDArray

    from captum_dna.core.remark import Remark
    from captum_dna.core.sequences import Sequence
    from captum_dna.experiments.motif import Motif
    from captum_dna.experiments.readout import Readout
    from captum_dna.experiments.result import About

    Floats = NDArray[np.float64]

FORWARD, REVERSE, SHUFFLED = "+", "-", "shuffled"
"""How a motif is planted: as it is, as its reverse complement, or with its letters in another order."""

ORIENTATIONS = {FORWARD: "as it is given", REVERSE: "its reverse complement"}


class Plant(NamedTuple):
    """A motif, by its key, at a place of the background, in one of three ways."""

    at: int
    motif: str
    how: str


Construct = frozenset[Plant]
"""What is planted into a background at once; nothing is the background itself."""

NOTHING: Construct = frozenset()


@dataclass(frozen=True, eq=False)
class Planted:
    """The outputs of all constructs in all backgrounds.

    Parameters
    ----------
    target
        The class explained.
    f
        (N, K) outputs of N backgrounds with K constructs; NaN for the shuffle of a motif that is its own shuffle.
    place
        The column of each construct.
    honesty
        How far the backgrounds are from what the model knows.
    remarks
        What is to be said of their number and of the controls.
    """

    target: int
    f: Floats
    place: dict[Construct, int]
    honesty: caveats.Honesty
    remarks: list[Remark]

    def of(self, construct: Construct) -> Floats:
        """Return the outputs (N,) of the backgrounds with a construct."""
        outputs: Floats = self.f[:, self.place[construct]]
        return outputs

    def change(self, construct: Construct) -> Floats:
        """Return what a construct adds to the output of each background (N,)."""
        return self.of(construct) - self.of(NOTHING)

    def about(self, verb: str, readout: Readout, shuffle: str | None, **motifs: str) -> About:
        """Return what was asked of the model, and how far the backgrounds are from what it knows."""
        return readout.about(
            verb,
            self.target,
            **motifs,
            backgrounds=len(self.f),
            shuffle=shuffle,
            positive=self.honesty.positive,
            distance=self.honesty.distance,
        )

    def caveats(self, about: About) -> tuple[Remark, ...]:
        """Return what to know of the backgrounds and the controls, the gravest first."""
        return caveats.ordered([*self.remarks, *caveats.of_backgrounds(self.honesty, about.explained)])


def planted(
    readout: Readout,
    backgrounds: list[Sequence],
    motifs: Mapping[str, Motif],
    constructs: Iterable[Construct],
    below: Floats | None = None,
    target: int | None = None,
    so_far: Callable[[Planted], None] | None = None,
) -> Planted:
    """Read all constructs in all backgrounds; each background has its own draw and shuffle of each motif.

    Parameters
    ----------
    readout
        The model.
    backgrounds
        N sequences of one length.
    motifs
        By the keys that plants name them by.
    constructs
        What to plant; the background itself is read, too.
    below
        (M, C) logits of real negatives to compare the backgrounds with.
    target
        The class explained; by default the one asked for, else that predicted most often with something planted.
    so_far
        Called with the outputs of the first backgrounds, as they are read.
    """
    place = {one: i for i, one in enumerate(dict.fromkeys([NOTHING, *constructs]))}
    unshuffled = {
        key: [at for one, at in place.items() if any(p.motif == key and p.how == SHUFFLED for p in one)]
        for key, motif in motifs.items()
        if motif.is_one_letter
    }
    asked = readout.targets(1)[0] if target is None else target

    def outputs(logits: Floats) -> Planted:
        count = len(logits) // len(place)
        logits = logits[: count * len(place)].reshape(count, len(place), -1)
        explained = most_predicted(logits[:, 1:].reshape(-1, logits.shape[-1])) if asked is None else asked
        f = readout.f(logits, explained)
        f[:, [at for places in unshuffled.values() for at in places]] = np.nan
        honesty = caveats.Honesty(
            "backgrounds",
            count,
            readout.positive(logits[:, 0], explained),
            caveats.distance(f[:, 0], None if below is None else readout.f(below, explained)),
        )
        remarks = [
            *caveats.of_few(count, "background"),
            *(
                caveats.no_control(f"every shuffle of {motifs[key].name} spells {motifs[key].name}")
                for key, places in unshuffled.items()
                if places
            ),
        ]
        return Planted(explained, f, place, honesty, remarks)

    def show(logits: Floats) -> None:
        if so_far and len(logits) >= len(place):
            so_far(outputs(logits))

    texts = _texts(readout.seed, backgrounds, motifs, list(place))
    total = len(backgrounds) * len(place)
    return outputs(readout.logits(texts, total, "a background", so_far=show if so_far else None))


def check_fits(motif: Motif, background: Sequence, option: str = "motif") -> None:
    """Refuse a motif that is longer than the backgrounds."""
    if motif.width > len(background):
        raise SequenceError(
            f"`{option}` {motif.name} has {motif.width} bases, and the backgrounds have {len(background)}. Give longer "
            "backgrounds.",
            option=option,
        )


def check_place(at: int, width: int, background: Sequence, option: str = "position") -> None:
    """Refuse a place at which a motif would reach past its background."""
    if not 0 <= at <= len(background) - width:
        raise SequenceError(
            f"`{option}` is {at}, and a motif of {width} bases fits into backgrounds of {len(background)} bases at 0 to "
            f"{len(background) - width}.",
            option=option,
        )


def check_orientations(orientations: Iterable[str]) -> tuple[str, ...]:
    """Return orientations, each once."""
    chosen = tuple(dict.fromkeys(orientations))
    for one in chosen:
        check_name("orientation", one, ORIENTATIONS, option="orientations")
    if not chosen:
        check_name("orientation", "", ORIENTATIONS, option="orientations")
    return chosen


def _texts(
    seed: int, backgrounds: list[Sequence], motifs: Mapping[str, Motif], constructs: list[Construct]
) -> Iterator[str]:
    """Yield each background with each construct."""
    for background in backgrounds:
        random = generator(seed, background.bases)
        letters: dict[tuple[str, str], str] = {}
        for key, motif in motifs.items():
            drawn = motif.draw(random)
            letters[key, FORWARD] = drawn
            letters[key, REVERSE] = reverse_complement(drawn)
            letters[key, SHUFFLED] = motif.drawn_shuffled(drawn, random)
        for construct in constructs:
            text = background.bases
            for one in construct:
                text = plant(text, one.at, letters[one.motif, one.how])
            yield text
