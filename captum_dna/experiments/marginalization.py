"""``marginalize()``: is a motif sufficient? What it adds to backgrounds, against what its shuffles add."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from captum_dna.core.checks import whole_number
from captum_dna.core.slips import names_slips
from captum_dna.core.words import counted
from captum_dna.experiments import words
from captum_dna.experiments.backgrounds import backgrounds_of, outputs_of_negatives
from captum_dna.experiments.motif import Motif
from captum_dna.experiments.planting import (
    FORWARD,
    REVERSE,
    SHUFFLED,
    Plant,
    check_fits,
    check_orientations,
    check_place,
    planted,
)
from captum_dna.experiments.readout import OPTIONS, Readout
from captum_dna.experiments.result import Experiment, rows_of
from captum_dna.experiments.statistics import compared, with_rates
from captum_dna.io.reading import Reading

if TYPE_CHECKING:
    from collections.abc import Iterable

    from matplotlib.figure import Figure
    from numpy.typing import NDArray
    from typing_extensions import Unpack

    from captum_dna.core.types import ModelLike, SequencesLike
    from captum_dna.experiments.motif import MotifLike
    from captum_dna.experiments.planting import Planted
    from captum_dna.experiments.readout import ExperimentOptions

    Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False, repr=False)
class Marginalization(Experiment):
    """What :func:`marginalize` found: a row per orientation.

    Parameters
    ----------
    effects
        (N, rows) change of the output of each background.
    controls
        (N,) change by the shuffled motif.
    """

    effects: Floats
    controls: Floats

    @names_slips
    def figure(self, width: float = 7.2) -> Figure:
        """Return the effect of each orientation beside that of shuffled motifs."""
        from captum_dna.experiments.pictures import beside_controls

        labels = [f"{row.motif} ({row.orientation})" for row in rows_of(self.table)]
        return beside_controls(self.table, labels, f"change of {words.unit(self.about.output)}", width)


def marginalize(
    model: ModelLike,
    motif: MotifLike,
    backgrounds: SequencesLike,
    *,
    position: int | None = None,
    orientations: Iterable[str] = (FORWARD, REVERSE),
    shuffle: str | None = None,
    count: int | None = None,
    negatives: SequencesLike | None = None,
    **options: Unpack[ExperimentOptions],
) -> Marginalization:
    """Plant a motif into backgrounds, and measure what it adds to the output.

    The effect is the mean of f(background with the motif) - f(background). The control plants the motif's letters in
    another order, at the same place of the same backgrounds.

    Parameters
    ----------
    model
        As for :func:`captum_dna.attribute`.
    motif
        Letters, IUPAC codes, or a (4, W) matrix of probabilities, rows A, C, G, T; what is not certain is drawn again for
        each background.
    backgrounds
        Sequences of one length, as :func:`captum_dna.read` takes them.
    position
        Base of the background at which it begins, from 0; by default it stands in the middle.
    orientations
        ``"+"``, as it is given, and ``"-"``, its reverse complement.
    shuffle
        Draw the backgrounds from those given: ``"dinucleotide_shuffle"`` or ``"gc_random"``; by default they are taken as
        they are.
    count
        How many to draw; 100.
    negatives
        Real sequences of another class, to tell how far the backgrounds are from them.
    **options
        ``target`` (by default the class that is predicted most often with something planted), ``output``, ``precision``,
        ``batch_size``, ``seed`` and ``progress`` of :func:`captum_dna.attribute`; ``partial``, a function that is called
        with the result so far as the model reads; and how to read ``backgrounds``, as for :func:`captum_dna.read`.

    Returns
    -------
    :class:`Marginalization`. Columns of its table: ``motif``, ``orientation``, ``position``, ``f`` (mean of the
    backgrounds), ``effect`` with its 95 % interval over backgrounds ``low`` and ``high``, ``control`` with
    ``control_low`` and ``control_high``, ``difference`` (effect minus control), ``p`` (that it is 0) and ``q``
    (Benjamini-Hochberg).

    Raises
    ------
    UserError
        No motif, one longer than the backgrounds, backgrounds of several lengths; before any model runs.

    Examples
    --------
    >>> from captum_dna import demo, marginalize
    >>> found = marginalize("demo", "TATAAAAG", demo.designed()[:1], shuffle="gc_random", count=20, position=169,
    ...     target="TATA promoter", orientations="+")
    >>> bool(found.table["effect"][0] > found.table["control"][0])
    True
    """
    one = Motif.of(motif)
    chosen = check_orientations(orientations)
    readout, reading = Readout.of(model, options)
    items = backgrounds_of(readout, backgrounds, Reading.of(marginalize, reading, OPTIONS), shuffle, count)
    check_fits(one, items[0])
    at = len(items[0]) // 2 - one.width // 2 if position is None else whole_number("position", position)
    check_place(at, one.width, items[0])
    constructs = [frozenset({Plant(at, "motif", how)}) for how in (*chosen, SHUFFLED)]
    below = outputs_of_negatives(readout, negatives)

    def made(found: Planted) -> Marginalization:
        import pandas as pd

        changes = np.stack([found.change(construct) for construct in constructs], axis=1)
        effects, controls = changes[:, :-1], changes[:, -1:]
        table = with_rates(
            pd.DataFrame(
                {"motif": one.name, "orientation": chosen, "position": at, "f": float(found.f[:, 0].mean())}
                | compared(effects, np.broadcast_to(controls, effects.shape), readout.seed)
            )
        )
        about = found.about("marginalize", readout, shuffle, motif=one.name)
        where = f"planted at {words.base(items[0], at)} of {counted(len(found.f), 'background')}"
        sentences = tuple(
            f"{row.motif}{'' if row.orientation == FORWARD else ', reversed,'} {where} adds {words.number(row.effect)}"
            f"{words.between(row.low, row.high)} to {words.unit(about.output)} of '{about.target}'; "
            f"{words.in_another_order(row.control)}."
            for row in rows_of(table)
        )
        return Marginalization(table, about, found.caveats(about), sentences, effects, controls[:, 0])

    return made(planted(readout, items, {"motif": one}, constructs, below, so_far=readout.shows(made)))
