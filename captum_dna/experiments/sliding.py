"""``slide()``: where does a motif count? What it adds to backgrounds at each position."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from captum_dna.core.checks import whole_number
from captum_dna.core.errors import UserError
from captum_dna.core.slips import names_slips
from captum_dna.experiments import words
from captum_dna.experiments.backgrounds import backgrounds_of, outputs_of_negatives
from captum_dna.experiments.motif import Motif
from captum_dna.experiments.planting import (
    FORWARD,
    SHUFFLED,
    Plant,
    check_fits,
    check_orientations,
    check_place,
    planted,
)
from captum_dna.experiments.readout import OPTIONS, Readout
from captum_dna.experiments.result import Experiment, strongest
from captum_dna.experiments.statistics import SIGNIFICANT, compared, is_tested, with_rates
from captum_dna.io.reading import Reading

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd
    from matplotlib.figure import Figure
    from numpy.typing import NDArray
    from typing_extensions import Unpack

    from captum_dna.core.types import ModelLike, SequencesLike
    from captum_dna.experiments.motif import MotifLike
    from captum_dna.experiments.planting import Planted
    from captum_dna.experiments.readout import ExperimentOptions

    Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False, repr=False)
class Slide(Experiment):
    """What :func:`slide` found: a row per orientation and position.

    Parameters
    ----------
    effects
        (N, rows) change of the output of each background.
    """

    effects: Floats

    @names_slips
    def figure(self, width: float = 7.2) -> Figure:
        """Return the effect by position, a line per orientation, and that of shuffled motifs."""
        from captum_dna.experiments.pictures import along

        return along(
            self.table,
            "position",
            ("orientation",),
            ("base at which the motif begins, from 0", f"change of {words.unit(self.about.output)}"),
            width,
        )


def slide(
    model: ModelLike,
    motif: MotifLike,
    backgrounds: SequencesLike,
    *,
    positions: Iterable[int] | None = None,
    step: int = 1,
    orientations: Iterable[str] = (FORWARD,),
    shuffle: str | None = None,
    count: int | None = None,
    negatives: SequencesLike | None = None,
    **options: Unpack[ExperimentOptions],
) -> Slide:
    """Plant a motif at each position of backgrounds, and measure what it adds there.

    Parameters
    ----------
    model, motif, backgrounds
        As for :func:`captum_dna.marginalize`.
    positions
        Bases at which the motif begins, from 0; by default all that it fits at.
    step
        Take every ``step``-th of them.
    orientations
        ``"+"`` and perhaps ``"-"``.
    shuffle, count, negatives, **options
        As for :func:`captum_dna.marginalize`.

    Returns
    -------
    :class:`Slide`. Columns of its table: ``motif``, ``orientation``, ``position``, and those of
    :func:`captum_dna.marginalize` from ``effect`` on; the control is a shuffled motif at the same position.

    Raises
    ------
    UserError
        As for :func:`captum_dna.marginalize`, and a position outside the backgrounds.

    Examples
    --------
    >>> from captum_dna import demo, slide
    >>> found = slide("demo", "TATAAAAG", demo.designed()[:1], shuffle="gc_random", count=20, positions=[100, 169],
    ...     target="TATA promoter")
    >>> int(found.table.loc[found.table["effect"].idxmax(), "position"])
    169
    """
    one = Motif.of(motif)
    chosen = check_orientations(orientations)
    step = whole_number("step", step, 1)
    readout, reading = Readout.of(model, options)
    items = backgrounds_of(readout, backgrounds, Reading.of(slide, reading, OPTIONS), shuffle, count)
    check_fits(one, items[0])
    given = range(len(items[0]) - one.width + 1) if positions is None else positions
    places = [whole_number("positions", at) for at in given][::step]
    if not places:
        raise UserError("`positions` is empty.", option="positions")
    for at in places:
        check_place(at, one.width, items[0], "positions")
    rows = [(how, at) for how in chosen for at in places]
    plants = {(how, at): frozenset({Plant(at, "motif", how)}) for how in (*chosen, SHUFFLED) for at in places}
    below = outputs_of_negatives(readout, negatives)

    def made(found: Planted) -> Slide:
        import pandas as pd

        effects = np.stack([found.change(plants[row]) for row in rows], axis=1)
        controls = np.stack([found.change(plants[SHUFFLED, at]) for _, at in rows], axis=1)
        table = with_rates(
            pd.DataFrame(
                {
                    "motif": one.name,
                    "orientation": [how for how, _ in rows],
                    "position": [at for _, at in rows],
                }
                | compared(effects, controls, readout.seed)
            )
        )
        about = found.about("slide", readout, shuffle, motif=one.name)
        best = strongest(table, "effect")
        where = words.base(items[0], int(best.position))
        sentence = (
            f"{one.name} changes {words.unit(about.output)} of '{about.target}' most at {where} "
            f"({best.orientation}): by {words.number(best.effect)}{words.between(best.low, best.high)}; "
            f"{words.in_another_order(best.control)}. {_tested(table)}"
        )
        return Slide(table, about, found.caveats(about), (sentence,), effects)

    return made(planted(readout, items, {"motif": one}, plants.values(), below, so_far=readout.shows(made)))


def _tested(table: pd.DataFrame) -> str:
    """Return at how many places a motif differs from its control, if that was tested."""
    if not is_tested(table):
        return "Whether it differs from a control was not tested."
    beyond = int((table["q"] < SIGNIFICANT).sum())
    return f"At {beyond} of {len(table)} positions and orientations it differs from that control."
